// The table is derived from ICU in one walk over all code points. For each: how
// it folds on its own (Base), then which Latin letter it is shaped like (Look).
// Blocks of 128 entries that are equal are stored once; Han, Hangul and
// unassigned planes all share a handful of blocks because a kept code point
// stores no code point.

#include "service/text/char_table.h"

#include <unicode/normalizer2.h>
#include <unicode/translit.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/uspoof.h>

#include <map>
#include <memory>
#include <unordered_map>

#include "service/text/letter_shapes.h"
#include "service/text/unicode_properties.h"
#include "service/text/utf8.h"

namespace sluice::text {
namespace {

using icu::UnicodeString;

bool IsAsciiLetter(char32_t c) { return c >= 'a' && c <= 'z'; }

}  // namespace

class CharTableBuilder {
 public:
  CharTableBuilder();
  std::unique_ptr<CharTable> Build();

 private:
  CharInfo Describe(char32_t code_point);
  std::u32string Base(char32_t code_point);
  std::u32string BaseOnce(char32_t code_point);
  void AppendStripped(char32_t code_point, std::u32string* out);
  void Romanize(char32_t code_point, std::u32string* out);
  void SetLook(char32_t code_point, char32_t folded, CharInfo* info);
  char32_t Skeleton(char32_t code_point);
  uint16_t Intern(const std::u32string& replacement);

  std::unique_ptr<CharTable> table_{new CharTable};
  std::unordered_map<std::string, uint16_t> interned_;
  const icu::Normalizer2* casefold_ = nullptr;
  const icu::Normalizer2* nfc_ = nullptr;
  std::unique_ptr<icu::Transliterator> latin_ascii_;
  std::unique_ptr<USpoofChecker, void (*)(USpoofChecker*)> spoof_{nullptr,
                                                                  uspoof_close};
};

CharTableBuilder::CharTableBuilder() {
  // ICU fails here only when its own data is missing. Then the table still
  // lower-cases nothing beyond what is listed above, but nothing crashes.
  UErrorCode error = U_ZERO_ERROR;
  casefold_ = icu::Normalizer2::getNFKCCasefoldInstance(error);
  nfc_ = icu::Normalizer2::getNFCInstance(error);
  latin_ascii_.reset(icu::Transliterator::createInstance(
      "Latin-ASCII", UTRANS_FORWARD, error));
  spoof_.reset(uspoof_open(&error));
  if (U_FAILURE(error)) spoof_.reset();
}

// One code point as it folds by itself, iterated to a fixed point (NFKC of a
// letter can give one that is transliterated in its turn).
std::u32string CharTableBuilder::Base(char32_t code_point) {
  constexpr int kMaxRounds = 4;
  std::u32string text(1, code_point);
  for (int round = 0; round < kMaxRounds; ++round) {
    std::u32string next;
    for (const char32_t c : text) next += BaseOnce(c);
    if (next == text) break;
    text = std::move(next);
  }
  return text;
}

std::u32string CharTableBuilder::BaseOnce(char32_t code_point) {
  if (TurnedShape(code_point) != 0) return {code_point};
  // Written after a word, not in it: "viagra(TM)" still ends in "a".
  if (code_point == 0x2122 || code_point == 0x2120) return {code_point};
  if (const char32_t mapped = PlainPunctuation(code_point)) return {mapped};
  if (const char32_t mapped = EnclosedCharacter(code_point)) return {mapped};
  if (code_point < 0x80)
    return {static_cast<char32_t>(u_tolower(static_cast<UChar32>(code_point)))};
  if (IsHangulLetter(code_point)) return {CompatibilityJamo(code_point)};
  const int digit = u_charDigitValue(static_cast<UChar32>(code_point));
  if (digit >= 0) return {U'0' + static_cast<char32_t>(digit)};
  UErrorCode error = U_ZERO_ERROR;
  const UnicodeString folded = casefold_->normalize(
      UnicodeString(static_cast<UChar32>(code_point)), error);
  std::u32string out;
  for (int32_t i = 0; i < folded.length(); i = folded.moveIndex32(i, 1)) {
    AppendStripped(static_cast<char32_t>(folded.char32At(i)), &out);
  }
  return out;
}

// Canonical decomposition without the marks, where marks are ornament.
void CharTableBuilder::AppendStripped(char32_t code_point,
                                      std::u32string* out) {
  UnicodeString parts;
  if (IsDroppedMark(code_point) && code_point != 0x345) return;
  const bool short_i = code_point == U'й';  // a letter, not an accented one
  if (short_i ||
      !nfc_->getDecomposition(static_cast<UChar32>(code_point), parts)) {
    Romanize(code_point, out);
    return;
  }
  const auto base = static_cast<char32_t>(parts.char32At(0));
  if (!MarksAreOrnament(base)) {
    out->push_back(code_point);
    return;
  }
  for (int32_t i = 0; i < parts.length(); i = parts.moveIndex32(i, 1)) {
    const auto part = static_cast<char32_t>(parts.char32At(i));
    if (!IsDroppedMark(part)) Romanize(part, out);
  }
}

// A Latin letter outside ASCII as the ASCII letter it stands for or looks like.
void CharTableBuilder::Romanize(char32_t code_point, std::u32string* out) {
  const bool latin = IsLatinScript(code_point);
  if (code_point < 0x80 || !latin || TurnedShape(code_point) != 0) {
    out->push_back(code_point);
    return;
  }
  char32_t letter = LatinShape(code_point);
  if (letter == 0) {
    UnicodeString ascii(static_cast<UChar32>(code_point));
    if (latin_ascii_ != nullptr) latin_ascii_->transliterate(ascii);
    ascii.toLower();
    bool letters = !ascii.isEmpty();
    for (int32_t i = 0; i < ascii.length(); ++i) {
      letters = letters && IsAsciiLetter(ascii.charAt(i));
    }
    if (letters) {
      for (int32_t i = 0; i < ascii.length(); ++i) {
        out->push_back(ascii.charAt(i));
      }
      return;
    }
    letter = Skeleton(code_point);
  }
  out->push_back(letter != 0 ? letter : code_point);
}

// The one ASCII letter that UTS #39 holds this code point to look like, or 0.
char32_t CharTableBuilder::Skeleton(char32_t code_point) {
  if (spoof_ == nullptr) return 0;
  UErrorCode error = U_ZERO_ERROR;
  UnicodeString skeleton;
  uspoof_getSkeletonUnicodeString(
      spoof_.get(), 0, UnicodeString(static_cast<UChar32>(code_point)),
      skeleton, &error);
  char32_t letter = 0;
  for (int32_t i = 0; i < skeleton.length(); i = skeleton.moveIndex32(i, 1)) {
    const auto part = static_cast<char32_t>(skeleton.char32At(i));
    if (IsDroppedMark(part)) continue;
    if (letter != 0) return 0;
    letter = static_cast<char32_t>(u_tolower(static_cast<UChar32>(part)));
    // The class of I, l, 1 and | is written 'l'; a capital means I, and so does
    // a letter of the scripts whose letters are all shaped like capitals.
    const bool capital = u_hasBinaryProperty(static_cast<UChar32>(code_point),
                                             UCHAR_UPPERCASE) ||
                         NarrowScript(code_point) == CharScript::kLookalike;
    if (part == 'l' && capital) letter = 'i';
  }
  return IsAsciiLetter(letter) ? letter : 0;
}

void CharTableBuilder::SetLook(char32_t code_point, char32_t folded,
                               CharInfo* info) {
  const auto set = [info](char32_t letter) {
    info->look = IsAsciiLetter(letter) ? letter - 'a' + 1 : 0;
    return info->look != 0;
  };
  if (set(TurnedShape(folded))) {
    info->turned = true;
    info->script = CharScript::kLatin;
    info->kind = CharClass::kLetter;
    return;
  }
  if (info->script == CharScript::kCyrillic) {
    if (set(CyrillicShape(folded))) return;
    info->weak = set(WeakCyrillicShape(folded));
    return;
  }
  if (info->script == CharScript::kGreek) {
    if (set(GreekCapitalShape(code_point))) return;
    if (set(GreekShape(folded))) return;
    info->weak = set(WeakGreekShape(folded));
    return;
  }
  if (info->script == CharScript::kLatin ||
      info->script == CharScript::kEastAsian || folded < 0x80) {
    return;
  }
  if (set(SyllabicShape(folded)) || set(ArmenianShape(folded)) ||
      set(Skeleton(folded)))
    return;
  if (set(Skeleton(
          static_cast<char32_t>(u_toupper(static_cast<UChar32>(folded))))))
    return;
  info->weak = set(WeakArmenianShape(folded));
}

uint16_t CharTableBuilder::Intern(const std::u32string& replacement) {
  std::string utf8;
  for (const char32_t c : replacement) AppendUtf8(c, &utf8);
  const auto [found, fresh] = interned_.try_emplace(
      utf8, static_cast<uint16_t>(table_->replacements_.size()));
  if (fresh) {
    table_->replacements_.push_back(
        {static_cast<uint32_t>(table_->pool_.size()),
         static_cast<uint32_t>(utf8.size())});
    table_->pool_ += utf8;
  }
  return found->second;
}

CharInfo MakeInfo(CharAction action, CharClass kind) {
  CharInfo info;
  info.replacement = 0;
  info.action = action;
  info.kind = kind;
  info.script = CharScript::kNone;
  info.look = 0;
  info.weak = false;
  info.turned = false;
  return info;
}

CharInfo CharTableBuilder::Describe(char32_t code_point) {
  if (IsSpace(code_point)) {
    return MakeInfo(CharAction::kSpace, CharClass::kOther);
  }
  if (IsBidiControl(code_point)) {
    return MakeInfo(CharAction::kBidi, CharClass::kOther);
  }
  if (IsInvisible(code_point)) {
    return MakeInfo(CharAction::kInvisible, CharClass::kOther);
  }
  // U+0345 is a mark whose case pair is the letter iota: it folds with it.
  if (IsDroppedMark(code_point) && code_point != 0x345) {
    return MakeInfo(CharAction::kMark, CharClass::kOther);
  }
  std::u32string base = Base(code_point);
  // Spacing accents decompose to a space and a mark.
  while (!base.empty() && base.front() == U' ') base.erase(base.begin());
  while (!base.empty() && base.back() == U' ') base.pop_back();
  if (base.empty()) base = std::u32string(1, code_point);
  CharInfo info = MakeInfo(CharAction::kKeep, ClassOf(base[0]));
  info.script = NarrowScript(base[0]);
  if (base.size() != 1 || base[0] != code_point) {
    info.action = CharAction::kReplace;
    info.replacement = Intern(base);
  }
  if (base.size() == 1) SetLook(code_point, base[0], &info);
  return info;
}

std::unique_ptr<CharTable> CharTableBuilder::Build() {
  constexpr size_t kBlockSize = size_t{1} << CharTable::kBlockBits;
  std::map<std::string, uint16_t> seen;
  std::array<CharInfo, kBlockSize> block;
  for (size_t index = 0; index < CharTable::kBlockCount; ++index) {
    std::string key;
    for (size_t i = 0; i < kBlockSize; ++i) {
      const auto code_point =
          static_cast<char32_t>((index << CharTable::kBlockBits) | i);
      // Nothing in whole planes of private use and of unassigned points.
      const bool bare =
          (!u_isdefined(static_cast<UChar32>(code_point)) &&
           EnclosedCharacter(code_point) == 0) ||
          u_charType(static_cast<UChar32>(code_point)) == U_PRIVATE_USE_CHAR ||
          U_IS_SURROGATE(code_point);
      const bool ignorable = u_hasBinaryProperty(
          static_cast<UChar32>(code_point), UCHAR_DEFAULT_IGNORABLE_CODE_POINT);
      block[i] = bare ? MakeInfo(ignorable ? CharAction::kInvisible
                                           : CharAction::kKeep,
                                 CharClass::kOther)
                      : Describe(code_point);
      const CharInfo& info = block[i];
      for (const int part :
           {info.replacement & 0xFF, info.replacement >> 8,
            static_cast<int>(info.action), static_cast<int>(info.kind),
            static_cast<int>(info.script), static_cast<int>(info.look),
            static_cast<int>(info.weak) * 2 + static_cast<int>(info.turned)}) {
        key.push_back(static_cast<char>(part));
      }
    }
    const auto [found, fresh] = seen.try_emplace(
        key, static_cast<uint16_t>(table_->entries_.size() / kBlockSize));
    if (fresh) {
      table_->entries_.insert(table_->entries_.end(), block.begin(),
                              block.end());
    }
    table_->blocks_[index] = found->second;
  }
  return std::move(table_);
}

const CharTable& CharTable::Get() {
  static const std::unique_ptr<const CharTable> table =
      CharTableBuilder().Build();
  return *table;
}

size_t CharTable::SizeInBytes() const {
  return sizeof(blocks_) + entries_.size() * sizeof(CharInfo) +
         replacements_.size() * sizeof(Slice) + pool_.size();
}

}  // namespace sluice::text
