// A file of schema version 1, with comments in it, comes forward: what version
// 2 counts and indexes is what a store of version 2 would have counted.

#include <gtest/gtest.h>

#include "service/store/database.h"
#include "service/store/entry.h"
#include "tests/unit/store/consistency.h"
#include "tests/unit/store/schema_1.h"

namespace sluice::store {
namespace {

v1::Checked Campaigner(const std::string& id, v1::Verdict verdict) {
  v1::Checked checked = CheckOf(NameOf(id), verdict);
  checked.mutable_signals()->mutable_repetition()->set_campaign("c0ffee");
  checked.mutable_signals()->mutable_links()->add_items()->set_domain(
      "pills.example");
  return checked;
}

// What both files hold.
void Fill(Store* store) {
  ASSERT_TRUE(Hold(store, NameOf("a")).ok());
  ASSERT_TRUE(Accept(store, NameOf("b"), At(90'000)).ok());
  for (const char* id : {"c", "d"}) {
    ASSERT_TRUE(Record(store, Campaigner(id, v1::VERDICT_HOLD), At(5),
                       Durability::kBeforeAnswer)
                    .ok());
  }
  ASSERT_TRUE(
      DecideOne(store, DecisionOf(NameOf("b"), v1::VERDICT_REJECT)).ok());
  ASSERT_TRUE(
      DecideOne(store, DecisionOf(NameOf("c"), v1::VERDICT_ACCEPT)).ok());
  ASSERT_TRUE(Report(store, NameOf("a"), true).ok());
  ASSERT_TRUE(Report(store, NameOf("a"), false).ok());
  ASSERT_TRUE(store->Flush().ok());
}

// Takes a file of today back to version 1: its tables, its columns, its rows.
void CopyIntoVersion1(const std::string& from, const std::string& to) {
  const auto connection =
      *Connection::Open({to, "", std::chrono::milliseconds(0), false});
  ASSERT_TRUE(connection->Execute(kSchema1).ok());
  ASSERT_TRUE(connection
                  ->Execute(("ATTACH '" + from + "' AS newer;" + R"sql(
    DELETE FROM settings;
    INSERT INTO settings SELECT * FROM newer.settings;
    INSERT INTO events SELECT sequence, entry, time, body FROM newer.events;
    INSERT INTO entries SELECT id, site, comment, state, by_person, create_time,
      update_time, rank, events, check_event, review_event, claim_event,
      author_id, author_email, author_name FROM newer.entries;
    INSERT INTO totals SELECT * FROM newer.totals;
    INSERT INTO authors SELECT * FROM newer.authors;
    DETACH newer;)sql")
                                .c_str())
                  .ok());
}

std::string Table(const std::string& path, const std::string& sql) {
  const auto connection =
      *Connection::Open({path, "", std::chrono::milliseconds(0), true});
  absl::StatusOr<Query> query = connection->Prepare(sql);
  if (!query.ok()) return query.status().ToString();
  std::string text;
  while (*query->Step()) text += std::string(query->BytesAt(0)) + "\n";
  return text;
}

TEST(Migration, Version1WithDataBecomesWhatVersion2WouldHaveWritten) {
  const TemporaryFolder folder;
  const std::string today = folder.File("today.db");
  const std::string old = folder.File("old.db");
  { Fill(OpenOrDie({.path = today}).get()); }
  CopyIntoVersion1(today, old);
  std::string shown;
  {
    const auto store = OpenOrDie({.path = old});
    shown = Dump(store.get(), "blog", At(90'000));
    EXPECT_EQ(Contradiction(store.get(), "blog", At(90'000)), "");
    EXPECT_EQ(store->Get(NameOf("a"))->spam_reports(), 1);
  }
  EXPECT_EQ(shown, Dump(OpenOrDie({.path = today}).get(), "blog", At(90'000)));
  const char* tables[] = {
      "SELECT site || '|' || state || '|' || campaign || '|' || rank || '|' ||"
      " since FROM campaigns ORDER BY 1",
      "SELECT site || day || '|' || accepted || held || rejected ||"
      " accepted_by_person || rejected_by_person FROM days ORDER BY 1",
      "SELECT site || domain || '|' || create_time || '|' || check_event || '|'"
      " || entry FROM link_domains ORDER BY 1",
      "SELECT id || '|' || campaign || '|' || verdict || review_batch ||"
      " spam_reports || ham_reports FROM entries ORDER BY 1",
      "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name"};
  for (const char* sql : tables) {
    EXPECT_NE(Table(today, sql), "");
    EXPECT_EQ(Table(old, sql), Table(today, sql)) << sql;
  }
  // And on from there: the batch of before can be undone.
  const auto store = OpenOrDie({.path = old});
  EXPECT_EQ(UndoBatch(store.get(), "batch-1")->count, 2);
  EXPECT_EQ(Contradiction(store.get(), "blog", At(90'000)), "");
}

}  // namespace
}  // namespace sluice::store
