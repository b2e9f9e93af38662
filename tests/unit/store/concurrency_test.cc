// Eight moderators decide, undo and bulk-decide at random at the same time;
// then everything a store shows must follow from its events.
// SLUICE_STORE_SECONDS=60 for a long run.

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <random>
#include <thread>

#include "tests/unit/store/consistency.h"
#include "tests/unit/store/testing.h"

namespace sluice::store {
namespace {

constexpr int kModerators = 8;
constexpr int kComments = 60;

// Turns for each moderator, or seconds for all if they are asked for.
constexpr int kTurns = 60;

class Moderators {
 public:
  explicit Moderators(Store* store) : store_(store) {}

  void Work(int who) {
    std::mt19937_64 random(static_cast<uint64_t>(who));
    const char* asked = std::getenv("SLUICE_STORE_SECONDS");
    const auto end = std::chrono::steady_clock::now() +
                     std::chrono::seconds(asked ? std::atoi(asked) : 0);
    for (int turn = 0;
         asked ? std::chrono::steady_clock::now() < end : turn < kTurns;
         ++turn) {
      Turn(who, turn, &random);
    }
  }
  int64_t changes() const { return changes_; }

 private:
  void Turn(int who, int turn, std::mt19937_64* random) {
    const auto any = [random](uint64_t below) { return (*random)() % below; };
    const std::string name = NameOf("c" + std::to_string(any(kComments)));
    const auto verdict = any(2) == 0 ? v1::VERDICT_ACCEPT : v1::VERDICT_REJECT;
    const std::string batch =
        "b" + std::to_string(who) + "-" + std::to_string(turn);
    switch (any(6)) {
      case 0:
      case 1: {
        const auto entry = store_->Get(name);
        ASSERT_TRUE(entry.ok());
        const auto results = Decide(
            store_, {DecisionOf(name, verdict, any(2) ? entry->etag() : "")},
            At(turn), batch);
        ASSERT_TRUE(results.ok()) << results.status();
        changes_ += results->front().ok();
        break;
      }
      case 2:
        changes_ += UndoOne(store_, name, "", At(turn)).ok();
        break;
      case 3:
        Bulk(any(2) == 0 ? "score > 2" : "campaign = c0ffee state:*", verdict,
             turn, batch);
        last_[who] = batch;
        break;
      case 4:
        if (!last_[who].empty()) (void)UndoBatch(store_, last_[who]);
        break;
      default:
        (void)Claim(
            store_,
            {{name}, "m" + std::to_string(who), At(turn + 5), any(3) == 0},
            At(turn));
    }
  }

  void Bulk(const char* filter, v1::Verdict verdict, int turn,
            const std::string& batch) {
    ListQuery query;
    query.site = "blog";
    query.state = v1::STATE_UNSPECIFIED;
    query.page_size = 20;
    query.filter = *Filter::Parse(filter, At(turn));
    std::vector<v1::EntryDecision> decisions;
    for (const v1::Entry& entry : ListAll(store_, query))
      decisions.push_back(DecisionOf(entry.name(), verdict, entry.etag()));
    const auto results = Decide(store_, decisions, At(turn), batch);
    ASSERT_TRUE(results.ok()) << results.status();
    for (const auto& result : *results) changes_ += result.ok();
  }

  Store* const store_;
  std::atomic<int64_t> changes_{0};
  std::array<std::string, kModerators> last_;
};

TEST(Concurrency, WhatEightModeratorsLeaveFollowsFromTheEvents) {
  const TemporaryFolder folder;
  const auto store = OpenOrDie({.path = folder.File("store.db")});
  for (int i = 0; i < kComments; ++i) {
    v1::Checked checked = CheckOf(NameOf("c" + std::to_string(i)),
                                  static_cast<v1::Verdict>(1 + i % 3), i % 5);
    if (i % 4 == 0) {
      checked.mutable_signals()->mutable_repetition()->set_campaign("c0ffee");
    }
    checked.mutable_comment()->mutable_author()->set_email(
        i % 2 == 0 ? "ann@x.org" : "bob@x.org");
    ASSERT_TRUE(Record(store.get(), checked, At(i), Durability::kBehind).ok());
  }
  Moderators moderators(store.get());
  std::vector<std::thread> threads;
  for (int who = 0; who < kModerators; ++who)
    threads.emplace_back([&moderators, who] { moderators.Work(who); });
  for (std::thread& thread : threads) thread.join();

  EXPECT_GT(moderators.changes(), kTurns);
  EXPECT_EQ(Contradiction(store.get(), "blog", At(100)), "");
  // The listing by campaign has every entry once, in every state.
  ListQuery query;
  query.site = "blog";
  query.order = Order::kLargestCampaignFirst;
  query.page_size = 7;
  size_t listed = 0;
  for (v1::State state :
       {v1::STATE_HELD, v1::STATE_ACCEPTED, v1::STATE_REJECTED}) {
    query.state = state;
    listed += ListAll(store.get(), query).size();
  }
  EXPECT_EQ(listed, static_cast<size_t>(kComments));
}

}  // namespace
}  // namespace sluice::store
