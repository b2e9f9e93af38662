#include "client/terminal.h"

#include <gtest/gtest.h>

namespace sluice::client {
namespace {

TEST(Visible, ShowsWhatCouldMoveTheCursorOrSetATitle) {
  EXPECT_EQ(Visible("\x1b[2J\x1b]0;owned\x07", false),
            "\\x1b[2J\\x1b]0;owned\\x07");
  EXPECT_EQ(Visible("a\rb\x08\x7f", false), "a\\x0db\\x08\\x7f");
  EXPECT_EQ(Visible("\xC2\x9B"
                    "31m",
                    false),
            "<U+009B>31m")
      << "the eight-bit escape";
}

TEST(Visible, ShowsWhatReordersOrHidesText) {
  EXPECT_EQ(Visible("a\xE2\x80\xAE"
                    "b",
                    false),
            "a<U+202E>b");
  EXPECT_EQ(Visible("a\xE2\x80\x8B"
                    "b",
                    false),
            "a<U+200B>b");
  EXPECT_EQ(Visible("a\xE2\x80\xA8"
                    "b",
                    false),
            "a<U+2028>b");
}

TEST(Visible, JoinedEmojiStandSideBySideAndNothingElseLosesItsJoiner) {
  EXPECT_EQ(Visible("\U0001F468\u200D\U0001F469\u200D\U0001F467", false),
            "\U0001F468\U0001F469\U0001F467");
  EXPECT_EQ(Visible("\u2764\uFE0F\u200D\U0001F525", false),
            "\u2764\uFE0F\U0001F525");
  EXPECT_EQ(Visible("vi\u200Dagra", false), "vi<U+200D>agra");
  EXPECT_EQ(Visible("\U0001F468\u200Da", false), "\U0001F468<U+200D>a");
  EXPECT_EQ(Visible("\U0001F468\u200D", false), "\U0001F468<U+200D>");
}

TEST(Visible, KeepsLinesWhereTheyBelong) {
  EXPECT_EQ(Visible("a\nb\tc", true), "a\nb\tc");
  EXPECT_EQ(Visible("a\nb\tc", false), "a\\nb\\tc");
}

TEST(Visible, KeepsOrdinaryTextOfAnyLanguage) {
  for (const char* text : {"plain", "Grüße", "Привет", "世界", "שלום", "😀"})
    EXPECT_EQ(Visible(text, false), text);
}

TEST(Style, MarksWithoutColourToo) {
  EXPECT_EQ(Style(false).Mark("x"), "[x]");
  EXPECT_EQ(Style(false).Bad("REJECT"), "REJECT");
  EXPECT_NE(Style(true).Bad("REJECT"), "REJECT");
}

}  // namespace
}  // namespace sluice::client
