#include "service/rpc/history_jobs.h"

#include <gtest/gtest.h>

#include <future>

namespace sluice::rpc {
namespace {

TEST(HistoryJobsTest, OneAtATime) {
  HistoryJobs jobs;
  std::promise<void> go_on;
  std::promise<absl::Status> next;
  ASSERT_TRUE(jobs.Start([&, wait = go_on.get_future().share()]()
                             -> std::function<void()> {
                    wait.wait();
                    // Who has the answer may ask again at once.
                    return [&] { next.set_value(absl::OkStatus()); };
                  })
                  .ok());
  const auto nothing = []() -> std::function<void()> { return [] {}; };
  const absl::Status refused = jobs.Start(nothing);
  EXPECT_TRUE(absl::IsResourceExhausted(refused));
  EXPECT_TRUE(refused.GetPayload("type.googleapis.com/google.rpc.RetryInfo")
                  .has_value());
  go_on.set_value();
  next.get_future().wait();
  EXPECT_TRUE(jobs.Start(nothing).ok());
}

TEST(HistoryJobsTest, EndsWithItsJobDone) {
  bool answered = false;
  {
    HistoryJobs jobs;
    ASSERT_TRUE(jobs.Start([&]() -> std::function<void()> {
                      return [&] { answered = true; };
                    })
                    .ok());
  }
  EXPECT_TRUE(answered);
}

}  // namespace
}  // namespace sluice::rpc
