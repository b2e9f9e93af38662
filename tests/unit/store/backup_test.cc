// A backup is the store at one moment, taken while others write; a restore puts
// a sound one in place and nothing else.

#include "service/store/backup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "service/store/memory_store.h"
#include "tests/unit/store/consistency.h"
#include "tests/unit/store/fault_vfs.h"

namespace sluice::store {
namespace {

using ::testing::HasSubstr;

bool Always() { return true; }

std::string BytesOf(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void Damage(const std::string& path) {
  std::string bytes = BytesOf(path);
  std::fill(bytes.begin() + 8192, bytes.begin() + 16384, '\xA5');
  std::ofstream(path, std::ios::binary) << bytes;
}

void HoldMany(Store* store, int from, int to) {
  for (int i = from; i < to; ++i)
    ASSERT_TRUE(Hold(store, NameOf("c" + std::to_string(i))).ok());
}

TEST(Backup, IsTheStoreAndStandsAlone) {
  const TemporaryFolder folder;
  const auto store = OpenOrDie({.path = folder.File("store.db")});
  HoldMany(store.get(), 0, 30);
  ASSERT_TRUE(
      DecideOne(store.get(), DecisionOf(NameOf("c3"), v1::VERDICT_REJECT))
          .ok());
  const auto copy = store->Backup(Always);
  ASSERT_TRUE(copy.ok()) << copy.status();
  EXPECT_FALSE(std::filesystem::exists(*copy + "-wal"));
  EXPECT_EQ(
      std::filesystem::status(*copy).permissions(),
      std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  const std::string moved = folder.File("elsewhere.db");
  std::filesystem::rename(*copy, moved);
  const auto restored = OpenOrDie({.path = moved});
  EXPECT_EQ(Dump(restored.get(), "blog", At(0)),
            Dump(store.get(), "blog", At(0)));
  EXPECT_EQ(restored->Id(), store->Id());
  EXPECT_EQ(*restored->LastSequence(), *store->LastSequence());
}

TEST(Backup, WhileOthersWriteIsOneMoment) {
  const TemporaryFolder folder;
  const auto store =
      OpenOrDie({.path = folder.File("store.db"), .checkpoint_pages = 5});
  HoldMany(store.get(), 0, 50);
  std::atomic<bool> stop{false};
  std::atomic<int> written{50};
  std::thread writer([&] {
    while (!stop) {
      const int number = written;
      HoldMany(store.get(), number, number + 1);
      written = number + 1;
    }
  });
  int least = 0;
  // Each step of the copy waits until another comment was stored.
  const auto after_a_write = [&] {
    const int before = written;
    while (written == before) std::this_thread::yield();
    return true;
  };
  for (int round = 0; round < 3; ++round) {
    least = written;
    const auto copy = store->Backup(after_a_write);
    ASSERT_TRUE(copy.ok()) << copy.status();
    const std::string moved = folder.File("copy.db");
    std::filesystem::rename(*copy, moved);
    const auto restored = OpenOrDie({.path = moved});
    EXPECT_EQ(Contradiction(restored.get(), "blog", At(0)), "");
    EXPECT_GE(restored->Count("blog")->held, least);
    EXPECT_LT(restored->Count("blog")->held, written);
  }
  stop = true;
  writer.join();
}

TEST(Backup, ThatIsStoppedOrFailsLeavesNothing) {
  const TemporaryFolder folder;
  FaultVfs vfs;
  const auto store =
      OpenOrDie({.path = folder.File("store.db"), .vfs = vfs.name()});
  HoldMany(store.get(), 0, 5);
  EXPECT_TRUE(absl::IsCancelled(store->Backup([] { return false; }).status()));
  EXPECT_FALSE(std::filesystem::exists(folder.File("store.db-backup")));
  HoldMany(store.get(), 5, 6);
  EXPECT_TRUE(store->Backup(Always).ok());
}

TEST(Backup, OfAStoreWithoutAFileIsRefused) {
  const auto memory = OpenOrDie({.path = ":memory:"});
  EXPECT_TRUE(absl::IsFailedPrecondition(memory->Backup(Always).status()));
  MemoryStore fake;
  EXPECT_TRUE(absl::IsUnimplemented(fake.Backup(Always).status()));
}

class Restore : public testing::Test {
 protected:
  Restore() : path_(folder_.File("store.db")), file_(folder_.File("b.db")) {
    const auto store = OpenOrDie({.path = path_});
    HoldMany(store.get(), 0, 200);
    std::filesystem::rename(*store->Backup(Always), file_);
    HoldMany(store.get(), 200, 220);
  }

  int64_t HeldIn(const std::string& path) {
    return OpenOrDie({.path = path})->Count("blog")->held;
  }

  const TemporaryFolder folder_;
  const std::string path_;
  const std::string file_;
};

TEST_F(Restore, PutsTheBackupInPlaceAndKeepsTheOld) {
  const auto kept = RestoreStore(file_, path_);
  ASSERT_TRUE(kept.ok()) << kept.status();
  EXPECT_EQ(HeldIn(path_), 200);
  EXPECT_EQ(HeldIn(*kept), 220);
  EXPECT_TRUE(std::filesystem::exists(file_));
}

TEST_F(Restore, WhereThereIsNoStoreMakesOne) {
  const std::string fresh = folder_.File("fresh.db");
  const auto kept = RestoreStore(file_, fresh);
  ASSERT_TRUE(kept.ok()) << kept.status();
  EXPECT_EQ(*kept, "");
  EXPECT_EQ(HeldIn(fresh), 200);
}

TEST_F(Restore, IsRefusedWhileAServerHasTheStore) {
  const auto store = OpenOrDie({.path = path_});
  const absl::Status status = RestoreStore(file_, path_).status();
  EXPECT_TRUE(absl::IsUnavailable(status));
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("another sluiced has it open"));
  EXPECT_TRUE(Hold(store.get(), NameOf("later")).ok());
}

TEST_F(Restore, OfWhatIsNoSoundStoreChangesNothing) {
  const std::string notes = folder_.File("notes.txt");
  std::ofstream(notes)
      << "These are notes, and a good many more than a header.";
  const std::string damaged = folder_.File("damaged.db");
  std::filesystem::copy_file(file_, damaged);
  Damage(damaged);
  const std::string other = folder_.File("other.db");
  (*Connection::Open({other, "", std::chrono::milliseconds(0), false}))
      ->Execute("CREATE TABLE recipes (name TEXT)")
      .IgnoreError();
  const std::string before = BytesOf(path_);
  for (const auto& [from, says] :
       {std::pair{notes, "not a SQLite database"},
        std::pair{damaged, "damaged"}, std::pair{other, "no store of sluiced"},
        std::pair{folder_.File("none.db"), "is not there"}}) {
    EXPECT_THAT(std::string(RestoreStore(from, path_).status().message()),
                HasSubstr(says));
    EXPECT_EQ(BytesOf(path_), before);
  }
  for (const auto& entry : std::filesystem::directory_iterator(
           std::filesystem::path(path_).parent_path())) {
    EXPECT_THAT(entry.path().string(), Not(HasSubstr("restoring")));
    EXPECT_THAT(entry.path().string(), Not(HasSubstr("before")));
  }
}

TEST_F(Restore, ADamagedStoreIsReplacedAndKept) {
  Damage(path_);
  const std::string damaged = BytesOf(path_);
  const auto kept = RestoreStore(file_, path_);
  ASSERT_TRUE(kept.ok()) << kept.status();
  EXPECT_EQ(HeldIn(path_), 200);
  EXPECT_EQ(BytesOf(*kept), damaged);
}

// The file of the lock is what tells a clean end from another.
void PretendItWasKilled(const std::string& path) {
  std::ofstream(path + "-lock") << "1";
}

TEST_F(Restore, DamageIsFoundAtTheStartAfterAnUncleanEnd) {
  Damage(path_);
  PretendItWasKilled(path_);
  const auto store = OpenSqliteStore({.path = path_});
  ASSERT_TRUE(absl::IsDataLoss(store.status())) << store.status();
  EXPECT_THAT(std::string(store.status().message()),
              HasSubstr("sluiced --restore FILE"));
  ASSERT_TRUE(RestoreStore(file_, path_).ok());
  EXPECT_EQ(HeldIn(path_), 200);
}

TEST_F(Restore, AnUncleanEndOfASoundStoreIsNoObstacle) {
  PretendItWasKilled(path_);
  EXPECT_EQ(HeldIn(path_), 220);
  EXPECT_EQ(BytesOf(path_ + "-lock"), "");
}

TEST_F(Restore, AFileTooLargeToLookAtIsOpened) {
  PretendItWasKilled(path_);
  const auto store =
      OpenOrDie({.path = path_, .max_check = std::chrono::milliseconds(0)});
  EXPECT_EQ(store->Count("blog")->held, 220);
}

}  // namespace
}  // namespace sluice::store
