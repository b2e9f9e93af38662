// What webhooks are still to be told, in every store.

#include "service/store/outbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/store/every_store.h"

namespace sluice::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

const Webhook kHook{"https://blog.example/hook", "blog"};
const Webhook kOther{"https://all.example/hook", ""};

class OutboxOfStore : public ::testing::TestWithParam<Implementation> {
 protected:
  Store* store() { return store_.get(); }
  Outbox* outbox() { return store_->outbox(); }
  void Reopen() {
    store_.reset();
    store_ = GetParam().open(folder_);
  }

  void Held(const std::string& comment, const std::string& site = "blog") {
    ASSERT_TRUE(Hold(store(), NameOf(comment, site)).ok());
  }
  void Decided(const std::string& comment, v1::Verdict verdict,
               const std::string& site = "blog") {
    ASSERT_TRUE(
        DecideOne(store(), DecisionOf(NameOf(comment, site), verdict)).ok());
  }

  DueDeliveries Due(Time now = At(10), const Webhook& hook = kHook,
                    int limit = 100, const std::set<int64_t>& in_flight = {}) {
    absl::StatusOr<DueDeliveries> due =
        outbox()->Due(hook, now, limit, in_flight);
    EXPECT_TRUE(due.ok()) << due.status();
    return due.ok() ? *std::move(due) : DueDeliveries();
  }
  static std::vector<std::string> Texts(const DueDeliveries& found) {
    std::vector<std::string> texts;
    for (const Delivery& delivery : found.due) {
      const std::string& name = delivery.told.name();
      texts.push_back(name.substr(name.rfind('/') + 1) + " " +
                      v1::State_Name(delivery.told.state()).substr(6));
    }
    return texts;
  }
  void Settle(int64_t id, bool delivered, Time next = At(10),
              bool dead = false) {
    DeliveryOutcome outcome;
    outcome.id = id;
    outcome.delivered = delivered;
    outcome.dead = dead;
    outcome.next_time = next;
    outcome.first_time = At(5);
    outcome.last_time = next;
    outcome.error = "status 500";
    ASSERT_TRUE(outbox()->Settle({outcome}).ok());
  }
  int64_t Retry(std::vector<int64_t> ids, const std::string& site = "blog") {
    std::promise<absl::StatusOr<int64_t>> promise;
    outbox()->Retry(site, std::move(ids), At(20),
                    [&promise](absl::StatusOr<int64_t> count) {
                      promise.set_value(std::move(count));
                    });
    return *promise.get_future().get();
  }

 private:
  const TemporaryFolder folder_;
  std::unique_ptr<Store> store_ = GetParam().open(folder_);
};

TEST_P(OutboxOfStore, HasWhatWasDecidedSinceTheWebhookIsThere) {
  Held("a");
  Held("b");
  Held("c", "other");
  Decided("a", v1::VERDICT_ACCEPT);
  ASSERT_TRUE(outbox()->SetWebhooks({kHook, kOther}).ok());
  EXPECT_THAT(Texts(Due()), IsEmpty());
  EXPECT_FALSE(Due().next.has_value());
  Decided("b", v1::VERDICT_REJECT);
  Decided("c", v1::VERDICT_ACCEPT, "other");
  EXPECT_THAT(Texts(Due()), ElementsAre("b REJECTED"));
  EXPECT_THAT(Texts(Due(At(10), kOther)),
              ElementsAre("b REJECTED", "c ACCEPTED"));
}

TEST_P(OutboxOfStore, ForgetsWhatWasDelivered) {
  ASSERT_TRUE(outbox()->SetWebhooks({kHook}).ok());
  Held("a");
  Decided("a", v1::VERDICT_REJECT);
  Settle(Due().due.at(0).id, true);
  EXPECT_THAT(Texts(Due()), IsEmpty());
}

TEST_P(OutboxOfStore, ALaterChangeWaitsForTheOneBeforeItAndForNoOther) {
  ASSERT_TRUE(outbox()->SetWebhooks({kHook}).ok());
  Held("a");
  Held("b");
  Decided("a", v1::VERDICT_REJECT);
  Decided("a", v1::VERDICT_ACCEPT);
  Decided("b", v1::VERDICT_REJECT);
  const DueDeliveries first = Due();
  ASSERT_THAT(Texts(first), ElementsAre("a REJECTED", "b REJECTED"));
  EXPECT_THAT(Texts(Due(At(10), kHook, 100, {first.due[0].id})),
              ElementsAre("b REJECTED"));
  Settle(first.due[0].id, false, At(60));
  EXPECT_THAT(Texts(Due()), ElementsAre("b REJECTED"));
  Settle(first.due[1].id, true);
  EXPECT_THAT(Texts(Due()), IsEmpty());
  EXPECT_EQ(Due().next, At(60));
  const DueDeliveries again = Due(At(60));
  ASSERT_THAT(Texts(again), ElementsAre("a REJECTED"));
  EXPECT_EQ(again.due[0].attempts, 1);
  Settle(again.due[0].id, true);
  EXPECT_THAT(Texts(Due()), ElementsAre("a ACCEPTED"));
}

TEST_P(OutboxOfStore, GivesNoMoreThanWanted) {
  ASSERT_TRUE(outbox()->SetWebhooks({kHook}).ok());
  for (int i = 0; i < 5; ++i) {
    Held(std::to_string(i));
    Decided(std::to_string(i), v1::VERDICT_REJECT);
  }
  const DueDeliveries two = Due(At(10), kHook, 2);
  EXPECT_THAT(Texts(two), ElementsAre("0 REJECTED", "1 REJECTED"));
  EXPECT_LE(*two.next, At(10));
  EXPECT_THAT(Texts(Due(At(10), kHook, 2, {two.due[0].id, two.due[1].id})),
              ElementsAre("2 REJECTED", "3 REJECTED"));
}

TEST_P(OutboxOfStore, ShowsWhatWasGivenUp) {
  ASSERT_TRUE(outbox()->SetWebhooks({kHook, kOther}).ok());
  for (const char* name : {"a", "b"}) {
    Held(name);
    Decided(name, v1::VERDICT_REJECT);
  }
  const DueDeliveries due = Due();
  Settle(due.due[0].id, false, At(30));
  Settle(due.due[0].id, false, At(40), true);
  Settle(due.due[1].id, false, At(50), true);
  EXPECT_THAT(Texts(Due(At(100))), IsEmpty());
  const absl::StatusOr<DeadLetters> dead = outbox()->ListDead("blog", 1);
  ASSERT_TRUE(dead.ok()) << dead.status();
  EXPECT_EQ(dead->count, 2);
  ASSERT_EQ(dead->letters.size(), 1u);
  EXPECT_EQ(dead->letters[0].name(), NameOf("b"));
  const v1::DeadLetter letter = outbox()->ListDead("blog", 9)->letters[1];
  EXPECT_EQ(letter.id(), std::to_string(due.due[0].id));
  EXPECT_EQ(letter.url(), kHook.url);
  EXPECT_EQ(letter.name(), NameOf("a"));
  EXPECT_EQ(letter.attempts(), 2);
  EXPECT_EQ(letter.error(), "status 500");
  EXPECT_EQ(letter.create_time().seconds(), 1'700'000'005);
  EXPECT_EQ(letter.last_time().seconds(), 1'700'000'040);
  EXPECT_EQ(outbox()->ListDead("other", 9)->count, 0);
}

TEST_P(OutboxOfStore, WhatIsTriedAgainTellsTheNewestState) {
  ASSERT_TRUE(outbox()->SetWebhooks({kHook}).ok());
  for (const char* name : {"a", "b"}) {
    Held(name);
    Decided(name, v1::VERDICT_REJECT);
  }
  const DueDeliveries due = Due();
  for (const Delivery& delivery : due.due)
    Settle(delivery.id, false, At(10), true);
  Decided("a", v1::VERDICT_ACCEPT);  // what was given up blocks nothing
  Settle(Due().due.at(0).id, true);
  EXPECT_EQ(Retry({due.due[0].id}, "other"), 0);
  EXPECT_EQ(Retry({due.due[0].id, 999}), 1);
  EXPECT_THAT(Texts(Due(At(20))), ElementsAre("a ACCEPTED"));
  EXPECT_EQ(Due(At(20)).due[0].attempts, 0);
  EXPECT_EQ(Retry({}), 1);
  EXPECT_THAT(Texts(Due(At(20))),
              UnorderedElementsAre("a ACCEPTED", "b REJECTED"));
  EXPECT_EQ(outbox()->ListDead("blog", 9)->count, 0);
}

TEST_P(OutboxOfStore, TwoLettersOfACommentAreOneWhenTriedAgain) {
  ASSERT_TRUE(outbox()->SetWebhooks({kHook}).ok());
  Held("a");
  for (v1::Verdict verdict : {v1::VERDICT_REJECT, v1::VERDICT_ACCEPT}) {
    Decided("a", verdict);
    Settle(Due().due.at(0).id, false, At(10), true);
  }
  EXPECT_EQ(Retry({}), 2);
  EXPECT_THAT(Texts(Due(At(20))), ElementsAre("a ACCEPTED"));
}

TEST_P(OutboxOfStore, WhoeverIsNotConfiguredAnyMoreIsForgotten) {
  ASSERT_TRUE(outbox()->SetWebhooks({kHook, kOther}).ok());
  Held("a");
  Decided("a", v1::VERDICT_REJECT);
  ASSERT_TRUE(outbox()->SetWebhooks({kOther}).ok());
  EXPECT_THAT(Texts(Due()), IsEmpty());
  EXPECT_THAT(Texts(Due(At(10), kOther)), ElementsAre("a REJECTED"));
}

TEST_P(OutboxOfStore, OutlivesTheServer) {
  if (GetParam().name != "SqliteFile") GTEST_SKIP() << "keeps nothing";
  ASSERT_TRUE(outbox()->SetWebhooks({kHook}).ok());
  Held("a");
  Held("b");
  Decided("a", v1::VERDICT_REJECT);
  Settle(Due().due.at(0).id, false, At(60));
  Reopen();
  Decided("b", v1::VERDICT_REJECT);  // before anyone says SetWebhooks
  ASSERT_TRUE(outbox()->SetWebhooks({kHook}).ok());
  EXPECT_THAT(Texts(Due(At(10))), ElementsAre("b REJECTED"));
  EXPECT_THAT(Texts(Due(At(60))), ElementsAre("b REJECTED", "a REJECTED"));
}

INSTANTIATE_TEST_SUITE_P(Stores, OutboxOfStore,
                         ::testing::ValuesIn(AllStores()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace sluice::store
