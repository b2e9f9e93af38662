#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::markup {

// A URL as a browser would read it: the URL Standard (url.spec.whatwg.org),
// basic URL parser without a base, in its canonical form.
struct Url {
  std::string href;    // canonical, ASCII only
  std::string scheme;  // lower case, without the colon
  std::string host;    // lower case, punycode or [IPv6]; empty for mailto:
  bool has_userinfo = false;
  bool relative = false;  // parsed by ParseRelativeUrl
};

inline constexpr size_t kMaxUrl = 8192;  // bytes as written; longer is refused

// Parses an absolute URL. nullopt if a browser would not parse it without a
// base, or it is longer than kMaxUrl. C0 and spaces at the ends and tabs and
// newlines inside are removed first, as browsers do, so that "java\nscript:"
// has the scheme javascript.
//
// Stricter than the standard in what may stay as written: `"<>{}|\^` and the
// backquote are percent-encoded everywhere. ParseUrl(href)->href == href.
std::optional<Url> ParseUrl(std::string_view written);

// A URL without a scheme, that stays on the page's host: "/path", "path?q",
// "#part", never "//host" or "\\host". Its href is written like the path,
// query and fragment of an absolute one.
std::optional<Url> ParseRelativeUrl(std::string_view written);

// Whether the URL as written has characters that can only mislead: controls
// (but tab, newline and those at the ends, which browsers remove), bidi
// controls, invisible format characters, non-characters.
bool HasHiddenCharacters(std::string_view written);

// The host as browsers compare it: percent-decoded, mapped by UTS #46
// (non-transitional), punycode, or an IPv4 or [IPv6] address in its shortest
// form. nullopt if it is no host of a special URL.
std::optional<std::string> CanonicalHost(std::string_view written);

}  // namespace sluice::markup
