// The idea: not the standard's state machine, but the grammar it comes to when
// there is no base URL, read from left to right.

#include "service/markup/url.h"

#include <algorithm>
#include <charconv>

#include "service/markup/byte_set.h"
#include "service/markup/characters.h"
#include "service/text/utf8.h"

namespace sluice::markup {
namespace {

// Percent-encoded wherever they stand, beyond controls and what is not ASCII:
// no such byte is ever needed as written, and each has been half of an attack
// (attribute breakers, template braces, Markdown in a URL).
constexpr std::string_view kNeverRaw = " \"<>\\^`{|}";
constexpr ByteSet kEncoded =
    ByteSet(kNeverRaw).AddRange(0, 0x20).AddRange(0x7F, 0xFF);

constexpr ByteSet kAuthorityEnds("/\\?#");
constexpr ByteSet kPathEnds("?#");

constexpr ByteSet kControlOrBeyond =
    ByteSet("").AddRange(0, 0x1F).AddRange(0x7F, 0xFF);

bool IsAlpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool IsSlash(char c) { return c == '/' || c == '\\'; }

void AppendEncoded(char c, std::string* out) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  out->push_back('%');
  out->push_back(kHex[byte >> 4]);
  out->push_back(kHex[byte & 15]);
}

void AppendCanonical(std::string_view text, std::string_view also,
                     std::string* out) {
  size_t kept = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (!kEncoded[c] && (also.empty() || c != also[0])) continue;
    out->append(text.substr(kept, at - kept));
    AppendEncoded(c, out);
    kept = at + 1;
  }
  out->append(text.substr(kept));
}

std::string_view TrimEnds(std::string_view written) {
  const auto junk = [](char c) {
    return static_cast<unsigned char>(c) <= 0x20;
  };
  while (!written.empty() && junk(written.front())) written.remove_prefix(1);
  while (!written.empty() && junk(written.back())) written.remove_suffix(1);
  return written;
}

constexpr ByteSet kRemoved("\t\n\r");

bool IsRemoved(char c) { return kRemoved[c]; }

// As a browser prepares it: the standard's first steps.
std::string Prepared(std::string_view written) {
  std::string url(TrimEnds(written));
  if (kRemoved.Find(url, 0) < url.size())
    url.erase(std::remove_if(url.begin(), url.end(), IsRemoved), url.end());
  return url;
}

// Bytes of the scheme, 0 if there is none.
size_t SchemeSize(std::string_view url) {
  if (url.empty() || !IsAlpha(url[0])) return 0;
  for (size_t i = 1; i < url.size(); ++i) {
    if (url[i] == ':') return i;
    const bool fits = IsAlpha(url[i]) || IsDigit(url[i]) || url[i] == '+' ||
                      url[i] == '-' || url[i] == '.';
    if (!fits) return 0;
  }
  return 0;
}

struct Special {
  std::string_view scheme;
  int port;
};

const Special* FindSpecial(std::string_view scheme) {
  static constexpr Special kSpecials[] = {
      {"http", 80}, {"https", 443}, {"ftp", 21}, {"ws", 80}, {"wss", 443}};
  for (const Special& special : kSpecials) {
    if (special.scheme == scheme) return &special;
  }
  return nullptr;
}

// What "." and ".." mean also when their dots are percent-encoded.
int DotsOf(std::string_view segment) {
  int dots = 0;
  while (!segment.empty()) {
    if (segment[0] == '.') {
      segment.remove_prefix(1);
    } else if (segment.substr(0, 3) == "%2e" || segment.substr(0, 3) == "%2E") {
      segment.remove_prefix(3);
    } else {
      return 0;
    }
    if (++dots > 2) return 0;
  }
  return dots;
}

// Appends the path without its dot segments. `path` begins with a slash.
void AppendPath(std::string_view path, bool special, std::string* out) {
  const size_t root = out->size();
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto ends = [special](char c) {
      return c == '/' || (special && c == '\\');
    };
    const auto slash = std::find_if(path.begin(), path.end(), ends);
    const std::string_view segment =
        path.substr(0, static_cast<size_t>(slash - path.begin()));
    path.remove_prefix(segment.size());
    const int dots = DotsOf(segment);
    // A segment kept begins with the only slash in it.
    if (dots == 2 && out->size() > root) out->resize(out->rfind('/'));
    if (dots > 0) {
      if (path.empty()) out->push_back('/');
      continue;
    }
    out->push_back('/');
    AppendCanonical(segment, "", out);
  }
  if (out->size() == root) out->push_back('/');
}

// "?query#fragment" or less. `special` URLs encode the apostrophe of a query.
void AppendQueryAndFragment(std::string_view rest, bool special,
                            std::string* out) {
  const size_t hash = std::min(rest.find('#'), rest.size());
  const std::string_view query = rest.substr(0, hash);
  if (!query.empty()) {
    out->push_back('?');
    AppendCanonical(query.substr(1), special ? "'" : "", out);
  }
  if (hash < rest.size()) {
    out->push_back('#');
    AppendCanonical(rest.substr(hash + 1), "", out);
  }
}

// Port digits after the host; -1 for none, nullopt if it is no port.
std::optional<int> ParsePort(std::string_view digits) {
  if (digits.empty()) return -1;
  if (!std::all_of(digits.begin(), digits.end(), IsDigit)) return std::nullopt;
  while (digits.size() > 1 && digits.front() == '0') digits.remove_prefix(1);
  constexpr size_t kMaxDigits = 5;
  constexpr int kMaxPort = 65535;
  if (digits.size() > kMaxDigits) return std::nullopt;
  int port = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (port > kMaxPort) return std::nullopt;
  return port;
}

struct Authority {
  std::string_view host;
  std::string_view port;
  bool has_userinfo;
};

Authority SplitAuthority(std::string_view text) {
  const size_t at = text.rfind('@');
  const bool userinfo = at != std::string_view::npos;
  if (userinfo) text.remove_prefix(at + 1);
  const size_t bracket = text.rfind(']');
  const size_t colon =
      text.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon == std::string_view::npos) return {text, {}, userinfo};
  return {text.substr(0, colon), text.substr(colon + 1), userinfo};
}

std::optional<Url> ParseSpecial(const Special& special, std::string_view rest) {
  while (!rest.empty() && IsSlash(rest.front())) rest.remove_prefix(1);
  const size_t end = kAuthorityEnds.Find(rest, 0);
  const Authority authority = SplitAuthority(rest.substr(0, end));
  rest.remove_prefix(end);
  std::optional<std::string> host = CanonicalHost(authority.host);
  const std::optional<int> port = ParsePort(authority.port);
  if (!host || !port) return std::nullopt;
  Url url;
  url.scheme = std::string(special.scheme);
  url.host = std::move(*host);
  url.has_userinfo = authority.has_userinfo;
  url.href.reserve(url.scheme.size() + url.host.size() + rest.size() + 16);
  url.href.append(url.scheme).append("://").append(url.host);
  if (*port >= 0 && *port != special.port)
    url.href += ":" + std::to_string(*port);
  const size_t path_end = kPathEnds.Find(rest, 0);
  AppendPath(rest.substr(0, path_end), true, &url.href);
  AppendQueryAndFragment(rest.substr(path_end), true, &url.href);
  return url;
}

// mailto:, tel:, javascript: and all others: nothing but characters to a
// browser until its handler reads them.
std::optional<Url> ParseGeneric(std::string scheme, std::string_view rest) {
  Url url;
  url.scheme = std::move(scheme);
  url.href.reserve(url.scheme.size() + rest.size() + 16);
  url.href.append(url.scheme).append(":");
  const size_t end = kPathEnds.Find(rest, 0);
  std::string_view path = rest.substr(0, end);
  if (path.substr(0, 2) == "//") {
    path.remove_prefix(2);
    const size_t slash = std::min(path.find('/'), path.size());
    const Authority authority = SplitAuthority(path.substr(0, slash));
    url.has_userinfo = authority.has_userinfo;
    url.host = std::string(authority.host);
    url.href += "//";
    AppendCanonical(path.substr(0, slash), "", &url.href);
    path.remove_prefix(slash);
    if (!path.empty()) AppendPath(path, false, &url.href);
  } else {
    AppendCanonical(path, "", &url.href);
  }
  AppendQueryAndFragment(rest.substr(end), false, &url.href);
  return url;
}

}  // namespace

std::optional<Url> ParseUrl(std::string_view written) {
  if (written.size() > kMaxUrl) return std::nullopt;
  const std::string prepared = Prepared(written);
  const size_t size = SchemeSize(prepared);
  if (size == 0) return std::nullopt;
  std::string scheme = prepared.substr(0, size);
  for (char& c : scheme) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  }
  const std::string_view rest = std::string_view(prepared).substr(size + 1);
  const Special* special = FindSpecial(scheme);
  if (special != nullptr) return ParseSpecial(*special, rest);
  return ParseGeneric(std::move(scheme), rest);
}

std::optional<Url> ParseRelativeUrl(std::string_view written) {
  if (written.size() > kMaxUrl) return std::nullopt;
  std::string prepared = Prepared(written);
  if (SchemeSize(prepared) > 0) return std::nullopt;
  const size_t end = kPathEnds.Find(prepared, 0);
  std::replace(prepared.begin(), prepared.begin() + static_cast<ptrdiff_t>(end),
               '\\', '/');
  if (prepared.substr(0, 2) == "//") return std::nullopt;
  Url url;
  url.relative = true;
  AppendCanonical(std::string_view(prepared).substr(0, end), "", &url.href);
  // "a):b" has no scheme, but looks like one: RFC 3986, 4.2, writes it so.
  const size_t colon = url.href.find_first_of(":/");
  if (colon != std::string::npos && url.href[colon] == ':') {
    url.href.insert(0, "./");
  }
  AppendQueryAndFragment(std::string_view(prepared).substr(end), true,
                         &url.href);
  return url;
}

bool HasHiddenCharacters(std::string_view written) {
  written = TrimEnds(written);
  for (size_t i = kControlOrBeyond.Find(written, 0); i < written.size();
       i = kControlOrBeyond.Find(written, i)) {
    const text::Decoded decoded = text::DecodeUtf8(written, i);
    i += decoded.size;
    const char32_t c = decoded.code_point;
    if (c < 0x80 && IsRemoved(static_cast<char>(c))) continue;
    if (IsForbidden(c) || IsBidiControl(c) || IsInvisible(c)) return true;
  }
  return false;
}

}  // namespace sluice::markup
