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

bool IsTelephoneNumber(std::string_view token) {
  constexpr std::ptrdiff_t kDigits = 7;
  return std::none_of(token.begin(), token.end(), IsLetter) &&
         std::count_if(token.begin(), token.end(),
                       [](char c) { return c >= '0' && c <= '9'; }) >= kDigits;
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
  const std::string_view token = body.substr(at, end - at);
  return IsAddress(token) || IsTelephoneNumber(token) ? end : at;
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

bool IsMostlyAscii(std::string_view body) {
  size_t ascii = 0;
  size_t others = 0;  // code points
  for (const Piece& piece : PiecesOf(body)) {
    if (!piece.words) continue;
    for (const char c : piece.text) {
      ascii += IsLetter(c);
      others += static_cast<uint8_t>(c) >= 0xC0;
    }
  }
  return ascii > others;
}

std::string DisguiseBody(std::string_view body, const Disguise& disguise,
                         uint32_t seed) {
  std::string out;
  for (const Piece& piece : PiecesOf(body)) {
    const auto is_inside = [](char c) {
      return IsLetter(c) || static_cast<uint8_t>(c) >= 0x80;
    };
    const auto begin =
        std::find_if(piece.text.begin(), piece.text.end(), is_inside);
    if (!piece.words || begin == piece.text.end()) {
      out += piece.text;
      continue;
    }
    const auto end =
        std::find_if(piece.text.rbegin(), piece.text.rend(), is_inside).base();
    out.append(piece.text.begin(), begin);
    out += disguise.apply(
        piece.text.substr(static_cast<size_t>(begin - piece.text.begin()),
                          static_cast<size_t>(end - begin)),
        seed++);
    out.append(end, piece.text.end());
  }
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
