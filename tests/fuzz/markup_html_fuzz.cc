// Any bytes as HTML, under three policies: the output passes the verifier,
// gumbo reads it as what was meant, and sanitising it again changes nothing.

#include <cstddef>
#include <cstdint>
#include <string>

#include "service/markup/render.h"
#include "tests/fuzz/markup_oracle.h"

namespace {

using sluice::markup::Format;
using sluice::markup::HtmlPolicy;
using sluice::markup_fuzz::Require;

HtmlPolicy Defusing() {
  HtmlPolicy policy = sluice::markup::DefaultHtmlPolicy();
  policy.defuse_templates = true;
  for (auto kind : {sluice::markup::RemovalKind::kElement,
                    sluice::markup::RemovalKind::kComment,
                    sluice::markup::RemovalKind::kBrokenTag})
    policy.actions[static_cast<size_t>(kind)] = sluice::markup::Action::kEscape;
  return policy;
}

void Check(const std::string& source, const HtmlPolicy& policy) {
  const auto out = sluice::markup::Render(source, Format::kHtml, policy, "f-");
  Require(out.verified, "not verified", source);
  if (out.over_budget) return;
  Require(sluice::markup_fuzz::ByGumbo(out.html) == out.html, "gumbo differs",
          out.html);
  const auto again =
      sluice::markup::Render(out.html, Format::kHtml, policy, "f-");
  Require(again.html == out.html || again.over_budget, "changes again",
          out.html);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const HtmlPolicy kPolicies[] = {sluice::markup::DefaultHtmlPolicy(),
                                         sluice::markup::PermissiveHtmlPolicy(),
                                         Defusing()};
  const std::string source(reinterpret_cast<const char*>(data), size);
  for (const HtmlPolicy& policy : kPolicies) Check(source, policy);
  return 0;
}
