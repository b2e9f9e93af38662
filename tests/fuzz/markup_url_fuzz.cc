// Any bytes as a URL: the canonical form stays as it is, has a scheme, and
// nothing in it could end an attribute or move a terminal's cursor.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "service/markup/url.h"

namespace {

void Require(bool held) {
  if (!held) std::abort();
}

bool IsPlain(std::string_view href) {
  for (const char c : href) {
    if (c <= 0x20 || c == 0x7F || c == '"' || c == '<' || c == '>' || c < 0)
      return false;
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view written(reinterpret_cast<const char*>(data), size);
  if (const auto url = sluice::markup::ParseUrl(written)) {
    Require(IsPlain(url->href) && !url->scheme.empty());
    const auto again = sluice::markup::ParseUrl(url->href);
    Require(again.has_value() && again->href == url->href &&
            again->host == url->host);
  }
  if (const auto url = sluice::markup::ParseRelativeUrl(written)) {
    Require(IsPlain(url->href) && url->scheme.empty());
    Require(url->href.rfind("//", 0) != 0);
  }
  if (const auto host = sluice::markup::CanonicalHost(written))
    Require(IsPlain(*host));
  (void)sluice::markup::HasHiddenCharacters(written);
  return 0;
}
