#include "service/ruleset/ruleset.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "service/markup/render.h"

namespace sluice::ruleset {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const Time kNow{std::chrono::seconds(1'800'000'000)};  // 2027-01-15

LoadResult Load(const std::string& rules, std::vector<SourceFile> more = {}) {
  LoadOptions options;
  options.now = kNow;
  more.push_back({"rules.yaml", rules});
  return LoadRuleset(more, options);
}

// A comment judged by a ruleset.
class Judged {
 public:
  Judged(const std::string& rules, const std::string& body,
         std::vector<SourceFile> more = {}, const RuleIds& demoted = {}) {
    const LoadResult loaded = Load(rules, std::move(more));
    for (const v1::Diagnostic& diagnostic : loaded.diagnostics) {
      EXPECT_NE(diagnostic.severity(), v1::Diagnostic::SEVERITY_ERROR)
          << FormatDiagnostic(diagnostic);
    }
    if (loaded.ruleset == nullptr) return;
    comment_.set_body(body);
    const auto rendering = markup::Render(body, markup::Format::kMarkdownExtra,
                                          loaded.ruleset->html_policy(), "c");
    signals::Views views(comment_, rendering);
    const v1::Signals signals =
        signals::Observe(&views, {}, loaded.ruleset->lists_facts(), kNow);
    const Subject subject{&views, &signals, "blog", kNow};
    decision = DecideDemoted(*loaded.ruleset, Match(*loaded.ruleset, subject),
                             rendering, std::nullopt, {}, demoted, kNow);
    for (const auto& reason : decision.reasons()) ids.push_back(reason.id());
  }

  v1::Decision decision;
  std::vector<std::string> ids;

 private:
  v1::Comment comment_;
};

std::string Rule(const std::string& id, const std::string& rest) {
  return "  - id: " + id + "\n    why: A rule of a test\n    " + rest + "\n";
}

std::string Rules(std::initializer_list<std::string> rules) {
  std::string out = "rules:\n";
  for (const std::string& rule : rules) out += rule;
  return out;
}

TEST(Words, MatchWholeWordsOfTheFoldedText) {
  const std::string rules =
      Rules({Rule("w", "words: [cialis, buy now]\n    score: 4")});
  EXPECT_THAT(Judged(rules, "get C1ALIS").ids, ElementsAre("w"));
  EXPECT_THAT(Judged(rules, "c.i.a.l.i.s here").ids, ElementsAre("w"));
  EXPECT_THAT(Judged(rules, "ci**al**is").ids, ElementsAre("w"));
  EXPECT_THAT(Judged(rules, "Buy\n  NOW").ids, ElementsAre("w"));
  EXPECT_THAT(Judged(rules, "a specialist").ids, IsEmpty());
  EXPECT_THAT(Judged(rules, "buy nowhere").ids, IsEmpty());
}

TEST(Words, AMatchLeadsBackToTheBytesThatWereSent) {
  const Judged judged(Rules({Rule("w", "words: [viagra]\n    score: 1")}),
                      "Buy VI**AG**RA &amp; more");
  ASSERT_EQ(judged.decision.reasons_size(), 1);
  const v1::Match& match = judged.decision.reasons(0).matches(0);
  EXPECT_EQ(match.begin(), 4u);
  EXPECT_EQ(match.end(), 14u);
  EXPECT_EQ(match.text(), "viagra");
  EXPECT_EQ(match.pattern(), "viagra");
}

TEST(Words, ComeFromListsWhoseEntriesMayLapse) {
  const std::vector<SourceFile> list = {
      {"lists/names.txt",
       "# people\nalpha\nbeta until=2026-12-31\ngamma until=2027-12-31\n"}};
  const std::string rules =
      Rules({Rule("l", "words: [lists/names.txt]\n    score: 1")});
  EXPECT_THAT(Judged(rules, "alpha", list).ids, ElementsAre("l"));
  EXPECT_THAT(Judged(rules, "beta", list).ids, IsEmpty());
  EXPECT_THAT(Judged(rules, "gamma", list).ids, ElementsAre("l"));
}

TEST(When, AsksForNamedLists) {
  const std::vector<SourceFile> list = {
      {"lists/bad-hosts.txt", "evil.example\n"}};
  const std::string rules =
      Rules({Rule("l",
                  "when: signals.links.items.exists(l, l.host in "
                  "lists.bad_hosts)\n    score: 1")});
  EXPECT_THAT(Judged(rules, "[x](https://evil.example/)", list).ids,
              ElementsAre("l"));
  EXPECT_THAT(Judged(rules, "[x](https://good.example/)", list).ids, IsEmpty());
}

TEST(When, AsksForOtherRulesAndTheScoreSoFar) {
  const std::string rules =
      Rules({Rule("last", "when: rules.score >= 3.0\n    score: 1"),
             Rule("second", "when: rule(\"first\").hit\n    score: 2"),
             Rule("first", "words: [pills]\n    score: 2")});
  const Judged judged(rules, "pills");
  EXPECT_EQ(judged.decision.score(), 5);
  EXPECT_THAT(judged.ids, ElementsAre("first", "second", "last"));
}

TEST(When, TheScoreOfTheOthersIsTheSameInWhateverOrderTheyStand) {
  // Through `via`, `asks` would be tried before `late` had its turn if only
  // those that name rules.score were put last.
  std::vector<std::string> rules = {
      Rule("asks", "when: rule(\"via\").hit\n    score: 1"),
      Rule("via", "when: rules.score == 6.0\n    score: 1"),
      Rule("also", "when: rules.score == 6.0\n    score: 1"),
      Rule("a", "words: [pills]\n    score: 2"),
      Rule("b", "when: rule(\"a\").hit\n    score: 4"),
      Rule("s", "words: [pills]\n    score: 8\n    mode: shadow")};
  std::sort(rules.begin(), rules.end());
  int orders = 0;
  do {
    std::string all = "rules:\n";
    for (const std::string& rule : rules) all += rule;
    EXPECT_EQ(Judged(all, "pills").decision.score(), 9) << all;
    ++orders;
  } while (std::next_permutation(rules.begin(), rules.end()));
  EXPECT_EQ(orders, 720);
}

TEST(When, ARuleInShadowCanBeAskedFor) {
  const std::string rules =
      Rules({Rule("s", "words: [pills]\n    score: 8\n    mode: shadow"),
             Rule("asks", "when: rule(\"s\").hit\n    score: 1")});
  EXPECT_EQ(Judged(rules, "pills").decision.score(), 1);
}

TEST(When, CirclesAreRefusedHoweverLong) {
  const LoadResult self =
      Load(Rules({Rule("me", "when: rule(\"me\").hit\n    score: 1")}));
  ASSERT_EQ(self.diagnostics.size(), 1u);
  EXPECT_THAT(self.diagnostics[0].message(), HasSubstr("refers to itself"));
  std::string rules = "rules:\n";
  constexpr int kRules = 1000;
  for (int i = 0; i < kRules; ++i) {
    rules += Rule(
        fmt::format("r{}", i),
        fmt::format("when: rule(\"r{}\").hit\n    score: 1", (i + 1) % kRules));
  }
  const LoadResult circle = Load(rules);
  EXPECT_EQ(circle.ruleset, nullptr);
  ASSERT_EQ(circle.diagnostics.size(), 1u);
  EXPECT_THAT(circle.diagnostics[0].message(), HasSubstr("in a circle"));
}

TEST(When, AnErrorIsAnUnfinishedCheckAndHolds) {
  const Judged judged(
      Rules({Rule("e",
                  "when: signals.links.items[9].host == \"x\"\n    score: 1")}),
      "no links");
  EXPECT_EQ(judged.decision.verdict(), v1::VERDICT_HOLD);
  EXPECT_TRUE(judged.decision.degraded());
  EXPECT_THAT(judged.decision.unfinished(), ElementsAre("rule.e"));
}

TEST(Conditions, AreAndedAndAlternativesOred) {
  const std::string rules =
      Rules({Rule("a",
                  "words: [red, blue]\n    regex: ['\\d\\d', 'x+y']\n    when: "
                  "signals.shape.words > 2\n    score: 1")});
  EXPECT_THAT(Judged(rules, "blue and 42").ids, ElementsAre("a"));
  EXPECT_THAT(Judged(rules, "red is xxy").ids, ElementsAre("a"));
  EXPECT_THAT(Judged(rules, "blue and 4").ids, IsEmpty());
  EXPECT_THAT(Judged(rules, "blue 42").ids, IsEmpty());
}

TEST(Views, AreLookedInByName) {
  const std::string rules =
      Rules({Rule("v", "regex: 'evil'\n    in: [links.url]\n    score: 1")});
  EXPECT_THAT(Judged(rules, "[x](https://evil.example/)").ids,
              ElementsAre("v"));
  EXPECT_THAT(Judged(rules, "evil words").ids, IsEmpty());
}

TEST(Views, OwnWordsLeaveQuotationsOut) {
  const std::string rules =
      Rules({Rule("q", "words: [slur]\n    in: own_words\n    verdict: hold")});
  EXPECT_EQ(Judged(rules, "you slur").decision.verdict(), v1::VERDICT_HOLD);
  EXPECT_EQ(Judged(rules, "> you slur\n\nWho says so?").decision.verdict(),
            v1::VERDICT_ACCEPT);
}

TEST(Verdicts, StandInTheirFixedOrder) {
  const std::string reject = Rule("r", "words: [rr]\n    verdict: reject");
  const std::string accept = Rule("a", "words: [aa]\n    verdict: accept");
  const std::string hold = Rule("h", "words: [hh]\n    verdict: hold");
  const std::string high = Rule("s", "words: [ss]\n    score: 50");
  const std::string rules = Rules({reject, accept, hold, high});
  const auto verdict = [&rules](const std::string& body) {
    return Judged(rules, body).decision.verdict();
  };
  EXPECT_EQ(verdict("rr aa hh ss"), v1::VERDICT_REJECT);
  EXPECT_EQ(verdict("aa hh ss"), v1::VERDICT_ACCEPT);
  EXPECT_EQ(verdict("hh ss"), v1::VERDICT_HOLD);
  EXPECT_EQ(verdict("ss"), v1::VERDICT_REJECT);
  EXPECT_EQ(verdict("none"), v1::VERDICT_ACCEPT);
}

TEST(Verdicts, ThresholdsAreInclusive) {
  const std::vector<SourceFile> policy = {
      {"policy.yaml", "hold_at: 2\nreject_at: 4\n"}};
  const std::string rules = Rules({Rule("two", "words: [two]\n    score: 2"),
                                   Rule("dos", "words: [dos]\n    score: 2")});
  EXPECT_EQ(Judged(rules, "two", policy).decision.verdict(), v1::VERDICT_HOLD);
  EXPECT_EQ(Judged(rules, "two dos", policy).decision.verdict(),
            v1::VERDICT_REJECT);
}

TEST(Verdicts, ShadowRulesAreShownAndDecideNothing) {
  const Judged judged(
      Rules(
          {Rule("s", "words: [pills]\n    verdict: reject\n    mode: shadow")}),
      "pills");
  EXPECT_EQ(judged.decision.verdict(), v1::VERDICT_ACCEPT);
  ASSERT_THAT(judged.ids, ElementsAre("s"));
  EXPECT_TRUE(judged.decision.reasons(0).shadow());
}

TEST(Verdicts, AShadowRuleThatFailsHoldsNothing) {
  const Judged judged(
      Rules({Rule("e",
                  "when: signals.links.items[9].host == \"x\"\n    score: 1\n"
                  "    mode: shadow")}),
      "no links");
  EXPECT_EQ(judged.decision.verdict(), v1::VERDICT_ACCEPT);
  EXPECT_FALSE(judged.decision.degraded());
}

TEST(Verdicts, AReasonSaysWhereItsRuleStands) {
  const Judged judged(Rules({Rule("a", "words: [drug]\n    score: 1"),
                             Rule("b", "words: [pills]\n    score: 1")}),
                      "pills");
  ASSERT_THAT(judged.ids, ElementsAre("b"));
  EXPECT_EQ(judged.decision.reasons(0).source(), "rules.yaml:6");
}

TEST(Verdicts, ADemotedRuleCanOnlyHold) {
  const struct {
    const char* rule;   // demoted
    const char* other;  // not
    v1::Verdict verdict;
    const char* why;
  } cases[] = {
      {"verdict: reject", "score: 1", v1::VERDICT_HOLD, "it would reject"},
      {"verdict: accept", "verdict: hold", v1::VERDICT_HOLD,
       "it would let one through"},
      {"score: 5", "score: 4", v1::VERDICT_HOLD, "it would tip the sum"},
      {"score: 1", "score: 1", v1::VERDICT_ACCEPT, "it makes no difference"},
      {"verdict: reject", "verdict: reject", v1::VERDICT_REJECT,
       "another one rejects as well"},
      {"verdict: hold", "score: 1", v1::VERDICT_HOLD, "it holds anyway"},
      {"score: -5", "score: 4", v1::VERDICT_HOLD, "it would excuse one"},
  };
  for (const auto& test : cases) {
    const std::string rules =
        Rules({Rule("r", std::string("words: [pills]\n    ") + test.rule),
               Rule("o", std::string("words: [pills]\n    ") + test.other)});
    const Judged judged(rules, "pills", {}, {"r"});
    EXPECT_EQ(judged.decision.verdict(), test.verdict) << test.why;
    for (const v1::Reason& reason : judged.decision.reasons())
      EXPECT_EQ(reason.demoted(), reason.id() == "r") << test.why;
    EXPECT_EQ(Judged(rules, "fine", {}, {"r"}).decision.verdict(),
              v1::VERDICT_ACCEPT);
  }
}

TEST(Verdicts, TheAuthorIsToldOnlyWhatSpokeAgainst) {
  const auto told = [](const std::string& effect) {
    return Judged(Rules({Rule("hold", "words: [pills]\n    verdict: reject"),
                         Rule("t",
                              "words: [pills]\n    tell_author: Hear.\n"
                              "    " +
                                  effect)}),
                  "pills")
        .decision.tell_author_size();
  };
  EXPECT_EQ(told("verdict: hold"), 1);
  EXPECT_EQ(told("score: 1"), 1);
  EXPECT_EQ(told("score: -1"), 0);
  EXPECT_EQ(told("verdict: accept"), 0);
  EXPECT_EQ(told("score: 1\n    mode: shadow"), 0);
}

TEST(Verdicts, TheAuthorIsToldSafeWordsOnlyWhenNotAccepted) {
  const std::string rules = Rules({Rule(
      "t",
      "words: [pills]\n    verdict: hold\n    tell_author: Please wait.")});
  EXPECT_THAT(Judged(rules, "pills").decision.tell_author(),
              ElementsAre("Please wait."));
  EXPECT_THAT(Judged(rules, "fine").decision.tell_author(), IsEmpty());
}

TEST(Dates, ALapsedRuleIsNamedAndSleeps) {
  const std::string rules = Rules(
      {Rule("old", "words: [pills]\n    score: 9\n    until: 2026-12-31")});
  const LoadResult loaded = Load(rules);
  ASSERT_NE(loaded.ruleset, nullptr);
  ASSERT_EQ(loaded.diagnostics.size(), 1u);
  EXPECT_EQ(loaded.diagnostics[0].severity(), v1::Diagnostic::SEVERITY_WARNING);
  EXPECT_THAT(loaded.diagnostics[0].message(),
              HasSubstr("lapsed on 2026-12-31"));
  EXPECT_THAT(Judged(rules, "pills").ids, IsEmpty());
}

TEST(Examples, AreObservedWithThePolicysProtectedNames) {
  const std::string rules =
      Rules({Rule("as",
                  "when: signals.author.impersonates\n    score: 1\n"
                  "    examples:\n"
                  "      hit: [{text: x, author: {name: Ann Exemplar}}]\n"
                  "      miss: [{text: x, author: {name: Somebody Else}}]")});
  const SourceFile policy{"policy.yaml", "protected_names: [Ann Exemplar]\n"};
  const LoadResult loaded = Load(rules, {policy});
  EXPECT_NE(loaded.ruleset, nullptr)
      << FormatDiagnostic(loaded.diagnostics.at(0));
  EXPECT_EQ(Load(rules).ruleset, nullptr) << "without the policy it misses";
}

TEST(Sites, ARuleMayBeForSomeSitesOnly) {
  EXPECT_THAT(
      Judged(
          Rules({Rule("s", "words: [pills]\n    score: 1\n    sites: [blog]")}),
          "pills")
          .ids,
      ElementsAre("s"));
  EXPECT_THAT(
      Judged(Rules({Rule("s",
                         "words: [pills]\n    score: 1\n    sites: [other]")}),
             "pills")
          .ids,
      IsEmpty());
}

TEST(Policy, RefusesWhatCouldLetScriptIn) {
  for (const char* line : {"typed: ['a[onclick]']", "typed: [script]",
                           "typed: ['p[style]']", "typed: ['a[id]']"}) {
    const LoadResult loaded =
        Load("rules: []\n",
             {{"policy.yaml", std::string("html:\n  ") + line + "\n"}});
    EXPECT_EQ(loaded.ruleset, nullptr) << line;
    ASSERT_FALSE(loaded.diagnostics.empty()) << line;
    EXPECT_EQ(loaded.diagnostics[0].line(), 2u)
        << FormatDiagnostic(loaded.diagnostics[0]);
  }
  const LoadResult loaded =
      Load("rules: []\n",
           {{"policy.yaml",
             "html:\n  typed: [b]\nlinks:\n  schemes: [javascript]\n"}});
  EXPECT_EQ(loaded.ruleset, nullptr);
  EXPECT_EQ(loaded.diagnostics[0].line(), 4u);
}

TEST(Policy, HoldMustBeBelowReject) {
  const LoadResult loaded =
      Load("rules: []\n", {{"policy.yaml", "hold_at: 5\nreject_at: 5\n"}});
  ASSERT_EQ(loaded.ruleset, nullptr);
  EXPECT_THAT(loaded.diagnostics[0].message(),
              HasSubstr("must be below reject_at"));
}

TEST(Version, ChangesWithAnyFile) {
  const std::string rules = Rules({Rule("w", "words: [pills]\n    score: 1")});
  const std::string version = Load(rules).ruleset->version();
  EXPECT_EQ(version.size(), 12u);
  EXPECT_EQ(Load(rules).ruleset->version(), version);
  EXPECT_NE(Load(rules + "# note\n").ruleset->version(), version);
}

TEST(ShippedPack, LoadsWithoutAWord) {
  const auto files = ReadFolder(SLUICE_SOURCE_DIR "/rules");
  ASSERT_TRUE(files.ok());
  LoadOptions options;
  options.now = kNow;
  const LoadResult loaded = LoadRuleset(*files, options);
  for (const auto& diagnostic : loaded.diagnostics)
    ADD_FAILURE() << FormatDiagnostic(diagnostic);
  ASSERT_NE(loaded.ruleset, nullptr);
  for (const v1::Rule& rule : loaded.ruleset->rules()) {
    EXPECT_GT(rule.examples().hit_size() + rule.examples().miss_size() +
                  rule.when().size(),
              0u)
        << rule.id();
  }
}

TEST(Explain, SaysWhyARuleDidNotHit) {
  const LoadResult loaded =
      Load(Rules({Rule("w", "words: [pills]\n    score: 1"),
                  Rule("l",
                       "when: signals.links.count >= 3 && signals.shape.words "
                       "> 1\n    score: 1")}));
  ASSERT_NE(loaded.ruleset, nullptr);
  v1::Comment comment;
  comment.set_body("hello there");
  const auto rendering =
      markup::Render("hello there", markup::Format::kMarkdownExtra,
                     loaded.ruleset->html_policy(), "c");
  signals::Views views(comment, rendering);
  const v1::Signals signals = signals::Observe(&views, {}, {}, kNow);
  const auto outcomes =
      Explain(*loaded.ruleset, {&views, &signals, "blog", kNow});
  ASSERT_EQ(outcomes.size(), 2u);
  EXPECT_EQ(outcomes[0].miss(), "none of its words is in text");
  EXPECT_EQ(outcomes[1].miss(),
            "`signals.links.count >= 3` did not hold; signals.links.count = 0");
}

}  // namespace
}  // namespace sluice::ruleset
