// Any text as Markdown, under both policies: what is published passes the
// verifier, is the same every time, and all places lie inside the
// source.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "service/markup/policy.h"
#include "service/markup/render.h"
#include "service/text/utf8.h"

namespace {

using sluice::markup::Format;
using sluice::markup::HtmlPolicy;
using sluice::markup::Rendering;

void Require(bool held) {
  if (!held) std::abort();
}

void Check(std::string_view source, const HtmlPolicy& policy) {
  const Rendering rendering =
      sluice::markup::Render(source, Format::kMarkdownExtra, policy, "fuzz-");
  Require(rendering.verified || rendering.over_budget);
  if (!rendering.verified) Require(rendering.html.empty());
  for (const auto& removal : rendering.removals) {
    Require(removal.source.begin <= removal.source.end &&
            removal.source.end <= source.size());
  }
  for (const auto& link : rendering.links) {
    Require(link.source.begin <= link.source.end &&
            link.source.end <= source.size());
  }
  const auto whole =
      rendering.text_map.Map({0, static_cast<uint32_t>(rendering.text.size())});
  Require(whole.begin <= whole.end && whole.end <= source.size());
  const Rendering again =
      sluice::markup::Render(source, Format::kMarkdownExtra, policy, "fuzz-");
  Require(again.html == rendering.html && again.text == rendering.text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view source(reinterpret_cast<const char*>(data), size);
  if (!sluice::text::IsValidUtf8(source)) return 0;
  static const HtmlPolicy kDefault = sluice::markup::DefaultHtmlPolicy();
  static const HtmlPolicy kPermissive = sluice::markup::PermissiveHtmlPolicy();
  Check(source, kDefault);
  Check(source, kPermissive);
  return 0;
}
