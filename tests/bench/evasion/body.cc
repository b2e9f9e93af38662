#include "tests/bench/evasion/body.h"

#include <algorithm>

#include "service/base/ascii.h"
#include "service/signals/public_suffix.h"

namespace sluice::evasion {
namespace {

constexpr std::string_view kSpace = " \t\r\n";
constexpr std::string_view kTokenEnds = " \t\r\n<>[]()\"'";

bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

size_t After(std::string_view body, char closer, size_t at) {
  const size_t end = body.find(closer, at);
  return end == std::string_view::npos ? at : end + 1;
}

size_t SkipTag(std::string_view body, size_t at) {
  if (at + 1 >= body.size()) return at;
  const char next = body[at + 1];
  if (!IsLetter(next) && next != '/' && next != '!') return at;
  const size_t end = After(body, '>', at);
  return end;
}

size_t SkipBbcode(std::string_view body, size_t at) {
  const size_t end = After(body, ']', at);
  if (end == at) return at;
  std::string_view inside = body.substr(at + 1, end - at - 2);
  if (inside.substr(0, 1) == "/") inside.remove_prefix(1);
  const std::string name =
      LowerAscii(inside.substr(0, std::min(inside.find('='), inside.size())));
  constexpr std::string_view kNames[] = {"url",   "link", "img",  "b",
                                         "i",     "u",    "size", "color",
                                         "email", "code", "quote"};
  const bool known =
      std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
  return known ? end : at;
}

size_t SkipReference(std::string_view body, size_t at) {
  constexpr size_t kLongest = 32;
  const size_t end = body.find_first_of(";& \n", at + 1);
  if (end == std::string_view::npos || body[end] != ';') return at;
  return end - at <= kLongest && end > at + 1 ? end + 1 : at;
}

bool IsAddress(std::string_view token) {
  return token.find("://") != std::string_view::npos ||
         token.find('@') != std::string_view::npos ||
         LowerAscii(token.substr(0, 4)) == "www." ||
         !signals::BareHost(token).empty();
}

// The end of what is to be kept at `at`; `at` itself where words are.
size_t SkipKept(std::string_view body, size_t at) {
  switch (body[at]) {
    case '<':
      return SkipTag(body, at);
    case '[':
      return SkipBbcode(body, at);
    case ']':
      return body.substr(at, 2) == "](" ? After(body, ')', at) : at;
    case '&':
      return SkipReference(body, at);
    default:
      break;
  }
  const bool begins =
      at == 0 || kTokenEnds.find(body[at - 1]) != std::string_view::npos;
  if (!begins || kTokenEnds.find(body[at]) != std::string_view::npos) return at;
  // A URL ends where white space or markup begins; brackets are of it.
  size_t end = std::min(body.find_first_of(" \t\r\n<>\"'[]", at), body.size());
  if (body.substr(at, end - at).find("://") != std::string_view::npos)
    return end;
  end = std::min(body.find_first_of(kTokenEnds, at), body.size());
  return IsAddress(body.substr(at, end - at)) ? end : at;
}

}  // namespace

std::vector<Piece> PiecesOf(std::string_view body) {
  std::vector<Piece> pieces;
  size_t begin = 0;
  const auto add = [&](size_t end, bool words) {
    if (end > begin) pieces.push_back({body.substr(begin, end - begin), words});
    begin = end;
  };
  for (size_t at = 0; at < body.size();) {
    const size_t end = SkipKept(body, at);
    if (end == at) {
      ++at;
      continue;
    }
    add(at, true);
    add(end, false);
    at = end;
  }
  add(body.size(), true);
  return pieces;
}

std::string DisguiseBody(std::string_view body, const Disguise& disguise,
                         uint32_t seed) {
  std::string out;
  for (const Piece& piece : PiecesOf(body))
    out += piece.words ? disguise.apply(piece.text, seed++)
                       : std::string(piece.text);
  return out;
}

std::string ScrambleBody(std::string_view body, uint32_t seed) {
  std::string out;
  for (const Piece& piece : PiecesOf(body)) {
    for (char c : piece.text) {
      seed = seed * 1664525u + 1013904223u;
      const auto by = static_cast<int>((seed >> 24) % 25) + 1;
      const char first = c >= 'a' ? 'a' : 'A';
      out += piece.words && IsLetter(c)
                 ? static_cast<char>(first + (c - first + by) % 26)
                 : c;
    }
  }
  return out;
}

}  // namespace sluice::evasion
