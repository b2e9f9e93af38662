// Renders JSON lines for the checks of tests/xss: on each line of the input
//   {"input": TEXT, "format": "html"|"markdown"|"plain", "policy": NAME}
// and on each line of the output what the product made of it. Policies: default
// (the shipped list), oracle (the list the oracle used: the seed's plus code, p
// and br, no rel, no bare links), again (the default with what Markdown makes
// typed too, to sanitise an output again).

#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "service/markup/render.h"

namespace {

using sluice::markup::Format;
using sluice::markup::HtmlPolicy;

// What may be published may also be typed.
HtmlPolicy TypeWhatIsMade(HtmlPolicy policy) {
  for (size_t i = 1; i < sluice::markup::kTagCount; ++i) {
    const auto made = static_cast<size_t>(policy.made[i]);
    if (made == 0) continue;
    policy.typed[made] = policy.made[i];
    policy.typed_attribute[made] =
        !sluice::markup::AttributeName(policy.made[i]).empty();
  }
  return policy;
}

HtmlPolicy OraclePolicy() {
  HtmlPolicy policy = sluice::markup::DefaultHtmlPolicy();
  for (auto tag : {sluice::markup::Tag::kCode, sluice::markup::Tag::kP,
                   sluice::markup::Tag::kBr})
    policy.typed[static_cast<size_t>(tag)] = tag;
  policy.rel = "";
  policy.link_bare_urls = false;
  return policy;
}

const HtmlPolicy& PolicyOf(const std::string& name) {
  static const std::map<std::string, HtmlPolicy> policies = {
      {"default", sluice::markup::DefaultHtmlPolicy()},
      {"oracle", OraclePolicy()},
      {"again", TypeWhatIsMade(sluice::markup::DefaultHtmlPolicy())},
      {"permissive", sluice::markup::PermissiveHtmlPolicy()}};
  return policies.at(name);
}

Format FormatOf(const std::string& name) {
  if (name == "html") return Format::kHtml;
  if (name == "plain") return Format::kPlainText;
  return Format::kMarkdownExtra;
}

}  // namespace

int main() {
  std::ios::sync_with_stdio(false);
  for (std::string line; std::getline(std::cin, line);) {
    const auto row = nlohmann::json::parse(line);
    const HtmlPolicy& policy = PolicyOf(row.value("policy", "default"));
    const auto rendering = sluice::markup::Render(
        row.at("input").get<std::string>(),
        FormatOf(row.value("format", "html")), policy, "c1-");
    nlohmann::json out;
    out["html"] = rendering.html;
    out["text"] = rendering.text;
    out["verified"] = rendering.verified;
    out["over_budget"] = rendering.over_budget;
    out["removed"] = rendering.removal_count;
    std::cout << out.dump(-1, ' ', false,
                          nlohmann::json::error_handler_t::replace)
              << '\n';
  }
  return 0;
}
