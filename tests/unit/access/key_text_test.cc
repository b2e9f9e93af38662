#include "service/access/key_text.h"

#include <gtest/gtest.h>

#include <set>

namespace sluice::access {
namespace {

MadeKey Make(v1::Key::Form form) {
  const absl::StatusOr<MadeKey> made = MakeKey(form);
  EXPECT_TRUE(made.ok()) << made.status();
  return made.ok() ? *made : MadeKey();
}

TEST(KeyText, OfATokenNamesItsId) {
  const MadeKey made = Make(v1::Key::FORM_TOKEN);
  const std::optional<ParsedKey> parsed = ParseKey(made.text);
  ASSERT_TRUE(parsed.has_value()) << made.text;
  EXPECT_EQ(parsed->form, v1::Key::FORM_TOKEN);
  EXPECT_EQ(parsed->id, made.id);
  EXPECT_EQ(made.text.size(), 56u);
}

// The plugin of WordPress takes [a-z0-9]{12} and no other.
TEST(KeyText, OfAkismetFormIsTwelveLettersAndTellsNoId) {
  const MadeKey made = Make(v1::Key::FORM_AKISMET);
  EXPECT_EQ(made.text.size(), 12u);
  EXPECT_EQ(made.text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789"),
            std::string::npos);
  EXPECT_EQ(made.text.find(made.id), std::string::npos);
  const std::optional<ParsedKey> parsed = ParseKey(made.text);
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->form, v1::Key::FORM_AKISMET);
}

TEST(KeyText, IsNeverMadeTwice) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const MadeKey made =
        Make(i % 2 == 0 ? v1::Key::FORM_TOKEN : v1::Key::FORM_AKISMET);
    EXPECT_TRUE(seen.insert(made.text).second);
    EXPECT_TRUE(seen.insert(made.id).second);
  }
}

TEST(KeyText, ThatNoKeyHasIsRefused) {
  const std::string good = Make(v1::Key::FORM_TOKEN).text;
  for (const std::string& text : std::vector<std::string>{
           "", "slc_", good.substr(1), good + "a", good.substr(0, 55) + " ",
           good.substr(0, 55) + std::string(1, '\0'), "SLC_" + good.substr(4),
           good.substr(0, 12) + "-" + good.substr(13), "slc_A" + good.substr(5),
           "abcdefghijk", "abcdefghijkL", "abcdefghijk-",
           std::string(100'000, 'a')}) {
    EXPECT_FALSE(ParseKey(text).has_value()) << text.substr(0, 80);
  }
}

// SHA-256 of "abc" is in FIPS 180-4's examples; HMAC's in RFC 4231, case 2.
TEST(KeyHasher, KeepsTokensAsSha256AndShortKeysUnderTheServersSecret) {
  const auto hex = [](const std::string& bytes) {
    std::string out;
    for (const unsigned char byte : bytes) {
      out += "0123456789abcdef"[byte >> 4];
      out += "0123456789abcdef"[byte & 15];
    }
    return out;
  };
  const KeyHasher hasher("Jefe");
  EXPECT_EQ(hex(hasher.Hash(v1::Key::FORM_TOKEN, "abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(
      hex(hasher.Hash(v1::Key::FORM_AKISMET, "what do ya want for nothing?")),
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(EqualHashes, AreWholeAndNeverEmpty) {
  const std::string a(32, 'a');
  EXPECT_TRUE(EqualHashes(a, a));
  EXPECT_FALSE(EqualHashes(a, std::string(31, 'a') + "b"));
  EXPECT_FALSE(EqualHashes("", ""));
  EXPECT_FALSE(EqualHashes(a, a.substr(1)));
}

}  // namespace
}  // namespace sluice::access
