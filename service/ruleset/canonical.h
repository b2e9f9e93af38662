#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::ruleset {

// White space as RE2's \s has it (not \v).
inline bool IsSpace(char32_t c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}

// The canonical form of a text, in which literals of rules are sought: every
// character in Unicode's simple case folding, every run of white space
// (IsSpace) one space. Two characters that RE2 takes for each other under (?i)
// have one canonical form (U+017F long s is s, U+212A Kelvin sign is k), so
// what a pattern finds in a text, its canonical form finds in the text's.
//
// Bytes that are not UTF-8 stand for themselves.
std::string Canonical(std::string_view text);

// Simple case folding of one character.
char32_t FoldCase(char32_t c);

// The canonical form of a text and the way back. Linear; reuses its memory.
class CanonicalText {
 public:
  // `view` must outlive the use of this.
  void Assign(std::string_view view);

  std::string_view text() const { return text_; }

  // Whether the view is its own canonical form.
  bool identity() const { return identity_; }

  // The byte of the view from which the character at text()[at] came; of a run
  // of spaces the first. `at` may be text().size().
  uint32_t ToView(uint32_t at) const { return identity_ ? at : offsets_[at]; }

 private:
  std::string_view text_;
  bool identity_ = true;
  std::string changed_;            // text_ views it unless identity_
  std::vector<uint32_t> offsets_;  // of bytes of text_, and of its end
};

}  // namespace sluice::ruleset
