#include "service/text/utf8.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sluice::text {
namespace {

TEST(Utf8, EveryCodePointSurvivesTheRoundTrip) {
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    if (c >= 0xD800 && c <= 0xDFFF) continue;
    std::string utf8;
    AppendUtf8(c, &utf8);
    const Decoded decoded = DecodeUtf8(utf8, 0);
    ASSERT_EQ(c, decoded.code_point);
    ASSERT_EQ(utf8.size(), decoded.size);
    ASSERT_TRUE(IsValidUtf8(utf8));
  }
}

TEST(Utf8, IllFormedSequencesTakeOneByte) {
  const std::vector<std::string> bad = {
      "\x80",              // a continuation alone
      "\xC0\xAF",          // overlong slash
      "\xC1\xBF",          // overlong
      "\xE0\x80\xAF",      // overlong slash, three bytes
      "\xE0\x9F\xBF",      // overlong
      "\xF0\x80\x80\xAF",  // overlong slash, four bytes
      "\xED\xA0\x80",      // a surrogate
      "\xED\xBF\xBF",      // a surrogate
      "\xF4\x90\x80\x80",  // past U+10FFFF
      "\xF5\x80\x80\x80",  // past U+10FFFF
      "\xFF",
      "\xC3",
      "\xE2\x82",
      "\xF0\x9F\x98",  // cut short
      "\xC3(",
      "\xE2(\xA1",
      "\xE2\x82(",
  };
  for (const std::string& bytes : bad) {
    const Decoded decoded = DecodeUtf8(bytes, 0);
    EXPECT_EQ(char32_t{0xFFFD}, decoded.code_point) << bytes;
    EXPECT_EQ(1, decoded.size) << bytes;
    EXPECT_FALSE(IsValidUtf8(bytes)) << bytes;
  }
}

TEST(Utf8, TheReplacementCharacterItselfIsValid) {
  EXPECT_TRUE(IsValidUtf8("\uFFFD"));
  EXPECT_EQ(3, DecodeUtf8("\uFFFD", 0).size);
}

TEST(Utf8, SurrogatesAndTooLargeValuesAreWrittenAsReplacement) {
  for (const char32_t c : {char32_t{0xD800}, char32_t{0xDFFF},
                           char32_t{0x110000}, char32_t{0xFFFFFFFF}}) {
    std::string utf8;
    AppendUtf8(c, &utf8);
    EXPECT_EQ("\uFFFD", utf8);
  }
}

TEST(Utf8, CountsCodePoints) {
  EXPECT_EQ(0u, CountCodePoints(""));
  EXPECT_EQ(5u, CountCodePoints("aé漢😀b"));
}

}  // namespace
}  // namespace sluice::text
