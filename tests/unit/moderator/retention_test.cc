#include "service/retention.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace sluice
