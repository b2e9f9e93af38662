#include "service/rpc/metrics.h"

#include <gtest/gtest.h>

namespace sluice::rpc {
namespace {

using std::chrono::microseconds;
using std::chrono::nanoseconds;

TEST(Timing, PutsATimeIntoTheBucketWhoseBoundItDoesNotPass) {
  Timing timing;
  timing.Count(nanoseconds(-5));  // a clock that was set back
  timing.Count(microseconds(10));
  timing.Count(nanoseconds(10'001));
  timing.Count(std::chrono::hours(1));
  const Timing::Read read = timing.read();
  EXPECT_EQ(read.count, 4u);
  EXPECT_EQ(read.counts[0], 2u);
  EXPECT_EQ(read.counts[1], 1u);
  EXPECT_EQ(read.counts.back(), 1u);
  EXPECT_NEAR(read.seconds, 3600.00002, 1e-5);
}

v1::Decision Decided(v1::Verdict verdict, std::vector<std::string> rules) {
  v1::Decision decision;
  decision.set_verdict(verdict);
  for (std::string& rule : rules) decision.add_reasons()->set_id(rule);
  return decision;
}

TEST(Metrics, CountVerdictsAndHitsBySite) {
  Metrics metrics({"a", "b"});
  metrics.CountVerdict("a", Decided(v1::VERDICT_HOLD, {"links", "words"}));
  metrics.CountVerdict("a", Decided(v1::VERDICT_HOLD, {"links"}));
  v1::Decision degraded = Decided(v1::VERDICT_HOLD, {});
  degraded.set_degraded(true);
  degraded.add_unfinished("rule.some-rule");
  degraded.add_unfinished("history");
  metrics.CountVerdict("b", degraded);
  metrics.CountVerdict("nosuch", Decided(v1::VERDICT_HOLD, {"links"}));
  EXPECT_EQ(metrics.sites().at("a").verdicts[v1::VERDICT_HOLD], 2u);
  EXPECT_EQ(metrics.sites().at("b").degraded, 1u);
  const Metrics::Hits hits = metrics.rule_hits();
  EXPECT_EQ(hits.size(), 2u);
  EXPECT_EQ(hits.at({"a", "links"}), 2u);
  const std::map<std::string, uint64_t> unfinished = {{"rule", 1},
                                                      {"history", 1}};
  EXPECT_EQ(metrics.unfinished(), unfinished);
}

TEST(Metrics, OfACallAreCountedOnceItEnds) {
  Metrics metrics({});
  metrics.CountBegun();
  metrics.CountBegun();
  metrics.CountCall(3, absl::StatusCode::kNotFound, microseconds(40));
  EXPECT_EQ(metrics.at_work(), 1);
  EXPECT_EQ(metrics.calls(3, 5), 1u);
  EXPECT_EQ(metrics.call_time(3).read().count, 1u);
}

}  // namespace
}  // namespace sluice::rpc
