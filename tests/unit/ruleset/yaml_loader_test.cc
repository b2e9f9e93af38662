#include "service/ruleset/yaml_loader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sluice/v1/config.pb.h"

namespace sluice::ruleset {
namespace {

using ::testing::HasSubstr;

std::string Error(const std::string& yaml, google::protobuf::Message* message) {
  std::vector<v1::Diagnostic> diagnostics;
  EXPECT_FALSE(LoadYaml({"f.yaml", yaml}, message, &diagnostics)) << yaml;
  return diagnostics.empty() ? "" : FormatDiagnostic(diagnostics[0]);
}

TEST(YamlLoader, ReadsEveryKindOfField) {
  v1::RuleFile file;
  std::vector<v1::Diagnostic> diagnostics;
  Places places;
  const std::string yaml =
      "rules:\n  - id: a\n    words: single\n    in: [links.text, "
      "author-name]\n    score: -1.5\n    mode: shadow\n"
      "    examples:\n      hit: [plain, {text: x, author: {name: n}, signals: "
      "{links: {count: 3}}}]\n";
  ASSERT_TRUE(LoadYaml({"f.yaml", yaml}, &file, &diagnostics, &places));
  const v1::Rule& rule = file.rules(0);
  EXPECT_EQ(rule.words(0), "single");
  EXPECT_EQ(rule.in(0), v1::VIEW_LINKS_TEXT);
  EXPECT_EQ(rule.in(1), v1::VIEW_AUTHOR_NAME);
  EXPECT_EQ(rule.score(), -1.5);
  EXPECT_EQ(rule.mode(), v1::MODE_SHADOW);
  EXPECT_EQ(rule.examples().hit(0).text(), "plain");
  EXPECT_EQ(rule.examples().hit(1).signals().links().count(), 3);
  EXPECT_EQ(places["rules[0].score"].line, 5u);
  EXPECT_EQ(places["rules[0].score"].column, 12u);
}

TEST(YamlLoader, MapsAndNestedMessages) {
  v1::Policy policy;
  std::vector<v1::Diagnostic> diagnostics;
  ASSERT_TRUE(LoadYaml({"p.yaml",
                        "html:\n  made: {h1: strong}\n  on: {url: "
                        "hold}\nunfinished: {store: hold}\n"},
                       &policy, &diagnostics));
  EXPECT_EQ(policy.html().made().at("h1"), "strong");
  EXPECT_EQ(policy.html().on().at("url"), v1::HTML_ACTION_HOLD);
  EXPECT_EQ(policy.unfinished().at("store"), v1::VERDICT_HOLD);
}

TEST(YamlLoader, AnEmptyFileIsAnEmptyMessage) {
  v1::ServerConfig config;
  std::vector<v1::Diagnostic> diagnostics;
  EXPECT_TRUE(LoadYaml({"f.yaml", ""}, &config, &diagnostics));
  EXPECT_TRUE(
      LoadYaml({"f.yaml", "# only a comment\n"}, &config, &diagnostics));
}

TEST(YamlLoader, SaysWhatAFieldTakes) {
  v1::ServerConfig config;
  EXPECT_THAT(
      Error("insecure: yes\n", &config),
      HasSubstr("f.yaml:1:11: 'insecure' takes true or false, not 'yes'"));
  EXPECT_THAT(Error("shutdown_seconds: -1\n", &config),
              HasSubstr("takes a whole number, not '-1'"));
  EXPECT_THAT(Error("shutdown_seconds: 99999999999\n", &config),
              HasSubstr("takes a whole number"));
  EXPECT_THAT(Error("listen: [a]\n", &config),
              HasSubstr("'listen' takes a text"));
  EXPECT_THAT(Error("log: text\n", &config),
              HasSubstr("LogConfig belongs here"));
}

TEST(YamlLoader, HostileFilesEnd) {
  v1::RuleFile file;
  std::string deep = "rules: ";
  for (int i = 0; i < 5000; ++i) deep += "[";
  Error(deep, &file);
  std::string bomb =
      "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c "
      "[*b,*b,*b,*b,*b,*b,*b]\nrules: [*c,*c,*c]\n";
  Error(bomb, &file);
  EXPECT_THAT(Error("rules: \xFF\n", &file), HasSubstr("UTF-8"));
}

TEST(FormatDiagnostic, UnderlinesTheSource) {
  v1::Diagnostic diagnostic;
  diagnostic.set_file("a.yaml");
  diagnostic.set_line(3);
  diagnostic.set_column(5);
  diagnostic.set_length(4);
  diagnostic.set_source_line("\t   word here");
  diagnostic.set_message("is wrong");
  EXPECT_EQ(FormatDiagnostic(diagnostic),
            "a.yaml:3:5: is wrong\n  \t   word here\n  \t   ^~~~");
}

TEST(Nearest, FindsWhatWasMeantAndNothingElse) {
  const std::vector<std::string> names = {"words", "when", "why"};
  EXPECT_EQ(Nearest("wrods", names), "words");
  EXPECT_EQ(Nearest("whne", names), "when");
  EXPECT_EQ(Nearest("completely", names), "");
}

}  // namespace
}  // namespace sluice::ruleset
