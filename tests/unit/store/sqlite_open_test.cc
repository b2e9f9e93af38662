// Opening: what cannot be opened is said in one line that helps; migrations.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "service/store/schema.h"
#include "tests/unit/store/fault_vfs.h"
#include "tests/unit/store/testing.h"

namespace sluice::store {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string ErrorOf(const std::string& path) {
  const auto store = OpenSqliteStore({.path = path});
  return store.ok() ? "opened" : std::string(store.status().message());
}

void Sql(const std::string& path, const std::string& sql) {
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr),
            SQLITE_OK)
      << sqlite3_errmsg(database);
  sqlite3_close(database);
}

std::string BytesOf(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::unique_ptr<Connection> Connect(const std::string& path) {
  return *Connection::Open({path, "", std::chrono::milliseconds(0), false});
}

TEST(SqliteOpen, SaysWhatIsWrongAndWhatToDo) {
  const TemporaryFolder folder;
  const std::string text = folder.File("notes.txt");
  std::ofstream(text) << "These are notes, and a good many more than a header.";
  const std::string other = folder.File("other.db");
  Sql(other, "CREATE TABLE recipes (name TEXT)");
  const std::string newer = folder.File("newer.db");
  { OpenOrDie({.path = newer}); }
  Sql(newer, "PRAGMA user_version = 99");

  const struct {
    std::string path;
    std::string says;
  } cases[] = {
      {"", "has no file name"},
      {folder.File("none/store.db"), "its folder does not exist; make it"},
      {folder.File("."), "cannot open the file"},
      {text, "is not a SQLite database; choose another file"},
      {other, "is another program's SQLite database; choose another file"},
      {newer, "written by a newer sluiced (schema 99; this one knows up to "},
  };
  for (const auto& [path, says] : cases) {
    const std::string error = ErrorOf(path);
    EXPECT_THAT(error, HasSubstr(says));
    EXPECT_THAT(error, HasSubstr("cannot open the store " + path + ": "));
    EXPECT_THAT(error, Not(HasSubstr("\n")));
  }
}

TEST(SqliteOpen, LeavesForeignFilesAsTheyAre) {
  const TemporaryFolder folder;
  const std::string other = folder.File("other.db");
  Sql(other, "CREATE TABLE recipes (name TEXT)");
  const std::string before = BytesOf(other);
  EXPECT_NE(ErrorOf(other), "opened");
  EXPECT_EQ(BytesOf(other), before);
}

TEST(SqliteOpen, AReadOnlyFileIsRefused) {
  if (geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  const TemporaryFolder folder;
  const std::string path = folder.File("store.db");
  { OpenOrDie({.path = path}); }
  chmod(path.c_str(), 0400);
  EXPECT_THAT(ErrorOf(path), HasSubstr("read-only"));
}

TEST(SqliteOpen, ADamagedFileIsRefused) {
  const TemporaryFolder folder;
  const std::string path = folder.File("store.db");
  { OpenOrDie({.path = path}); }
  std::string bytes = BytesOf(path);
  std::fill(bytes.begin() + 100, bytes.end(), '\xA5');
  std::ofstream(path, std::ios::binary) << bytes;
  EXPECT_THAT(ErrorOf(path), HasSubstr("damaged; restore a backup"));
}

TEST(SqliteOpen, OneSluicedAtATime) {
  const TemporaryFolder folder;
  const std::string path = folder.File("store.db");
  std::unique_ptr<Store> first = OpenOrDie({.path = path});
  EXPECT_THAT(ErrorOf(path), HasSubstr("another sluiced has it open"));
  // Under another name too.
  const std::string link = folder.File("link.db");
  std::filesystem::create_symlink(path, link);
  EXPECT_THAT(ErrorOf(link), HasSubstr("another sluiced has it open"));
  EXPECT_TRUE(Hold(first.get(), NameOf("a")).ok());
  first.reset();
  EXPECT_EQ(ErrorOf(link), "opened");
}

TEST(SqliteOpen, OneSluicedAtATimeAcrossProcesses) {
  const TemporaryFolder folder;
  const std::string path = folder.File("store.db");
  const std::unique_ptr<Store> first = OpenOrDie({.path = path});
  const pid_t child = fork();
  if (child == 0) _exit(OpenSqliteStore({.path = path}).ok() ? 1 : 0);
  int status = 1;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST(SqliteOpen, ALockOfAnotherProgramIsUnavailableThenHeals) {
  const TemporaryFolder folder;
  const std::string path = folder.File("store.db");
  const auto store =
      OpenOrDie({.path = path, .busy_timeout = std::chrono::milliseconds(1)});
  const std::unique_ptr<Connection> other = Connect(path);
  ASSERT_TRUE(other->Execute("BEGIN IMMEDIATE").ok());
  EXPECT_TRUE(absl::IsUnavailable(Hold(store.get(), NameOf("a")).status()));
  EXPECT_THAT(std::string(store->Health().message()),
              HasSubstr(path + ": another program has the file locked"));
  EXPECT_TRUE(absl::IsNotFound(store->Get(NameOf("a")).status()));
  ASSERT_TRUE(other->Execute("ROLLBACK").ok());
  EXPECT_TRUE(Hold(store.get(), NameOf("a")).ok());
  EXPECT_TRUE(store->Health().ok());
}

TEST(SqliteOpen, AnEventThatWillNeverGoInTakesNoOtherWithIt) {
  // A trigger stands for what SQLite can refuse for good.
  const TemporaryFolder folder;
  const std::string path = folder.File("store.db");
  { OpenOrDie({.path = path}); }
  Sql(path,
      "CREATE TRIGGER refuse BEFORE INSERT ON entries WHEN new.comment = 'bad'"
      " BEGIN SELECT RAISE(ABORT, 'refused'); END");
  FaultVfs vfs;
  const auto store = OpenOrDie({.path = path, .vfs = vfs.name()});
  vfs.BlockSyncs();
  std::promise<void> first;
  store->RecordCheck(CheckOf(NameOf("first"), v1::VERDICT_HOLD), At(0),
                     Durability::kBeforeAnswer,
                     [&](const auto&) { first.set_value(); });
  vfs.WaitUntilBlocked();
  std::promise<absl::Status> bad, good;
  store->RecordCheck(CheckOf(NameOf("bad"), v1::VERDICT_HOLD), At(0),
                     Durability::kBeforeAnswer,
                     [&](const auto& r) { bad.set_value(r.status()); });
  store->RecordCheck(CheckOf(NameOf("good"), v1::VERDICT_HOLD), At(0),
                     Durability::kBeforeAnswer,
                     [&](const auto& r) { good.set_value(r.status()); });
  vfs.Unblock();
  first.get_future().wait();
  EXPECT_TRUE(absl::IsInternal(bad.get_future().get()));
  EXPECT_TRUE(good.get_future().get().ok());
  EXPECT_TRUE(store->Health().ok());
  EXPECT_EQ(store->Count("blog")->held, 2);
}

TEST(SqliteOpen, TheKeyOfIdentitiesIsKeptAndDiffersBetweenFiles) {
  const TemporaryFolder folder;
  v1::Checked checked = CheckOf(NameOf("a"), v1::VERDICT_HOLD);
  checked.mutable_comment()->mutable_author()->set_email("ann@example.org");
  for (const char* file : {"1.db", "2.db"}) {
    const auto store = OpenOrDie({.path = folder.File(file)});
    ASSERT_TRUE(
        Record(store.get(), checked, At(0), Durability::kBeforeAnswer).ok());
  }
  {
    const auto store = OpenOrDie({.path = folder.File("1.db")});
    EXPECT_EQ(
        store->ReadAuthorHistory("blog", {"", "ann@example.org", ""}, At(0))
            ->by_email.held(),
        1);
  }
  const auto identity = [&folder](const std::string& file) {
    const auto connection = Connect(folder.File(file));
    absl::StatusOr<Query> query =
        connection->Prepare("SELECT identity FROM authors");
    EXPECT_TRUE(*query->Step());
    return std::string(query->BytesAt(0));
  };
  EXPECT_EQ(identity("1.db").size(), 16u);
  EXPECT_NE(identity("1.db"), identity("2.db"));
}

// Migrations.

std::vector<Migration> With(std::string_view next) {
  std::vector<Migration> migrations = Migrations();
  migrations.push_back({next});
  return migrations;
}

TEST(Migrate, TakesEachEarlierVersionWithItsData) {
  for (size_t from = 0; from <= Migrations().size(); ++from) {
    const TemporaryFolder folder;
    const std::string path = folder.File("store.db");
    const std::vector<Migration> earlier(
        Migrations().begin(), Migrations().begin() + static_cast<long>(from));
    ASSERT_TRUE(Migrate(Connect(path).get(), earlier).ok());
    if (from == Migrations().size()) {
      const auto store = OpenOrDie({.path = path});
      ASSERT_TRUE(Hold(store.get(), NameOf("a")).ok());
    }
    const auto store = OpenOrDie({.path = path});
    EXPECT_EQ(store->Get(NameOf("a")).ok(), from == Migrations().size());
    EXPECT_TRUE(Hold(store.get(), NameOf("b")).ok());
  }
}

TEST(Migrate, AStepForwardKeepsTheData) {
  const TemporaryFolder folder;
  const std::string path = folder.File("store.db");
  {
    const auto store = OpenOrDie({.path = path});
    ASSERT_TRUE(Hold(store.get(), NameOf("a")).ok());
  }
  const auto next = With("ALTER TABLE entries ADD COLUMN language TEXT;");
  const auto connection = Connect(path);
  ASSERT_TRUE(Migrate(connection.get(), next).ok());
  ASSERT_TRUE(Migrate(connection.get(), next).ok());  // once
  EXPECT_EQ(*connection->ReadInt("PRAGMA user_version"),
            static_cast<int64_t>(Migrations().size()) + 1);
  EXPECT_EQ(*connection->ReadInt("SELECT count(language IS NULL) FROM entries"),
            1);
  // The program of before sees that it is too old, and changes nothing.
  EXPECT_THAT(ErrorOf(path), HasSubstr("written by a newer sluiced"));
}

TEST(Migrate, AStepThatFailsLeavesTheVersionBefore) {
  const TemporaryFolder folder;
  const std::string path = folder.File("store.db");
  { OpenOrDie({.path = path}); }
  const auto broken = With(
      "CREATE TABLE half (x); INSERT INTO half VALUES (1); SELECT nonsense;");
  {
    const auto connection = Connect(path);
    EXPECT_FALSE(Migrate(connection.get(), broken).ok());
    EXPECT_EQ(*connection->ReadInt("PRAGMA user_version"),
              static_cast<int64_t>(Migrations().size()));
    EXPECT_EQ(*connection->ReadInt(
                  "SELECT count(*) FROM sqlite_schema WHERE name = 'half'"),
              0);
  }
  EXPECT_EQ(ErrorOf(path), "opened");
}

TEST(Migrate, EveryListingWalksAnIndex) {
  const TemporaryFolder folder;
  const std::string path = folder.File("store.db");
  { OpenOrDie({.path = path}); }
  const auto connection = Connect(path);
  const std::string plans[] = {
      "SELECT id FROM entries e WHERE site = 'a' AND state = 2 AND"
      " (create_time, check_event) > (1, 2) ORDER BY create_time, check_event "
      "LIMIT 9",
      "SELECT id FROM entries e WHERE site = 'a' AND state = 2 AND"
      " (create_time, check_event) < (1, 2) ORDER BY create_time DESC, "
      "check_event DESC LIMIT 9",
      "SELECT id FROM entries e WHERE site = 'a' AND state = 2 AND"
      " (rank, check_event) > (1, 2) ORDER BY rank, check_event LIMIT 9"};
  for (const std::string& sql : plans) {
    const std::string explain = "EXPLAIN QUERY PLAN " + sql;
    absl::StatusOr<Query> query = connection->Prepare(explain);
    ASSERT_TRUE(query.ok()) << query.status();
    std::string plan;
    while (*query->Step()) plan += std::string(query->BytesAt(3)) + "\n";
    EXPECT_THAT(plan, HasSubstr("SEARCH e USING"));
    EXPECT_THAT(plan, Not(HasSubstr("TEMP B-TREE"))) << plan;
    // Both columns of the position, or equal keys are walked for every page.
    EXPECT_THAT(plan, HasSubstr(",check_event)")) << plan;
  }
}

}  // namespace
}  // namespace sluice::store
