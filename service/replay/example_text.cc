#include "service/replay/example_text.h"

#include <algorithm>
#include <vector>

#include "service/base/ascii.h"

namespace sluice::replay {
namespace {

constexpr size_t kMinName = 3;    // bytes: shorter words are not names alone
constexpr size_t kMinDigits = 5;  // of a telephone or a card number

bool IsSpace(char c) {
  return static_cast<unsigned char>(c) <= ' ' || c == '\x7f';
}

std::vector<std::string_view> Split(std::string_view text) {
  std::vector<std::string_view> out;
  for (size_t at = 0; at < text.size();) {
    while (at < text.size() && IsSpace(text[at])) ++at;
    const size_t begin = at;
    while (at < text.size() && !IsSpace(text[at])) ++at;
    if (at > begin) out.push_back(text.substr(begin, at - begin));
  }
  return out;
}

// The word without the signs around it.
std::string_view Bare(std::string_view word) {
  constexpr std::string_view kSigns = ".,;:!?()[]{}<>\"'*_~`";
  const size_t begin = word.find_first_not_of(kSigns);
  if (begin == std::string_view::npos) return {};
  return word.substr(begin, word.find_last_not_of(kSigns) - begin + 1);
}

std::string Scrubbed(std::string_view word,
                     const std::vector<std::string>& names) {
  if (word.find("://") != std::string_view::npos || word.substr(0, 4) == "www.")
    return "https://example.org/";
  if (word.find('@') != std::string_view::npos) return "someone@example.org";
  const auto digits = std::count_if(
      word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
  std::string out(word);
  if (digits >= static_cast<ptrdiff_t>(kMinDigits)) {
    for (char& c : out) {
      if (c >= '0' && c <= '9') c = '0';
    }
  }
  const std::string_view bare = Bare(word);
  if (std::find(names.begin(), names.end(), LowerAscii(bare)) == names.end())
    return out;
  return out.replace(static_cast<size_t>(bare.data() - word.data()),
                     bare.size(), "Somebody");
}

// The next border of a word at or before, and at or after, a place.
size_t WordBefore(std::string_view text, size_t at) {
  while (at > 0 && !IsSpace(text[at - 1])) --at;
  return at;
}
size_t WordAfter(std::string_view text, size_t at) {
  while (at < text.size() && !IsSpace(text[at])) ++at;
  return at;
}

bool IsContinuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

}  // namespace

std::string ExampleAround(std::string_view plain, size_t at,
                          const v1::Author& author) {
  at = std::min(at, plain.size());
  size_t begin = at - std::min(at, kExampleBytes / 3);
  size_t end = std::min(plain.size(), begin + kExampleBytes);
  // A text without spaces has no border near: then between two characters.
  constexpr size_t kFar = 60;
  const size_t word_begin = WordBefore(plain, begin);
  if (begin - word_begin < kFar) begin = word_begin;
  while (begin > 0 && IsContinuation(plain[begin])) --begin;
  const size_t word_end = WordAfter(plain, end);
  if (word_end - end < kFar) end = word_end;
  while (end < plain.size() && IsContinuation(plain[end])) ++end;

  std::vector<std::string> names;
  for (std::string_view name : Split(author.name())) {
    if (Bare(name).size() >= kMinName) names.push_back(LowerAscii(Bare(name)));
  }
  std::string out;
  for (std::string_view word : Split(plain.substr(begin, end - begin))) {
    if (!out.empty()) out += ' ';
    out += Scrubbed(word, names);
  }
  return out;
}

std::string YamlQuoted(std::string_view text) {
  std::string out = "'";
  for (char c : text) {
    if (c == '\'') out += '\'';
    if (!IsSpace(c) || c == ' ') out += c;
  }
  return out + "'";
}

}  // namespace sluice::replay
