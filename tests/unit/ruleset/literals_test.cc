#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <re2/re2.h>
#include <unicode/uchar.h>

#include "service/ruleset/canonical.h"
#include "service/ruleset/rarity.h"
#include "service/ruleset/required_literals.h"
#include "service/text/utf8.h"

namespace sluice::ruleset {
namespace {

using ::testing::ElementsAreArray;
using ::testing::IsEmpty;

std::vector<std::string> Best(const std::string& pattern) {
  EXPECT_TRUE(RE2(pattern, RE2::Quiet).ok()) << pattern;
  const RequiredLiterals needs = FindRequiredLiterals(pattern);
  return needs.sets.empty() ? std::vector<std::string>{}
                            : needs.sets.front().literals;
}

TEST(RequiredLiterals, AreWhatEveryMatchHas) {
  const struct {
    const char* pattern;
    std::vector<std::string> literals;
  } cases[] = {
      {"zebra", {"zebra"}},
      {"(?i)\\bZEBRA\\b", {"zebra"}},
      {"z[3e]bra", {"z3bra", "zebra"}},
      {"\\bzebra\\s+crossing\\b", {"zebra crossing"}},
      {"zebra  crossing", {"zebra crossing"}},
      {"zebra\\s*crossing", {"zebra crossing", "zebracrossing"}},
      {"zebras?x", {"zebrasx", "zebrax"}},
      {"(?:zebra|quagga|okapi)", {"okapi", "quagga", "zebra"}},
      {"x(zebra|quagga)y", {"xquaggay", "xzebray"}},
      {"zebra.*", {"zebra"}},
      {"a.*zebra.*b", {"zebra"}},
      {"(?:zebra)+", {"zebra"}},
      {"(?:zebra){2}", {"zebrazebra"}},
      {"zebra{0}quagga", {"zebrquagga"}},
      {"\\Qzebra.\\E", {"zebra."}},
      {"\\x7aebra", {"zebra"}},
      {"\\x{7A}ebra", {"zebra"}},
      {"zebra\\.com", {"zebra.com"}},
      {"(?P<animal>zebra)", {"zebra"}},
      {"ze(?i:B)ra", {"zebra"}},
      {"zebra(?i)*x", {"zebr"}},
      {"[[:digit:]]+zebra", {"zebra"}},
      {"zebra{", {"zebra{"}},
      {"zebra{,3}", {"zebra{,3}"}},
      {"купить", {"купить"}},
      {"КУПИТЬ", {"купить"}},
      {"kiosk", {"kiosk"}},
      {"\u212Aio\u017F\u212A", {"kiosk"}},
      {"[\u212Ax]iosk", {"kiosk", "xiosk"}},
      {"免费|点击", {"免费", "点击"}},
      {"Straße", {"straße"}},
      {"STRA\u1E9EE", {"straße"}},
      {"λόγος", {"λόγοσ"}},
  };
  for (const auto& c : cases)
    EXPECT_THAT(Best(c.pattern), ElementsAreArray(c.literals)) << c.pattern;
}

TEST(RequiredLiterals, AreNotClaimedWhereNothingIsSure) {
  for (const char* pattern : {
           "[a-z]+",
           "zebra?|x?.",
           "zebra|.+",
           "(?:zebra)*x",
           "(?:zebra)?.",
           "\\d{5}",
           ".",
           "\\pL+",
           "[^a]",
           "e",
           "the|zebra",
           "\\Czebra",
           "\\x41?",
           "(?:zebra|)[a-z]",
           "(?:zebra){0}.?x",
           "\\W{3}",
       })
    EXPECT_THAT(Best(pattern), IsEmpty()) << pattern;
}

TEST(RequiredLiterals, KnowHowLongAMatchCanBe) {
  const auto length = [](const char* pattern) {
    const MatchLength l = FindRequiredLiterals(pattern).length;
    if (!l.bounded) return std::string("unbounded");
    return fmt::format("{}+{}s+{}o", l.bytes, l.spaces, l.others);
  };
  EXPECT_EQ(length("zebra"), "5+0s+0o");
  EXPECT_EQ(length("sky"), "6+0s+0o");  // long s, Kelvin sign
  EXPECT_EQ(length("zebra\\s+x"), "6+1s+0o");
  EXPECT_EQ(length("zebra\\w*"), "5+0s+1o");
  EXPECT_EQ(length("zebra.{3}"), "17+0s+0o");
  EXPECT_EQ(length("(?:zebra|ox)"), "5+0s+0o");
  EXPECT_EQ(length("(?:\\w+\\s+){2}"), "0+2s+2o");
  EXPECT_EQ(length("zebra.*"), "unbounded");
  EXPECT_EQ(length("zebra[\\s\\w]+"), "unbounded");
  EXPECT_EQ(length("zebra.{1000}.{1000}"), "unbounded");
  // \S takes \v, which is no white space; [[:space:]] has it, too.
  EXPECT_EQ(length("x\\S+"), "1+0s+1o");
  EXPECT_EQ(length("x[[:space:]]+"), "unbounded");
}

TEST(RequiredLiterals, KnowWhetherAMatchCanBeEmpty) {
  for (const char* pattern : {"x*", "x?", "\\b", "^$", "x|", "(?:x?)+", "x{0}"})
    EXPECT_TRUE(FindRequiredLiterals(pattern).may_be_empty) << pattern;
  for (const char* pattern : {"x", "x+", "x|y", "\\bx", "x?y", "(?:x?y)+"})
    EXPECT_FALSE(FindRequiredLiterals(pattern).may_be_empty) << pattern;
}

TEST(RequiredLiterals, LargePatternsEnd) {
  std::string alternatives = "a0";
  for (int i = 1; i < 3000; ++i) alternatives += fmt::format("|word{}", i);
  FindRequiredLiterals(alternatives);
  std::string nested = "x";
  for (int i = 0; i < 900; ++i) nested = "(?:" + nested + ")?";
  FindRequiredLiterals(nested);
  std::string classes;
  for (int i = 0; i < 2000; ++i) classes += "[ab]";
  FindRequiredLiterals(classes);
}

TEST(Canonical, FoldsCaseAndWhiteSpace) {
  EXPECT_EQ(Canonical("Buy \t\n NOW "), "buy now ");
  EXPECT_EQ(Canonical("plain text, as it is"), "plain text, as it is");
  EXPECT_EQ(Canonical("  two"), " two");
  EXPECT_EQ(Canonical("12345678  x"), "12345678 x");
  EXPECT_EQ(Canonical("1234567 \nx"), "1234567 x");
  EXPECT_EQ(Canonical("\u212Aio\u017F\u212A"), "kiosk");
  EXPECT_EQ(Canonical("bad \xC3 byte \xFF"), "bad \xC3 byte \xFF");
  EXPECT_EQ(Canonical(""), "");
}

TEST(Canonical, LeadsBackToTheText) {
  const std::string view = "A  \u212A B";
  CanonicalText canonical;
  canonical.Assign(view);
  EXPECT_EQ(canonical.text(), "a k b");
  const uint32_t places[] = {0, 1, 3, 6, 7, 8};
  for (uint32_t i = 0; i < std::size(places); ++i)
    EXPECT_EQ(canonical.ToView(i), places[i]) << i;
}

// Every text is the same whether eight bytes are looked at or one.
TEST(Canonical, DoesNotDependOnWhereWordsOfEightBytesBegin) {
  const std::string text = "a b  c\td E\u017F 1 \xD0\xB0  \r\nz  ";
  const std::string whole = Canonical(text);
  for (size_t shift = 1; shift < 20; ++shift) {
    const std::string before(shift, 'x');
    EXPECT_EQ(Canonical(before + text), before + whole);
  }
}

// If RE2 took two characters for each other that have two canonical forms, an
// attacker could write one of them and no literal would stand in the text. Each
// bit of the canonical form parts the characters into two sets: under (?i), the
// class of one must not take in a character of the other.
TEST(Canonical, IsTheSameForAllThatRe2FoldsTogether) {
  constexpr char32_t kEnd = 0x1F000;
  std::vector<char32_t> cased;
  std::string all;
  for (char32_t c = 1; c < kEnd; ++c) {
    const auto icu = static_cast<UChar32>(c);
    const bool changes = u_tolower(icu) != icu || u_toupper(icu) != icu ||
                         u_totitle(icu) != icu || FoldCase(c) != c ||
                         u_isalpha(icu) != 0;
    // Ideographs and Hangul have no case, and are most letters.
    if (!changes || (c >= 0x3400 && c < 0xA000) ||
        (c >= 0xAC00 && c < 0xD800) || (c >= 0x17000 && c < 0x19000))
      continue;
    cased.push_back(c);
    text::AppendUtf8(c, &all);
  }
  ASSERT_GT(cased.size(), 10'000u);
  RE2::Options options;
  options.set_max_mem(256 << 20);
  for (int bit = 0; bit < 17; ++bit) {
    std::string pattern = "(?i)[";
    for (const char32_t c : cased) {
      if ((FoldCase(c) >> bit & 1) != 0)
        pattern += fmt::format("\\x{{{:X}}}", static_cast<uint32_t>(c));
    }
    const RE2 set(pattern + "]", options);
    ASSERT_TRUE(set.ok());
    re2::StringPiece rest(all);
    re2::StringPiece found;
    size_t count = 0;
    while (set.Match(rest, 0, rest.size(), RE2::UNANCHORED, &found, 1)) {
      const std::string_view one(found.data(), found.size());
      const char32_t c = text::DecodeUtf8(one, 0).code_point;
      ASSERT_NE(FoldCase(c) >> bit & 1, 0u) << std::hex << uint32_t{c};
      rest.remove_prefix(
          static_cast<size_t>(found.data() + found.size() - rest.data()));
      ++count;
    }
    EXPECT_GT(count, 0u);
  }
}

TEST(Frequency, TellsCommonFromRare) {
  EXPECT_GT(Frequency("the"), Frequency("xqz"));
  EXPECT_GT(Frequency("e"), 0.02);
  EXPECT_LT(Frequency("viagra"), 1e-6);
  EXPECT_GT(Frequency("http"), 0.01);
  EXPECT_GT(Frequency("in"), Frequency("ing"));
}

}  // namespace
}  // namespace sluice::ruleset
