#include "service/replay/backtest.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <filesystem>

#include "service/ruleset/source.h"
#include "service/store/sqlite_store.h"
#include "tests/quality/labelled.h"
#include "tests/unit/replay/testing.h"

namespace sluice::replay {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Result {
  absl::Status status;
  std::vector<v1::VerdictChange> changes;
  v1::BacktestRulesetResponse last;
};

Result Backtest(store::Store* store, const Site& before, const Site& after,
                std::optional<Time> since = std::nullopt) {
  WalkOptions options;
  options.site = before.id;
  options.since = since;
  Result result;
  result.status = RunBacktest(store, before, after, options,
                              [&](v1::BacktestRulesetResponse message) {
                                if (message.has_change())
                                  result.changes.push_back(message.change());
                                result.last = std::move(message);
                                return true;
                              });
  return result;
}

std::string Old() {
  return "rules:\n" + WordRule("pills", "viagra", "4") +
         WordRule("trees", "oaks", "4");
}
std::string New() {
  return "rules:\n" + WordRule("pills", "viagra", "9") +
         WordRule("houses", "brick", "3");
}

TEST(BacktestTest, TellsEveryChangeBesideWhatAPersonDecided) {
  History history(SiteOf({{"a.yaml", Old()}}));
  history.Check("nothing of it");
  history.Check("cheap viagra", v1::VERDICT_REJECT);
  history.Check("a brick", v1::VERDICT_ACCEPT);
  history.Check("old oaks");
  history.Check("brick and oaks");  // held before and after
  const Result result =
      Backtest(history.store(), history.site(), SiteOf({{"a.yaml", New()}}));
  ASSERT_TRUE(result.status.ok()) << result.status;
  ASSERT_EQ(result.changes.size(), 3u);
  const v1::VerdictChange& pills = result.changes[0];
  EXPECT_EQ(pills.name(), "sites/blog/comments/c2");
  EXPECT_EQ(pills.before(), v1::VERDICT_HOLD);
  EXPECT_EQ(pills.after(), v1::VERDICT_REJECT);
  EXPECT_EQ(pills.human(), v1::VERDICT_REJECT);
  EXPECT_EQ(pills.score_before(), 4);
  EXPECT_EQ(pills.score_after(), 9);
  EXPECT_THAT(pills.gained(), IsEmpty());
  EXPECT_EQ(pills.excerpt(), "cheap viagra");
  EXPECT_EQ(result.changes[1].after(), v1::VERDICT_HOLD);
  EXPECT_EQ(result.changes[1].human(), v1::VERDICT_ACCEPT);
  EXPECT_THAT(result.changes[1].gained(), ElementsAre("houses"));
  EXPECT_EQ(result.changes[2].after(), v1::VERDICT_ACCEPT);
  EXPECT_EQ(result.changes[2].human(), v1::VERDICT_UNSPECIFIED);
  EXPECT_THAT(result.changes[2].lost(), ElementsAre("trees"));

  EXPECT_EQ(result.last.replayed(), 5);
  EXPECT_EQ(result.last.total(), 5);
  ASSERT_EQ(result.last.totals_size(), 3);
  const v1::VerdictChangeCount& first = result.last.totals(0);
  EXPECT_EQ(first.before(), v1::VERDICT_ACCEPT);
  EXPECT_EQ(first.after(), v1::VERDICT_HOLD);
  EXPECT_EQ(first.count(), 1);
  EXPECT_EQ(first.accepted_by_person(), 1);
  EXPECT_EQ(first.rejected_by_person(), 0);
  EXPECT_NE(result.last.version(), history.site().ruleset->version());
}

TEST(BacktestTest, BeginsAtItsTime) {
  History history(SiteOf({{"a.yaml", Old()}}));
  for (int i = 0; i < 5; ++i) history.Check("cheap viagra");
  const Result result = Backtest(history.store(), history.site(),
                                 SiteOf({{"a.yaml", New()}}), At(4));
  EXPECT_EQ(result.changes.size(), 2u);
  EXPECT_EQ(result.last.replayed(), 2);
}

TEST(BacktestTest, AnEmptyHistoryIsItsTotals) {
  History history(SiteOf({{"a.yaml", Old()}}));
  const Result result =
      Backtest(history.store(), history.site(), SiteOf({{"a.yaml", New()}}));
  EXPECT_TRUE(result.status.ok());
  EXPECT_THAT(result.last.totals(), IsEmpty());
  EXPECT_NE(result.last.version(), "");
}

TEST(BacktestTest, AnExcerptEndsBetweenCharacters) {
  History history(SiteOf({{"a.yaml", Old()}}));
  std::string body = "viagra ";
  for (int i = 0; i < 200; ++i) body += "\xE2\x82\xAC";
  history.Check(body);
  const Result result =
      Backtest(history.store(), history.site(), SiteOf({{"a.yaml", New()}}));
  ASSERT_EQ(result.changes.size(), 1u);
  EXPECT_EQ(result.changes[0].excerpt().size(), 7u + 64 * 3);
}

// The facts were observed under other rules; what differs is only what the
// policies render differently.
TEST(BacktestTest, APolicyThatRendersOtherwiseIsRenderedForItself) {
  const ruleset::SourceFile rule{
      "a.yaml", "rules:\n" + WordRule("pills", "\"**viagra**\"", "9")};
  const std::string in_text =
      "rules:\n  - id: stars\n    why: Stars as a reader sees them\n"
      "    regex: '\\*\\*viagra\\*\\*'\n    in: [plain]\n    score: 9\n";
  History history(SiteOf({{"a.yaml", in_text}}));
  history.Check("**viagra**");
  const Result result =
      Backtest(history.store(), history.site(),
               SiteOf({{"a.yaml", in_text},
                       {"policy.yaml", "default_format: plain_text\n"}}));
  ASSERT_EQ(result.changes.size(), 1u);
  EXPECT_EQ(result.changes[0].before(), v1::VERDICT_ACCEPT);
  EXPECT_EQ(result.changes[0].after(), v1::VERDICT_REJECT);
}

TEST(BacktestTest, DemotionsOfTodayAreLeftOut) {
  History history(
      SiteOf({{"a.yaml", "rules:\n" + WordRule("pills", "viagra", "9")}}));
  history.Check("cheap viagra");
  Site demoted = history.site();
  demoted.demoted =
      std::make_shared<const ruleset::RuleIds>(ruleset::RuleIds{"pills"});
  EXPECT_THAT(Backtest(history.store(), demoted, history.site()).changes,
              IsEmpty());
}

TEST(BacktestTest, WhoTakesNoMoreEndsIt) {
  History history(SiteOf({{"a.yaml", Old()}}));
  for (int i = 0; i < 5; ++i) history.Check("cheap viagra");
  WalkOptions options;
  options.site = "blog";
  int taken = 0;
  EXPECT_TRUE(
      RunBacktest(
          history.store(), history.site(), SiteOf({{"a.yaml", New()}}), options,
          [&](const v1::BacktestRulesetResponse&) { return ++taken < 2; })
          .ok());
  EXPECT_EQ(taken, 2);
}

// What the issue asks for: over all labelled comments, through the pipeline.
TEST(BacktestTest, ARulesetWithItselfChangesNothingOverAllData) {
  const std::string folder = SLUICE_SOURCE_DIR "/../shared/data/spam";
  if (!std::filesystem::exists(folder))
    GTEST_SKIP() << "the labelled comments (../shared/data/spam) are not here";
  auto files = ruleset::ReadFolder(SLUICE_SOURCE_DIR "/rules");
  ASSERT_TRUE(files.ok()) << files.status();
  const Site site = SiteOf(*files, "default");
  auto store = store::OpenSqliteStore({":memory:"});
  ASSERT_TRUE(store.ok()) << store.status();
  int64_t count = 0;
  int64_t differ = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".jsonl") continue;
    for (quality::Labelled& labelled :
         quality::ReadLabelled(entry.path().string())) {
      if (labelled.comment.body().empty()) continue;
      v1::Checked checked;
      *checked.mutable_comment() = std::move(labelled.comment);
      checked.mutable_comment()->set_name(
          fmt::format("sites/default/comments/c{}", ++count));
      Judgement judgement =
          Judge(site, nullptr, checked.comment(), {}, {}, At(count));
      *checked.mutable_signals() = std::move(judgement.signals);
      *checked.mutable_decision() = std::move(judgement.decision);
      // The replay's own verdict is the check's.
      differ += JudgeAgain(site, checked, At(count)).decision.verdict() !=
                checked.decision().verdict();
      (*store)->RecordCheck(std::move(checked), At(count),
                            store::Durability::kBehind, [](const auto& record) {
                              ASSERT_TRUE(record.ok()) << record.status();
                            });
      if (count % 4000 == 0) {
        ASSERT_TRUE((*store)->Flush().ok());
      }
    }
  }
  ASSERT_GT(count, 50'000);
  EXPECT_EQ(differ, 0);
  const Result result = Backtest(store->get(), site, site);
  ASSERT_TRUE(result.status.ok()) << result.status;
  EXPECT_EQ(result.last.replayed(), count);
  EXPECT_THAT(result.changes, IsEmpty());
  EXPECT_THAT(result.last.totals(), IsEmpty());
}

}  // namespace
}  // namespace sluice::replay
