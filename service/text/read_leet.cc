// Digits and symbols read as letters ("v1agra", "c@sh", "$ale", "fr33").
//
// A word is letters, digits and symbols without a break. It is read as leet
// only if something in it is convincing; then everything in it that can be is
// read. What convinces, and what is left alone because people write it, is in
// Convinces() below. Never read: words with the digits 2, 6 or 9, which stand
// for no letter (ipv6, 4th2nd, most identifiers), hexadecimal numbers, words of
// more than kMaxWord characters, and whatever stands in a URL with a scheme or
// in an e-mail address.

#include <algorithm>
#include <vector>

#include "service/text/char_table.h"
#include "service/text/draft.h"
#include "service/text/utf8.h"

namespace sluice::text {
namespace {

constexpr size_t kMaxWord = 32;

struct Unit {
  uint32_t begin;
  uint32_t end;
  char32_t c;
  enum Kind : uint8_t { kLetter, kDigit, kSymbol } kind;
  char look;  // of a symbol outside ASCII
};

// Units [first, last) that are not letters.
struct Group {
  size_t first;
  size_t last;
  size_t size() const { return last - first; }
};

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

class Word {
 public:
  // `lenient`: there are leet words in the text, so that less convinces.
  Word(const std::string& text, bool lenient, std::vector<Unit>* units)
      : text_(text), lenient_(lenient), units_(*units) {}

  // Appends the readings to `edits` and returns how many.
  uint32_t Read(Edits* edits);

 private:
  void Trim();
  bool IsCode() const;
  bool Convinces(const Group& group) const;
  bool InnerConvinces(const Group& group) const;
  bool DigitsConvince(const Group& group) const;
  bool LeadingConvinces(const Group& group) const;
  bool TrailingConvinces(const Group& group) const;
  bool LenientlyConvinces(const Group& group) const;
  bool IsSignThenDigits(const Group& group) const;
  bool HasSign() const;
  bool MixesSigns(const Group& group) const;
  bool Serves(const Group& group) const;
  bool IsDoubled(const Group& group) const;
  bool IsSyllable(const Group& group) const;
  bool IsPrice() const;
  bool InProse() const;
  bool HasVowel(size_t first, size_t last) const;
  char32_t Reading(size_t at) const;
  char32_t ReadingOfOne(size_t at) const;
  char32_t At(size_t at) const { return at < units_.size() ? units_[at].c : 0; }
  bool AllDigits(const Group& group) const;
  bool Only(const Group& group, char32_t c) const;
  bool IsLeading(const Group& group) const { return group.first == 0; }
  bool IsTrailing(const Group& group) const {
    return group.last == units_.size();
  }

  const std::string& text_;
  const bool lenient_;
  std::vector<Unit>& units_;
  size_t letters_ = 0;
  size_t digits_ = 0;
  bool cyrillic_ = false;
};

// A mention's @, a sentence's ! and a table's | are not in the word.
void Word::Trim() {
  const auto loose = [](const Unit& unit) {
    return unit.kind == Unit::kSymbol && IsOneOf(unit.c, "@!|");
  };
  while (!units_.empty() && loose(units_.back()) && units_.back().c != '@') {
    units_.pop_back();
  }
  const auto first = std::find_if_not(units_.begin(), units_.end(), loose);
  units_.erase(units_.begin(), first);
}

uint32_t Word::Read(Edits* edits) {
  Trim();
  if (units_.size() < 3 || units_.size() > kMaxWord) return 0;
  std::vector<Group> groups;
  for (size_t i = 0; i < units_.size(); ++i) {
    if (units_[i].kind == Unit::kLetter) {
      if (letters_++ == 0) {
        cyrillic_ =
            CharTable::Get()[units_[i].c].script == CharScript::kCyrillic;
      }
      continue;
    }
    digits_ += units_[i].kind == Unit::kDigit;
    if (!groups.empty() && groups.back().last == i) {
      ++groups.back().last;
    } else {
      groups.push_back({i, i + 1});
    }
  }
  if (letters_ == 0 || groups.empty() || IsCode()) return 0;
  if (std::none_of(groups.begin(), groups.end(),
                   [&](const Group& group) { return Convinces(group); })) {
    return 0;
  }
  uint32_t read = 0;
  for (const Group& group : groups) {
    if (!Serves(group)) continue;
    for (size_t i = group.first; i < group.last; ++i) {
      edits->Replace(units_[i].begin, units_[i].end, Reading(i));
      ++read;
    }
  }
  return read;
}

// A number at the end ("p0rn123", "v1agra2024") says nothing about the rest.
bool Word::IsCode() const {
  size_t end = units_.size();
  while (end > 0 && units_[end - 1].kind == Unit::kDigit) --end;
  if (units_.size() - end < 2) end = units_.size();
  size_t digits = 0;
  bool hex = units_.size() >= 6 && digits_ >= 2;
  for (size_t i = 0; i < units_.size(); ++i) {
    const Unit& unit = units_[i];
    const bool digit = unit.kind == Unit::kDigit;
    hex = hex && (digit || IsOneOf(unit.c, "abcdef"));
    if (i >= end) continue;
    digits += digit;
    if (!cyrillic_ && IsOneOf(unit.c, "269")) return true;
  }
  return hex || (digits > letters_ && !HasSign());
}

bool Word::Convinces(const Group& group) const {
  if (IsLeading(group)) return LeadingConvinces(group);
  if (IsTrailing(group)) return TrailingConvinces(group);
  return InnerConvinces(group);
}

bool Word::InnerConvinces(const Group& group) const {
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
bool Word::DigitsConvince(const Group& group) const {
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
bool Word::InProse() const {
  const size_t begin = units_.front().begin;
  const size_t end = units_.back().end;
  const bool after_space = begin == 0 || text_[begin - 1] == ' ';
  return after_space && (end == text_.size() ||
                         IsOneOf(static_cast<uint8_t>(text_[end]), " .,!?-"));
}

// "$ale", "0rder", "1oan", not "4th", "1st", "3d", "7zip", "5star", "1xbet".
bool Word::LeadingConvinces(const Group& group) const {
  if (group.size() != 1) return false;
  if (At(0) == '$') return letters_ + 1 == units_.size() && InProse();
  if (cyrillic_) return IsOneOf(At(0), "0346") && letters_ >= 4;
  if (At(0) == '0') return letters_ >= 4 && IsOneOf(At(1), "rnfpvb");
  return At(0) == '1' && letters_ >= 3 && IsVowel(At(1)) &&
         units_[1].kind == Unit::kLetter;
}

// "casin0", "fr33", "buck$", "a$$", not "mp3", "win10", "html5", "us$ 100".
bool Word::TrailingConvinces(const Group& group) const {
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
bool Word::LenientlyConvinces(const Group& group) const {
  if (!lenient_ || letters_ < 3 || !HasVowel(0, group.first)) return false;
  return (group.size() == 1 && IsOneOf(At(group.first), "013457")) ||
         IsSyllable(group) || (group.size() == 2 && IsSignThenDigits(group));
}

// A price after its currency: "us$5", "us$ 100".
bool Word::IsSignThenDigits(const Group& group) const {
  for (size_t i = group.first + 1; i < group.last; ++i) {
    if (units_[i].kind != Unit::kDigit) return false;
  }
  return group.size() > 1 && At(group.first) == '$';
}

bool Word::HasSign() const {
  return std::any_of(units_.begin(), units_.end(), [](const Unit& unit) {
    return unit.c == '$' || unit.c == '@';
  });
}

bool Word::MixesSigns(const Group& group) const {
  bool sign = false;
  bool digit = false;
  for (size_t i = group.first; i < group.last; ++i) {
    sign |= At(i) == '$' || At(i) == '@';
    digit |= units_[i].kind == Unit::kDigit;
  }
  return sign && digit;
}

// Whether the group is read once the word is known to be leet. At its ends stay
// numbers ("p0rn123") and whatever has no reading.
bool Word::Serves(const Group& group) const {
  for (size_t i = group.first; i < group.last; ++i) {
    if (Reading(i) == 0) return false;
  }
  if (!IsLeading(group) && !IsTrailing(group)) return true;
  if (Only(group, '$')) return !IsTrailing(group) || !IsPrice();
  if (IsTrailing(group) && MixesSigns(group)) {
    return !IsSignThenDigits(group) || LenientlyConvinces(group);
  }
  if (group.size() == 1) return true;
  return IsTrailing(group) && (IsDoubled(group) || IsSyllable(group));
}

bool Word::IsDoubled(const Group& group) const {
  return group.size() == 2 && At(group.first) == At(group.first + 1) &&
         IsOneOf(At(group.first), "03");
}

// A vowel and a consonant, as in "cr3d17" and "singl35".
bool Word::IsSyllable(const Group& group) const {
  return group.size() == 2 && IsOneOf(At(group.first), "0134") &&
         IsOneOf(At(group.first + 1), "57");
}

bool Word::IsPrice() const {
  const size_t end = units_.back().end;
  return end + 1 < text_.size() && text_[end] == ' ' &&
         IsOneOf(static_cast<uint8_t>(text_[end + 1]), "0123456789");
}

bool Word::HasVowel(size_t first, size_t last) const {
  return std::any_of(units_.begin() + first, units_.begin() + last,
                     [](const Unit& unit) { return IsVowel(unit.c); });
}

bool Word::AllDigits(const Group& group) const {
  return std::all_of(
      units_.begin() + group.first, units_.begin() + group.last,
      [](const Unit& unit) { return unit.kind == Unit::kDigit; });
}

bool Word::Only(const Group& group, char32_t c) const {
  return std::all_of(units_.begin() + group.first, units_.begin() + group.last,
                     [c](const Unit& unit) { return unit.c == c; });
}

// 0: it stands for no letter.
char32_t Word::Reading(size_t at) const {
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
char32_t Word::ReadingOfOne(size_t at) const {
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

class LeetReader {
 public:
  explicit LeetReader(Draft* draft) : draft_(*draft), text_(draft->text) {}
  bool Run();

 private:
  void Scan();
  void Chunk(uint32_t begin, uint32_t end);
  bool IsAddress(std::string_view chunk) const;
  void EndWord();

  Draft& draft_;
  const std::string& text_;
  const CharTable& table_ = CharTable::Get();
  std::vector<Unit> word_;
  bool mixed_ = false;
  bool lenient_ = false;
  uint32_t read_ = 0;
  Edits edits_;
};

bool LeetReader::Run() {
  Scan();
  if (read_ == 0) return false;
  lenient_ = true;
  edits_ = Edits();
  read_ = 0;
  Scan();
  draft_.counts.leet_digits += read_;
  return draft_.Apply(edits_);
}

void LeetReader::Scan() {
  for (size_t at = 0; at < text_.size();) {
    const size_t end = std::min(text_.find(' ', at), text_.size());
    Chunk(static_cast<uint32_t>(at), static_cast<uint32_t>(end));
    at = end + 1;
  }
}

bool LeetReader::IsAddress(std::string_view chunk) const {
  if (chunk.find("://") != std::string_view::npos) return true;
  const size_t sign = chunk.find('@');
  if (sign == std::string_view::npos || sign == 0) return false;
  const size_t dot = chunk.find('.', sign);
  return dot != std::string_view::npos && dot + 1 < chunk.size();
}

void LeetReader::Chunk(uint32_t begin, uint32_t end) {
  if (IsAddress(std::string_view(text_).substr(begin, end - begin))) return;
  for (uint32_t at = begin; at < end;) {
    const Decoded next = DecodeUtf8(text_, at);
    const CharInfo& info = table_[next.code_point];
    Unit unit = {at, at + next.size, next.code_point, Unit::kLetter, '\0'};
    bool in_word = info.kind == CharClass::kLetter;
    if (info.kind == CharClass::kDigit) {
      unit.kind = Unit::kDigit;
      in_word = true;
    } else if (info.kind == CharClass::kOther) {
      unit.kind = Unit::kSymbol;
      unit.look = info.latin();
      in_word = info.look != 0 || IsOneOf(next.code_point, "@$!|") ||
                next.code_point == U'€' || next.code_point == U'£' ||
                next.code_point == U'¥' || next.code_point == U'¢';
    }
    if (in_word) {
      mixed_ |= unit.kind != Unit::kLetter;
      word_.push_back(unit);
    } else {
      EndWord();
    }
    at += next.size;
  }
  EndWord();
}

void LeetReader::EndWord() {
  if (mixed_) read_ += Word(text_, lenient_, &word_).Read(&edits_);
  word_.clear();
  mixed_ = false;
}

}  // namespace

bool ReadLeet(Draft* draft) { return LeetReader(draft).Run(); }

}  // namespace sluice::text
