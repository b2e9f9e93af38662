#include "service/classifier/model.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "service/classifier/features.h"
#include "service/markup/render.h"
#include "service/signals/observe.h"

namespace sluice::classifier {
namespace {

Features Of(const std::string& body,
            std::vector<std::string>* names = nullptr) {
  v1::Comment comment;
  comment.set_body(body);
  const auto rendering = markup::Render(body, markup::Format::kMarkdownExtra,
                                        markup::DefaultHtmlPolicy(), "c");
  signals::Views views(comment, rendering);
  return Extract(&views, signals::Observe(&views, {}, {}, Time{}), names);
}

constexpr const char* kSpam[] = {
    "Buy cheap pills online, best prices at https://pills.example/",
    "Best casino bonus, click https://win.example/ now",
    "cheap pills and casino bonus here https://pills.example/",
    "click here for best prices on pills"};
constexpr const char* kGood[] = {
    "I disagree with the second paragraph; the study was small.",
    "Thanks, the explanation of TLS helped me a lot.",
    "The author forgets that most users never change a default.",
    "Has anyone measured this on real hardware?"};

Model Taught(int rounds) {
  Model model;
  for (int i = 0; i < rounds; ++i) {
    for (const char* text : kSpam) model.Learn(Of(text), true, 1);
    for (const char* text : kGood) model.Learn(Of(text), false, 1);
  }
  return model;
}

TEST(Model, KnowsNothingAtFirst) {
  const Model model;
  EXPECT_DOUBLE_EQ(model.Judge(Of("anything at all")).probability, 0.5);
  EXPECT_EQ(model.version(), "m0");
}

TEST(Model, TellsWhatItLearnedApart) {
  const Model model = Taught(5);
  EXPECT_GT(model.Judge(Of("cheap casino pills at https://pills.example/"))
                .probability,
            0.8);
  EXPECT_LT(
      model.Judge(Of("Most users never measured this default on hardware."))
          .probability,
      0.2);
  EXPECT_EQ(model.spam_seen(), 20u);
  EXPECT_EQ(model.good_seen(), 20u);
  EXPECT_EQ(model.version(), "m40");
}

TEST(Model, ADisguiseDoesNotHideAWord) {
  const Model model = Taught(5);
  const double plain = model.Judge(Of("cheap casino pills")).probability;
  EXPECT_NEAR(model
                  .Judge(Of("ch\xE2\x80\x8B"
                            "eap c*as*ino PILLS"))
                  .probability,
              plain, 0.1);
}

TEST(Model, OneLessonCountsAtOnce) {
  Model model = Taught(5);
  const Features features = Of("cheap pills online, best prices");
  const double before = model.Judge(features).log_odds;
  model.Learn(features, false, 1);
  EXPECT_LT(model.Judge(features).log_odds, before);
}

TEST(Model, AWeightOfNothingTeachesNothing) {
  Model model = Taught(2);
  const Features features = Of("cheap pills");
  const double before = model.Judge(features).log_odds;
  model.Learn(features, false, 0);
  EXPECT_DOUBLE_EQ(model.Judge(features).log_odds, before);
}

TEST(Model, IsDeterministic) {
  const Features features = Of(kSpam[0]);
  EXPECT_DOUBLE_EQ(Taught(3).Judge(features).log_odds,
                   Taught(3).Judge(features).log_odds);
}

// What an attacker would send to make a check dear or to write past a buffer.
TEST(Features, HostileTextsStayInBounds) {
  std::string links, marks;
  for (int i = 0; i < 400; ++i)
    links += "https://" + std::string(60, 'a') + std::to_string(i) +
             ".example/" + std::string(40, 'b') + " a ";
  for (int i = 0; i < 20'000; ++i) marks += i % 2 == 0 ? "a" : " ";
  for (const std::string& text :
       {links, marks, std::string(60'000, 'x'), std::string("\xF0\x9F\x98\x80"),
        std::string("a"), std::string("\xE4\xB8\xAD\xE6\x96\x87")}) {
    std::vector<std::string> names;
    const Features features = Of(text, &names);
    EXPECT_EQ(names.size(), features.indices.size());
    EXPECT_LT(features.indices.size(), 4 * kMaxTextBytes);
  }
}

TEST(Model, AConfidentMistakeIsCorrectedAtOnce) {
  Model model = Taught(40);
  const Features features = Of(kSpam[0]);
  ASSERT_GT(model.Judge(features).raw, 2);
  model.Learn(features, false, 1);
  EXPECT_LT(model.Judge(features).raw, 2);
}

TEST(Model, AReaderWeighsLessThanAModerator) {
  const Features features = Of("an unheard of thing");
  Model reader = Taught(5), moderator = Taught(5);
  reader.Learn(features, true, 0.2);
  moderator.Learn(features, true, 1);
  EXPECT_LT(reader.Judge(features).raw, moderator.Judge(features).raw);
}

TEST(Features, StayInsideTheTableAndHaveNames) {
  std::vector<std::string> names;
  const Features features =
      Of("Some *text* with a [link](https://example.com/path)", &names);
  ASSERT_EQ(names.size(), features.indices.size());
  EXPECT_EQ(features.ends.back(), features.indices.size());
  for (uint32_t index : features.indices) EXPECT_LT(index, kFeatureCount);
  for (size_t group = 0; group < kGroupCount; ++group) {
    EXPECT_GE(features.ends[group], features.begin(group));
  }
  EXPECT_NE(std::find(names.begin(), names.end(), "word 'text'"), names.end());
  EXPECT_NE(std::find(names.begin(), names.end(), "link to example.com"),
            names.end());
}

TEST(Features, AreBoundedByTheTextThatIsRead) {
  std::string longest;
  for (int i = 0; longest.size() < 60'000; ++i)
    longest += "word" + std::to_string(i) + " ";
  EXPECT_LT(Of(longest).indices.size(), 4 * kMaxTextBytes);
}

TEST(Features, RepeatingAWordDoesNotRepeatItsFeature) {
  std::string many;
  for (int i = 0; i < 500; ++i) many += "pills ";
  EXPECT_LT(Of(many).indices.size(), 300u);
}

}  // namespace
}  // namespace sluice::classifier
