#include "service/text/words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sluice::text {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> WordsOf(std::string_view text) {
  std::vector<std::string> found;
  Words words(text);
  for (ByteSpan word; words.Next(&word);) {
    found.emplace_back(text.substr(word.begin, word.size()));
  }
  return found;
}

TEST(Words, AreRunsOfLettersAndDigits) {
  EXPECT_THAT(WordsOf("buy cheap-viagra, 100 mg (now)!"),
              ElementsAre("buy", "cheap", "viagra", "100", "mg", "now"));
  EXPECT_THAT(WordsOf("привет, мир2"), ElementsAre("привет", "мир2"));
  EXPECT_THAT(WordsOf("한국어 카지노"), ElementsAre("한국어", "카지노"));
}

TEST(Words, ThereAreNoneInPunctuationAndEmoji) {
  EXPECT_THAT(WordsOf(""), IsEmpty());
  EXPECT_THAT(WordsOf(" ... 😀 —"), IsEmpty());
}

TEST(Words, EveryIdeographIsOneAndEndsAnAlphabeticWord) {
  EXPECT_THAT(WordsOf("加v信abc微"), ElementsAre("加", "v", "信", "abc", "微"));
  EXPECT_THAT(WordsOf("がカー"), ElementsAre("が", "カ", "ー"));
}

TEST(Words, MarksStayWithTheirLetter) {
  EXPECT_THAT(WordsOf("हिन्दी x"), ElementsAre("हिन्दी", "x"));
  EXPECT_THAT(WordsOf("ที่"), ElementsAre("ที่"));
}

TEST(IsWordBorder, IsFalseInsideWordsOnly) {
  const std::string text = "ab, ая微信ที่x";
  std::vector<size_t> borders;
  for (size_t at = 0; at <= text.size(); ++at) {
    const bool inside_code_point =
        at < text.size() && (static_cast<uint8_t>(text[at]) & 0xC0) == 0x80;
    if (!inside_code_point && IsWordBorder(text, at)) borders.push_back(at);
  }
  // Before and after "ab", ",", " ", "ая", each ideograph, the Thai syllable.
  EXPECT_THAT(borders, ElementsAre(0, 2, 3, 4, 8, 11, 14, 23, 24));
}

}  // namespace
}  // namespace sluice::text
