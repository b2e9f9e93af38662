#include "service/classifier/habits.h"

#include <array>
#include <cstddef>

namespace sluice::classifier {
namespace {

constexpr size_t kMaxShape = 12;

bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsSpace(char c) { return c == ' ' || c == '\n'; }
bool EndsSentence(char c) { return c == '.' || c == '!' || c == '?'; }

using Count = int Habits::*;

// Which count a character adds to; null: none.
constexpr std::array<Count, 128> kCounts = [] {
  std::array<Count, 128> counts{};
  counts['!'] = &Habits::exclamations;
  counts['?'] = &Habits::questions;
  counts[','] = &Habits::commas;
  counts['.'] = &Habits::stops;
  counts['\''] = &Habits::apostrophes;
  counts['"'] = &Habits::quotes;
  counts['('] = &Habits::brackets;
  counts['@'] = &Habits::ats;
  counts['#'] = &Habits::hashes;
  counts['$'] = &Habits::money;
  counts['%'] = &Habits::percents;
  counts['+'] = &Habits::pluses;
  counts['/'] = &Habits::slashes;
  counts[':'] = &Habits::colons;
  counts['-'] = &Habits::dashes;
  counts['`'] = &Habits::backticks;
  counts['<'] = &Habits::tags;
  return counts;
}();

}  // namespace

Habits HabitsOf(std::string_view text) {
  Habits out;
  char before = '\n';
  bool begun = false;  // a sentence
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const char next = i + 1 < text.size() ? text[i + 1] : '\n';
    if (IsLetter(c)) {
      if (!begun) {
        ++out.sentences;
        out.capital_sentences += c < 'a';
        begun = true;
      }
      out.lone_i +=
          c == 'i' && IsSpace(before) && (IsSpace(next) || next == '\'');
    } else if (IsDigit(c)) {
      out.numbers += !IsDigit(before);
    } else if (IsSpace(c)) {
      if (c == ' ') out.double_spaces += before == ' ';
      if (c == '\n') out.blank_lines += before == '\n';
      if (EndsSentence(before) || (c == '\n' && before == '\n')) begun = false;
    } else if (static_cast<unsigned char>(c) >= 0xC0) {
      ++out.foreign;
    } else if (static_cast<unsigned char>(c) >= 0x80) {
      // the rest of a character
    } else if (const Count count = kCounts[static_cast<size_t>(c)];
               count != nullptr) {
      if (c == '.' && before == '.') {
        ++out.ellipses;
      } else {
        ++(out.*count);
      }
      if (c == ',' || EndsSentence(c)) {
        out.space_before += before == ' ';
        out.none_after += IsLetter(next);
      }
    }
    before = c;
  }
  return out;
}

char KindOf(char c) {
  if (c >= 'a' && c <= 'z') return 'a';
  if (c >= 'A' && c <= 'Z') return 'A';
  if (IsDigit(c)) return '0';
  return static_cast<unsigned char>(c) >= 0x80 ? 'x' : c;
}

std::string ShapeOf(std::string_view name) {
  std::string shape;
  for (size_t i = 0; i < name.size() && i < 64 && shape.size() < kMaxShape;
       ++i) {
    const char kind = KindOf(name[i]);
    if (shape.size() < 2 || shape.back() != kind) shape.push_back(kind);
  }
  return shape;
}

}  // namespace sluice::classifier
