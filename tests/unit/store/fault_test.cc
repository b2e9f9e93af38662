// The disk fails at every single operation in turn, in each way it can.

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>
#include <functional>
#include <set>
#include <thread>

#include "tests/unit/store/consistency.h"
#include "tests/unit/store/fault_vfs.h"

namespace sluice::store {
namespace {

using Fault = FaultVfs::Fault;

constexpr int64_t kMaxOperations = 2000;  // far above what a scenario takes

v1::Checked FromAnn(const std::string& id, v1::Verdict verdict) {
  v1::Checked checked = CheckOf(NameOf(id), verdict);
  checked.mutable_comment()->mutable_author()->set_email("ann@example.org");
  return checked;
}

// What a caller was told, to be held against what is there afterwards.
struct Told {
  std::set<std::string> stored;    // answered OK
  std::set<std::string> unstored;  // UNAVAILABLE
  bool decided = false;
  bool reported = false;
  bool unexpected = false;  // neither
};

void Check(Store* store, const std::string& id, v1::Verdict verdict,
           Told* told) {
  const absl::StatusOr<CheckRecord> record =
      Record(store, FromAnn(id, verdict), At(1),
             verdict == v1::VERDICT_ACCEPT ? Durability::kBehind
                                           : Durability::kBeforeAnswer);
  if (record.ok())
    told->stored.insert(NameOf(id));
  else if (absl::IsUnavailable(record.status()))
    told->unstored.insert(NameOf(id));
  else
    told->unexpected = true;
}

// Every kind of event, in several commits, with a checkpoint after each.
Told RunScenario(Store* store) {
  Told told;
  Check(store, "hold", v1::VERDICT_HOLD, &told);
  Check(store, "accept", v1::VERDICT_ACCEPT, &told);
  Check(store, "reject", v1::VERDICT_REJECT, &told);
  told.decided =
      DecideOne(store, DecisionOf(NameOf("base"), v1::VERDICT_REJECT)).ok();
  Check(store, "accept2", v1::VERDICT_ACCEPT, &told);
  told.reported = Report(store, NameOf("base"), true).ok();
  return told;
}

SqliteOptions OptionsFor(const std::string& path, const std::string& vfs) {
  SqliteOptions options;
  options.path = path;
  options.vfs = vfs;
  options.checkpoint_pages = 1;
  options.write_behind = std::chrono::hours(1);
  return options;
}

void ExpectKept(Store* store, const Told& told, const std::string& when) {
  for (const std::string& name : told.stored) {
    const auto events = store->Events(name);
    ASSERT_TRUE(events.ok()) << when << ": " << name << " was lost";
    EXPECT_EQ(events->size(), 1u) << when;
  }
  const auto base = store->Get(NameOf("base"));
  ASSERT_TRUE(base.ok()) << when;
  if (told.decided) {
    EXPECT_EQ(base->state(), v1::STATE_REJECTED) << when;
  }
  EXPECT_GE(store->Events(NameOf("base"))->size(),
            1u + (told.decided ? 1 : 0) + (told.reported ? 1 : 0))
      << when;
  EXPECT_EQ(Contradiction(store, "blog", At(60)), "") << when;
}

std::string IntegrityOf(const std::string& path) {
  sqlite3* database = nullptr;
  std::string result = "cannot be opened";
  if (sqlite3_open(path.c_str(), &database) == SQLITE_OK) {
    sqlite3_exec(
        database, "PRAGMA integrity_check",
        [](void* out, int, char** values, char**) {
          *static_cast<std::string*>(out) = values[0];
          return 0;
        },
        &result, nullptr);
  }
  sqlite3_close(database);
  return result;
}

class DiskFault : public ::testing::TestWithParam<Fault> {};

INSTANTIATE_TEST_SUITE_P(Kinds, DiskFault,
                         ::testing::Values(Fault::kIoError, Fault::kFull,
                                           Fault::kShortWrite),
                         [](const auto& info) {
                           switch (info.param) {
                             case Fault::kIoError:
                               return "IoError";
                             case Fault::kFull:
                               return "Full";
                             default:
                               return "ShortWrite";
                           }
                         });

TEST_P(DiskFault, AtEachOperationLosesNothingThatWasAnswered) {
  int64_t k = 0;
  bool reached = true;
  for (k = 1; reached && k < kMaxOperations; ++k) {
    const std::string when = "operation " + std::to_string(k);
    const TemporaryFolder folder;
    FaultVfs vfs;
    const SqliteOptions options =
        OptionsFor(folder.File("store.db"), vfs.name());
    std::unique_ptr<Store> store = OpenOrDie(options);
    ASSERT_TRUE(Hold(store.get(), NameOf("base")).ok());

    vfs.FailAt(k, GetParam());
    Told told = RunScenario(store.get());
    reached = vfs.failed() > 0;
    vfs.Heal();
    EXPECT_FALSE(told.unexpected) << when;

    // It heals by itself, and what was refused can be sent again.
    ASSERT_TRUE(store->Flush().ok()) << when;
    EXPECT_TRUE(store->Health().ok()) << when;
    ExpectKept(store.get(), told, when);
    for (const std::string& name : told.unstored) {
      EXPECT_TRUE(Hold(store.get(), name).ok()) << when;
      told.stored.insert(name);
    }
    EXPECT_EQ(store->Stats().lost, 0) << when;
    store.reset();
    EXPECT_EQ(IntegrityOf(options.path), "ok") << when;
    store = OpenOrDie({.path = options.path, .vfs = vfs.name()});
    ExpectKept(store.get(), told, when + ", opened again");
  }
  EXPECT_GT(k, 20) << "the faults did not reach into the transactions";
  EXPECT_LT(k, kMaxOperations);
}

TEST_P(DiskFault, ThatStaysIsToldAndKeepsAccepts) {
  const TemporaryFolder folder;
  FaultVfs vfs;
  SqliteOptions options = OptionsFor(folder.File("store.db"), vfs.name());
  options.max_pending = 3;
  std::unique_ptr<Store> store = OpenOrDie(options);
  vfs.FailAt(1, GetParam(), kMaxOperations);
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(absl::IsUnavailable(
        Hold(store.get(), NameOf("hold" + std::to_string(i))).status()));
  }
  EXPECT_TRUE(absl::IsUnavailable(store->Health()));
  EXPECT_TRUE(absl::IsUnavailable(store->Flush()));
  for (int i = 0; i < 3; ++i)
    EXPECT_TRUE(Accept(store.get(), NameOf(std::to_string(i))).ok());
  EXPECT_TRUE(
      absl::IsResourceExhausted(
          Accept(store.get(), NameOf("one more")).status()) ||
      absl::IsResourceExhausted(Accept(store.get(), NameOf("more")).status()));
  EXPECT_EQ(store->Get(NameOf("2"))->state(), v1::STATE_ACCEPTED);
  EXPECT_EQ(store->Count("blog")->accepted, 3);
  EXPECT_EQ(store->Count("blog")->held, 0);

  vfs.Heal();
  EXPECT_TRUE(store->Flush().ok());
  EXPECT_TRUE(store->Health().ok());
  EXPECT_EQ(store->Stats().pending, 0);
  store.reset();
  store = OpenOrDie({.path = options.path});
  EXPECT_EQ(store->Count("blog")->accepted, 3);
  EXPECT_EQ(store->Count("blog")->held, 0);
}

TEST(DiskFaultHealth, ComesBackWithoutAnyCall) {
  const TemporaryFolder folder;
  FaultVfs vfs;
  const auto store = OpenOrDie(OptionsFor(folder.File("store.db"), vfs.name()));
  vfs.FailAt(1, Fault::kFull, 1);
  EXPECT_FALSE(Hold(store.get(), NameOf("a")).ok());
  // The store asks the disk by itself; the sync is when it is content.
  vfs.BlockSyncs();
  vfs.WaitUntilBlocked();
  vfs.Unblock();
  while (!store->Health().ok()) std::this_thread::yield();
}

TEST_P(DiskFault, AtEachOperationOfTheFirstStart) {
  bool reached = true;
  int64_t k = 1;
  for (; reached && k < kMaxOperations; ++k) {
    const TemporaryFolder folder;
    FaultVfs vfs;
    const SqliteOptions options =
        OptionsFor(folder.File("store.db"), vfs.name());
    vfs.FailAt(k, GetParam());
    absl::StatusOr<std::unique_ptr<Store>> store = OpenSqliteStore(options);
    reached = vfs.failed() > 0;
    if (!store.ok()) {
      EXPECT_NE(std::string(store.status().message()).find(options.path),
                std::string::npos);
    } else {
      (*store).reset();
    }
    vfs.Heal();
    store = OpenSqliteStore(options);
    ASSERT_TRUE(store.ok()) << k << ": " << store.status();
    EXPECT_TRUE(Hold(store->get(), NameOf("a")).ok());
  }
  EXPECT_GT(k, 5);
}

TEST(PowerLoss, KeepsEveryAnsweredHoldAndReject) {
  int cuts = 0;
  for (int64_t k = 1; k < kMaxOperations; ++k) {
    const TemporaryFolder folder;
    FaultVfs vfs;
    const SqliteOptions options =
        OptionsFor(folder.File("store.db"), vfs.name());
    std::unique_ptr<Store> store = OpenOrDie(options);
    ASSERT_TRUE(Hold(store.get(), NameOf("base")).ok());
    // From the k-th operation on the disk does nothing more.
    vfs.FailAt(k, Fault::kIoError, 1 << 20);
    Told told = RunScenario(store.get());
    if (vfs.failed() == 0) break;
    told.stored.erase(NameOf("accept"));  // written behind: not promised yet
    told.stored.erase(NameOf("accept2"));
    for (uint64_t seed = 0; seed < 4; ++seed, ++cuts) {
      const TemporaryFolder after;
      vfs.PowerLoss(std::filesystem::path(after.File("x")).parent_path(),
                    seed + 1000 * static_cast<uint64_t>(k));
      const std::string path = after.File("store.db");
      const std::string when =
          "operation " + std::to_string(k) + ", seed " + std::to_string(seed);
      FaultVfs quick;  // does not sync to the real disk
      const auto again = OpenOrDie({.path = path, .vfs = quick.name()});
      ExpectKept(again.get(), told, when);
    }
  }
  EXPECT_GT(cuts, 80);
}

}  // namespace
}  // namespace sluice::store
