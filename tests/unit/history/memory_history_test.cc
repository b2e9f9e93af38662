#include "service/history/memory_history.h"

#include <gtest/gtest.h>

#include <string>

#include "service/base/keyed_hash.h"

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

class RepetitionTest : public MemoryHistoryTest {
 protected:
  static constexpr char kText[] =
      "we sell the very best watches in town and ship them to your door for "
      "free so come and have a look at our little shop today";
  static constexpr char kNear[] =
      "we sell the very best handbags in town and ship them to your door for "
      "free so come and have a look at our little shop tomorrow";
  static constexpr char kOther[] =
      "the second chapter of your book made me think about how my own town "
      "has changed since the old mill was closed in the eighties";

  static signals::Traces Of(uint64_t name, std::string_view text,
                            uint64_t site = 1, int64_t seconds = 0) {
    signals::Traces traces = Traces(name, seconds);
    traces.site = site;
    traces.text = KeyedHash()(text);
    traces.sketch = signals::SketchOf(text, 7);
    return traces;
  }

  v1::RepetitionSignals RecallText(std::string_view text, uint64_t site = 1,
                                   int64_t seconds = 0) {
    return Recall(Of(999'999, text, site, seconds)).repetition;
  }
};

TEST_F(RepetitionTest, ExactAndNearOnesAreToldApart) {
  history_.Remember(Of(1, kText), v1::STATE_HELD);
  history_.Remember(Of(2, kText), v1::STATE_HELD);
  history_.Remember(Of(3, kNear), v1::STATE_HELD);
  history_.Remember(Of(4, kOther), v1::STATE_ACCEPTED);
  const v1::RepetitionSignals again = RecallText(kText);
  EXPECT_EQ(again.exact(), 2);
  EXPECT_EQ(again.near(), 3);
  EXPECT_EQ(again.campaign_size(), 4);
  EXPECT_EQ(again.campaign().size(), 16u);
  EXPECT_EQ(again.near_elsewhere(), 0);
  EXPECT_EQ(RecallText(kNear).campaign(), again.campaign());
  EXPECT_EQ(RecallText(kNear).exact(), 1);
  EXPECT_NE(RecallText(kOther).campaign(), again.campaign());
}

TEST_F(RepetitionTest, AFirstTextHasNoCampaign) {
  EXPECT_TRUE(RecallText(kText).campaign().empty());
  EXPECT_EQ(RecallText(kText).campaign_size(), 0);
  history_.Remember(Of(1, kOther), v1::STATE_ACCEPTED);
  EXPECT_TRUE(RecallText(kText).campaign().empty());
}

TEST_F(RepetitionTest, ShortTextsAreRepeatedButNeverNear) {
  history_.Remember(Of(1, "thanks for this"), v1::STATE_ACCEPTED);
  EXPECT_EQ(RecallText("thanks for this").exact(), 1);
  EXPECT_EQ(RecallText("thanks for this").near(), 1);
  EXPECT_EQ(RecallText("thanks for this").near_accepted(), 1);
  EXPECT_TRUE(RecallText("thanks for this").campaign().empty());
  EXPECT_EQ(RecallText("thanks for that").near(), 0);
}

TEST_F(RepetitionTest, AnEmptyTextRepeatsNothing) {
  history_.Remember(Traces(1), v1::STATE_HELD);
  EXPECT_EQ(Recall(Traces(2)).repetition.exact(), 0);
}

TEST_F(RepetitionTest, OtherSitesAreCountedApart) {
  history_.Remember(Of(1, kText, 1), v1::STATE_HELD);
  history_.Remember(Of(2, kText, 2), v1::STATE_REJECTED);
  history_.Remember(Of(3, kNear, 2), v1::STATE_REJECTED);
  const v1::RepetitionSignals here = RecallText(kText, 1);
  EXPECT_EQ(here.exact(), 1);
  EXPECT_EQ(here.near(), 1);
  EXPECT_EQ(here.near_rejected(), 0);
  EXPECT_EQ(here.near_elsewhere(), 2);
  EXPECT_EQ(here.campaign_size(), 4);
  EXPECT_EQ(RecallText(kText, 2).near_rejected(), 2);
  EXPECT_EQ(RecallText(kText, 3).near(), 0);
  EXPECT_EQ(RecallText(kText, 3).near_elsewhere(), 3);
}

TEST_F(RepetitionTest, DecisionsAreFollowedAndUndone) {
  history_.Remember(Of(1, kText), v1::STATE_HELD);
  history_.Remember(Of(2, kNear), v1::STATE_HELD);
  EXPECT_EQ(RecallText(kText).near_rejected(), 0);
  history_.Follow(SpreadBits(1), v1::STATE_REJECTED);
  history_.Follow(SpreadBits(2), v1::STATE_REJECTED);
  EXPECT_EQ(RecallText(kText).near_rejected(), 2);
  history_.Follow(SpreadBits(2), v1::STATE_ACCEPTED);
  EXPECT_EQ(RecallText(kText).near_rejected(), 1);
  EXPECT_EQ(RecallText(kText).near_accepted(), 1);
  history_.Follow(SpreadBits(1), v1::STATE_HELD);
  EXPECT_EQ(RecallText(kText).near_rejected(), 0);
  EXPECT_EQ(RecallText(kText).near(), 2);
}

TEST_F(RepetitionTest, ARepeatedCheckIsNoDuplicateOfItself) {
  history_.Remember(Of(1, kText), v1::STATE_HELD);
  const v1::RepetitionSignals own = Recall(Of(1, kText)).repetition;
  EXPECT_EQ(own.exact(), 0);
  EXPECT_EQ(own.near(), 0);
  EXPECT_TRUE(own.campaign().empty());
}

TEST_F(RepetitionTest, WhatLeavesTheWindowIsForgotten) {
  constexpr int64_t kDay = 86'400;
  history_.Remember(Of(1, kText), v1::STATE_REJECTED);
  history_.Remember(Of(2, kNear, 1, 10 * kDay), v1::STATE_REJECTED);
  EXPECT_EQ(RecallText(kText, 1, 30 * kDay).near(), 2);
  EXPECT_EQ(RecallText(kText, 1, 30 * kDay + 1).near(), 1);
  EXPECT_EQ(RecallText(kText, 1, 40 * kDay + 1).near(), 0);
  EXPECT_TRUE(RecallText(kText, 1, 40 * kDay + 1).campaign().empty());
}

TEST_F(RepetitionTest, PastItsSizeTheOldestAreForgotten) {
  history_.Remember(Of(1, kText), v1::STATE_REJECTED);
  for (uint64_t i = 2; i <= 1000; ++i)
    history_.Remember(Of(i, std::to_string(i)), v1::STATE_ACCEPTED);
  EXPECT_EQ(RecallText(kText).exact(), 1);
  history_.Remember(Of(1001, "one more"), v1::STATE_ACCEPTED);
  EXPECT_EQ(RecallText(kText).exact(), 0);
  EXPECT_EQ(RecallText(kText).near_rejected(), 0);
  history_.Follow(SpreadBits(1), v1::STATE_ACCEPTED);
  EXPECT_EQ(RecallText(kText).near(), 0) << "forgotten ones do not come back";
}

TEST_F(RepetitionTest, ACampaignThatEndedLeavesRoomForAnother) {
  for (uint64_t i = 1; i <= 20'000; ++i) {
    std::string text;
    for (uint64_t word = 0; word < 12; ++word)
      text += "w" + std::to_string(SpreadBits(i * 100 + word) % 5000) + " ";
    history_.Remember(Of(i, text), v1::STATE_HELD);
  }
  history_.Remember(Of(30'000, kText), v1::STATE_HELD);
  EXPECT_EQ(RecallText(kNear).near(), 1);
}

TEST_F(RepetitionTest, ADomainFromManyNames) {
  signals::Traces traces = Traces(1);
  traces.domains = {55};
  for (uint64_t i = 1; i <= 5; ++i) {
    traces.name = SpreadBits(i);
    traces.author_name = SpreadBits(100 + i % 3);
    history_.Remember(traces, v1::STATE_HELD);
  }
  traces.name = SpreadBits(6);
  EXPECT_EQ(Recall(traces).repetition.names_for_domain(), 2)
      << "the own name is none of the others";
  traces.author_name = 0;
  EXPECT_EQ(Recall(traces).repetition.names_for_domain(), 3);
  traces.domains = {56};
  EXPECT_EQ(Recall(traces).repetition.names_for_domain(), 0);
}

}  // namespace
}  // namespace sluice::history
