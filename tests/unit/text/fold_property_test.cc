#include <gtest/gtest.h>
#include <unicode/uchar.h>
#include <unicode/uniset.h>

#include <random>
#include <string>
#include <vector>

#include "tests/unit/text/fold_properties.h"

namespace sluice::text {
namespace {

std::string Utf8(const std::u32string& code_points) {
  std::string utf8;
  for (const char32_t c : code_points) AppendUtf8(c, &utf8);
  return utf8;
}

std::string Escaped(std::string_view utf8) {
  std::string out;
  for (size_t at = 0; at < utf8.size();) {
    const Decoded next = DecodeUtf8(utf8, at);
    char buffer[16];
    std::snprintf(buffer, sizeof buffer, "%X ",
                  static_cast<unsigned>(next.code_point));
    out += buffer;
    at += next.size;
  }
  return out;
}

// Small alphabets that make the steps of folding work on each other's results.
const std::vector<std::u32string>& Alphabets() {
  static const std::vector<std::u32string> alphabets = {
      U"ab1 0$!@",
      U"v1agra50$ |!@.",
      U"a b.c-d  e\n",
      U"aaab bb1 .",
      U"xX1lI0oO3e ",
      U"аеосрaeocp ",               // Cyrillic and Latin alike
      U"жaсor2 3шd",                // anchors of both
      U"αβΝνµa δ1",                 // Greek
      U"ɐqɹuoǝ sɯ.b9",              // upside down
      U"🇦🇧a 🇨.1",                   // regional
      U"и\u0306\u0301ийa ",         // short i
      U"ᄀ\u1161\u11A8가a \u200B",  // jamo
      U"か\u3099\u309Aカは ﾞa",     // voiced kana
      U"a\u200B\u00AD\u202E \u0301\U000E0061",
      U"ⓐ①🅰ａ𝐚ﬁ½ﷺ ™ .",
      U"漢字 a1 ก\u0E31ข",
      U"€£¥¢∪∨ac1 ",
      U"ոսօհ aԱ ꓐꓑ Ꭺꭺ",
      U"ſKßẞİıIiç ",
      U"\u0345ιΙͅα\u0308 \uFFFD",
      U"3аб40сть6 @а",
      U"\u2800a\u3164b\u115F \u00A0.\u2028",
      U"- a.1  b\t@$",
      U"אבגا1 lهه",
  };
  return alphabets;
}

TEST(FoldProperties, HoldOnRandomTextsOverSmallHostileAlphabets) {
  std::mt19937 random(20261124);
  constexpr int kTextsPerAlphabet = 6000;
  for (const std::u32string& alphabet : Alphabets()) {
    for (int i = 0; i < kTextsPerAlphabet; ++i) {
      std::u32string text;
      const size_t size = random() % 24;
      for (size_t j = 0; j < size; ++j) {
        text += alphabet[random() % alphabet.size()];
      }
      const std::string utf8 = Utf8(text);
      ASSERT_EQ("", CheckFoldProperties(utf8)) << utf8 << "\n" << Escaped(utf8);
    }
  }
}

TEST(FoldProperties, HoldOnTextsMixedFromAllAlphabets) {
  std::mt19937 random(7);
  constexpr int kTexts = 60000;
  for (int i = 0; i < kTexts; ++i) {
    std::u32string text;
    const size_t size = random() % 40;
    size_t chosen = 0;
    for (size_t j = 0; j < size; ++j) {
      if (random() % 4 == 0) chosen = random() % Alphabets().size();
      const std::u32string& alphabet = Alphabets()[chosen];
      text += alphabet[random() % alphabet.size()];
    }
    const std::string utf8 = Utf8(text);
    ASSERT_EQ("", CheckFoldProperties(utf8)) << utf8 << "\n" << Escaped(utf8);
  }
}

TEST(FoldProperties, HoldOnRandomUnicode) {
  std::mt19937 random(1);
  constexpr int kTexts = 20000;
  for (int i = 0; i < kTexts; ++i) {
    std::u32string text;
    const size_t size = random() % 30;
    for (size_t j = 0; j < size; ++j) {
      const char32_t plane = random() % 3 == 0 ? 0x20000 : 0x3000;
      text += static_cast<char32_t>(random() % plane);
    }
    const std::string utf8 = Utf8(text);
    ASSERT_EQ("", CheckFoldProperties(utf8)) << utf8 << "\n" << Escaped(utf8);
  }
}

TEST(FoldProperties, HoldOnIllFormedBytes) {
  std::mt19937 random(2);
  constexpr int kTexts = 20000;
  for (int i = 0; i < kTexts; ++i) {
    std::string bytes;
    const size_t size = random() % 20;
    for (size_t j = 0; j < size; ++j) {
      bytes += static_cast<char>(random() % 2 == 0 ? 0x80 + random() % 0x80
                                                   : random() % 0x80);
    }
    ASSERT_EQ("", CheckFoldProperties(bytes)) << Escaped(bytes);
  }
}

TEST(FoldProperties, HoldOnEveryCodePointAloneAndInAWord) {
  for (char32_t c = 1; c <= 0x10FFFF; ++c) {
    if (!u_isdefined(static_cast<UChar32>(c))) continue;
    if (c >= 0x3400 && c < 0xF900 && c % 61 != 0) continue;    // Han, Hangul
    if (c >= 0x17000 && c < 0x1B000 && c % 61 != 0) continue;  // Tangut
    if (c >= 0x20000 && c < 0xE0000 && c % 61 != 0) continue;
    if (c >= 0xE0200 && c % 997 != 0) continue;  // private use
    const std::string alone = Utf8({c});
    ASSERT_EQ("", CheckFoldProperties(alone)) << Escaped(alone);
    const std::string inside = Utf8({U'v', c, U'a', U'g'});
    ASSERT_EQ("", CheckFoldProperties(inside)) << Escaped(inside);
  }
}

// RE2 folds by Unicode's simple case folding: whatever it holds equal under
// (?i) has to fold to the same text, alone and inside a word, or a pattern over
// the folded text could be dodged by the other member of the pair.
TEST(FoldProperties, EveryCasePairFoldsEqual) {
  int pairs = 0;
  for (char32_t c = 1; c <= 0x1FFFF; ++c) {
    const auto folded = static_cast<char32_t>(
        u_foldCase(static_cast<UChar32>(c), U_FOLD_CASE_DEFAULT));
    if (folded == c) continue;
    ++pairs;
    EXPECT_EQ(Fold(Utf8({c})).text, Fold(Utf8({folded})).text)
        << Escaped(Utf8({c}));
    // Within Latin a Greek capital is read by the shape of the capital.
    const bool greek = (c >= 0x370 && c < 0x400) || (c >= 0x1F00 && c < 0x2000);
    if (greek || folded == 0x3BC || folded == 0x3B9) continue;
    EXPECT_EQ(Fold(Utf8({U'd', c, U'g'})).text,
              Fold(Utf8({U'd', folded, U'g'})).text)
        << Escaped(Utf8({c}));
  }
  EXPECT_GT(pairs, 1300);
}

TEST(FoldProperties, RussianWordsFoldAloneAsInRussianText) {
  const std::u32string letters = U"абвгдежзийклмнопрстуфхцчшщъыьэюя";
  std::mt19937 random(3);
  constexpr int kWords = 20000;
  for (int i = 0; i < kWords; ++i) {
    std::u32string word;
    const size_t size = 1 + random() % 8;
    for (size_t j = 0; j < size; ++j)
      word += letters[random() % letters.size()];
    const std::string alone = Fold(Utf8(word)).text;
    const std::string within = Fold(Utf8(U"это " + word + U" там")).text;
    ASSERT_EQ("это " + alone + " там", within);
  }
}

}  // namespace
}  // namespace sluice::text
