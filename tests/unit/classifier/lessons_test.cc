#include "service/classifier/lessons.h"

#include <gtest/gtest.h>

#include <string>

#include "service/classifier/report.h"
#include "service/markup/render.h"
#include "service/signals/observe.h"

namespace sluice::classifier {
namespace {

Features Of(const std::string& body) {
  v1::Comment comment;
  comment.set_body(body);
  const auto rendering = markup::Render(body, markup::Format::kMarkdownExtra,
                                        markup::DefaultHtmlPolicy(), "c");
  signals::Views views(comment, rendering);
  return Extract(&views, signals::Observe(&views, {}, {}, Time{}));
}

std::string Text(int i) {
  return i % 2 == 0
             ? "cheap pills number " + std::to_string(i) +
                   " at https://p.example/"
             : "I measured this " + std::to_string(i) + " times, and it holds";
}

// Even ones are spam; from `turned` on the labels are the wrong way round.
Lessons Given(int count, int turned = 1'000'000) {
  Lessons lessons;
  for (int i = 0; i < count; ++i)
    lessons.Add(Of(Text(i)), (i % 2 == 0) == (i < turned), 1, i);
  return lessons;
}

TEST(Lessons, ComeOutAsTheyWentIn) {
  Lessons lessons;
  const Features features = Of("Some words, and https://a.example/");
  lessons.Add(features, true, 0.5, 42);
  Features out;
  lessons.Unpack(0, &out);
  EXPECT_EQ(out.ends, features.ends);
  std::vector<uint32_t> sorted = features.indices;
  for (size_t group = 0; group < kGroupCount; ++group) {
    std::sort(sorted.begin() + static_cast<ptrdiff_t>(features.begin(group)),
              sorted.begin() + features.ends[group]);
  }
  EXPECT_EQ(out.indices, sorted);
  EXPECT_TRUE(lessons[0].spam);
  EXPECT_EQ(lessons[0].micros, 42);
}

TEST(Train, LearnsAllLessonsAndCountsThem) {
  const Model model = Train(Given(100));
  EXPECT_EQ(model.spam_seen(), 50u);
  EXPECT_EQ(model.good_seen(), 50u);
  EXPECT_GT(model.Judge(Of(Text(1000))).probability, 0.9);
  EXPECT_LT(model.Judge(Of(Text(1001))).probability, 0.1);
}

TEST(Train, IsDeterministic) {
  const Features features = Of(Text(7));
  EXPECT_EQ(Train(Given(60)).Judge(features).log_odds,
            Train(Given(60)).Judge(features).log_odds);
}

TEST(Train, OfNothingKnowsNothing) {
  EXPECT_EQ(Train(Lessons()).Judge(Of("a")).probability, 0.5);
  EXPECT_EQ(Train(Given(1)).spam_seen(), 1u);
}

TEST(Train, TheNewestWeighMore) {
  // The second half says the contrary of the first.
  const Model model = Train(Given(200, 100));
  EXPECT_LT(model.Judge(Of(Text(1000))).raw, 0);
}

TEST(Past, CalibratesWhatIsTooSure) {
  Past past;
  for (int i = 0; i < 1000; ++i) {
    // Says 6 and is right in nine of ten.
    past.Add({6, i % 10 != 0, 1});
    past.Add({-6, i % 10 == 0, 1});
  }
  past.Fit();
  EXPECT_NEAR(past.LogOdds(6), 2.2, 0.3);
  EXPECT_NEAR(past.LogOdds(-6), -2.2, 0.3);
}

TEST(Past, IsBounded) {
  Past past;
  for (size_t i = 0; i < 3 * Past::kMaxSaid; ++i)
    past.Add({static_cast<float>(i), i % 2 == 0, 1});
  EXPECT_EQ(past.size(), Past::kMaxSaid);
  EXPECT_EQ(past.said().front().raw, 2 * Past::kMaxSaid);
}

TEST(Past, AFewLessonsMoveLittle) {
  Past past;
  past.Add({1, true, 1});
  past.Add({-1, false, 1});
  past.Fit();
  EXPECT_NEAR(past.LogOdds(1), 1, 0.2);
}

TEST(Report, FindsTheThresholdThatLosesFewEnough) {
  std::vector<Said> said;
  for (int i = 0; i < 1000; ++i) said.push_back({i / 100.0F - 10, false, 1});
  for (int i = 0; i < 100; ++i)
    said.push_back({5.0F + static_cast<float>(i), true, 1});
  // One of 1,000: above the second highest.
  EXPECT_EQ(ThresholdFor(said, 0.001), said[998].raw);
  const ThresholdPoint at = PointAt(said, 5);
  EXPECT_DOUBLE_EQ(at.recall, 0.99);
  EXPECT_DOUBLE_EQ(at.precision, 1);
  EXPECT_DOUBLE_EQ(at.good_lost, 0);
  EXPECT_NEAR(Auc(said), 1, 1e-9);
}

TEST(Report, AWorseModelIsWorse) {
  const std::vector<Said> right = {{3, true, 1}, {-3, false, 1}};
  const std::vector<Said> wrong = {{-3, true, 1}, {3, false, 1}};
  EXPECT_LT(LogLoss(right, Past()), LogLoss(wrong, Past()));
}

}  // namespace
}  // namespace sluice::classifier
