#include "service/replay/draft.h"

#include <gmock/gmock.h>

#include "service/replay/example_text.h"
#include "tests/unit/replay/testing.h"

namespace sluice::replay {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const ruleset::SourceFile kRules{
    "a.yaml", "rules:\n" + WordRule("one", "unheardof", "1")};

class DraftTest : public ::testing::Test {
 protected:
  DraftTest() : history_(SiteOf({kRules})) {
    for (const char* text :
         {"I planted three oaks in the garden last spring",
          "The garden is lovely, thanks for the pictures",
          "Where did you buy the best price for seeds?",
          "My oaks died in the winter; see https://garden.example/oaks"}) {
      for (int i = 0; i < 20; ++i) history_.Check(text, v1::VERDICT_ACCEPT);
    }
  }

  absl::StatusOr<v1::DraftRuleResponse> Draft(std::vector<std::string> names) {
    WalkOptions options;
    options.site = "blog";
    v1::DraftRuleResponse response;
    const absl::Status status =
        DraftRule(history_.store(), history_.site(), options,
                  {std::move(names), {kRules}, At(0)}, &response);
    if (!status.ok()) return status;
    return response;
  }

  // The draft beside the rules in force.
  static Site Loaded(const v1::DraftRuleResponse& response) {
    return SiteOf({kRules, {"draft.yaml", response.yaml()}});
  }

  History history_;
};

TEST_F(DraftTest, FindsTheWordsThatTellThemApart) {
  const std::vector<std::string> names = {
      history_.Check("The best price for replica watches, garden lovers"),
      history_.Check("Buy replica watches in the winter"),
      history_.Check("Lovely pictures! I sell replica watches")};
  history_.Check("Replica watches again", v1::VERDICT_REJECT);
  history_.Check("Replica watches for you", v1::VERDICT_REJECT);
  const auto response = Draft(names);
  ASSERT_TRUE(response.ok()) << response.status();
  const Site site = Loaded(*response);
  ASSERT_EQ(site.ruleset->rules().size(), 2u);
  const v1::Rule& rule = site.ruleset->rules()[1];
  EXPECT_EQ(rule.words_size(), 1) << response->yaml();  // one covers all
  EXPECT_THAT(rule.words(0), ::testing::AnyOf("replica", "watches"));
  EXPECT_EQ(rule.mode(), v1::MODE_SHADOW);
  EXPECT_EQ(rule.verdict(), v1::VERDICT_HOLD);
  EXPECT_GT(rule.examples().hit_size(), 0);
  EXPECT_GT(rule.examples().miss_size(), 0);
  EXPECT_EQ(response->hits(), 3);
  EXPECT_EQ(response->other_rejected(), 2);
  EXPECT_EQ(response->accepted(), 0);
  EXPECT_EQ(response->comments(), 85);
}

TEST_F(DraftTest, TakesDomainsOfLinksAndOfAuthors) {
  v1::Comment nice;
  nice.set_body("Lovely pictures");
  nice.mutable_author()->set_url("http://www.Casino.example/win");
  const std::vector<std::string> names = {
      history_.Check(std::move(nice)),
      history_.Check("The garden: https://shop.casino.example/a")};
  const auto response = Draft(names);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_THAT(response->yaml(),
              AllOf(HasSubstr("(casino\\.example)"),
                    HasSubstr("in: [links.host, author.url]")));
  EXPECT_EQ(response->hits(), 2) << response->yaml();
  EXPECT_EQ(response->accepted(), 0);
  Loaded(*response);
}

TEST_F(DraftTest, ExamplesHoldNoPersonalData) {
  v1::Comment comment;
  comment.set_body(
      "Mortimer here: buy replica watches, write to mort@shop.example or call "
      "+1 555 1234567, see https://shop.example/mortimer?id=7");
  comment.mutable_author()->set_name("Mortimer");
  const auto response = Draft({history_.Check(std::move(comment))});
  ASSERT_TRUE(response.ok()) << response.status();
  const std::string& yaml = response->yaml();
  EXPECT_THAT(yaml, AllOf(Not(HasSubstr("Mortimer")), Not(HasSubstr("mort@")),
                          Not(HasSubstr("1234567")), Not(HasSubstr("?id=7"))));
  Loaded(*response);
}

TEST_F(DraftTest, WhatAcceptedCommentsSayTellsNothing) {
  const auto response = Draft({history_.Check("the garden is lovely")});
  EXPECT_TRUE(absl::IsFailedPrecondition(response.status()))
      << (response.ok() ? response->yaml() : "");
}

TEST_F(DraftTest, HostileTextsMakeAFileThatLoads) {
  const std::vector<std::string> names = {
      history_.Check("it's \"quoted\": {[&*!|>%@` 'x' #not a comment"),
      history_.Check("back\\slash\\b \t tab - dash: colon ?"),
      history_.Check("\xE4\xBD\xA0\xE5\xA5\xBD\xE4\xB8\x96\xE7\x95\x8C"),
      history_.Check("caf\xC3\xA9 cr\xC3\xA8me \xE2\x80\xAE reversed"),
      history_.Check(std::string(9000, 'a') + " " + std::string(500, '"'))};
  const auto response = Draft(names);
  ASSERT_TRUE(response.ok()) << response.status();
  Loaded(*response);
  EXPECT_GE(response->hits(), 4) << response->yaml();
}

TEST_F(DraftTest, AnUnknownCommentIsNamed) {
  const auto response = Draft({"sites/blog/comments/nobody"});
  EXPECT_TRUE(absl::IsNotFound(response.status()));
  EXPECT_THAT(std::string(response.status().message()), HasSubstr("nobody"));
}

TEST_F(DraftTest, ASecondDraftHasAnotherId) {
  const std::string name = history_.Check("replica watches");
  const auto first = Draft({name});
  ASSERT_TRUE(first.ok());
  WalkOptions options;
  options.site = "blog";
  v1::DraftRuleResponse second;
  const std::vector<ruleset::SourceFile> files = {
      kRules, {"first.yaml", first->yaml()}};
  ASSERT_TRUE(DraftRule(history_.store(), SiteOf(files), options,
                        {{name}, files, At(0)}, &second)
                  .ok());
  SiteOf({kRules, files[1], {"second.yaml", second.yaml()}});
}

TEST(ExampleTextTest, CutsBetweenWords) {
  v1::Author author;
  std::string text;
  for (int i = 0; i < 100; ++i) text += "word" + std::to_string(i) + "\n";
  const std::string example = ExampleAround(text, 300, author);
  EXPECT_LT(example.size(), kExampleBytes + 20);
  EXPECT_EQ(example.substr(0, 4), "word");
  EXPECT_EQ(example.find('\n'), std::string::npos);
  EXPECT_EQ(ExampleAround("", 10, author), "");
}

TEST(ExampleTextTest, QuotesForYaml) {
  EXPECT_EQ(YamlQuoted("it's\n"), "'it''s'");
  EXPECT_EQ(YamlQuoted(""), "''");
}

}  // namespace
}  // namespace sluice::replay
