// What people decided, as watchers read it.

#include "service/store/changes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <atomic>
#include <thread>

#include "service/store/entry.h"
#include "service/store/schema.h"
#include "tests/unit/store/every_store.h"

namespace sluice::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// One word a change: comment, state and the rest that is told.
std::string Text(const Change& change) {
  const std::string& name = change.told.name();
  std::string text = name.substr(name.rfind('/') + 1) + " " +
                     v1::State_Name(change.told.state()).substr(6);
  if (!change.told.html().empty()) text += " " + change.told.html();
  if (!change.told.reason_code().empty())
    text += " " + change.told.reason_code();
  if (change.told.undone()) text += " undone";
  return text;
}

class ChangesOfStore : public ::testing::TestWithParam<Implementation> {
 protected:
  Store* store() { return store_.get(); }

  std::vector<std::string> Read(int64_t after, int limit = 100,
                                const std::string& site = "blog") {
    const absl::StatusOr<std::vector<Change>> changes =
        store_->Changes(site, after, limit);
    if (!changes.ok()) return {changes.status().ToString()};
    std::vector<std::string> texts;
    for (const Change& change : *changes) texts.push_back(Text(change));
    return texts;
  }

  void Decided(const std::string& comment, v1::Verdict verdict,
               const std::string& site = "blog") {
    ASSERT_TRUE(
        DecideOne(store(), DecisionOf(NameOf(comment, site), verdict)).ok());
  }

 private:
  const TemporaryFolder folder_;
  const std::unique_ptr<Store> store_ = GetParam().open(folder_);
};

TEST_P(ChangesOfStore, AreDecisionsInOrderAndNothingElse) {
  ASSERT_TRUE(Hold(store(), NameOf("a")).ok());
  ASSERT_TRUE(Hold(store(), NameOf("b")).ok());
  ASSERT_TRUE(Hold(store(), NameOf("c", "other")).ok());
  EXPECT_THAT(Read(0), IsEmpty());
  EXPECT_EQ(*store()->LastSequence(), 3);
  Decided("b", v1::VERDICT_REJECT);
  Decided("a", v1::VERDICT_ACCEPT);
  Decided("c", v1::VERDICT_REJECT, "other");
  ASSERT_TRUE(Report(store(), NameOf("a"), true).ok());
  Decided("a", v1::VERDICT_REJECT);
  EXPECT_THAT(Read(0), ElementsAre("b REJECTED", "a ACCEPTED <p>The body</p>",
                                   "a REJECTED"));
  EXPECT_THAT(Read(0, 100, "other"), ElementsAre("c REJECTED"));
  EXPECT_THAT(Read(0, 100, "unknown"), IsEmpty());
}

TEST_P(ChangesOfStore, AreReadFromASequenceOn) {
  for (const char* name : {"a", "b", "c"}) {
    ASSERT_TRUE(Hold(store(), NameOf(name)).ok());
    Decided(name, v1::VERDICT_REJECT);
  }
  const auto all = store()->Changes("blog", 0, 100);
  ASSERT_EQ(all->size(), 3u);
  EXPECT_THAT(Read(0, 2), ElementsAre("a REJECTED", "b REJECTED"));
  EXPECT_THAT(Read((*all)[1].sequence), ElementsAre("c REJECTED"));
  EXPECT_THAT(Read((*all)[2].sequence), IsEmpty());
  EXPECT_EQ(Read(0, 0).size(), 1u);
  EXPECT_EQ((*all)[2].told.time().seconds(), 1'700'000'001);
}

TEST_P(ChangesOfStore, SayWhy) {
  ASSERT_TRUE(Hold(store(), NameOf("a")).ok());
  v1::EntryDecision decision = DecisionOf(NameOf("a"), v1::VERDICT_REJECT);
  decision.set_reason_code("spam");
  ASSERT_TRUE(DecideOne(store(), decision).ok());
  EXPECT_THAT(Read(0), ElementsAre("a REJECTED spam"));
}

TEST_P(ChangesOfStore, CallTheHooksAfterTheyCanBeRead) {
  ASSERT_TRUE(Hold(store(), NameOf("a")).ok());
  std::atomic<int> calls{0};
  std::promise<void> called;
  const int id = store()->change_hooks().Add([&] {
    if (calls++ == 0) called.set_value();
  });
  ASSERT_TRUE(Hold(store(), NameOf("b")).ok());
  ASSERT_TRUE(store()->Flush().ok());
  EXPECT_EQ(calls, 0);
  Decided("a", v1::VERDICT_REJECT);
  called.get_future().wait();
  EXPECT_EQ(Read(0).size(), 1u);
  store()->change_hooks().Remove(id);
  Decided("a", v1::VERDICT_ACCEPT);
  ASSERT_TRUE(store()->Flush().ok());
  EXPECT_EQ(calls, 1);
}

TEST_P(ChangesOfStore, NoneIsSkippedByAReaderBesideManyWriters) {
  constexpr int kWriters = 4;
  constexpr int kEach = 25;
  for (int i = 0; i < kWriters; ++i)
    ASSERT_TRUE(Hold(store(), NameOf(std::to_string(i))).ok());
  std::atomic<int> done{0};
  std::vector<std::thread> writers;
  for (int i = 0; i < kWriters; ++i) {
    writers.emplace_back([&, i] {
      for (int j = 0; j < kEach; ++j) {
        (void)DecideOne(
            store(), DecisionOf(NameOf(std::to_string(i)), v1::VERDICT_REJECT));
      }
      ++done;
    });
  }
  int seen = 0;
  int64_t last = 0;
  for (bool more = true; more;) {
    more = done < kWriters;
    for (bool some = true; some;) {
      const auto changes = store()->Changes("blog", last, 3);
      if (!changes.ok()) continue;
      some = !changes->empty();
      for (const Change& change : *changes) {
        EXPECT_GT(change.sequence, last);
        last = change.sequence;
        ++seen;
      }
    }
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(seen, kWriters * kEach);
}

TEST_P(ChangesOfStore, AReadStopsWhereThereIsMuchHtml) {
  constexpr int kComments = 8;
  for (int i = 0; i < kComments; ++i) {
    v1::Checked checked = CheckOf(NameOf(std::to_string(i)), v1::VERDICT_HOLD);
    checked.set_html(std::string(kMaxChangeBytes / 2, 'x'));
    ASSERT_TRUE(
        Record(store(), checked, At(0), Durability::kBeforeAnswer).ok());
    Decided(std::to_string(i), v1::VERDICT_ACCEPT);
  }
  int64_t after = 0;
  int read = 0;
  while (true) {
    const auto changes = store()->Changes("blog", after, 100);
    ASSERT_TRUE(changes.ok());
    if (changes->empty()) break;
    if (GetParam().name != "Fake") {
      EXPECT_LE(changes->size(), 2u);
    }
    read += static_cast<int>(changes->size());
    after = changes->back().sequence;
  }
  EXPECT_EQ(read, kComments);
}

INSTANTIATE_TEST_SUITE_P(Stores, ChangesOfStore,
                         ::testing::ValuesIn(AllStores()),
                         [](const auto& info) { return info.param.name; });

v1::Event EventOf(int64_t sequence) {
  v1::Event event;
  event.set_sequence(sequence);
  event.set_comment(NameOf("a"));
  *event.mutable_time() = TimestampOf(sequence);
  return event;
}

TEST(ChangeOf, AnUndoTellsTheStateItLedTo) {
  std::vector<v1::Event> events = {EventOf(1), EventOf(2), EventOf(3)};
  *events[0].mutable_checked() = CheckOf(NameOf("a"), v1::VERDICT_HOLD);
  events[1].mutable_reviewed()->set_verdict(v1::VERDICT_REJECT);
  events[1].mutable_reviewed()->set_reason_code("spam");
  events[2].mutable_undone()->set_sequence(2);
  const absl::StatusOr<Change> change = ChangeOf(events);
  ASSERT_TRUE(change.ok()) << change.status();
  EXPECT_EQ(Text(*change), "a HELD undone");
  EXPECT_EQ(change->sequence, 3);
}

void Sql(const std::string& path, const std::string& sql) {
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr),
            SQLITE_OK)
      << sqlite3_errmsg(database);
  sqlite3_close(database);
}

// What version 3 made is unmade, and made again from the events.
TEST(ChangesOfSqlite, OfAnOlderSchemaAreAllThere) {
  const TemporaryFolder folder;
  const std::string path = folder.File("store.db");
  {
    const auto store = OpenOrDie({.path = path});
    for (const char* name : {"a", "b"})
      ASSERT_TRUE(Hold(store.get(), NameOf(name)).ok());
    for (v1::Verdict verdict : {v1::VERDICT_REJECT, v1::VERDICT_ACCEPT})
      ASSERT_TRUE(
          DecideOne(store.get(), DecisionOf(NameOf("a"), verdict)).ok());
    ASSERT_TRUE(Report(store.get(), NameOf("b"), true).ok());
  }
  Sql(path,
      "DROP TABLE api_keys;"
      "DROP TABLE changes; DROP TABLE webhooks; DROP TABLE deliveries;"
      "DROP INDEX entries_to_purge; DROP INDEX entries_by_time;"
      "DROP INDEX entries_by_rank; DROP INDEX entries_by_campaign;"
      "CREATE INDEX entries_by_time ON entries (site, state);"
      "CREATE INDEX entries_by_rank ON entries (site, state);"
      "CREATE INDEX entries_by_campaign ON entries (site, state);"
      "ALTER TABLE entries DROP COLUMN purge_event; PRAGMA user_version = 2");
  const auto store = OpenOrDie({.path = path});
  const auto changes = store->Changes("blog", 0, 100);
  ASSERT_TRUE(changes.ok()) << changes.status();
  ASSERT_EQ(changes->size(), 2u);
  EXPECT_EQ(Text((*changes)[0]), "a REJECTED");
  EXPECT_EQ(Text((*changes)[1]), "a ACCEPTED <p>The body</p>");
}

TEST(ChangesOfSqlite, AStoreHasAnIdThatStays) {
  const TemporaryFolder folder;
  std::string id;
  {
    const auto store = OpenOrDie({.path = folder.File("one.db")});
    id = store->Id();
    EXPECT_EQ(id.size(), 16u);
    EXPECT_NE(OpenOrDie({.path = folder.File("two.db")})->Id(), id);
  }
  EXPECT_EQ(OpenOrDie({.path = folder.File("one.db")})->Id(), id);
}

}  // namespace
}  // namespace sluice::store
