#include "service/text/leet_word.h"

#include <algorithm>
#include <string_view>

#include "service/text/char_table.h"

namespace sluice::text {
namespace {

constexpr size_t kMaxWord = 32;
constexpr size_t kMaxHabitualGroup = 4;

bool IsVowel(char32_t c) {
  switch (c) {
    case 'a':
    case 'e':
    case 'i':
    case 'o':
    case 'u':
    case 'y':
    case '0':
    case '3':
    case '4':
    case '@':
      return true;
    default:
      return false;
  }
}

bool IsOneOf(char32_t c, std::string_view list) {
  return c < 0x80 && list.find(static_cast<char>(c)) != std::string_view::npos;
}

char32_t CyrillicReading(char32_t c) {
  switch (c) {
    case '0':
      return U'о';
    case '3':
      return U'з';
    case '4':
      return U'ч';
    case '6':
      return U'б';
    case '@':
      return U'а';
    default:
      return 0;
  }
}

}  // namespace

bool IsLeetSymbol(char32_t c) {
  return IsOneOf(c, "@$!|") || c == U'€' || c == U'£' || c == U'¥' || c == U'¢';
}

// A mention's @, a sentence's ! and a table's | are not in the word.
void LeetWord::Trim() {
  const auto loose = [](const LeetUnit& unit) {
    return unit.kind == LeetUnit::kSymbol && IsOneOf(unit.c, "@!|");
  };
  while (!units_.empty() && loose(units_.back()) && units_.back().c != '@') {
    units_.pop_back();
  }
  const auto first = std::find_if_not(units_.begin(), units_.end(), loose);
  units_.erase(units_.begin(), first);
}

uint32_t LeetWord::Read(Edits* edits) {
  Trim();
  if (units_.size() < 3 || units_.size() > kMaxWord) return 0;
  std::vector<LeetGroup> groups;
  for (size_t i = 0; i < units_.size(); ++i) {
    if (units_[i].kind == LeetUnit::kLetter) {
      if (letters_++ == 0) {
        cyrillic_ =
            CharTable::Get()[units_[i].c].script == CharScript::kCyrillic;
      }
      continue;
    }
    digits_ += units_[i].kind == LeetUnit::kDigit;
    if (!groups.empty() && groups.back().last == i) {
      ++groups.back().last;
    } else {
      groups.push_back({i, i + 1});
    }
  }
  if (letters_ == 0 || groups.empty() || IsCode()) return 0;
  const bool convinces =
      std::any_of(groups.begin(), groups.end(),
                  [&](const LeetGroup& group) { return Convinces(group); });
  if (!convinces && !(habitual_ && IsHabitual(groups))) return 0;
  uint32_t read = 0;
  for (const LeetGroup& group : groups) {
    if (!Serves(group)) continue;
    for (size_t i = group.first; i < group.last; ++i) {
      edits->Replace(units_[i].begin, units_[i].end, Reading(i));
      ++read;
    }
  }
  return read;
}

// A number at the end ("p0rn123", "v1agra2024") says nothing about the rest.
bool LeetWord::IsCode() const {
  size_t end = units_.size();
  while (end > 0 && units_[end - 1].kind == LeetUnit::kDigit) --end;
  if (units_.size() - end < 2) end = units_.size();
  size_t digits = 0;
  bool hex = units_.size() >= 6 && digits_ >= 2;
  for (size_t i = 0; i < units_.size(); ++i) {
    const LeetUnit& unit = units_[i];
    const bool digit = unit.kind == LeetUnit::kDigit;
    hex = hex && (digit || IsOneOf(unit.c, "abcdef"));
    if (i >= end) continue;
    digits += digit;
    if (!cyrillic_ && IsOneOf(unit.c, "269")) return true;
  }
  return hex || (digits > letters_ && !HasSign() && !habitual_);
}

// Among many leet words: one that can be read throughout, though it has too few
// letters to convince by itself ("l1k3", "s173", "wh47", "th1s", "ju$7"). Not a
// number with its unit ("5th", "100k").
bool LeetWord::IsHabitual(const std::vector<LeetGroup>& groups) const {
  if (cyrillic_) return false;
  if (IsLeading(groups.front()) && groups.size() == 1 && letters_ < 4)
    return false;
  return std::all_of(groups.begin(), groups.end(), [&](const LeetGroup& group) {
    return group.size() <= kMaxHabitualGroup && Serves(group) &&
           !Only(group, '!') && !Only(group, '|');
  });
}

bool LeetWord::Convinces(const LeetGroup& group) const {
  if (IsLeading(group)) return LeadingConvinces(group);
  if (IsTrailing(group)) return TrailingConvinces(group);
  return InnerConvinces(group);
}

bool LeetWord::InnerConvinces(const LeetGroup& group) const {
  if (!Serves(group)) return false;
  if (AllDigits(group)) return DigitsConvince(group);
  const bool bang = Only(group, '!') || Only(group, '|');
  if (!bang) return true;
  // "v!agra", but "buy!now" is two words: only after a short start that is not
  // a word.
  return group.size() == 1 &&
         (group.first <= 2 || (group.first == 3 && !HasVowel(0, group.first)));
}

// "v1agra", "pa55word", "s3x", "p0s7", not "h1b", "b2b", "w3c", "mp3s", "a11y".
bool LeetWord::DigitsConvince(const LeetGroup& group) const {
  if (cyrillic_) return group.size() == 1 && letters_ >= 3;
  if (group.last + 1 == units_.size() && At(group.last) == 's' &&
      !HasVowel(0, group.first)) {
    return false;
  }
  if (letters_ >= 3) return group.size() <= (letters_ >= 4 ? 3 : 2);
  if (group.first != 1 || group.size() != 1) return IsDoubled(group);
  if (units_.size() > 4 || IsVowel(At(0)) || IsVowel(At(2))) return false;
  return At(1) == '0' || (IsOneOf(At(1), "34") &&
                          (lenient_ || At(2) == 'x' || units_.size() == 4));
}

// Whether the word stands as prose has it; "$name->" and "($x" are code.
bool LeetWord::InProse() const {
  const size_t begin = units_.front().begin;
  const size_t end = units_.back().end;
  const bool after_space = begin == 0 || text_[begin - 1] == ' ';
  return after_space && (end == text_.size() ||
                         IsOneOf(static_cast<uint8_t>(text_[end]), " .,!?-"));
}

// "$ale", "0rder", "1oan", not "4th", "1st", "3d", "7zip", "5star", "1xbet".
bool LeetWord::LeadingConvinces(const LeetGroup& group) const {
  if (group.size() != 1) return false;
  if (At(0) == '$') return letters_ + 1 == units_.size() && InProse();
  if (cyrillic_) return IsOneOf(At(0), "0346") && letters_ >= 4;
  if (At(0) == '0') return letters_ >= 4 && IsOneOf(At(1), "rnfpvb");
  return At(0) == '1' && letters_ >= 3 && IsVowel(At(1)) &&
         units_[1].kind == LeetUnit::kLetter;
}

// "casin0", "fr33", "buck$", "a$$", not "mp3", "win10", "html5", "us$ 100".
bool LeetWord::TrailingConvinces(const LeetGroup& group) const {
  if (Only(group, '$')) return letters_ + group.size() >= 3 && !IsPrice();
  if (Only(group, '@')) return group.size() == 1 && letters_ >= 3;
  if (cyrillic_) return false;
  if (MixesSigns(group)) return Serves(group);
  if (LenientlyConvinces(group)) return true;
  if (IsDoubled(group)) {
    return letters_ >= 2 && !HasVowel(0, group.first);
  }
  return group.size() == 1 && At(group.first) == '0' && letters_ >= 4;
}

// Digits that stand where a vowel or a consonant would, in a text with leet
// words: "servic3", "gue$7". Alone they are "python3" and "us$7".
bool LeetWord::LenientlyConvinces(const LeetGroup& group) const {
  if (!lenient_ || letters_ < 3 || !HasVowel(0, group.first)) return false;
  return (group.size() == 1 && IsOneOf(At(group.first), "013457")) ||
         IsSyllable(group) || (group.size() == 2 && IsSignThenDigits(group));
}

// A price after its currency: "us$5", "us$ 100".
bool LeetWord::IsSignThenDigits(const LeetGroup& group) const {
  for (size_t i = group.first + 1; i < group.last; ++i) {
    if (units_[i].kind != LeetUnit::kDigit) return false;
  }
  return group.size() > 1 && At(group.first) == '$';
}

bool LeetWord::HasSign() const {
  return std::any_of(units_.begin(), units_.end(), [](const LeetUnit& unit) {
    return unit.c == '$' || unit.c == '@';
  });
}

bool LeetWord::MixesSigns(const LeetGroup& group) const {
  bool sign = false;
  bool digit = false;
  for (size_t i = group.first; i < group.last; ++i) {
    sign |= At(i) == '$' || At(i) == '@';
    digit |= units_[i].kind == LeetUnit::kDigit;
  }
  return sign && digit;
}

// Whether the group is read once the word is known to be leet. At its ends stay
// numbers ("p0rn123") and whatever has no reading.
bool LeetWord::Serves(const LeetGroup& group) const {
  for (size_t i = group.first; i < group.last; ++i) {
    if (Reading(i) == 0) return false;
  }
  if (!IsLeading(group) && !IsTrailing(group)) return true;
  if (Only(group, '$')) return !IsTrailing(group) || !IsPrice();
  if (IsTrailing(group) && MixesSigns(group)) {
    return !IsSignThenDigits(group) || LenientlyConvinces(group) ||
           (habitual_ && group.size() == 2 && letters_ >= 2);
  }
  if (group.size() == 1) return true;
  return IsTrailing(group) &&
         (IsDoubled(group) || IsSyllable(group) || IsWordEnd(group));
}

bool LeetWord::IsDoubled(const LeetGroup& group) const {
  return group.size() == 2 && At(group.first) == At(group.first + 1) &&
         IsOneOf(At(group.first), "03");
}

// A vowel and a consonant, as in "cr3d17" and "singl35".
bool LeetWord::IsSyllable(const LeetGroup& group) const {
  return group.size() == 2 && IsOneOf(At(group.first), "0134") &&
         IsOneOf(At(group.first + 1), "57");
}

// As habit has it: "web5173", "c0s75", not "p0rn100" and "p0rn123".
bool LeetWord::IsWordEnd(const LeetGroup& group) const {
  if (!habitual_ || group.size() > kMaxHabitualGroup || !AllDigits(group))
    return false;
  bool vowel = false;
  bool consonant = false;
  for (size_t i = group.first; i < group.last; ++i) {
    vowel |= IsOneOf(At(i), "0134");
    consonant |= IsOneOf(At(i), "57");
  }
  return consonant && (vowel || group.size() == 2);
}

bool LeetWord::IsPrice() const {
  const size_t end = units_.back().end;
  return end + 1 < text_.size() && text_[end] == ' ' &&
         IsOneOf(static_cast<uint8_t>(text_[end + 1]), "0123456789");
}

bool LeetWord::HasVowel(size_t first, size_t last) const {
  return std::any_of(units_.begin() + first, units_.begin() + last,
                     [](const LeetUnit& unit) { return IsVowel(unit.c); });
}

bool LeetWord::AllDigits(const LeetGroup& group) const {
  return std::all_of(
      units_.begin() + group.first, units_.begin() + group.last,
      [](const LeetUnit& unit) { return unit.kind == LeetUnit::kDigit; });
}

bool LeetWord::Only(const LeetGroup& group, char32_t c) const {
  return std::all_of(units_.begin() + group.first, units_.begin() + group.last,
                     [c](const LeetUnit& unit) { return unit.c == c; });
}

// 0: it stands for no letter.
char32_t LeetWord::Reading(size_t at) const {
  const char32_t c = units_[at].c;
  if (cyrillic_) return CyrillicReading(c);
  switch (c) {
    case '0':
      return 'o';
    case '1':
    case '|':
      return ReadingOfOne(at);
    case '3':
      return 'e';
    case '4':
    case '@':
      return 'a';
    case '5':
    case '$':
      return 's';
    case '7':
      return 't';
    case '8':
      return 'b';
    case '!':
      return 'i';
    case U'€':
      return 'e';
    case U'£':
      return 'l';
    case U'¥':
      return 'y';
    case U'¢':
      return 'c';
    default:
      return static_cast<char32_t>(units_[at].look);
  }
}

// 1 is i or l. It is l doubled ("pi11s"), between vowels or at the end after
// one
// ("sa1e", "lega1"), beside an l that it doubles ("mi1lion", "bil1"), at the
// start before a vowel ("1oan") and where i would make no English start
// ("p1ay", "c1ub"); else i ("v1agra", "c1alis").
char32_t LeetWord::ReadingOfOne(size_t at) const {
  const char32_t before = at > 0 ? At(at - 1) : 0;
  const char32_t after = At(at + 1);
  const auto is_one = [](char32_t c) { return c == '1' || c == '|'; };
  if (is_one(before) || is_one(after)) return 'l';
  if (before == 0) return IsVowel(after) ? 'l' : 'i';
  if (IsVowel(before)) {
    return after == 0 || after == 'l' || IsVowel(after) ? 'l' : 'i';
  }
  if (before == 'l' && at > 1 && IsVowel(At(at - 2))) {
    return after == 0 ? 'l' : 'i';
  }
  if (at != 1 || !IsVowel(after)) return 'i';
  if (before == 'c') return IsOneOf(after, "iu") ? 'l' : 'i';
  return IsOneOf(before, "bfgkps") ? 'l' : 'i';
}

}  // namespace sluice::text
