#include "service/breaker.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace sluice {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class BreakerTest : public ::testing::Test {
 protected:
  // `rules` are flow mappings without their braces and `why`.
  void SetRules(const std::vector<std::string>& rules,
                const std::string& policy = "") {
    std::string text = "rules:\n";
    for (const std::string& rule : rules)
      text += "  - {why: w, " + rule + "}\n";
    ruleset::LoadOptions options;
    options.now = now_;
    const ruleset::LoadResult loaded =
        ruleset::LoadRuleset({{"a.yaml", text},
                              {"policy.yaml", "breaker: {" + policy + "}\n"},
                              {"lists/l.txt", list_}},
                             options);
    ASSERT_NE(loaded.ruleset, nullptr)
        << ruleset::FormatDiagnostic(loaded.diagnostics.at(0));
    rules_ = loaded.ruleset;
    breaker_.SetRules("blog", *rules_);
  }

  // `count` comments, of which every n-th hits the rule (0: none). Returns how
  // many demotions that brought about.
  size_t Check(int count, int nth, const std::string& rule = "r",
               bool shadow = false) {
    size_t demotions = 0;
    for (int i = 1; i <= count; ++i) {
      v1::Decision decision;
      if (nth > 0 && i % nth == 0) {
        v1::Reason& reason = *decision.add_reasons();
        reason.set_kind(v1::Reason::KIND_RULE);
        reason.set_id(rule);
        reason.set_shadow(shadow);
      }
      now_ += std::chrono::seconds(1);
      demotions += breaker_.Count("blog", *rules_, decision, now_).size();
    }
    return demotions;
  }

  Time now_{std::chrono::seconds(1'800'000'000)};
  std::string list_ = "viagra\n";
  std::shared_ptr<const ruleset::Ruleset> rules_;
  Breaker breaker_;
};

constexpr char kBefore[] = "id: r, words: [viagra], verdict: reject";
constexpr char kAfter[] = "id: r, words: [viagra, the], verdict: reject";

TEST_F(BreakerTest, ARuleThatHitsFarMoreAfterAnEditIsDemotedOnce) {
  SetRules({kBefore});
  EXPECT_EQ(Check(1000, 50), 0u) << "2 % of a thousand";
  SetRules({kAfter});
  EXPECT_EQ(Check(200, 2), 1u) << "half of all";
  ASSERT_THAT(breaker_.demotions("blog"), SizeIs(1));
  const v1::RuleDemotion demotion = breaker_.demotions("blog")[0];
  EXPECT_EQ(demotion.rule(), "r");
  EXPECT_EQ(demotion.comments_before(), 1000);
  EXPECT_EQ(demotion.hits_before(), 20);
  EXPECT_GE(demotion.comments(), 50);
  EXPECT_EQ(demotion.hits() * 2, demotion.comments());
  EXPECT_EQ(demotion.demote_time().seconds(),
            1'800'000'000 + 1000 + demotion.comments());
  ASSERT_NE(breaker_.demoted("blog"), nullptr);
  EXPECT_EQ(breaker_.demoted("blog")->count("r"), 1u);
  EXPECT_EQ(breaker_.demoted("shop"), nullptr);
}

TEST_F(BreakerTest, NothingIsSaidWithoutAnEdit) {
  SetRules({kBefore});
  Check(1000, 50);
  EXPECT_EQ(Check(1000, 1), 0u) << "a wave of spam is what rules are for";
  SetRules({kBefore, "id: other, words: [x], score: 1"});
  EXPECT_EQ(Check(1000, 1), 0u) << "another rule was added";
  SetRules({std::string(kBefore) + ", owner: ann, tell_author: Sorry."});
  EXPECT_EQ(Check(1000, 1), 0u) << "what it asks for is the same";
}

TEST_F(BreakerTest, SmallNumbersProveNothing) {
  SetRules({kBefore});
  Check(1000, 50);
  SetRules({kAfter});
  EXPECT_EQ(Check(49, 1), 0u) << "fewer than min_comments";
  SetRules({"id: r, words: [viagra, a b], verdict: reject"});
  EXPECT_EQ(Check(400, 30), 0u) << "3.3 % of 400 is not far above 2 %";
}

TEST_F(BreakerTest, ARuleOfWhichLittleIsKnownIsGivenTheBenefitOfTheDoubt) {
  SetRules({kBefore});
  Check(5, 5);
  SetRules({kAfter});
  EXPECT_EQ(Check(500, 2), 0u);
}

TEST_F(BreakerTest, ARuleThatHitMuchBeforeMayJumpTooFar) {
  SetRules({kBefore});
  Check(3000, 3);
  SetRules({kAfter});
  EXPECT_EQ(Check(300, 2), 0u) << "a third to a half";
  SetRules({"id: r, words: [viagra, of], verdict: reject"});
  EXPECT_EQ(Check(300, 1), 1u) << "a third to all";
}

TEST_F(BreakerTest, ANewRuleIsHeldAgainstAShareOfItsOwn) {
  SetRules({"id: other, words: [x], score: 1"});
  Check(100, 0);
  SetRules({"id: other, words: [x], score: 1", kBefore});
  EXPECT_EQ(Check(500, 3), 0u) << "a third: a good rule in a bad week";
  SetRules({"id: other, words: [x], score: 1"});
  SetRules({"id: other, words: [x], score: 1", kBefore});
  EXPECT_EQ(Check(500, 1), 1u);
}

TEST_F(BreakerTest, RulesThatWereThereAtTheStartAreTakenAsTheyAre) {
  SetRules({kBefore});
  EXPECT_EQ(Check(500, 1), 0u);
}

TEST_F(BreakerTest, TheWatchEnds) {
  SetRules({kBefore});
  Check(1000, 50);
  SetRules({kAfter}, "watch_comments: 300");
  EXPECT_EQ(Check(300, 60), 0u);
  EXPECT_EQ(Check(1000, 1), 0u) << "long after the edit: a wave";
}

TEST_F(BreakerTest, TwoEditsInARowAreHeldAgainstTheSameRecord) {
  SetRules({kBefore});
  Check(1000, 50);
  SetRules({kAfter});
  Check(40, 1);
  SetRules({"id: r, words: [viagra, the, of], verdict: reject"});
  EXPECT_EQ(Check(60, 1), 1u);
  EXPECT_EQ(breaker_.demotions("blog").at(0).hits_before(), 20);
}

TEST_F(BreakerTest, AnEditOfADemotedRuleIsWatchedAnew) {
  SetRules({kBefore});
  Check(1000, 50);
  SetRules({kAfter});
  EXPECT_EQ(Check(100, 1), 1u);
  SetRules({kBefore});
  EXPECT_THAT(breaker_.demotions("blog"), IsEmpty()) << "taken back";
  EXPECT_EQ(Check(200, 50), 0u);
  SetRules({kAfter});
  EXPECT_EQ(Check(100, 1), 1u);
}

TEST_F(BreakerTest, AReloadOfTheSameRuleKeepsTheDemotion) {
  SetRules({kBefore});
  Check(1000, 50);
  SetRules({kAfter});
  Check(100, 1);
  SetRules({kAfter, "id: other, words: [x], score: 1"});
  EXPECT_THAT(breaker_.demotions("blog"), SizeIs(1));
  EXPECT_NE(breaker_.demoted("blog"), nullptr);
  SetRules({"id: other, words: [x], score: 1"});
  EXPECT_EQ(breaker_.demoted("blog"), nullptr) << "the rule is gone";
}

TEST_F(BreakerTest, ConfirmingEndsItForGood) {
  SetRules({kBefore});
  Check(1000, 50);
  SetRules({kAfter});
  Check(100, 1);
  EXPECT_FALSE(breaker_.Confirm("blog", "other"));
  EXPECT_FALSE(breaker_.Confirm("shop", "r"));
  EXPECT_TRUE(breaker_.Confirm("blog", "r"));
  EXPECT_FALSE(breaker_.Confirm("blog", "r")) << "once";
  EXPECT_EQ(breaker_.demoted("blog"), nullptr);
  EXPECT_EQ(Check(500, 1), 0u);
}

TEST_F(BreakerTest, ShadowRulesAreCountedAndNotDemoted) {
  const std::string shadow = ", mode: shadow";
  SetRules({kBefore + shadow});
  Check(1000, 50, "r", true);
  SetRules({kAfter + shadow});
  EXPECT_EQ(Check(200, 1, "r", true), 0u);
  SetRules({kAfter});
  EXPECT_EQ(Check(200, 1), 1u)
      << "it went live as it was edited, within the watch";
}

TEST_F(BreakerTest, AnEditOfAListIsAnEditOfItsRules) {
  const char* const by_words = "id: r, words: [lists/l.txt], verdict: reject";
  const char* const by_when =
      "id: r, when: comment.body in lists.l, verdict: reject";
  for (const char* rule : {by_words, by_when}) {
    breaker_.~Breaker();
    new (&breaker_) Breaker;
    list_ = "viagra\n";
    SetRules({rule});
    Check(1000, 50);
    list_ = "viagra\nthe\n";
    SetRules({rule});
    EXPECT_EQ(Check(200, 1), 1u) << rule;
  }
}

TEST_F(BreakerTest, CanBeTurnedOff) {
  SetRules({kBefore}, "off: true");
  Check(1000, 50);
  SetRules({kAfter}, "off: true");
  EXPECT_EQ(Check(500, 1), 0u);
}

TEST_F(BreakerTest, CommentsJudgedByOtherRulesAreNotCounted) {
  SetRules({kBefore});
  Check(1000, 50);
  const auto old = rules_;
  SetRules({kAfter});
  const auto fresh = rules_;
  rules_ = old;
  EXPECT_EQ(Check(500, 1), 0u);
  rules_ = fresh;
  EXPECT_EQ(Check(60, 2), 1u) << "only now is it counted";
}

TEST_F(BreakerTest, ManyThreads) {
  SetRules({kBefore});
  Check(1000, 50);
  SetRules({kAfter});
  v1::Decision decision;
  decision.add_reasons()->set_kind(v1::Reason::KIND_RULE);
  decision.mutable_reasons(0)->set_id("r");
  std::atomic<size_t> demotions = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 200; ++j) {
        demotions += breaker_.Count("blog", *rules_, decision, now_).size();
        breaker_.demoted("blog");
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(demotions, 1u);
}

}  // namespace
}  // namespace sluice
