// The whole, in the format that the first byte picks: verified, read by gumbo
// as what was meant, maps monotone and inside the source, deterministic.

#include <cstddef>
#include <cstdint>
#include <string>

#include "service/markup/render.h"
#include "tests/fuzz/markup_oracle.h"

namespace {

using sluice::ByteSpan;
using sluice::markup::Format;
using sluice::markup::HtmlPolicy;
using sluice::markup_fuzz::Require;

void CheckMap(const std::string& source, const std::string& text,
              const sluice::text::OffsetMap& map) {
  Require(map.derived_size() == text.size(), "map of another size", source);
  uint32_t reached = 0;
  for (uint32_t i = 0; i < text.size(); ++i) {
    const ByteSpan span = map.Map({i, i + 1});
    Require(span.begin >= reached && span.begin <= span.end &&
                span.end <= source.size(),
            "map not monotone or outside", source);
    reached = span.begin;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const HtmlPolicy kDefault = sluice::markup::DefaultHtmlPolicy();
  static const HtmlPolicy kPermissive = sluice::markup::PermissiveHtmlPolicy();
  if (size == 0) return 0;
  const auto format = static_cast<Format>((data[0] & 0x7F) % 3);
  const HtmlPolicy& policy = (data[0] & 0x80) != 0 ? kPermissive : kDefault;
  const std::string source(reinterpret_cast<const char*>(data + 1), size - 1);
  const auto out = sluice::markup::Render(source, format, policy, "f-");
  Require(out.verified, "not verified", source);
  CheckMap(source, out.text, out.text_map);
  const auto own = sluice::markup::MakeOwnWords(out);
  CheckMap(source, own.text, own.map);
  for (const auto& link : out.links) {
    Require(link.source.begin <= link.source.end &&
                link.source.end <= source.size() &&
                link.text_span.end <= out.text.size(),
            "link outside", source);
  }
  const auto twin = sluice::markup::Render(source, format, policy, "f-");
  Require(twin.html == out.html && twin.text == out.text, "not deterministic",
          source);
  if (!out.over_budget)
    Require(sluice::markup_fuzz::ByGumbo(out.html) == out.html, "gumbo differs",
            out.html);
  return 0;
}
