#include "service/learner_reports.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

v1::Event Report(const std::string& reporter, bool spam,
                 const std::string& source = "reader") {
  v1::Event event;
  event.mutable_reported()->set_reporter(reporter);
  event.mutable_reported()->set_spam(spam);
  event.mutable_reported()->set_source(source);
  return event;
}

TEST(ReportWeigher, ABurstFromOneSourceMovesNothing) {
  ReportWeigher weigher;
  EXPECT_FALSE(weigher.Weigh(std::vector<v1::Event>(500, Report("r1", true)))
                   .has_value());
  EXPECT_FALSE(
      weigher.Weigh(std::vector<v1::Event>(500, Report("", true))).has_value());
}

TEST(ReportWeigher, SeveralReadersWeighLessThanAModerator) {
  ReportWeigher weigher;
  const auto two = weigher.Weigh({Report("r1", true), Report("r2", true)});
  ASSERT_TRUE(two.has_value());
  EXPECT_TRUE(two->spam);
  std::vector<v1::Event> crowd;
  for (int i = 0; i < 1000; ++i)
    crowd.push_back(Report("s" + std::to_string(i), false));
  const auto many = weigher.Weigh(crowd);
  ASSERT_TRUE(many.has_value());
  EXPECT_FALSE(many->spam);
  EXPECT_GT(many->weight, two->weight);
  EXPECT_LE(many->weight, ReportWeigher::kMaxWeight);
}

TEST(ReportWeigher, ReadersWhoDisagreeSayNothing) {
  ReportWeigher weigher;
  EXPECT_FALSE(
      weigher
          .Weigh({Report("r1", true), Report("r2", true), Report("r3", false)})
          .has_value());
}

TEST(ReportWeigher, TheLastWordOfAReaderCounts) {
  ReportWeigher weigher;
  EXPECT_FALSE(
      weigher
          .Weigh({Report("r1", true), Report("r2", true), Report("r2", false)})
          .has_value());
}

TEST(ReportWeigher, AReporterIsHeardOnFewComments) {
  ReportWeigher weigher;
  int learned = 0;
  for (int i = 0; i < 200; ++i)
    learned +=
        weigher.Weigh({Report("r1", true), Report("r2", true)}).has_value();
  EXPECT_EQ(learned, ReportWeigher::kMaxHeard);
}

TEST(ReportWeigher, TheSitesOwnWordIsHeard) {
  ReportWeigher weigher;
  const auto said = weigher.Weigh({Report("", false, "site")});
  ASSERT_TRUE(said.has_value());
  EXPECT_FALSE(said->spam);
}

}  // namespace
}  // namespace sluice
