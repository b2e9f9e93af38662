#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "service/text/draft.h"

namespace sluice::text {

struct LeetUnit {
  uint32_t begin;
  uint32_t end;
  char32_t c;
  enum Kind : uint8_t { kLetter, kDigit, kSymbol } kind;
  char look;  // of a symbol outside ASCII
};

// Units [first, last) that are not letters.
struct LeetGroup {
  size_t first;
  size_t last;
  size_t size() const { return last - first; }
};

// Symbols that are read as letters inside a word, beside those with a look.
bool IsLeetSymbol(char32_t c);

// How much leet there is in the rest of the text: the more, the less convinces.
enum class LeetHabit { kNone, kSome, kHabitual };

// One word of letters, digits and symbols, and whether it is leet.
class LeetWord {
 public:
  LeetWord(const std::string& text, LeetHabit habit,
           std::vector<LeetUnit>* units)
      : text_(text),
        lenient_(habit != LeetHabit::kNone),
        habitual_(habit == LeetHabit::kHabitual),
        units_(*units) {}

  // Appends the readings to `edits` and returns how many.
  uint32_t Read(Edits* edits);

 private:
  void Trim();
  bool IsCode() const;
  bool Convinces(const LeetGroup& group) const;
  bool IsHabitual(const std::vector<LeetGroup>& groups) const;
  bool InnerConvinces(const LeetGroup& group) const;
  bool DigitsConvince(const LeetGroup& group) const;
  bool LeadingConvinces(const LeetGroup& group) const;
  bool TrailingConvinces(const LeetGroup& group) const;
  bool LenientlyConvinces(const LeetGroup& group) const;
  bool IsSignThenDigits(const LeetGroup& group) const;
  bool HasSign() const;
  bool MixesSigns(const LeetGroup& group) const;
  bool Serves(const LeetGroup& group) const;
  bool IsDoubled(const LeetGroup& group) const;
  bool IsSyllable(const LeetGroup& group) const;
  bool IsWordEnd(const LeetGroup& group) const;
  bool IsPrice() const;
  bool InProse() const;
  bool HasVowel(size_t first, size_t last) const;
  char32_t Reading(size_t at) const;
  char32_t ReadingOfOne(size_t at) const;
  char32_t At(size_t at) const { return at < units_.size() ? units_[at].c : 0; }
  bool AllDigits(const LeetGroup& group) const;
  bool Only(const LeetGroup& group, char32_t c) const;
  bool IsLeading(const LeetGroup& group) const { return group.first == 0; }
  bool IsTrailing(const LeetGroup& group) const {
    return group.last == units_.size();
  }

  const std::string& text_;
  const bool lenient_;
  const bool habitual_;
  std::vector<LeetUnit>& units_;
  size_t letters_ = 0;
  size_t digits_ = 0;
  bool cyrillic_ = false;
};

}  // namespace sluice::text
