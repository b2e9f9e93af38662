#include "service/retention.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "service/ruleset/ruleset.h"
#include "service/store/memory_store.h"
#include "tests/unit/moderator/set_clock.h"

namespace sluice {
namespace {

TEST(CutoffsOf, HasItsDefaultsAndThePolicysDays) {
  const Time now{std::chrono::days(20'000)};
  v1::RetentionRules rules;
  const store::Cutoffs unset = CutoffsOf(rules, now);
  EXPECT_EQ(unset.personal, now - std::chrono::days(30));
  EXPECT_EQ(unset.rejected, now - std::chrono::days(60));
  EXPECT_EQ(unset.events, now - std::chrono::days(730));
  rules.set_personal_days(1);
  rules.set_rejected_days(2);
  rules.set_event_days(3);
  const store::Cutoffs set = CutoffsOf(rules, now);
  EXPECT_EQ(set.personal, now - std::chrono::days(1));
  EXPECT_EQ(set.rejected, now - std::chrono::days(2));
  EXPECT_EQ(set.events, now - std::chrono::days(3));
}

TEST(Retention, RemovesByThePolicyOfEachSite) {
  SetClock clock;
  store::MemoryStore store;
  Moderator moderator(&store, &clock);
  const auto ruleset_of = [&clock](const std::string& policy) {
    ruleset::LoadOptions options;
    options.now = clock.now;
    return ruleset::LoadRuleset({{"policy.yaml", policy}}, options).ruleset;
  };
  auto sites = std::make_shared<Sites>();
  sites->emplace("long", Site{"long", {}, ruleset_of("hold_at: 3\n")});
  sites->emplace(
      "short",
      Site{"short", {}, ruleset_of("retention:\n  rejected_days: 2\n")});
  ASSERT_NE(sites->at("short").ruleset, nullptr);
  ASSERT_NE(sites->at("long").ruleset, nullptr);
  moderator.SetSites(sites);
  for (const char* site : {"long", "short"}) {
    v1::Checked checked;
    checked.mutable_comment()->set_name(std::string("sites/") + site +
                                        "/comments/a");
    checked.mutable_decision()->set_verdict(v1::VERDICT_REJECT);
    store.RecordCheck(checked, clock.now, store::Durability::kBeforeAnswer,
                      [](const auto& record) { EXPECT_TRUE(record.ok()); });
  }
  std::vector<std::string> told;
  const auto run = [&] {
    Retention::Run(
        &moderator,
        [&told](std::string_view site, const auto& result) {
          told.push_back(std::string(site) + " " +
                         (result.ok() ? std::to_string(result->removed)
                                      : result.status().ToString()));
        },
        [] { return false; });
  };
  run();
  EXPECT_TRUE(told.empty());
  clock.now += std::chrono::days(3);
  run();
  EXPECT_EQ(told, std::vector<std::string>({"short 1"}));
  EXPECT_TRUE(store.Get("sites/long/comments/a").ok());
  EXPECT_FALSE(store.Get("sites/short/comments/a").ok());
  store.FailWith(absl::UnavailableError("the disk is away"));
  run();
  EXPECT_EQ(told.size(), 3u);
}

}  // namespace
}  // namespace sluice
