#include "service/text/fold.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace sluice::text {
namespace {

struct Case {
  const char* written;
  const char* folded;
};

void Expect(const std::vector<Case>& cases) {
  for (const Case& c : cases)
    EXPECT_EQ(c.folded, Fold(c.written).text) << c.written;
}

void ExpectUnchanged(const std::vector<std::string>& texts) {
  for (const std::string& text : texts) EXPECT_EQ(text, Fold(text).text);
}

TEST(Fold, LowersCaseAndCollapsesWhiteSpace) {
  Expect({{"", ""},
          {" \n\t ", ""},
          {"  Hello\r\n\r\nWORLD\u00A0 \u2003x ", "hello world x"},
          {"a \u200B\u00AD b", "a b"}});
}

TEST(Fold, UndoesAccentsAndCompatibilityForms) {
  Expect({{"Café ñandú Ærøskøbing straße", "cafe nandu aeroskobing strasse"},
          {"ｖｉａｇｒａ 𝐯𝖎𝒶𝓰𝕣𝚊 ᵛⁱᵃᵍʳᵃ ᴠɪᴀɢʀᴀ", "viagra viagra viagra viagra"},
          {"ⓥⓘⓐ 🅥🅘🅐 🆅🅸🅰 🅅🄸🄰 ⒱⒤⒜", "via via via via via"},
          {"ﬁnd ① ² ½ ٣", "find 1 2 1/2 3"},
          {"v\u0301i\u0308a\u0336gra", "viagra"},
          {"“don’t” — well…", "\"don't\" - well..."}});
}

TEST(Fold, UndoesAllThatRe2Folds) {
  Expect({{"ſ \u212A \u212B ẞ İ", "s k a ss i"}});
}

TEST(Fold, DropsWhatNobodySees) {
  Expect({{"v\u200Bi\u200Ca\u200Dg\u2060r\uFEFFa", "viagra"},
          {"via\u00ADgra", "viagra"},
          {"v\u202Ei\u2066a\u200Fgra", "viagra"},
          {"v\U000E0061i\U000E007Fagra", "viagra"},
          {"v\uFE0Fi\U000E0100agra", "viagra"},
          {"v\u034Fi\u115Fa\u3164gra", "viagra"}});
}

TEST(Fold, ReadsLookalikesByTheWordTheyAreIn) {
  Expect({{"vіаgrа", "viagra"},                // Cyrillic
          {"VΙΑGRΑ νiagra", "viagra viagra"},  // Greek, capital and small
          {"саѕіnо", "casino"},
          {"oпline", "online"},            // a loose likeness, outnumbered
          {"ꓦꓲꓮꓖꓣꓮ now", "viagra now"},    // Lisu
          {"ⅴіаցrа", "viagra"},            // Roman numeral, Armenian
          {"buy ВЕТ now", "buy bet now"},  // wholly Cyrillic, Latin around
          {"main di AЕЯО88", "main di aero88"},  // a loose likeness, no anchor
          {"օոլիոe Տlօts", "online slots"},      // Armenian
          {"ᑭᒪᗩY now", "play now"},              // syllabics
          {"\U0001D505\U0001D50Coo", "bioo"},    // a hole in an alphabet
          {"NЕW 5 µm", "new 5 um"}});
}

TEST(Fold, LeavesRealRussianAndGreekReadable) {
  ExpectUnchanged({"привет, это хороший комментарий", "вам не надо, нет", "сор",
                   "мой зимний день", "docker нам не подходит",
                   "seoшник и it-отдел", "και το νερο ειναι καλο",
                   "где моя работа"});
  Expect({{"Ёлка и Елка", "елка и елка"}, {"\u0438\u0306од", "йод"}});
}

TEST(Fold, LeavesRealArmenianReadable) {
  ExpectUnchanged({"շնորհակալություն մեկնաբանության համար",
                   "ես օգտագործում եմ docker ամեն օր"});
}

TEST(Fold, ReadsLatinLettersInRussianWordsAsRussian) {
  Expect({{"зaрaбoтoк в интepнетe", "заработок в интернете"},
          {"3аработок 6есплатно", "заработок бесплатно"},
          {"это СЕO и нeт", "это сео и нет"}});
}

TEST(Fold, JoinsLettersSpacedOut) {
  Expect({{"v i a g r a", "viagra"},
          {"v.i.a.g.r.a and v-i-a-g-r-a", "viagra and viagra"},
          {"v * i * a * g * r * a", "viagra"},
          {"v🔥i🔥a🔥g🔥r🔥a", "viagra"},
          {"b u y   v i a g r a", "buy viagra"},
          {"b-u-y v-i-a-g-r-a", "buy viagra"},
          {"I b.u.y a c.a.r t.h.e.r.e", "i buy a car there"},
          {"b.u.y, c.h.e.a.p", "buy, cheap"},
          {"w e b-s i t e   i s   h e r e", "web-site is here"},
          {"c.a.s.h f.r.o.m p.l.a.y in 3 days, n.o.w in May",
           "cash from play in 3 days, now in may"},
          {"a b c d v.i.a.g.r.a", "a b c d viagra"},
          {"v 1 a g r 4", "viagra"},
          {"加 微 信 号", "加微信号"},
          {"N.A.S.A. said", "nasa. said"}});
}

TEST(Fold, LeavesSingleLettersThatPeopleWrite) {
  ExpectUnchanged({"i a m", "a b c d e", "plan b or c", "u.s.a. and e.g. this",
                   "1 2 3 4 5 6", "1-800-555", "a, e, i, o, u", "x + y = z + w",
                   "a - b"});
}

TEST(Fold, ReadsLeetInsideWords) {
  Expect({{"v1agra c1alis v!agra vi@gra", "viagra cialis viagra viagra"},
          {"c@sh $ale buck$ a$$", "cash sale bucks ass"},
          {"fr33 l33t b00b n00b", "free leet boob noob"},
          {"casin0 p0rn s3x pa55word", "casino porn sex password"},
          {"pi11s sa1e 1oan p1ay c1ub", "pills sale loan play club"},
          {"v14gr4 p0rn123", "viagra porn123"},
          {"c€nt ca¢h", "cent cach"}});
}

TEST(Fold, ReadsShortLeetWordsOnlyAmongManyOthers) {
  const auto among = [](const std::string& words) {
    constexpr std::string_view kRead = "viagra cash casino free money ";
    const std::string text =
        Fold("v1agra c@sh cas1no fr33 m0ney " + words).text;
    EXPECT_EQ(kRead, text.substr(0, kRead.size()));
    return text.substr(kRead.size());
  };
  EXPECT_EQ("like what this site", among("l1k3 wh47 th1s s173"));
  EXPECT_EQ("website cost also just", among("web5173 c0s7 al$0 ju$7"));
  EXPECT_EQ("porn100 100k 5th", among("p0rn100 100k 5th"));
  ExpectUnchanged({"l1k3 wh47 s173", "web5173 al$0"});
}

TEST(Fold, LeavesNumbersAndNames) {
  ExpectUnchanged({"100 4th 2nd 1st 3d 100k 10mb 5pm 1080p",
                   "mp3 ipv6 win10 utf8 html5 covid19 python3 x86",
                   "h1b b2b k8s i18n l10n a11y p2p", "us$ 100 $100 $5k",
                   "1xbet bet365 188bet", "@username great!thanks buy!now",
                   "a3f5b8c1 0x1f", "me@v1agra.com http://example.com/v1agra",
                   "5star 7zip"});
}

TEST(Fold, CollapsesStretchedLetters) {
  Expect({{"viaaaagra soooo", "viagra so"},
          {"coool cool", "col cool"},
          {"www.xxxx.com zzzzz", "www.xxx.com zzz"},
          {"10000 哈哈哈哈 ㅋㅋㅋ", "10000 哈哈哈哈 ㅋㅋㅋ"}});
}

TEST(Fold, TurnsUpsideDownWritingAround) {
  Expect({{"ʍou ɐɹƃɐᴉʌ ʎnq", "buy viagra now"},
          {"so ɐɹƃɐᴉʌ it is", "so viagra it is"},
          {"viɐgra", "viagra"}});
}

TEST(Fold, ReadsRegionalLettersButKeepsFlags) {
  Expect({{"🇻🇮🇦🇬🇷🇦", "viagra"}, {"from 🇺🇸!", "from 🇺🇸!"}});
}

TEST(Fold, KeepsLettersOfOtherScripts) {
  ExpectUnchanged(
      {"हिन्दी में", "ภาษาไทย", "한국어", "がか カ", "你好,世界", "❤ 😀"});
  Expect({{"\u1112\u1161\u11AB", "한"}, {"か\u3099", "が"}, {"ﾊﾟ", "パ"}});
}

// A rendering collapses white space; its source still tells the words apart.
TEST(Fold, FindsTheWordsOfSpacedLettersInTheSourceOfARendering) {
  const std::string rendered = "b u y v i a g r a n o w";
  OffsetMap written;  // b u y   v i a g r a   n o w
  written.AppendCopied(5, 0);
  written.AppendReplaced(1, {5, 8});
  written.AppendCopied(11, 8);
  written.AppendReplaced(1, {19, 22});
  written.AppendCopied(5, 22);
  EXPECT_EQ("buy viagra now", Fold(rendered, &written).text);
  EXPECT_EQ("buyviagranow", Fold(rendered).text);
}

TEST(Fold, MapsBackToWhatWasWritten) {
  const std::string spaced = "now: v.i.a.g.r.a!";
  const Folded folded = Fold(spaced);
  const size_t at = folded.text.find("viagra");
  ASSERT_NE(std::string::npos, at);
  const ByteSpan span = folded.map.Map(
      {static_cast<uint32_t>(at), static_cast<uint32_t>(at + 6)});
  EXPECT_EQ("v.i.a.g.r.a", spaced.substr(span.begin, span.size()));
}

TEST(Fold, CountsWhatItUndid) {
  EXPECT_EQ(2u, Fold("v\u200Bi\u00ADagra").counts.invisible);
  EXPECT_EQ(0u, Fold("❤️ 👨‍👩‍👧").counts.invisible) << "emoji";
  EXPECT_EQ(2u, Fold("a\u202Eb\u202C").counts.bidi_controls);
  EXPECT_EQ(1u, Fold("via\u0301gra").counts.combining);
  EXPECT_EQ(0u, Fold("café").counts.combining);
  EXPECT_EQ(3u, Fold("ｖ𝐢ⓐgra").counts.compatibility);
  EXPECT_EQ(2u, Fold("vіаgra").counts.confusables);
  EXPECT_EQ(1u, Fold("vіаgra").counts.mixed_script_words);
  EXPECT_EQ(0u, Fold("привет world 5 µm").counts.mixed_script_words);
  EXPECT_EQ(1u, Fold("vіаgrд").counts.mixed_script_words);
  EXPECT_EQ(0u, Fold("brownили nПервый").counts.mixed_script_words)
      << "a Latin word with a Russian ending hides nothing";
  EXPECT_EQ(2u, Fold("v1agr4").counts.leet_digits);
  EXPECT_EQ(2u, Fold("v.i.a.g c.a.s.h").counts.spaced_words);
}

TEST(Fold, OfPlainProseUndoesNothing) {
  const FoldCounts counts =
      Fold(
          "I paid $100 (about 90€) for the 2nd edition, in 2019 — it’s A+! "
          "See https://example.com/a1b2 or mail me@example.com; x = y + 1.")
          .counts;
  EXPECT_EQ(0u, counts.invisible + counts.bidi_controls + counts.combining +
                    counts.compatibility + counts.confusables +
                    counts.leet_digits + counts.spaced_words +
                    counts.mixed_script_words);
}

TEST(Fold, IsTheSameFromManyThreads) {
  const std::string text = "VΙАGRА v1agra v.i.a.g.r.a привет";
  const std::string expected = Fold(text).text;
  std::vector<std::thread> threads;
  std::vector<std::string> results(8);
  for (std::string& result : results) {
    threads.emplace_back([&] { result = Fold(text).text; });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& result : results) EXPECT_EQ(expected, result);
}

}  // namespace
}  // namespace sluice::text
