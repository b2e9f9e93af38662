#include "service/signals/sketch.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace sluice::signals {
namespace {

std::string Join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words)
    text += (text.empty() ? "" : " ") + word;
  return text;
}

double Jaccard(const std::vector<std::string>& a,
               const std::vector<std::string>& b) {
  const auto pairs = [](const std::vector<std::string>& words) {
    std::set<std::string> out;
    for (size_t i = 1; i < words.size(); ++i)
      out.insert(words[i - 1] + " " + words[i]);
    return out;
  };
  const std::set<std::string> x = pairs(a), y = pairs(b);
  size_t both = 0;
  for (const std::string& pair : x) both += y.count(pair);
  return static_cast<double>(both) /
         static_cast<double>(x.size() + y.size() - both);
}

TEST(Sketch, IsOfSixWordsAndMore) {
  EXPECT_FALSE(SketchOf("", 1).has_value());
  EXPECT_FALSE(SketchOf("one two three four five", 1).has_value());
  EXPECT_TRUE(SketchOf("one two three four five six", 1).has_value());
}

TEST(Sketch, DependsOnTheSecret) {
  const std::string text = "one two three four five six seven";
  EXPECT_EQ(SketchOf(text, 1), SketchOf(text, 1));
  EXPECT_LT(AgreeingBins(*SketchOf(text, 1), *SketchOf(text, 2)), 3u);
}

TEST(Sketch, UnrelatedTextsDoNotAgree) {
  EXPECT_LT(AgreeingBins(*SketchOf("one two three four five six", 1),
                         *SketchOf("alpha beta gamma delta epsilon zeta", 1)),
            3u);
}

TEST(Sketch, PunctuationAndOrderOfPartsHardlyMatter) {
  const auto a = SketchOf(
      "buy the best watches here. we ship to every town. come and look", 1);
  const auto b = SketchOf(
      "come and look! buy the best watches here, we ship to every town", 1);
  EXPECT_GE(AgreeingBins(*a, *b), kNearBins);
}

// Over texts of which more and more words are exchanged, the part of the bins
// that agree is the part of the pairs that are shared.
TEST(Sketch, EstimatesWhatIsShared) {
  std::mt19937 random(1);
  double error = 0;
  int count = 0;
  for (int round = 0; round < 200; ++round) {
    std::vector<std::string> words;
    for (int i = 0; i < 80; ++i)
      words.push_back("w" + std::to_string(random() % 3000));
    std::vector<std::string> changed = words;
    for (uint32_t i = 0; i < static_cast<uint32_t>(round) / 5; ++i)
      changed[random() % changed.size()] = "x" + std::to_string(random());
    const double estimate =
        static_cast<double>(AgreeingBins(*SketchOf(Join(words), 1),
                                         *SketchOf(Join(changed), 1))) /
        kSketchBins;
    error += estimate - Jaccard(words, changed);
    ++count;
    EXPECT_LT(std::abs(estimate - Jaccard(words, changed)), 0.35);
  }
  EXPECT_LT(std::abs(error / count), 0.02) << "without bias";
}

TEST(Sketch, IsFineWithAnyBytes) {
  EXPECT_FALSE(SketchOf(std::string(65'536, 'a'), 1).has_value());
  std::string scripts;
  for (int i = 0; i < 100; ++i) scripts += "谢谢你写";
  EXPECT_TRUE(SketchOf(scripts, 1).has_value()) << "each is a word";
}

}  // namespace
}  // namespace sluice::signals
