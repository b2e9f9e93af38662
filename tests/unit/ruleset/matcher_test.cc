// The matcher against each word and pattern tried alone on each view, over
// random rules and texts with a fixed seed. SLUICE_MATCHER_ROUNDS multiplies
// the rounds.

#include "service/ruleset/matcher.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <re2/re2.h>

#include <cstdlib>
#include <random>

#include "service/markup/render.h"
#include "service/ruleset/compiled_rules.h"
#include "service/ruleset/ruleset.h"
#include "service/text/utf8.h"

namespace sluice::ruleset {
namespace {

const Time kNow{std::chrono::seconds(1'800'000'000)};

constexpr const char* kNoLimits =
    "limits: {max_slow_rules: 10000, max_pattern_size: 100000, "
    "max_pattern_bytes: 4000000000}\n";

std::shared_ptr<const Ruleset> MustLoad(const std::string& rules,
                                        std::vector<SourceFile> more = {}) {
  LoadOptions options;
  options.now = kNow;
  more.push_back({"rules.yaml", rules});
  LoadResult loaded = LoadRuleset(more, options);
  for (const v1::Diagnostic& diagnostic : loaded.diagnostics) {
    EXPECT_NE(diagnostic.severity(), v1::Diagnostic::SEVERITY_ERROR)
        << FormatDiagnostic(diagnostic);
  }
  return loaded.ruleset;
}

// A comment and what is made of it.
class Seen {
 public:
  Seen(const Ruleset& ruleset, v1::Comment comment)
      : comment_(std::move(comment)),
        rendering_(markup::Render(comment_.body(),
                                  comment_.format() == v1::FORMAT_PLAIN_TEXT
                                      ? markup::Format::kPlainText
                                      : markup::Format::kMarkdownExtra,
                                  ruleset.html_policy(), "c")),
        views_(comment_, rendering_) {}

  Subject subject() { return {&views_, &signals_, "blog", kNow}; }
  const markup::Rendering& rendering() const { return rendering_; }

 private:
  const v1::Comment comment_;
  const markup::Rendering rendering_;
  signals::Views views_;
  const v1::Signals signals_;
};

v1::Comment CommentOf(const std::string& body) {
  v1::Comment comment;
  comment.set_body(body);
  return comment;
}

// Every rule alone, by definition.
std::vector<Hit> BruteForce(const Ruleset& ruleset, const Subject& subject) {
  std::vector<Hit> out;
  std::vector<char> hits(ruleset.rules().size());
  double score = 0;
  for (const size_t index : ruleset.compiled().order) {
    const v1::Rule& rule = ruleset.rules()[index];
    RuleTrial trial = TryRule(ruleset.compiled(), rule, index, subject, hits,
                              score, /*explain=*/false);
    if (!trial.hit) continue;
    hits[index] = 1;
    score += rule.score();
    out.push_back({index, std::move(trial.matches)});
  }
  return out;
}

std::string Describe(const Ruleset& ruleset, const std::vector<Hit>& hits) {
  std::string out;
  for (const Hit& hit : hits) {
    out += ruleset.rules()[hit.rule].id() + ":";
    for (const v1::Match& match : hit.matches)
      out += fmt::format(" {}[{},{})'{}' by {}", ViewName(match.view()),
                         match.begin(), match.end(), match.text(),
                         match.pattern());
    out += "\n";
  }
  return out;
}

bool Equal(const v1::Match& a, const v1::Match& b) {
  return a.view() == b.view() && a.begin() == b.begin() && a.end() == b.end() &&
         a.text() == b.text() && a.pattern() == b.pattern();
}

bool Equal(const std::vector<Hit>& a, const std::vector<Hit>& b) {
  return std::equal(
      a.begin(), a.end(), b.begin(), b.end(), [](const Hit& x, const Hit& y) {
        return x.rule == y.rule &&
               std::equal(x.matches.begin(), x.matches.end(), y.matches.begin(),
                          y.matches.end(), [](const auto& m, const auto& n) {
                            return Equal(m, n);
                          });
      });
}

class Random {
 public:
  explicit Random(uint32_t seed) : engine_(seed) {}
  size_t Below(size_t bound) { return engine_() % bound; }
  bool OneIn(size_t n) { return Below(n) == 0; }
  template <typename T, size_t n>
  const T& Of(const T (&from)[n]) {
    return from[Below(n)];
  }

 private:
  std::mt19937 engine_;  // the same numbers everywhere, unlike distributions
};

// Few words, so that rules and texts meet; letters that fold in odd ways.
constexpr const char* kWords[] = {
    "viagra",   "casino",  "kiosk",  "sex",     "free",     "loan",
    "k",        "task",    "asks",   "ss",      "straße",   "маска",
    "λόγος",    "скидка",  "купить", "免费",    "点击这里", "cheap pills",
    "buy now",  "o",       "www",    "http://", "x-ray",    "ångström",
    "bookmark", "c.a.t",   "meet",   "met",     "100",      "seo",
    "desk",     "success", "ok",     "the",     "go to"};

constexpr const char* kFoldPairs[][2] = {
    {"k", "K"},           {"k", "\u212A"},      {"K", "\u212A"},
    {"s", "S"},           {"s", "\u017F"},      {"S", "\u017F"},
    {"ß", "\u1E9E"},      {"σ", "ς"},           {"σ", "Σ"},
    {"å", "\u212B"},      {"å", "Å"},           {"μ", "µ"},
    {"а", "А"},           {"к", "К"},           {"e", "E"},
    {" ", "  "},          {" ", "\n"},          {" ", " \t\r\n"},
    {"ω", "\u2126"},      {"в", "\u1C80"},      {"i", "I"},
    {"\u01C5", "\u01C4"}, {"\u01C6", "\u01C5"}, {"o", "0"},
};

class RandomText {
 public:
  explicit RandomText(Random* random) : random_(*random) {}

  std::string Word() { return Disguised(random_.Of(kWords)); }

  std::string Text(size_t words) {
    static constexpr const char* kBetween[] = {
        " ", " ", " ", " ", "\n", "  ", " \n ", "", "-", ".", ", ", "!", "\t"};
    std::string out;
    for (size_t i = 0; i < words; ++i) {
      out += random_.OneIn(3) ? Noise() : Word();
      out += random_.Of(kBetween);
    }
    return out;
  }

  std::string Disguised(std::string text) {
    for (size_t i = random_.Below(3); i > 0; --i) {
      const auto& pair = random_.Of(kFoldPairs);
      const bool turn = random_.OneIn(4);
      const std::string from = pair[turn ? 1 : 0];
      const size_t at = text.find(from, random_.Below(text.size() + 1));
      if (at != std::string::npos)
        text.replace(at, from.size(), pair[turn ? 0 : 1]);
    }
    return text;
  }

 private:
  std::string Noise() {
    static constexpr char kLetters[] = "aeiosktrnlc1 .";
    std::string out;
    for (size_t i = random_.Below(9); i > 0; --i)
      out.push_back(kLetters[random_.Below(sizeof kLetters - 1)]);
    return out;
  }

  Random& random_;
};

class RandomRules {
 public:
  explicit RandomRules(Random* random) : random_(*random), text_(random) {}

  std::string Rules(size_t count) {
    std::string out = "rules:\n";
    for (size_t i = 0; i < count; ++i) {
      out += fmt::format("  - id: r{}\n    why: Made up\n    score: 1\n", i);
      const size_t kind = random_.Below(10);
      if (kind < 5) out += "    words: [" + Items(&RandomRules::Word) + "]\n";
      if (kind >= 4) out += "    regex: [" + Items(&RandomRules::Regex) + "]\n";
      if (random_.OneIn(8) && i > 0)
        out +=
            fmt::format("    when: '!rule(\"r{}\").hit'\n", random_.Below(i));
      out += "    in: [" + Items(&RandomRules::View) + "]\n";
    }
    return out;
  }

  std::string Regex() {
    while (true) {
      std::string pattern = Alternatives(2);
      if (random_.OneIn(3)) pattern = "(?i)" + pattern;
      if (random_.OneIn(6)) pattern = "(?m)" + pattern;
      RE2::Options options;
      options.set_log_errors(false);
      const RE2 compiled(pattern, options);
      if (compiled.ok() && !RE2::PartialMatch("", compiled)) return pattern;
    }
  }

 private:
  std::string Items(std::string (RandomRules::*make)()) {
    std::string out;
    for (size_t i = 1 + random_.Below(3); i > 0; --i)
      out += "'" + (this->*make)() + (i > 1 ? "', " : "'");
    return out;
  }

  std::string Word() { return random_.Of(kWords); }

  std::string View() {
    static constexpr const char* kViews[] = {
        "text",   "text",      "text",       "plain",
        "source", "own_words", "user_agent", "author.name",
        "html",   "links.url", "links.text", "page.title",
    };
    return random_.Of(kViews);
  }

  std::string Alternatives(int depth) {
    std::string out = Sequence(depth);
    for (size_t i = random_.OneIn(3) ? 1 + random_.Below(3) : 0; i > 0; --i)
      out += "|" + Sequence(depth);
    return out;
  }

  std::string Sequence(int depth) {
    std::string out;
    for (size_t i = 1 + random_.Below(4); i > 0; --i) out += Piece(depth);
    return out;
  }

  std::string Piece(int depth) {
    static constexpr const char* kRepeats[] = {"*",     "+",    "?",   "*?",
                                               "+?",    "??",   "{2}", "{0,2}",
                                               "{1,3}", "{2,}", "{0}"};
    std::string atom = Atom(depth);
    if (random_.OneIn(3)) atom += random_.Of(kRepeats);
    return atom;
  }

  std::string Atom(int depth) {
    static constexpr const char* kAtoms[] = {
        "\\s",       "\\S",         "\\w",     "\\W",        ".",
        "\\d",       "[a-z]",       "[ks]",    "[^ks]",      "[ -]",
        "\\b",       "\\B",         "^",       "$",          "[1i!|l]",
        "\\x{212A}", "[\\w.-]",     "\\pL",    "\\p{Greek}", "[[:alpha:]]",
        "\\.",       "\\x20",       "[\\s_]",  "(?s:.)",     "[^\\s]",
        "\\Qk.\\E",  "[[:space:]]", "{",       "(?i:task)",  "(?P<n>ok)",
        "\\D",       "[а-я]",       "[\\]a-]", "[^\\W\\d_]", "\\n",
        "a{,2}",     "(?-i:k)",     "[ſ]",     "\\A",        "\\z"};
    if (depth > 0 && random_.OneIn(5)) {
      return (random_.OneIn(2) ? "(?:" : "(") + Alternatives(depth - 1) + ")";
    }
    if (random_.OneIn(2)) return random_.Of(kAtoms);
    std::string word = RE2::QuoteMeta(random_.Of(kWords));
    if (random_.OneIn(2)) RE2::GlobalReplace(&word, "\\\\ ", "\\\\s+");
    if (random_.OneIn(4)) word = text_.Disguised(word);
    for (size_t at = 0; (at = word.find_first_of("\n\r\t", at)) != word.npos;)
      word.replace(at, 1, " ");
    return word;
  }

  Random& random_;
  RandomText text_;
};

size_t Rounds() {
  const char* const more = std::getenv("SLUICE_MATCHER_ROUNDS");
  return more == nullptr ? 1 : std::strtoul(more, nullptr, 10);
}

TEST(Matcher, AnswersAsEachRuleAloneDoes) {
  constexpr size_t kRulesets = 20;
  constexpr size_t kRules = 250;
  constexpr size_t kTexts = 400;
  size_t pairs = 0;
  size_t hits = 0;
  size_t filtered = 0;
  size_t links = 0;
  for (size_t round = 0; round < kRulesets * Rounds(); ++round) {
    Random random(static_cast<uint32_t>(round + 1));
    const std::string rules = RandomRules(&random).Rules(kRules);
    const auto ruleset = MustLoad(rules, {{"policy.yaml", kNoLimits}});
    ASSERT_NE(ruleset, nullptr) << rules;
    filtered += kRules - ruleset->compiled().matcher->slow_rules().size();
    RandomText texts(&random);
    for (size_t i = 0; i < kTexts; ++i) {
      v1::Comment comment = CommentOf(texts.Text(random.Below(16)));
      if (random.OneIn(2)) comment.set_format(v1::FORMAT_PLAIN_TEXT);
      if (random.OneIn(3))
        comment.set_body(comment.body() + "\n\n> " + texts.Text(3) + "\n\n[" +
                         texts.Word() + "](http://" + random.Of(kWords) +
                         ".example/" + texts.Word() + ")");
      comment.mutable_page()->set_title(texts.Text(random.Below(3)));
      comment.mutable_author()->set_name(texts.Text(random.Below(3)));
      comment.mutable_client()->set_user_agent(texts.Text(random.Below(8)));
      Seen seen(*ruleset, comment);
      const Subject subject = seen.subject();
      for (const v1::View view : {v1::VIEW_LINKS_URL, v1::VIEW_LINKS_TEXT})
        links += subject.views->Text(view).empty() ? 0 : 1;
      const std::vector<Hit> want = BruteForce(*ruleset, subject);
      const Outcomes got = Match(*ruleset, subject);
      pairs += kRules;
      hits += want.size();
      ASSERT_TRUE(Equal(got.hits, want))
          << "round " << round << ", text " << i << ": "
          << comment.ShortDebugString() << "\nby the matcher:\n"
          << Describe(*ruleset, got.hits) << "\nby each rule alone:\n"
          << Describe(*ruleset, want);
      ASSERT_THAT(got.unfinished, ::testing::IsEmpty());
    }
  }
  std::printf("%zu pairs of a rule and a comment, %zu hits\n", pairs, hits);
  EXPECT_GE(pairs, 2'000'000u);
  EXPECT_GE(hits, pairs / 100);
  EXPECT_GE(links, pairs / kRules / 4);
  EXPECT_GE(filtered, kRulesets * kRules / 2);
}

std::vector<std::string> Ids(const Ruleset& ruleset,
                             const std::vector<Hit>& hits) {
  std::vector<std::string> out;
  for (const Hit& hit : hits) out.push_back(ruleset.rules()[hit.rule].id());
  return out;
}

constexpr const char* kSlow =
    "rules:\n"
    "  - {id: slow, why: w, score: 1, regex: '[a-z]{40}'}\n"
    "  - {id: sure, why: w, score: 1, regex: 'zebra\\d+'}\n"
    "  - {id: words, why: w, score: 1, words: [zebra], regex: '[0-9]{5}'}\n";

TEST(Matcher, RulesThatNoLiteralRulesOutAreCounted) {
  const auto ruleset = MustLoad(kSlow);
  ASSERT_NE(ruleset, nullptr);
  EXPECT_THAT(ruleset->slow_rules(), ::testing::ElementsAre(0));
}

TEST(Matcher, ThePolicyLimitsSlowRules) {
  LoadOptions options;
  options.now = kNow;
  std::string rules = kSlow;
  rules += "  - {id: slower, why: w, score: 1, regex: '[^a-z]{40}'}\n";
  const LoadResult loaded = LoadRuleset(
      {{"policy.yaml", "limits: {max_slow_rules: 1}\n"}, {"r.yaml", rules}},
      options);
  ASSERT_EQ(loaded.diagnostics.size(), 1u);
  const v1::Diagnostic& told = loaded.diagnostics[0];
  EXPECT_EQ(told.severity(), v1::Diagnostic::SEVERITY_ERROR);
  EXPECT_EQ(told.line(), 5u);
  EXPECT_EQ(told.message(),
            "2 rules have a pattern that no literal rules out, so that each "
            "comment is searched for it: 'slow', 'slower'; let a match need a "
            "rare word, or add `words` (limits.max_slow_rules is 1)");
}

TEST(Matcher, ManySlowRulesAreWarnedOf) {
  LoadOptions options;
  options.now = kNow;
  std::string rules = "rules:\n";
  for (int i = 0; i < 17; ++i)
    rules += fmt::format(
        "  - {{id: r{}, why: w, score: 1, regex: '[a-z]{{4{}}}'}}\n", i, i);
  const LoadResult loaded = LoadRuleset({{"r.yaml", rules}}, options);
  EXPECT_NE(loaded.ruleset, nullptr);
  ASSERT_EQ(loaded.diagnostics.size(), 1u);
  EXPECT_THAT(loaded.diagnostics[0].message(),
              ::testing::StartsWith("17 rules have a pattern"));
  EXPECT_EQ(loaded.diagnostics[0].severity(), v1::Diagnostic::SEVERITY_WARNING);
}

// A text made of what many patterns look for is held, not searched to the end.
TEST(Matcher, PastItsBudgetTheCheckIsUnfinished) {
  const auto ruleset = MustLoad(
      "rules:\n"
      "  - {id: a, why: w, score: 1, regex: 'zebra\\d+'}\n"
      "  - {id: b, why: w, score: 1, regex: 'quagga\\d+'}\n"
      "  - {id: c, why: w, score: 1, words: [okapi]}\n",
      {{"policy.yaml", "limits: {max_pattern_bytes: 20000}\n"}});
  ASSERT_NE(ruleset, nullptr);
  Seen within(*ruleset, CommentOf("zebra1 okapi"));
  const Outcomes finished = Match(*ruleset, within.subject());
  EXPECT_THAT(Ids(*ruleset, finished.hits), ::testing::ElementsAre("a", "c"));
  EXPECT_THAT(finished.unfinished, ::testing::IsEmpty());
  Seen past(*ruleset, CommentOf("zebra1 quagga1 okapi"));
  const Outcomes unfinished = Match(*ruleset, past.subject());
  EXPECT_THAT(Ids(*ruleset, unfinished.hits), ::testing::ElementsAre("a", "c"));
  EXPECT_THAT(unfinished.unfinished, ::testing::ElementsAre("match.budget"));
  const v1::Decision decision =
      Decide(*ruleset, unfinished, past.rendering(), std::nullopt, {}, kNow);
  EXPECT_EQ(decision.verdict(), v1::VERDICT_HOLD);
  EXPECT_TRUE(decision.degraded());
  EXPECT_EQ(
      Decide(*ruleset, finished, within.rendering(), std::nullopt, {}, kNow)
          .verdict(),
      v1::VERDICT_ACCEPT);
}

// Without its entries such a rule hits nothing, not everything.
TEST(Matcher, AListWhoseEntriesHaveAllLapsedHitsNothing) {
  const auto ruleset = MustLoad(
      "rules:\n  - {id: a, why: w, score: 1, words: [lists/old.txt]}\n",
      {{"lists/old.txt", "zebra until=2020-01-01\n"}});
  ASSERT_NE(ruleset, nullptr);
  Seen seen(*ruleset, CommentOf("zebra"));
  EXPECT_THAT(Match(*ruleset, seen.subject()).hits, ::testing::IsEmpty());
  EXPECT_THAT(BruteForce(*ruleset, seen.subject()), ::testing::IsEmpty());
}

// A rule is tried after those that it refers to, in the example too.
TEST(Matcher, ExamplesSeeTheRulesTheyReferTo) {
  const auto ruleset = MustLoad(
      "rules:\n"
      "  - {id: third, why: w, score: 1, when: 'rules.score >= 3.0',\n"
      "     examples: {hit: [zebra], miss: [okapi]}}\n"
      "  - {id: second, why: w, score: 2, when: 'rule(\"first\").hit',\n"
      "     examples: {hit: [zebra], miss: [okapi]}}\n"
      "  - {id: first, why: w, score: 1, words: [zebra]}\n");
  EXPECT_NE(ruleset, nullptr);
}

}  // namespace
}  // namespace sluice::ruleset
