// What the lints must not say: rules that look shadowed and are not. What they
// say is in tests/bad_rules/.

#include "service/ruleset/lints.h"

#include <gtest/gtest.h>

#include "service/ruleset/pattern_advice.h"
#include "service/ruleset/ruleset.h"

namespace sluice::ruleset {
namespace {

std::string Told(const std::string& rules,
                 const std::vector<SourceFile>& lists = {}) {
  std::vector<SourceFile> files = {{"a.yaml", "rules:\n" + rules}};
  files.insert(files.end(), lists.begin(), lists.end());
  LoadOptions options;
  options.now = Time{std::chrono::seconds(1'800'000'000)};
  std::string out;
  for (const v1::Diagnostic& told : LoadRuleset(files, options).diagnostics)
    out += FormatDiagnostic(told) + "\n";
  return out;
}

TEST(Lints, RulesThatStillDecideAreNotCalledShadowed) {
  const struct {
    const char* what;
    const char* strong;
    const char* weak;
  } cases[] = {
      {"a weaker verdict does not silence a stronger one",
       "words: [pills], verdict: hold", "words: [big pills], verdict: reject"},
      {"a hold leaves the score, which orders the queue",
       "words: [pills], verdict: hold", "words: [pills], score: 3"},
      {"scores add up", "words: [pills], score: 8",
       "words: [big pills], score: 3"},
      {"it looks elsewhere too", "words: [pills], verdict: reject",
       "words: [pills], in: [text, author.name], verdict: hold"},
      {"only one of its words is covered", "words: [pills], verdict: reject",
       "words: [pills, drugs], verdict: hold"},
      {"a word inside a word is not a word", "words: [pill], verdict: reject",
       "words: [pillow], verdict: hold"},
      {"the stronger one asks for more",
       "words: [pills], when: signals.links.count > 0, verdict: reject",
       "words: [pills], verdict: hold"},
      {"the stronger one runs in shadow",
       "words: [pills], verdict: reject, mode: shadow",
       "words: [pills], verdict: hold"},
      {"the stronger one lapses some day",
       "words: [pills], verdict: reject, until: 2028-01-01",
       "words: [pills], verdict: hold"},
      {"the stronger one is for one site",
       "words: [pills], verdict: reject, sites: [blog]",
       "words: [pills], verdict: hold"},
      {"the weaker one is for trial", "words: [pills], verdict: reject",
       "words: [pills], verdict: hold, mode: shadow"},
      {"another pattern", "regex: 'via', verdict: reject",
       "regex: 'cia', verdict: hold"},
  };
  for (const auto& test : cases) {
    EXPECT_EQ(Told(std::string("  - {id: strong, why: w, ") + test.strong +
                   "}\n  - {id: weak, why: w, " + test.weak + "}\n"),
              "")
        << test.what;
  }
}

TEST(Lints, ARuleThatOthersAskForHasItsUse) {
  EXPECT_EQ(Told("  - {id: strong, why: w, words: [pills], verdict: reject}\n"
                 "  - {id: weak, why: w, words: [big pills], verdict: hold}\n"
                 "  - {id: asks, why: w, when: 'rule(\"weak\").hit', score: 1}"
                 "\n"),
            "");
}

TEST(Lints, PatternsThatAreRightAreLeftAlone) {
  const std::vector<v1::View> folded = {v1::VIEW_TEXT};
  const std::vector<v1::View> both = {v1::VIEW_TEXT, v1::VIEW_PLAIN};
  const char* const right[] = {
      R"(\bviagra\b)",  R"([A-Za-z]{9})", R"(\p{Lu}x)",   R"(\pLx)",
      R"((?P<Name>x))", R"(\QX\Ex)",      R"(\x{4E2D}a)", R"((?i)Viagra)",
      "/path/to/thing", "https?://a/b"};
  for (const char* pattern : right) {
    EXPECT_EQ(PatternSlip(pattern, folded), "") << pattern;
  }
  EXPECT_EQ(Told("  - {id: a, why: w, regex: '.', in: [author.url], score: 1}"
                 "\n"),
            "")
      << "it asks whether there is one";
  EXPECT_EQ(PatternSlip("Viagra", both), "") << "one view has capitals";
  EXPECT_NE(PatternSlip("[^]A]Viagra", folded), "");
  EXPECT_NE(PatternSlip(R"([[:upper:]]\d{3}V)", folded), "");
}

TEST(Lints, TenThousandRulesAreHeldAgainstEachOtherInOnePass) {
  std::string rules;
  for (int i = 0; i < 10'000; ++i) {
    const std::string n = std::to_string(i);
    rules += "  - {id: r" + n + ", why: w, words: [common, w" + n +
             "], verdict: hold}\n";
  }
  EXPECT_EQ(Told(rules), "");
}

}  // namespace
}  // namespace sluice::ruleset
