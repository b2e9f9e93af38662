#include "service/rules_watcher.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>

namespace sluice {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

TEST(Burst, EndsAfterSomeQuiet) {
  Burst burst(milliseconds(300), milliseconds(10'000));
  const Burst::Time start{};
  EXPECT_FALSE(burst.open());
  burst.OnEvent(start);
  EXPECT_TRUE(burst.open());
  EXPECT_EQ(burst.end(), start + milliseconds(300));
  burst.OnEvent(start + milliseconds(250));
  EXPECT_EQ(burst.end(), start + milliseconds(550)) << "each event waits anew";
}

TEST(Burst, AFileWrittenForEverDoesNotPutItOffForEver) {
  Burst burst(milliseconds(300), milliseconds(10'000));
  const Burst::Time start{};
  for (int i = 0; i < 1000; ++i) burst.OnEvent(start + milliseconds(100) * i);
  EXPECT_EQ(burst.end(), start + milliseconds(10'000));
  burst.Close();
  EXPECT_FALSE(burst.open());
  burst.OnEvent(start + milliseconds(200'000));
  EXPECT_EQ(burst.end(), start + milliseconds(200'300)) << "a new burst";
}

// A folder in a folder of its own, watched without a sweep. Each call notes
// what the rule file holds.
class RulesWatcherTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "sluice-watch-XXXXXX");
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    root_ = name;
    rules_ = root_ / "rules";
  }
  void TearDown() override {
    watcher_.reset();
    fs::remove_all(root_);
  }

  static void Write(const fs::path& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
  }
  static std::string Read(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
  }

  void Watch(milliseconds sweep = std::chrono::hours(1)) {
    RulesWatcher::Options options;
    options.quiet = milliseconds(20);
    options.sweep = sweep;
    absl::StatusOr<std::unique_ptr<RulesWatcher>> watcher =
        RulesWatcher::Start({rules_.string()}, options, [this] {
          const std::lock_guard<std::mutex> lock(mutex_);
          seen_ = Read(rules_ / "a.yaml") + Read(rules_ / "lists" / "l.txt");
          ++calls_;
          called_.notify_all();
        });
    ASSERT_TRUE(watcher.ok());
    watcher_ = *std::move(watcher);
    ASSERT_TRUE(WaitForCalls(1)) << "the first call comes at once";
  }

  bool WaitForCalls(int calls) {
    std::unique_lock<std::mutex> lock(mutex_);
    return called_.wait_for(lock, std::chrono::seconds(60),
                            [&] { return calls_ >= calls; });
  }
  // Whether a call reads `text` in the end.
  bool Sees(const std::string& text) {
    std::unique_lock<std::mutex> lock(mutex_);
    return called_.wait_for(lock, std::chrono::seconds(60),
                            [&] { return seen_ == text; });
  }

  fs::path root_;
  fs::path rules_;
  std::mutex mutex_;
  std::condition_variable called_;
  std::string seen_;
  int calls_ = 0;
  std::unique_ptr<RulesWatcher> watcher_;
};

TEST_F(RulesWatcherTest, AFileWrittenInPlaceAndOneRenamedOverIt) {
  fs::create_directories(rules_);
  Write(rules_ / "a.yaml", "one");
  Watch();
  Write(rules_ / "a.yaml", "two");
  EXPECT_TRUE(Sees("two"));
  Write(rules_ / ".a.yaml.new", "three");
  fs::rename(rules_ / ".a.yaml.new", rules_ / "a.yaml");
  EXPECT_TRUE(Sees("three"));
  fs::remove(rules_ / "a.yaml");
  EXPECT_TRUE(Sees(""));
}

TEST_F(RulesWatcherTest, AListInAFolderThatComesLater) {
  fs::create_directories(rules_);
  Watch();
  fs::create_directories(rules_ / "lists");
  Write(rules_ / "lists" / "l.txt", "word");
  EXPECT_TRUE(Sees("word"));
  Write(rules_ / "lists" / "l.txt", "another");
  EXPECT_TRUE(Sees("another"));
}

TEST_F(RulesWatcherTest, AConfigMapSwapsItsDataLinkAgainAndAgain) {
  fs::create_directories(rules_);
  const auto publish = [this](const std::string& version) {
    const fs::path data = rules_ / (".." + version);
    fs::create_directories(data / "lists");
    Write(data / "a.yaml", version);
    Write(data / "lists" / "l.txt", "+list");
    fs::create_symlink(".." + version, rules_ / "..data_tmp");
    fs::rename(rules_ / "..data_tmp", rules_ / "..data");
  };
  publish("v1");
  fs::create_symlink("..data/a.yaml", rules_ / "a.yaml");
  fs::create_symlink("..data/lists", rules_ / "lists");
  Watch();
  for (const char* version : {"v2", "v3", "v4"}) {
    publish(version);
    EXPECT_TRUE(Sees(version + std::string("+list"))) << version;
  }
}

TEST_F(RulesWatcherTest, ALinkAnywhereOnTheWayToTheFolder) {
  for (const char* version : {"v1", "v2"}) {
    fs::create_directories(root_ / version / "rules");
    Write(root_ / version / "rules" / "a.yaml", version);
  }
  fs::create_symlink("v1", root_ / "current");
  fs::create_symlink(root_ / "current" / "rules", rules_);
  Watch();
  EXPECT_TRUE(Sees("v1"));
  fs::create_symlink("v2", root_ / "next");
  fs::rename(root_ / "next", root_ / "current");
  EXPECT_TRUE(Sees("v2"));
  Write(root_ / "v2" / "rules" / "a.yaml", "v2 edited");
  EXPECT_TRUE(Sees("v2 edited")) << "the folder it leads to now is watched";
}

TEST_F(RulesWatcherTest, AFileThatIsALinkToElsewhere) {
  fs::create_directories(rules_);
  fs::create_directories(root_ / "elsewhere");
  Write(root_ / "elsewhere" / "real.yaml", "one");
  fs::create_symlink("../elsewhere/real.yaml", rules_ / "a.yaml");
  Watch();
  Write(root_ / "elsewhere" / "real.yaml", "two");
  EXPECT_TRUE(Sees("two"));
}

TEST_F(RulesWatcherTest, AFolderThatIsTakenAwayAndComesBack) {
  fs::create_directories(rules_);
  Write(rules_ / "a.yaml", "one");
  Watch();
  fs::rename(rules_, root_ / "away");
  EXPECT_TRUE(Sees(""));
  Write(root_ / "away" / "a.yaml", "two");
  fs::rename(root_ / "away", rules_);
  EXPECT_TRUE(Sees("two"));
  fs::remove_all(rules_);
  EXPECT_TRUE(Sees(""));
}

TEST_F(RulesWatcherTest, LinksInACircleEndTheSearch) {
  fs::create_symlink("rules", root_ / "loop");
  fs::create_symlink("loop", rules_);
  Watch();
  fs::remove(rules_);
  fs::create_directories(rules_);
  Write(rules_ / "a.yaml", "one");
  EXPECT_TRUE(Sees("one"));
}

TEST_F(RulesWatcherTest, WithoutAnyEventItSweeps) {
  fs::create_directories(rules_);
  Watch(milliseconds(1));
  EXPECT_TRUE(WaitForCalls(5));
}

}  // namespace
}  // namespace sluice
