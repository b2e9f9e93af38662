#include "service/replay/statistics.h"

#include <gmock/gmock.h>

#include "tests/unit/replay/testing.h"

namespace sluice::replay {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kRules[] = R"(rules:
  - {id: pills, why: w, words: [viagra], score: 4}
  - {id: oaks, why: w, words: [oaks], verdict: hold}
  - {id: never, why: w, words: [zebra], score: 1}
  - {id: quiet, why: w, words: [oaks], score: 2, mode: shadow}
  - {id: all, why: w, when: 'size(comment.body) > 0', score: -0.5}
)";

class StatisticsTest : public ::testing::Test {
 protected:
  StatisticsTest() : history_(SiteOf({{"a.yaml", kRules}})) {}

  v1::GetRuleStatisticsResponse Collect(const Site& site,
                                        bool by_version = false) {
    WalkOptions options;
    options.site = "blog";
    v1::GetRuleStatisticsResponse response;
    const absl::Status status = CollectStatistics(
        history_.store(), site, options, by_version, &response);
    EXPECT_TRUE(status.ok()) << status;
    return response;
  }
  static const v1::RuleStatistics& Of(
      const v1::GetRuleStatisticsResponse& response, const std::string& id) {
    for (const v1::RuleStatistics& rule : response.rules()) {
      if (rule.id() == id) return rule;
    }
    ADD_FAILURE() << "no rule " << id;
    return v1::RuleStatistics::default_instance();
  }

  History history_;
};

TEST_F(StatisticsTest, CountsHitsAndWhatPeopleDecided) {
  for (int i = 0; i < 8; ++i) history_.Check("viagra", v1::VERDICT_REJECT);
  for (int i = 0; i < 2; ++i) history_.Check("viagra", v1::VERDICT_ACCEPT);
  history_.Check("viagra and oaks");
  history_.Check("nothing", v1::VERDICT_ACCEPT);
  const v1::GetRuleStatisticsResponse response = Collect(history_.site());
  EXPECT_EQ(response.comments(), 12);
  EXPECT_EQ(response.rejected_by_person(), 8);
  EXPECT_EQ(response.accepted_by_person(), 3);
  const v1::RuleStatistics& pills = Of(response, "pills");
  EXPECT_EQ(pills.hits(), 11);
  EXPECT_EQ(pills.confirmed(), 8);
  EXPECT_EQ(pills.overturned(), 2);
  EXPECT_NEAR(pills.precision_low(), 0.490, 0.001);  // Wilson, 8 of 10
  EXPECT_NEAR(pills.precision_high(), 0.943, 0.001);
  EXPECT_EQ(pills.last_hit_time().seconds(), 1'700'000'011);
  EXPECT_EQ(pills.score(), 4);
  EXPECT_FALSE(pills.gone());
  const v1::RuleStatistics& quiet = Of(response, "quiet");
  EXPECT_EQ(quiet.hits(), 1);
  EXPECT_EQ(quiet.shadow_hits(), 1);
  EXPECT_TRUE(quiet.shadow());
  EXPECT_EQ(Of(response, "oaks").verdict(), v1::VERDICT_HOLD);
  EXPECT_EQ(Of(response, "oaks").precision_high(), 0);
  // A condition alone is tried on every comment and takes its time.
  EXPECT_GT(Of(response, "all").microseconds(), 0);
}

TEST_F(StatisticsTest, FlagsWhatIsOdd) {
  for (int i = 0; i < 30; ++i) history_.Check("viagra", v1::VERDICT_ACCEPT);
  for (int i = 0; i < 31; ++i) history_.Check("text", v1::VERDICT_REJECT);
  const v1::GetRuleStatisticsResponse response = Collect(history_.site());
  EXPECT_THAT(Of(response, "never").flags(),
              ElementsAre(v1::RULE_FLAG_NEVER_HIT));
  EXPECT_THAT(Of(response, "all").flags(),
              ElementsAre(v1::RULE_FLAG_HITS_EVERYTHING));
  EXPECT_THAT(Of(response, "pills").flags(),
              ElementsAre(v1::RULE_FLAG_CONTRADICTED));
}

TEST_F(StatisticsTest, AFewDecisionsContradictNothing) {
  history_.Check("viagra", v1::VERDICT_ACCEPT);
  for (int i = 0; i < 9; ++i) history_.Check("text", v1::VERDICT_ACCEPT);
  history_.Check("text", v1::VERDICT_REJECT);
  EXPECT_THAT(Of(Collect(history_.site()), "pills").flags(), IsEmpty());
}

TEST_F(StatisticsTest, ARuleThatStoppedHittingIsSilent) {
  constexpr int64_t kDay = 86'400;
  for (int i = 0; i < 4; ++i) {
    history_.Check("viagra");
    history_.Check("text");
  }
  history_.MoveClock(31 * kDay);
  for (int i = 0; i < 3; ++i) history_.Check("text");
  // Two hits are missing: that may be chance.
  EXPECT_THAT(Of(Collect(history_.site()), "pills").flags(), IsEmpty());
  for (int i = 0; i < 3; ++i) history_.Check("text");
  EXPECT_THAT(Of(Collect(history_.site()), "pills").flags(),
              ElementsAre(v1::RULE_FLAG_SILENT));
}

TEST_F(StatisticsTest, TellsVersionsAndRulesThatAreGone) {
  history_.Check("viagra");
  const std::string old = history_.site().ruleset->version();
  const Site now = SiteOf({{"a.yaml", "rules:\n" + WordRule("new", "x", "1")}});
  const v1::GetRuleStatisticsResponse response = Collect(now, true);
  EXPECT_EQ(Of(response, "pills").version(), old);
  EXPECT_TRUE(Of(response, "pills").gone());
  EXPECT_EQ(Of(response, "new").version(), now.ruleset->version());
  EXPECT_FALSE(Of(response, "new").gone());
}

}  // namespace
}  // namespace sluice::replay
