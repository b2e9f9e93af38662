#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/review/cells.h"
#include "tests/unit/client/review_testing.h"

namespace sluice::client::review {
namespace {

using ::testing::ElementsAre;

class Cells : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(UseUtf8()); }

  static std::vector<std::string> Wrapped(const std::string& text, int columns,
                                          const std::string& indent = "") {
    std::vector<std::string> out;
    for (const Line& line : Wrap({{text}}, columns, indent))
      out.push_back(Plain(line));
    return out;
  }
};

TEST_F(Cells, TameLetsNothingMoveTheCursor) {
  EXPECT_EQ(Tame("\x1b]0;owned\x07"), "\\x1b]0;owned\\x07");
  EXPECT_EQ(Tame("a\rb\x9b"), "a\\x0db\\x9b");
  EXPECT_EQ(Tame("\u009b31m"), "<U+009B>31m");
  EXPECT_EQ(Tame("a\u202Eb"), "a<U+202E>b");
  EXPECT_EQ(Tame("one\ntwo"), "one two");
  EXPECT_EQ(Tame("one\ntwo", true), "one\ntwo");
  EXPECT_EQ(Tame("ab\tc"), "ab  c");
}

TEST_F(Cells, TameBoundsMarks) {
  EXPECT_EQ(Tame("e\u0301"), "e\u0301");
  EXPECT_EQ(Tame("\u0301e"), "<U+0301>e");
  EXPECT_EQ(Tame("e\u0301\u0302\u0303"), "e\u0301\u0302<U+0303>");
}

TEST_F(Cells, TameKeepsEmojiOfAKnownWidth) {
  EXPECT_EQ(Tame("\u2764\uFE0F"), "\u2764");
  EXPECT_EQ(Tame("v\uFE0Fi"), "v<U+FE0F>i");
  EXPECT_EQ(Columns("\u2764"), 1);
  EXPECT_EQ(Columns("\U0001F600"), 2);
}

TEST_F(Cells, WideCharactersTakeTwoColumns) {
  EXPECT_EQ(Columns("漢字ab"), 6);
  EXPECT_EQ(Cut("漢字漢字", 7), "漢字...");
  EXPECT_EQ(Cut("漢字漢字", 8), "漢字漢字");
  EXPECT_EQ(Columns(Cut("漢字漢字漢", 6)), 5);  // half a character is none
}

TEST_F(Cells, FitFillsUp) {
  EXPECT_EQ(Plain(Fit({{"漢"}}, 4)), "漢  ");
  EXPECT_EQ(Plain(Fit({{"abcdefgh"}}, 6)), "abc...");
}

TEST_F(Cells, WrapsAtSpaces) {
  EXPECT_THAT(Wrapped("one two three", 8), ElementsAre("one two", "three"));
  EXPECT_THAT(Wrapped("one two", 7), ElementsAre("one two"));
  EXPECT_THAT(Wrapped("", 7), ElementsAre(""));
}

TEST_F(Cells, WrapsLongWordsWhereItMust) {
  EXPECT_THAT(Wrapped("abcdefghij", 4), ElementsAre("abcd", "efgh", "ij"));
  EXPECT_THAT(Wrapped("漢字漢字", 5), ElementsAre("漢字", "漢字"));
  EXPECT_THAT(Wrapped("漢", 1), ElementsAre("漢"));  // and ends
}

TEST_F(Cells, WrapKeepsAMarkWithItsLetter) {
  EXPECT_THAT(Wrapped("abe\u0301f", 3), ElementsAre("abe\u0301", "f"));
}

TEST_F(Cells, WrapIndentsAllButTheFirst) {
  EXPECT_THAT(Wrapped("one two three", 9, "  "),
              ElementsAre("one two", "  three"));
}

TEST_F(Cells, WithoutUtf8EveryOtherLetterIsNamed) {
  setlocale(LC_CTYPE, "C");
  EXPECT_EQ(Tame("naïve"), "na<U+00EF>ve");
  setlocale(LC_CTYPE, "C.UTF-8");
}

}  // namespace
}  // namespace sluice::client::review
