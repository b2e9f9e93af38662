#include "service/rules_keeper.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "service/store/memory_store.h"

namespace sluice {
namespace {

namespace fs = std::filesystem;

class FixedClock final : public Clock {
 public:
  Time Now() const override { return now; }
  Time now{std::chrono::sys_days(std::chrono::year_month_day(
      std::chrono::year(2027), std::chrono::month(1), std::chrono::day(15)))};
};

constexpr char kRule[] =
    "rules:\n  - {id: one, why: w, words: [spam], score: 1}\n";
constexpr char kDated[] =
    "rules:\n  - {id: one, why: w, words: [spam], score: 1, until: "
    "2027-01-15}\n";

class RulesKeeperTest : public ::testing::Test {
 protected:
  RulesKeeperTest() : moderator_(&store_, &clock_) {
    std::string name = (fs::temp_directory_path() / "sluice-keeper-XXXXXX");
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    config_.set_rules(folder_.string());
    config_.add_sites()->set_id("blog");
  }
  ~RulesKeeperTest() override { fs::remove_all(folder_); }

  void Write(const std::string& text) {
    std::ofstream(folder_ / "a.yaml", std::ios::binary) << text;
  }
  bool IsActive() const {
    return moderator_.sites()->at("blog").ruleset->lapse_time() != Time::max();
  }

  fs::path folder_;
  v1::ServerConfig config_;
  FixedClock clock_;
  store::MemoryStore store_;
  Moderator moderator_;
};

TEST_F(RulesKeeperTest, FilesThatAreTheSameAreNotLoadedAgain) {
  Write(kRule);
  RulesKeeper keeper(config_, &moderator_, &clock_);
  ASSERT_TRUE(keeper.Load().changed);
  const auto in_force = moderator_.sites();
  EXPECT_FALSE(keeper.LoadIfChanged().has_value());
  Write(kRule);  // touched
  EXPECT_FALSE(keeper.LoadIfChanged().has_value());
  Write(kDated);
  ASSERT_TRUE(keeper.LoadIfChanged()->changed);
  EXPECT_FALSE(keeper.LoadIfChanged().has_value());
  EXPECT_NE(moderator_.sites(), in_force);
}

TEST_F(RulesKeeperTest, ATrialKeepsTheSitesOwnFolderAndChangesNothing) {
  const fs::path own = folder_ / "own";
  fs::create_directory(own);
  Write(kRule);
  std::ofstream(own / "b.yaml")
      << "rules:\n  - {id: own, why: w, words: [oaks], score: 2}\n";
  v1::SiteConfig& garden = *config_.add_sites();
  garden.set_id("garden");
  garden.set_rules(own.string());
  RulesKeeper keeper(config_, &moderator_, &clock_);
  ASSERT_TRUE(keeper.Load().loaded);
  const auto in_force = moderator_.sites();
  const std::vector<ruleset::SourceFile> files = {
      {"c.yaml", "rules:\n  - {id: new, why: w, words: [x], score: 1}\n"}};

  const RulesKeeper::Trial common = keeper.Try("blog", files);
  ASSERT_TRUE(common.site.has_value());
  ASSERT_EQ(common.site->ruleset->rules().size(), 1u);
  EXPECT_EQ(common.site->ruleset->rules()[0].id(), "new");
  const RulesKeeper::Trial both = keeper.Try("garden", files);
  ASSERT_TRUE(both.site.has_value());
  EXPECT_EQ(both.site->id, "garden");
  EXPECT_EQ(both.site->ruleset->rules().size(), 2u);
  const RulesKeeper::Trial bad = keeper.Try("blog", {{"c.yaml", "rules: 1\n"}});
  EXPECT_FALSE(bad.site.has_value());
  EXPECT_FALSE(bad.diagnostics.empty());
  EXPECT_EQ(moderator_.sites(), in_force);

  EXPECT_EQ(keeper.TryDisk("garden").site->ruleset->version(),
            in_force->at("garden").ruleset->version());
  const RulesKeeper::Sources sources = keeper.SourcesOf("garden");
  ASSERT_EQ(sources.common.size(), 1u);
  EXPECT_EQ(sources.common[0].path, "a.yaml");
  ASSERT_EQ(sources.own.size(), 1u);
  EXPECT_EQ(sources.own[0].path, "b.yaml");
  EXPECT_TRUE(keeper.SourcesOf("blog").own.empty());
}

TEST_F(RulesKeeperTest, BadFilesAreToldOnceAndChangeNothing) {
  Write(kRule);
  RulesKeeper keeper(config_, &moderator_, &clock_);
  keeper.Load();
  const auto in_force = moderator_.sites();
  Write("rules: [");
  const auto result = keeper.LoadIfChanged();
  ASSERT_TRUE(result.has_value());
  EXPECT_FALSE(result->loaded);
  EXPECT_EQ(keeper.problems().size(), 1u);
  EXPECT_FALSE(keeper.LoadIfChanged().has_value()) << "not told again";
  EXPECT_EQ(keeper.problems().size(), 1u) << "but still to be asked for";
  fs::remove_all(folder_);
  EXPECT_FALSE(keeper.LoadIfChanged()->loaded);
  EXPECT_FALSE(keeper.LoadIfChanged().has_value());
  EXPECT_EQ(moderator_.sites(), in_force);
  fs::create_directories(folder_);
  Write(kRule);
  const auto mended = keeper.LoadIfChanged();
  ASSERT_TRUE(mended.has_value());
  EXPECT_TRUE(mended->loaded);
  EXPECT_FALSE(mended->changed);
  EXPECT_TRUE(keeper.problems().empty());
}

TEST_F(RulesKeeperTest, ARuleLapsesWhileTheServerRuns) {
  Write(kDated);
  RulesKeeper keeper(config_, &moderator_, &clock_);
  keeper.Load();
  clock_.now += std::chrono::hours(24) - std::chrono::microseconds(1);
  EXPECT_FALSE(keeper.LoadIfChanged().has_value()) << "its last day";
  ASSERT_TRUE(IsActive());
  clock_.now += std::chrono::microseconds(1);
  ASSERT_TRUE(keeper.LoadIfChanged()->changed);
  EXPECT_FALSE(IsActive());
  EXPECT_FALSE(keeper.LoadIfChanged().has_value());
}

TEST_F(RulesKeeperTest, ARuleLapsesThoughTheFilesOnDiskAreBad) {
  Write(kDated);
  RulesKeeper keeper(config_, &moderator_, &clock_);
  keeper.Load();
  Write("rules: [");
  EXPECT_FALSE(keeper.LoadIfChanged()->loaded);
  clock_.now += std::chrono::hours(24);
  EXPECT_TRUE(keeper.LoadIfChanged()->changed);
  EXPECT_FALSE(IsActive());
  EXPECT_EQ(keeper.problems().size(), 1u);
}

TEST_F(RulesKeeperTest, ASitesOwnFolderIsReadToo) {
  Write(kRule);
  const fs::path own = folder_ / "own";
  fs::create_directories(own);
  std::ofstream(own / "b.yaml")
      << "rules:\n  - {id: two, why: w, words: [ham], score: 1}\n";
  v1::SiteConfig* site = config_.add_sites();
  site->set_id("other");
  site->set_rules(own.string());
  RulesKeeper keeper(config_, &moderator_, &clock_);
  ASSERT_TRUE(keeper.Load().loaded);
  EXPECT_EQ(moderator_.sites()->at("blog").ruleset->rules().size(), 1u);
  EXPECT_EQ(moderator_.sites()->at("other").ruleset->rules().size(), 2u);
  EXPECT_EQ(keeper.folders(),
            (std::vector<std::string>{folder_.string(), own.string()}));
}

}  // namespace
}  // namespace sluice
