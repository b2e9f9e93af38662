// Several programs on one PostgreSQL, and what becomes of them when it goes.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "service/store/postgres_schema.h"
#include "service/store/postgres_sql.h"
#include "service/store/postgres_store.h"
#include "tests/unit/store/consistency.h"
#include "tests/unit/store/postgres_server.h"
#include "tests/unit/store/testing.h"

namespace sluice::store {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

TEST(PostgresSql, IsWrittenInItsDialect) {
  EXPECT_EQ(PostgresSql("a = ? AND b = ?"), "a = $1 AND b = $2");
  EXPECT_EQ(PostgresSql("a = ?2 OR b = ?1 OR c = ?2"),
            "a = $2 OR b = $1 OR c = $2");
  EXPECT_EQ(PostgresSql("a != x'' AND b = '?'"),
            "a != '\\x'::bytea AND b = '?'");
}

TEST(PostgresText, IsWhatAColumnOfTextCanHold) {
  EXPECT_EQ(PostgresText("p\xc3\xa9re \xf0\x9f\x98\x80"),
            "p\xc3\xa9re \xf0\x9f\x98\x80");
  EXPECT_EQ(PostgresText(std::string_view("a\0b", 3)),
            "a\xef\xbf\xbd"
            "b");
  EXPECT_EQ(PostgresText("\xff|\xc3|\xed\xa0\x80"),
            "\xef\xbf\xbd|\xef\xbf\xbd|\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
}

TEST(PostgresError, TellsWhatPassesFromWhatDoesNot) {
  for (const char* state : {"", "08006", "57P01", "57P03", "53100", "53300",
                            "40001", "40P01", "25006", "55P03"}) {
    EXPECT_TRUE(absl::IsUnavailable(PostgresError(state, "why"))) << state;
  }
  for (const char* state : {"42601", "23505", "22021"})
    EXPECT_TRUE(absl::IsInternal(PostgresError(state, "why"))) << state;
}

class PostgresTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (PostgresServer::Get() == nullptr) {
      GTEST_SKIP() << "PostgreSQL is not installed: deploy/install-packages "
                      "--test installs it";
    }
    conninfo_ = PostgresServer::Get()->NewDatabase();
  }

  std::unique_ptr<Store> Open(
      std::chrono::milliseconds poll = std::chrono::milliseconds(20)) {
    return OpenPostgresOrDie({.conninfo = conninfo_,
                              .timeout = std::chrono::milliseconds(2000),
                              .poll = poll,
                              .lease = std::chrono::milliseconds(600)});
  }

  std::string conninfo_;
};

// Collects what a store is told of the others.
class Told {
 public:
  explicit Told(Store* store) {
    store->FollowOthers([this](const std::vector<Other>& others) {
      const std::lock_guard<std::mutex> lock(mutex_);
      for (const Other& other : others) all_.push_back(other);
      changed_.notify_all();
    });
  }
  std::vector<Other> WaitFor(size_t count) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(20),
                      [&] { return all_.size() >= count; });
    return all_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Other> all_;
};

TEST_F(PostgresTest, ACommentIsCheckedOnceWhoeverGetsIt) {
  const auto one = Open();
  const auto two = Open();
  EXPECT_FALSE(Hold(one.get(), NameOf("1"))->repeated);
  const auto again = Hold(two.get(), NameOf("1"), At(5));
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(again->repeated);
  EXPECT_EQ(again->entry.create_time().seconds(),
            At(0).time_since_epoch().count() / 1'000'000);
  EXPECT_EQ(two->Count("blog")->held, 1);
  v1::Checked other = CheckOf(NameOf("1"), v1::VERDICT_HOLD);
  other.set_request_hash("another");
  EXPECT_TRUE(absl::IsAlreadyExists(
      Record(two.get(), other, At(6), Durability::kBeforeAnswer).status()));
}

TEST_F(PostgresTest, AnEtagThatAnotherProgramMadeOldIsRefused) {
  const auto one = Open();
  const auto two = Open();
  const std::string etag = Hold(one.get(), NameOf("1"))->entry.etag();
  EXPECT_TRUE(
      DecideOne(two.get(), DecisionOf(NameOf("1"), v1::VERDICT_ACCEPT, etag))
          .ok());
  EXPECT_TRUE(absl::IsAborted(
      DecideOne(one.get(), DecisionOf(NameOf("1"), v1::VERDICT_REJECT, etag))
          .status()));
}

TEST_F(PostgresTest, OfManyWhoDecideAtOnceOneIsFirst) {
  constexpr int kPrograms = 4;
  constexpr int kComments = 30;
  std::vector<std::unique_ptr<Store>> stores;
  for (int i = 0; i < kPrograms; ++i) stores.push_back(Open());
  std::map<std::string, std::string> etags;
  for (int i = 0; i < kComments; ++i) {
    const std::string name = NameOf(std::to_string(i));
    etags[name] = Hold(stores[0].get(), name)->entry.etag();
  }
  std::atomic<int> decided{0};
  std::vector<std::thread> threads;
  for (const auto& store : stores) {
    threads.emplace_back([&decided, &etags, store = store.get()] {
      for (const auto& [name, etag] : etags) {
        const auto entry =
            DecideOne(store, DecisionOf(name, v1::VERDICT_REJECT, etag));
        if (entry.ok()) ++decided;
        EXPECT_TRUE(entry.ok() || absl::IsAborted(entry.status()))
            << entry.status();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(decided, kComments);
  EXPECT_EQ(Contradiction(stores[1].get(), "blog", At(9)), "");
}

TEST_F(PostgresTest, AWatcherNeverPassesOverAChangeThatAppearsLater) {
  constexpr int kPrograms = 3;
  constexpr int kComments = 40;
  std::vector<std::unique_ptr<Store>> stores;
  for (int i = 0; i < kPrograms; ++i) stores.push_back(Open());
  std::atomic<int> running{kPrograms};
  std::vector<std::thread> threads;
  for (int i = 0; i < kPrograms; ++i) {
    threads.emplace_back([&, i] {
      for (int n = 0; n < kComments; ++n) {
        const std::string name =
            NameOf(std::to_string(i) + "-" + std::to_string(n));
        ASSERT_TRUE(Hold(stores[i].get(), name).ok());
        ASSERT_TRUE(
            DecideOne(stores[i].get(), DecisionOf(name, v1::VERDICT_ACCEPT))
                .ok());
      }
      --running;
    });
  }
  std::vector<int64_t> seen;
  int64_t after = 0;
  bool last = false;
  while (!last) {
    last = running == 0;
    const auto changes = stores[0]->Changes("blog", after, 1000);
    ASSERT_TRUE(changes.ok()) << changes.status();
    for (const Change& change : *changes)
      seen.push_back(after = change.sequence);
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(seen.size(), static_cast<size_t>(kPrograms * kComments));
  EXPECT_EQ(*stores[0]->LastSequence(), 2 * kPrograms * kComments);
}

TEST_F(PostgresTest, ProgramsAreToldWhatTheOthersStored) {
  const auto one = Open();
  const auto two = Open();
  Told told(two.get());
  ASSERT_TRUE(Hold(one.get(), NameOf("1")).ok());
  ASSERT_TRUE(Hold(two.get(), NameOf("own")).ok());
  ASSERT_TRUE(
      DecideOne(one.get(), DecisionOf(NameOf("1"), v1::VERDICT_REJECT)).ok());
  ASSERT_TRUE(UndoOne(one.get(), NameOf("1")).ok());
  const std::vector<Other> others = told.WaitFor(3);
  std::vector<Other::Kind> kinds;
  for (const Other& other : others) {
    kinds.push_back(other.kind);
    EXPECT_EQ(other.entry.name(), NameOf("1"));
  }
  EXPECT_THAT(kinds, ElementsAre(Other::Kind::kChecked, Other::Kind::kReviewed,
                                 Other::Kind::kUndone));
}

TEST_F(PostgresTest, ChangeHooksAreCalledForTheChangesOfOthers) {
  const auto one = Open();
  const auto two = Open();
  std::promise<void> called;
  std::once_flag once;
  const auto hook = two->change_hooks().Add(
      [&] { std::call_once(once, [&] { called.set_value(); }); });
  ASSERT_TRUE(Hold(one.get(), NameOf("1")).ok());
  ASSERT_TRUE(
      DecideOne(one.get(), DecisionOf(NameOf("1"), v1::VERDICT_ACCEPT)).ok());
  EXPECT_EQ(called.get_future().wait_for(std::chrono::seconds(20)),
            std::future_status::ready);
  two->change_hooks().Remove(hook);
}

TEST_F(PostgresTest, OneProgramDoesThePeriodicWorkAndThenAnother) {
  auto one = Open();
  const auto two = Open();
  ASSERT_TRUE(Hold(one.get(), NameOf("1"), At(0)).ok());
  const Cutoffs all{At(100), At(100), At(100)};
  EXPECT_EQ(two->Purge("blog", all, At(200))->removed, 0);
  one.reset();
  // By its own will, or after the span of a lease.
  int64_t removed = 0;
  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (removed == 0 && std::chrono::steady_clock::now() < deadline)
    removed = two->Purge("blog", all, At(200))->removed;
  EXPECT_EQ(removed, 1);
}

TEST_F(PostgresTest, ALostConnectionIsOpenedAgainAndNothingIsDoubled) {
  const auto store = Open();
  ASSERT_TRUE(Hold(store.get(), NameOf("1")).ok());
  PostgresServer::ExecuteAt(
      conninfo_,
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
      " WHERE datname = current_database() AND pid != pg_backend_pid()");
  const auto record = Hold(store.get(), NameOf("2"));
  ASSERT_TRUE(record.ok()) << record.status();
  EXPECT_FALSE(record->repeated);
  EXPECT_EQ(store->Count("blog")->held, 2);
  EXPECT_TRUE(store->Health().ok());
}

TEST_F(PostgresTest, AfterACrashOfTheServerTheStoreHealsByItself) {
  const auto store = Open();
  ASSERT_TRUE(Hold(store.get(), NameOf("1")).ok());
  ASSERT_TRUE(Accept(store.get(), NameOf("behind")).ok());
  PostgresServer::Get()->Restart();
  ASSERT_TRUE(store->Flush().ok());
  EXPECT_TRUE(Hold(store.get(), NameOf("2")).ok());
  EXPECT_TRUE(store->Get(NameOf("behind")).ok());
  EXPECT_EQ(Contradiction(store.get(), "blog", At(9)), "");
}

// The commit is sent, and the connection dies before the answer: whether it
// happened is found out, not guessed.
TEST_F(PostgresTest, ACommitWhoseAnswerWasLostIsNotDoneTwice) {
  const auto store = Open();
  ASSERT_TRUE(Hold(store.get(), NameOf("1")).ok());
  constexpr int kRounds = 20;
  std::atomic<bool> stop{false};
  std::thread killer([&] {
    while (!stop) {
      PostgresServer::ExecuteAt(
          conninfo_,
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE"
          " datname = current_database() AND query LIKE 'COMMIT%'");
    }
  });
  int acknowledged = 0;
  for (int i = 0; i < kRounds; ++i) {
    const auto report = Report(store.get(), NameOf("1"), true);
    if (report.ok()) ++acknowledged;
  }
  stop = true;
  killer.join();
  ASSERT_TRUE(store->Flush().ok());
  const auto entry = store->Get(NameOf("1"));
  ASSERT_TRUE(entry.ok()) << entry.status();
  EXPECT_GE(entry->spam_reports(), acknowledged);
  EXPECT_LE(entry->spam_reports(), kRounds);
  EXPECT_EQ(Contradiction(store.get(), "blog", At(9)), "");
}

TEST_F(PostgresTest, ManyMayStartAtOnceOnAnEmptyDatabase) {
  constexpr int kPrograms = 4;
  std::vector<std::thread> threads;
  std::atomic<int> opened{0};
  for (int i = 0; i < kPrograms; ++i) {
    threads.emplace_back([&] {
      if (OpenPostgresStore({.conninfo = conninfo_}).ok()) ++opened;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(opened, kPrograms);
}

TEST_F(PostgresTest, AProgramBeforeACompatibleStepRunsOnAndBeforeAnotherNot) {
  auto old = Open();
  std::vector<PostgresMigration> newer = PostgresMigrations();
  const auto known = static_cast<int64_t>(newer.size());
  newer.push_back({"ALTER TABLE entries ADD COLUMN added BIGINT", known});
  ASSERT_TRUE(MigratePostgres({.conninfo = conninfo_}, newer).ok());
  EXPECT_TRUE(Hold(old.get(), NameOf("1")).ok());
  EXPECT_TRUE(OpenPostgresStore({.conninfo = conninfo_}).ok());
  newer.push_back({"ALTER TABLE entries DROP COLUMN added", known + 2});
  ASSERT_TRUE(MigratePostgres({.conninfo = conninfo_}, newer).ok());
  const absl::Status refused =
      OpenPostgresStore({.conninfo = conninfo_}).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(refused));
  EXPECT_THAT(std::string(refused.message()), HasSubstr("newer sluiced"));
}

TEST_F(PostgresTest, TextsThatNoColumnTakesStopNoOneElse) {
  const auto store = Open();
  v1::Checked checked = CheckOf(NameOf("1"), v1::VERDICT_HOLD);
  v1::Author& author = *checked.mutable_comment()->mutable_author();
  author.set_name(std::string("a\0b", 3));
  author.set_email("\xED\xA0\x80@example.com");  // a lone surrogate
  const absl::StatusOr<CheckRecord> stored =
      Record(store.get(), checked, At(0), Durability::kBeforeAnswer);
  EXPECT_TRUE(stored.ok()) << stored.status();
  EXPECT_TRUE(Hold(store.get(), NameOf("2")).ok());
  EXPECT_EQ(store->Count("blog")->held, 2);
}

TEST(PostgresStore, SaysInOneLineWhyItCannotBeReached) {
  const absl::Status error =
      OpenPostgresStore({.conninfo = "host=/nonexistent password=hush"})
          .status();
  EXPECT_TRUE(absl::IsUnavailable(error));
  EXPECT_THAT(std::string(error.message()), HasSubstr("PostgreSQL"));
  EXPECT_THAT(std::string(error.message()), ::testing::Not(HasSubstr("hush")));
  EXPECT_EQ(error.message().find('\n'), absl::string_view::npos);
}

}  // namespace
}  // namespace sluice::store
