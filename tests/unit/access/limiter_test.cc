#include "service/access/limiter.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace sluice::access {
namespace {

using std::chrono::milliseconds;

Limiter::Clock::time_point At(int64_t ms) {
  return Limiter::Clock::time_point(milliseconds(1'000'000 + ms));
}

TEST(Limiter, GivesABurstAndThenItsRate) {
  Limiter limiter({.calls_per_second = 10, .burst = 3});
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(limiter.Take(1, At(0)).has_value());
  const auto wait = limiter.Take(1, At(0));
  ASSERT_TRUE(wait.has_value());
  EXPECT_GE(*wait, milliseconds(100));
  EXPECT_LE(*wait, milliseconds(101));
  EXPECT_TRUE(limiter.Take(1, At(99)).has_value());
  EXPECT_FALSE(limiter.Take(1, At(101)).has_value());
}

TEST(Limiter, ARefusedCallTakesNothing) {
  Limiter limiter({.calls_per_second = 1, .burst = 1});
  EXPECT_FALSE(limiter.Take(1, At(0)).has_value());
  for (int i = 0; i < 100; ++i)
    EXPECT_TRUE(limiter.Take(1, At(500)).has_value());
  EXPECT_FALSE(limiter.Take(1, At(1001)).has_value());
}

TEST(Limiter, APauseSavesNoMoreThanTheBurst) {
  Limiter limiter({.calls_per_second = 1000, .burst = 5});
  EXPECT_FALSE(limiter.Take(1, At(0)).has_value());
  for (int i = 0; i < 5; ++i)
    EXPECT_FALSE(limiter.Take(1, At(3'600'000)).has_value());
  EXPECT_TRUE(limiter.Take(1, At(3'600'000)).has_value());
}

// A batch of 256 under a burst of 10 would else never be taken.
TEST(Limiter, ABatchAboveTheBurstWaitsForAFullBucketAndIsThenOwed) {
  Limiter limiter({.calls_per_second = 10, .burst = 10});
  EXPECT_FALSE(limiter.Take(100, At(0)).has_value());
  const auto wait = limiter.Take(1, At(0));
  ASSERT_TRUE(wait.has_value());
  EXPECT_NEAR(static_cast<double>(wait->count()), 9'100, 2);
  EXPECT_FALSE(limiter.Take(1, At(9'200)).has_value());
}

TEST(Limiter, CountsCallsAtWork) {
  Limiter limiter({.concurrent_calls = 2});
  EXPECT_TRUE(limiter.Enter());
  EXPECT_TRUE(limiter.Enter());
  EXPECT_FALSE(limiter.Enter());
  EXPECT_EQ(limiter.at_work(), 2u);
  limiter.Leave();
  EXPECT_TRUE(limiter.Enter());
}

TEST(Limiter, ManyThreadsTakeNoMoreThanThereIs) {
  Limiter limiter({.calls_per_second = 0.001, .burst = 1000});
  std::atomic<int> taken{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int call = 0; call < 1000; ++call)
        if (!limiter.Take(1, At(0)).has_value()) ++taken;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(taken, 1000);
}

}  // namespace
}  // namespace sluice::access
