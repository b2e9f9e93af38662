// A policy that could let script in does not load, and says why.

#include "service/markup/policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>

namespace sluice::markup {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

HtmlPolicySpec Spec() {
  HtmlPolicySpec spec;
  spec.typed = {{"a", "href"}, {"em", ""}, {"li", ""}, {"ul", ""}};
  spec.made = {{"p", "p"}, {"h2", "strong"}, {"div", "strip"}};
  return spec;
}

TEST(Policy, IsMadeOfItsWords) {
  HtmlPolicySpec spec = Spec();
  spec.actions = {{"url_scheme", Action::kHold}};
  spec.prune = {"script"};
  const auto policy = MakeHtmlPolicy(spec);
  ASSERT_TRUE(policy.ok()) << policy.status();
  EXPECT_EQ(policy->typed[static_cast<size_t>(Tag::kEm)], Tag::kEm);
  EXPECT_EQ(policy->typed[static_cast<size_t>(Tag::kB)], Tag::kNone);
  EXPECT_EQ(policy->made[static_cast<size_t>(Tag::kH2)], Tag::kStrong);
  EXPECT_EQ(policy->made[static_cast<size_t>(Tag::kDiv)], Tag::kNone);
  EXPECT_EQ(policy->actions[static_cast<size_t>(RemovalKind::kUrlScheme)],
            Action::kHold);
  EXPECT_THAT(policy->schemes, testing::ElementsAre("http", "https", "mailto"));
}

struct Mistake {
  const char* entry;  // what the message begins with
  const char* why;    // and a part of it
  std::function<void(HtmlPolicySpec*)> make;
};

TEST(Policy, RefusesWhatCouldLetScriptIn) {
  using Spec = HtmlPolicySpec;
  const auto type = [](const char* tag, const char* attribute = "") {
    return [=](Spec* s) { s->typed.push_back({tag, attribute}); };
  };
  const auto make = [](const char* tag, const char* becomes) {
    return [=](Spec* s) { s->made.emplace_back(tag, becomes); };
  };
  const auto scheme = [](const char* name) {
    return [=](Spec* s) { s->schemes.push_back(name); };
  };
  const Mistake mistakes[] = {
      {"script", "runs", type("script")},
      {"iframe", "runs", type("iframe")},
      {"style", "scripts hide", type("style")},
      {"textarea", "scripts hide", type("textarea")},
      {"noscript", "scripts hide", type("noscript")},
      {"svg", "foreign", type("svg")},
      {"math", "foreign", type("math")},
      {"EM", "not an element", type("EM")},
      {"font", "not an element", type("font")},
      {"a[onclick]", "runs script", type("a", "onclick")},
      {"em[style]", "style", type("em", "style")},
      {"a[id]", "id", type("a", "id")},
      {"a[title]", "href", type("a", "title")},
      {"em[href]", "no attribute", type("em", "href")},
      {"td", "needs table", type("td")},
      {"table", "needs tbody", type("table")},
      {"script", "Markdown Extra makes", make("script", "p")},
      {"script", "runs", make("p", "script")},
      {"a", "cannot become", make("p", "a")},
      {"p", "where a block cannot", make("em", "p")},
      {"javascript", "run script", scheme("javascript")},
      {"data", "run script", scheme("data")},
      {"vbscript", "run script", scheme("vbscript")},
      {"file", "run script", scheme("file")},
      {"https:", "without the colon", scheme("https:")},
      {"HTTP", "lower case", scheme("HTTP")},
      {"elements", "not a kind",
       [](Spec* s) { s->actions.emplace_back("elements", Action::kHold); }},
      {"url", "content to prune",
       [](Spec* s) { s->actions.emplace_back("url", Action::kPrune); }},
      {"url", "shown as text",
       [](Spec* s) { s->actions.emplace_back("url", Action::kEscape); }},
      {"em", "pruned too", [](Spec* s) { s->prune.push_back("em"); }},
      {"a b", "not the name", [](Spec* s) { s->prune.push_back("a b"); }},
      {"\"x", "lower case", [](Spec* s) { s->rel = "\"x"; }},
      {"max_depth", "1 to", [](Spec* s) { s->limits.max_depth = 0; }},
  };
  for (const Mistake& mistake : mistakes) {
    Spec spec = sluice::markup::Spec();
    mistake.make(&spec);
    const auto policy = MakeHtmlPolicy(spec);
    ASSERT_FALSE(policy.ok()) << mistake.entry << " " << mistake.why;
    EXPECT_THAT(std::string(policy.status().message()),
                StartsWith(std::string(mistake.entry) + ": "));
    EXPECT_THAT(std::string(policy.status().message()), HasSubstr(mistake.why));
  }
}

TEST(Policy, KindsHaveNames) {
  EXPECT_EQ(RemovalKindName(RemovalKind::kUrlScheme), "url_scheme");
  EXPECT_EQ(RemovalKindName(RemovalKind::kTemplate), "template");
}

}  // namespace
}  // namespace sluice::markup
