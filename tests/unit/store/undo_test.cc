// What every store promises of undoing, claims and counts by day.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "google/protobuf/util/message_differencer.h"
#include "service/store/entry.h"
#include "tests/unit/store/consistency.h"
#include "tests/unit/store/every_store.h"

namespace sluice::store {
namespace {

using ::google::protobuf::util::MessageDifferencer;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Review : public ::testing::TestWithParam<Implementation> {
 protected:
  ~Review() override { EXPECT_EQ(Contradiction(store(), "blog", At(100)), ""); }
  Store* store() { return store_.get(); }

  void HoldFromAnn(const std::string& name, int64_t second = 0) {
    v1::Checked checked = CheckOf(name, v1::VERDICT_HOLD);
    checked.mutable_comment()->mutable_author()->set_email("ann@example.org");
    ASSERT_TRUE(
        Record(store(), checked, At(second), Durability::kBeforeAnswer).ok());
  }
  void DecideAs(const std::string& name, v1::Verdict verdict,
                const std::string& batch = "batch-1") {
    const auto results =
        Decide(store(), {DecisionOf(name, verdict)}, At(1), batch);
    ASSERT_TRUE(results.ok() && results->front().ok());
  }
  // State, and who decided under which batch.
  std::string Stands(const std::string& name) {
    const auto entry = store()->Get(name);
    if (!entry.ok()) return entry.status().ToString();
    return v1::State_Name(entry->state()) +
           (entry->has_review() ? " by " + entry->review().batch() : "");
  }
  std::string AnnsRecord() {
    const auto history =
        store()->ReadAuthorHistory("blog", {"", "ann@example.org", ""}, At(0));
    return history->by_email.ShortDebugString();
  }
  std::string Claimer(const std::string& name) {
    return store()->Get(name)->claim().moderator();
  }
  std::vector<std::string> ClaimAs(const std::string& moderator,
                                   std::vector<std::string> names,
                                   int64_t second = 10, bool release = false) {
    const auto claimed =
        Claim(store(), {std::move(names), moderator, At(second + 600), release},
              At(second));
    return claimed.ok() ? NamesOf(*claimed)
                        : std::vector<std::string>{"failed"};
  }

 private:
  const TemporaryFolder folder_;
  const std::unique_ptr<Store> store_ = GetParam().open(folder_);
};

TEST_P(Review, UndoGivesBackTheChecksVerdict) {
  HoldFromAnn(NameOf("a"));
  const std::string before = AnnsRecord();
  const v1::Entry held = *store()->Get(NameOf("a"));
  DecideAs(NameOf("a"), v1::VERDICT_REJECT);
  const std::string seen = store()->Get(NameOf("a"))->etag();

  const auto undone = UndoOne(store(), NameOf("a"), seen);
  ASSERT_TRUE(undone.ok()) << undone.status();
  EXPECT_EQ(undone->count, 1);
  EXPECT_FALSE(undone->more);
  ASSERT_EQ(undone->entries.size(), 1u);
  EXPECT_EQ(Stands(NameOf("a")), "STATE_HELD");
  EXPECT_EQ(AnnsRecord(), before);
  EXPECT_EQ(store()->Count("blog")->held, 1);
  EXPECT_NE(undone->entries[0].etag(), held.etag());
  EXPECT_NE(undone->entries[0].etag(), seen);
  EXPECT_FALSE(undone->entries[0].has_review_time());

  const auto events = store()->Events(NameOf("a"));
  ASSERT_EQ(events->size(), 3u);
  EXPECT_EQ(events->back().undone().sequence(), (*events)[1].sequence());
  EXPECT_EQ(events->back().undone().moderator(), "ann");
  EXPECT_EQ(events->back().undone().batch(), "undo-1");
}

TEST_P(Review, UndoGivesBackTheDecisionBefore) {
  HoldFromAnn(NameOf("a"));
  DecideAs(NameOf("a"), v1::VERDICT_ACCEPT, "b1");
  DecideAs(NameOf("a"), v1::VERDICT_REJECT, "b2");
  DecideAs(NameOf("a"), v1::VERDICT_REJECT, "b3");
  EXPECT_EQ(Stands(NameOf("a")), "STATE_REJECTED by b3");
  ASSERT_TRUE(UndoOne(store(), NameOf("a")).ok());
  EXPECT_EQ(Stands(NameOf("a")), "STATE_REJECTED by b2");
  ASSERT_TRUE(UndoOne(store(), NameOf("a")).ok());
  EXPECT_EQ(Stands(NameOf("a")), "STATE_ACCEPTED by b1");
  DecideAs(NameOf("a"), v1::VERDICT_REJECT, "b4");  // and on from there
  ASSERT_TRUE(UndoOne(store(), NameOf("a")).ok());
  EXPECT_EQ(Stands(NameOf("a")), "STATE_ACCEPTED by b1");
  ASSERT_TRUE(UndoOne(store(), NameOf("a")).ok());
  EXPECT_EQ(Stands(NameOf("a")), "STATE_HELD");
  EXPECT_TRUE(absl::IsNotFound(UndoOne(store(), NameOf("a")).status()));
}

TEST_P(Review, UndoRefusesWhatWasNotSeenOrIsNotThere) {
  HoldFromAnn(NameOf("a"));
  const std::string before = store()->Get(NameOf("a"))->etag();
  EXPECT_TRUE(absl::IsNotFound(UndoOne(store(), NameOf("a")).status()));
  DecideAs(NameOf("a"), v1::VERDICT_ACCEPT);
  EXPECT_TRUE(absl::IsAborted(UndoOne(store(), NameOf("a"), before).status()));
  EXPECT_EQ(Stands(NameOf("a")), "STATE_ACCEPTED by batch-1");
  EXPECT_TRUE(absl::IsNotFound(UndoOne(store(), NameOf("b")).status()));
  EXPECT_TRUE(absl::IsNotFound(UndoBatch(store(), "other").status()));
  EXPECT_TRUE(absl::IsNotFound(UndoBatch(store(), "").status()));
  EXPECT_TRUE(absl::IsNotFound(UndoBatch(store(), "batch-1", "o").status()));
}

TEST_P(Review, UndoOfABatchTakesOnlyWhatIsStillInForce) {
  for (const char* id : {"a", "b", "c"}) {
    HoldFromAnn(NameOf(id));
    DecideAs(NameOf(id), v1::VERDICT_REJECT, "b1");
  }
  DecideAs(NameOf("b"), v1::VERDICT_ACCEPT, "b2");
  ASSERT_TRUE(UndoOne(store(), NameOf("c")).ok());
  const auto undone = UndoBatch(store(), "b1");
  ASSERT_TRUE(undone.ok()) << undone.status();
  EXPECT_THAT(NamesOf(undone->entries), ElementsAre(NameOf("a")));
  EXPECT_EQ(Stands(NameOf("b")), "STATE_ACCEPTED by b2");
  EXPECT_TRUE(absl::IsNotFound(UndoBatch(store(), "b1").status()));
  // What stood over a decision of the batch is gone: now it is in force.
  ASSERT_TRUE(UndoOne(store(), NameOf("b")).ok());
  EXPECT_EQ(Stands(NameOf("b")), "STATE_REJECTED by b1");
  EXPECT_EQ(UndoBatch(store(), "b1")->count, 1);
  EXPECT_EQ(Stands(NameOf("b")), "STATE_HELD");
}

TEST_P(Review, ABatchThatDecidedTwiceIsUndoneTwice) {
  HoldFromAnn(NameOf("a"));
  DecideAs(NameOf("a"), v1::VERDICT_ACCEPT, "b1");
  DecideAs(NameOf("a"), v1::VERDICT_REJECT, "b1");
  const auto undone = UndoBatch(store(), "b1");
  EXPECT_EQ(undone->count, 2);
  ASSERT_EQ(undone->entries.size(), 1u);
  EXPECT_TRUE(MessageDifferencer::Equals(undone->entries[0],
                                         *store()->Get(NameOf("a"))));
  EXPECT_EQ(Stands(NameOf("a")), "STATE_HELD");
}

TEST_P(Review, ALargeBatchIsUndoneInSteps) {
  std::vector<v1::EntryDecision> decisions;
  for (int i = 0; i < Store::kMaxUndo + 3; ++i) {
    const std::string name = NameOf("c" + std::to_string(i));
    ASSERT_TRUE(Accept(store(), name).ok());
    decisions.push_back(DecisionOf(name, v1::VERDICT_REJECT));
  }
  ASSERT_TRUE(Decide(store(), decisions).ok());
  const auto first = UndoBatch(store(), "batch-1");
  EXPECT_EQ(first->count, Store::kMaxUndo);
  EXPECT_TRUE(first->more);
  EXPECT_EQ(first->entries.front().name(), NameOf("c0"));
  const auto second = UndoBatch(store(), "batch-1");
  EXPECT_EQ(second->count, 3);
  EXPECT_FALSE(second->more);
  EXPECT_EQ(store()->Count("blog")->rejected, 0);
}

TEST_P(Review, ReportsAreCounted) {
  HoldFromAnn(NameOf("a"));
  for (bool spam : {true, false, true})
    ASSERT_TRUE(Report(store(), NameOf("a"), spam).ok());
  EXPECT_EQ(store()->Get(NameOf("a"))->spam_reports(), 2);
  EXPECT_EQ(store()->Get(NameOf("a"))->ham_reports(), 1);
}

TEST_P(Review, AClaimKeepsOthersAwayUntilItEnds) {
  HoldFromAnn(NameOf("a"));
  HoldFromAnn(NameOf("b"));
  ASSERT_TRUE(Accept(store(), NameOf("c")).ok());
  EXPECT_THAT(ClaimAs("ann", {NameOf("a"), NameOf("c"), NameOf("none")}),
              ElementsAre(NameOf("a")));
  EXPECT_EQ(Claimer(NameOf("a")), "ann");
  EXPECT_THAT(ClaimAs("bob", {NameOf("a"), NameOf("b")}, 20),
              ElementsAre(NameOf("b")));
  EXPECT_THAT(ClaimAs("ann", {NameOf("a")}, 600), ElementsAre(NameOf("a")));
  EXPECT_THAT(ClaimAs("bob", {NameOf("a")}, 1199), IsEmpty());
  EXPECT_THAT(ClaimAs("bob", {NameOf("a")}, 1200), ElementsAre(NameOf("a")));
}

TEST_P(Review, OnlyWhoHasAClaimGivesItBack) {
  HoldFromAnn(NameOf("a"));
  ClaimAs("ann", {NameOf("a")});
  EXPECT_THAT(ClaimAs("bob", {NameOf("a")}, 20, true), IsEmpty());
  EXPECT_THAT(ClaimAs("ann", {NameOf("a")}, 20, true),
              ElementsAre(NameOf("a")));
  EXPECT_EQ(Claimer(NameOf("a")), "");
  EXPECT_THAT(ClaimAs("bob", {NameOf("a")}, 20, true),
              ElementsAre(NameOf("a")));  // nobody's it is already
  EXPECT_EQ(store()->Events(NameOf("a"))->size(), 3u);
}

TEST_P(Review, ADecisionEndsAClaimAndUndoDoesNotBringItBack) {
  HoldFromAnn(NameOf("a"));
  ClaimAs("ann", {NameOf("a")});
  DecideAs(NameOf("a"), v1::VERDICT_REJECT);
  EXPECT_EQ(Claimer(NameOf("a")), "");
  ASSERT_TRUE(UndoOne(store(), NameOf("a")).ok());
  EXPECT_EQ(Claimer(NameOf("a")), "");
  EXPECT_THAT(ClaimAs("bob", {NameOf("a")}), ElementsAre(NameOf("a")));
}

TEST_P(Review, DaysAreCountedByWhenTheCommentsCame) {
  constexpr int64_t kDay = 86'400;
  HoldFromAnn(NameOf("a"), 0);
  HoldFromAnn(NameOf("b"), kDay);
  HoldFromAnn(NameOf("c"), kDay);
  ASSERT_TRUE(Accept(store(), NameOf("d"), At(kDay)).ok());
  DecideAs(NameOf("a"), v1::VERDICT_ACCEPT);
  DecideAs(NameOf("b"), v1::VERDICT_REJECT);
  DecideAs(NameOf("d"), v1::VERDICT_REJECT);
  DecideAs(NameOf("c"), v1::VERDICT_REJECT);
  ASSERT_TRUE(UndoOne(store(), NameOf("c")).ok());
  const auto days = store()->CountDays("blog", At(2 * kDay), 4);
  ASSERT_TRUE(days.ok()) << days.status();
  std::vector<std::string> texts;
  for (const v1::DayCounts& day : *days)
    texts.push_back(day.ShortDebugString());
  EXPECT_THAT(texts,
              ElementsAre("date: \"2023-11-13\"",
                          "date: \"2023-11-14\" held: 1 accepted_by_person: 1",
                          "date: \"2023-11-15\" accepted: 1 held: 2"
                          " rejected_by_person: 2",
                          "date: \"2023-11-16\""));
  EXPECT_EQ(store()->CountDays("other", At(0), 1)->size(), 1u);
}

INSTANTIATE_TEST_SUITE_P(Stores, Review, ::testing::ValuesIn(AllStores()),
                         NameOfStore);

}  // namespace
}  // namespace sluice::store
