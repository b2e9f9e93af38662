#include "service/ruleset/rules_test.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/base/wilson.h"

namespace sluice::ruleset {
namespace {

const Time kNow{std::chrono::seconds(1'800'000'000)};

class RulesTestTest : public ::testing::Test {
 protected:
  void Load(const std::string& rules) {
    LoadOptions options;
    options.now = kNow;
    const LoadResult loaded =
        LoadRuleset({{"a.yaml", "rules:\n" + rules}}, options);
    ASSERT_NE(loaded.ruleset, nullptr)
        << FormatDiagnostic(loaded.diagnostics.at(0));
    test_ = std::make_unique<RulesTest>(loaded.ruleset, "blog", kNow);
  }
  absl::Status Add(const std::string& label, const std::string& text,
                   const std::string& created_at = "") {
    v1::LabelledComment labelled;
    labelled.set_label(label);
    labelled.set_text(text);
    labelled.set_created_at(created_at);
    return test_->Add(labelled);
  }
  v1::RuleOutcome Rule(const std::string& id) {
    const v1::RulesTestReport report = test_->Report();
    for (const v1::RuleOutcome& rule : report.rules()) {
      if (rule.id() == id) return rule;
    }
    ADD_FAILURE() << "no rule " << id;
    return {};
  }

  std::unique_ptr<RulesTest> test_;
};

TEST(Wilson, IsTheTextbooksInterval) {
  const struct {
    int64_t hits, trials;
    double low, high;
  } cases[] = {
      {0, 0, 0, 1},
      {0, 10, 0, 0.2775},
      {10, 10, 0.7225, 1},
      {5, 10, 0.2366, 0.7634},
      {81, 263, 0.2553, 0.3662},
      {1, 1, 0.2065, 1},
  };
  for (const auto& test : cases) {
    const Interval interval = WilsonInterval(test.hits, test.trials, kZ95);
    EXPECT_NEAR(interval.low, test.low, 5e-5) << test.hits << test.trials;
    EXPECT_NEAR(interval.high, test.high, 5e-5) << test.hits << test.trials;
  }
}

TEST_F(RulesTestTest, CountsHitsOverlapAndWhatARuleAloneDecides) {
  Load(
      "  - {id: pills, why: w, words: [pills], score: 4}\n"
      "  - {id: casino, why: w, words: [casino], score: 4}\n"
      "  - {id: trial, why: w, words: [pills], score: 50, mode: shadow}\n"
      "  - {id: never, why: w, words: [kumquat], verdict: hold}\n");
  ASSERT_TRUE(Add("spam", "pills").ok());           // held by pills alone
  ASSERT_TRUE(Add("spam", "pills, casino").ok());   // rejected by both
  ASSERT_TRUE(Add("abuse", "pills, casino").ok());  // the same
  ASSERT_TRUE(Add("ham", "the casino").ok());       // held by casino alone
  ASSERT_TRUE(Add("ham", "fine").ok());
  const v1::RulesTestReport report = test_->Report();
  EXPECT_EQ(report.comments(), 5);
  ASSERT_EQ(report.labels_size(), 3);
  EXPECT_EQ(report.labels(0).label(), "spam");
  EXPECT_EQ(report.labels(0).held(), 1);
  EXPECT_EQ(report.labels(0).rejected(), 1);
  EXPECT_EQ(report.labels(1).rejected(), 1);
  EXPECT_EQ(report.labels(2).accepted(), 1);
  EXPECT_EQ(report.labels(2).held(), 1);

  const v1::RuleOutcome pills = Rule("pills");
  EXPECT_EQ(pills.hits(), 3);
  EXPECT_EQ(pills.bad_hits(), 3);
  EXPECT_EQ(pills.bad_share(), 1);
  EXPECT_NEAR(pills.bad_share_low(), 0.4385, 1e-4);
  EXPECT_EQ(pills.decides_bad(), 3) << "without it one is accepted, two held";
  EXPECT_EQ(pills.decides_good(), 0);
  EXPECT_EQ(pills.overlap_id(), "trial");
  EXPECT_EQ(pills.overlap(), 1);
  EXPECT_EQ(pills.source(), "a.yaml:2");
  const v1::RuleOutcome casino = Rule("casino");
  EXPECT_EQ(casino.bad_hits(), 2);
  EXPECT_NEAR(casino.overlap(), 2.0 / 3, 1e-9);
  EXPECT_EQ(casino.decides_bad(), 2);
  EXPECT_EQ(casino.decides_good(), 1);
  EXPECT_TRUE(Rule("trial").shadow());
  EXPECT_EQ(Rule("trial").decides_bad(), 0);
  EXPECT_EQ(Rule("never").hits(), 0);
  EXPECT_EQ(Rule("never").overlap_id(), "");
}

TEST_F(RulesTestTest, CountsWhatFails) {
  Load(
      "  - {id: e, why: w, when: '1 / (signals.links.count) > 1', score: 1}\n");
  ASSERT_TRUE(Add("ham", "no link").ok());
  EXPECT_EQ(Rule("e").failed(), 1);
  EXPECT_EQ(test_->Report().labels(0).held(), 1) << "unfinished checks hold";
}

TEST_F(RulesTestTest, NowIsWhenTheCommentWasWritten) {
  Load(
      "  - {id: old, why: w, when: 'now < timestamp(\"2020-01-01T00:00:00Z\")',"
      " verdict: hold}\n");
  ASSERT_TRUE(Add("ham", "x", "2016-04-20T22:06:26Z").ok());
  ASSERT_TRUE(Add("ham", "x", "yesterday").ok());
  ASSERT_TRUE(Add("ham", "x").ok());
  EXPECT_EQ(Rule("old").hits(), 1);
}

TEST_F(RulesTestTest, RefusesWhatIsNoJudgedComment) {
  Load("  - {id: a, why: w, words: [pills], score: 4}\n");
  EXPECT_THAT(std::string(Add("nice", "pills").message()),
              ::testing::HasSubstr("not 'nice'"));
  EXPECT_FALSE(Add("", "pills").ok());
  EXPECT_FALSE(Add("spam", "").ok());
  EXPECT_EQ(test_->Report().comments(), 0);
}

}  // namespace
}  // namespace sluice::ruleset
