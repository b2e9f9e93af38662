#include "service/history/sliding_counts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace sluice::history {
namespace {

constexpr uint32_t kNow = 1'800'000'000;

TEST(SlidingCounts, AnEventIsInItsWindowsAndLeavesEachInTime) {
  SlidingCounts counts{};
  counts.Add(kNow);
  struct Case {
    uint32_t after;
    int32_t minute, hour, day;
  };
  for (const Case& c : std::vector<Case>{{0, 1, 1, 1},
                                         {60, 1, 1, 1},
                                         {66, 0, 1, 1},
                                         {3600, 0, 1, 1},
                                         {3901, 0, 0, 1},
                                         {86'400, 0, 0, 1},
                                         {93'601, 0, 0, 0},
                                         {400'000'000, 0, 0, 0}}) {
    const SlidingCounts::Counts at = counts.At(kNow + c.after);
    EXPECT_EQ(at.minute, c.minute) << c.after;
    EXPECT_EQ(at.hour, c.hour) << c.after;
    EXPECT_EQ(at.day, c.day) << c.after;
  }
}

// Against a list of all events: never fewer than in the exact window, never
// more than in one a twelfth longer.
TEST(SlidingCounts, IsNeverFartherOffThanATwelfth) {
  std::mt19937 random(1);
  for (uint32_t most : {3u, 40u, 700u, 20'000u}) {
    SlidingCounts counts{};
    std::vector<uint32_t> events;
    uint32_t now = kNow;
    for (int i = 0; i < 2000; ++i) {
      now += random() % most;
      const SlidingCounts::Counts at = counts.At(now);
      const auto since = [&](uint32_t window) {
        return static_cast<int32_t>(
            events.end() -
            std::lower_bound(events.begin(), events.end(), now - window));
      };
      ASSERT_GE(at.minute, since(60));
      ASSERT_LE(at.minute, since(65));
      ASSERT_GE(at.hour, since(3600));
      ASSERT_LE(at.hour, since(3900));
      ASSERT_GE(at.day, since(86'400));
      ASSERT_LE(at.day, since(93'600));
      counts.Add(now);
      events.push_back(now);
    }
  }
}

TEST(SlidingCounts, AnEventThatComesLateCountsWhereItBelongs) {
  SlidingCounts counts{};
  counts.Add(kNow);
  counts.Add(kNow - 1000);
  EXPECT_EQ(counts.At(kNow).minute, 1);
  EXPECT_EQ(counts.At(kNow).hour, 2);
  counts.Add(kNow - 1'000'000);
  EXPECT_EQ(counts.At(kNow).day, 2);
}

TEST(SlidingCounts, AClockThatGoesBackLosesNothing) {
  SlidingCounts counts{};
  counts.Add(kNow);
  EXPECT_EQ(counts.At(kNow - 500).minute, 1);
}

TEST(SlidingCounts, AFloodSaturatesAndDoesNotWrap) {
  SlidingCounts counts{};
  for (int i = 0; i < 70'000; ++i) counts.Add(kNow);
  EXPECT_EQ(counts.At(kNow).minute, 65'535);
}

}  // namespace
}  // namespace sluice::history
