#include "service/store/entry.h"

#include <gtest/gtest.h>

#include "tests/unit/store/testing.h"

namespace sluice::store {
namespace {

v1::Event EventAt(int64_t sequence) {
  v1::Event event;
  event.set_sequence(sequence);
  *event.mutable_time() = TimestampOf(sequence * 1'000'000);
  return event;
}

v1::Event Checked(int64_t sequence, v1::Verdict verdict) {
  v1::Event event = EventAt(sequence);
  *event.mutable_checked() = CheckOf(NameOf("a"), verdict);
  return event;
}

v1::Event Reviewed(int64_t sequence, v1::Verdict verdict) {
  v1::Event event = EventAt(sequence);
  event.mutable_reviewed()->set_verdict(verdict);
  return event;
}

v1::Event Undone(int64_t sequence, int64_t target) {
  v1::Event event = EventAt(sequence);
  event.mutable_undone()->set_sequence(target);
  return event;
}

TEST(Timestamp, HasNanosecondsFromZeroUpBefore1970Too) {
  EXPECT_EQ(TimestampOf(-1).seconds(), -1);
  EXPECT_EQ(TimestampOf(-1).nanos(), 999'999'000);
  EXPECT_EQ(TimestampOf(1'500'000).ShortDebugString(),
            "seconds: 1 nanos: 500000000");
}

TEST(DeriveEntry, AnUndoneDecisionLeavesTheOneBefore) {
  const auto entry = DeriveEntry(
      {Checked(1, v1::VERDICT_HOLD), Reviewed(2, v1::VERDICT_ACCEPT),
       Reviewed(3, v1::VERDICT_REJECT), Undone(4, 3)});
  ASSERT_TRUE(entry.ok()) << entry.status();
  EXPECT_EQ(entry->state(), v1::STATE_ACCEPTED);
  EXPECT_EQ(entry->review().verdict(), v1::VERDICT_ACCEPT);
  EXPECT_EQ(entry->update_time().seconds(), 4);
}

TEST(DeriveEntry, WithEveryDecisionUndoneItStandsAsChecked) {
  const auto entry =
      DeriveEntry({Checked(1, v1::VERDICT_HOLD),
                   Reviewed(2, v1::VERDICT_REJECT), Undone(3, 2)});
  ASSERT_TRUE(entry.ok()) << entry.status();
  EXPECT_EQ(entry->state(), v1::STATE_HELD);
  EXPECT_FALSE(entry->has_review());
}

TEST(DeriveEntry, ADecisionEndsAClaim) {
  v1::Event claim = EventAt(2);
  claim.mutable_claimed()->set_moderator("ann");
  EXPECT_TRUE(DeriveEntry({Checked(1, v1::VERDICT_HOLD), claim})->has_claim());
  EXPECT_FALSE(DeriveEntry({Checked(1, v1::VERDICT_HOLD), claim,
                            Reviewed(3, v1::VERDICT_REJECT)})
                   ->has_claim());
}

TEST(DeriveEntry, RefusesWhatIsNoChain) {
  const std::vector<v1::Event> chains[] = {
      {},
      {Reviewed(1, v1::VERDICT_ACCEPT)},
      {Checked(1, v1::VERDICT_HOLD), Checked(2, v1::VERDICT_HOLD)},
      {Checked(1, v1::VERDICT_HOLD), EventAt(2)},
      {Checked(1, v1::VERDICT_HOLD), Undone(2, 1)},
      {Checked(1, v1::VERDICT_HOLD), Undone(2, 3),
       Reviewed(3, v1::VERDICT_ACCEPT)}};
  for (const auto& chain : chains)
    EXPECT_TRUE(absl::IsInternal(DeriveEntry(chain).status()));
}

}  // namespace
}  // namespace sluice::store
