#include "service/history/memory_history.h"

#include <gtest/gtest.h>

namespace sluice::history {
namespace {

class MemoryHistoryTest : public ::testing::Test {
 protected:
  static signals::Traces Traces(uint64_t name, int64_t seconds = 0) {
    signals::Traces traces;
    traces.name = SpreadBits(name);
    traces.site = 1;
    traces.time = Time{std::chrono::seconds(1'800'000'000 + seconds)};
    return traces;
  }

  signals::Past Recall(const signals::Traces& traces) {
    return *history_.Recall(traces);
  }

  MemoryHistory history_{{.max_comments = 1000, .max_keys = 1000}};
};

TEST_F(MemoryHistoryTest, CountsByEachKeyOnItsOwn) {
  signals::Traces traces = Traces(1);
  traces.ip = 11;
  traces.ip_prefix = 12;
  traces.email = 13;
  traces.page = 14;
  traces.domains = {15, 16};
  history_.Remember(traces, v1::STATE_HELD);
  traces.name = SpreadBits(2);
  traces.ip = 21;
  traces.domains = {16};
  history_.Remember(traces, v1::STATE_REJECTED);

  signals::Traces third = Traces(3, 30);
  third.ip = 11;
  third.ip_prefix = 12;
  third.page = 99;
  third.domains = {15, 16};
  const v1::VelocitySignals velocity = Recall(third).velocity;
  EXPECT_EQ(velocity.ip().minute(), 1);
  EXPECT_EQ(velocity.ip_prefix().minute(), 2);
  EXPECT_FALSE(velocity.has_email());
  EXPECT_FALSE(velocity.has_page());
  EXPECT_EQ(velocity.domain().minute(), 2) << "the busiest";
}

TEST_F(MemoryHistoryTest, AWindowEndsWhereTheCommentWasSent) {
  signals::Traces traces = Traces(1);
  traces.ip = 11;
  history_.Remember(traces, v1::STATE_HELD);
  signals::Traces later = Traces(2, 120);
  later.ip = 11;
  EXPECT_EQ(Recall(later).velocity.ip().minute(), 0);
  EXPECT_EQ(Recall(later).velocity.ip().hour(), 1);
}

TEST_F(MemoryHistoryTest, TheSameCommentAgainCountsOnce) {
  signals::Traces traces = Traces(1);
  traces.ip = 11;
  history_.Remember(traces, v1::STATE_HELD);
  EXPECT_EQ(Recall(traces).velocity.ip().minute(), 0)
      << "it is not its own past";
  history_.Remember(traces, v1::STATE_HELD);
  signals::Traces other = Traces(2);
  other.ip = 11;
  EXPECT_EQ(Recall(other).velocity.ip().minute(), 1);
}

TEST_F(MemoryHistoryTest, APageIsSilentSinceItsLastAcceptedComment) {
  signals::Traces traces = Traces(1);
  traces.page = 14;
  EXPECT_EQ(Recall(traces).silent_seconds, 0);
  history_.Remember(traces, v1::STATE_ACCEPTED);
  signals::Traces spam = Traces(2, 1000);
  spam.page = 14;
  EXPECT_EQ(Recall(spam).silent_seconds, 1000);
  history_.Remember(spam, v1::STATE_HELD);
  signals::Traces next = Traces(3, 1500);
  next.page = 14;
  EXPECT_EQ(Recall(next).silent_seconds, 1500)
      << "a held one breaks no silence";
  history_.Follow(spam.name, v1::STATE_ACCEPTED);
  EXPECT_EQ(Recall(next).silent_seconds, 500) << "but does when it is accepted";
}

TEST_F(MemoryHistoryTest, AFloodOfKeysStaysWithinTheBound) {
  const size_t bytes = history_.max_bytes();
  for (uint64_t i = 1; i <= 100'000; ++i) {
    signals::Traces traces = Traces(i, static_cast<int64_t>(i));
    traces.ip = SpreadBits(i + 1'000'000);
    history_.Remember(traces, v1::STATE_HELD);
  }
  EXPECT_EQ(history_.max_bytes(), bytes);
  signals::Traces last = Traces(200'000, 100'000);
  last.ip = SpreadBits(100'000 + 1'000'000);
  EXPECT_EQ(Recall(last).velocity.ip().minute(), 1) << "the newest are kept";
}

TEST_F(MemoryHistoryTest, FollowingAnUnknownCommentDoesNothing) {
  history_.Follow(12345, v1::STATE_ACCEPTED);
  signals::Traces traces = Traces(1);
  traces.page = 14;
  EXPECT_EQ(Recall(traces).silent_seconds, 0);
}

}  // namespace
}  // namespace sluice::history
