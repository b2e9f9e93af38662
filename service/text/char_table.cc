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
#include <unicode/uscript.h>
#include <unicode/uspoof.h>

#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>

#include "service/text/utf8.h"

namespace sluice::text {
namespace {

using icu::UnicodeString;

struct Pair {
  char32_t from;
  char32_t to;
};

// Shapes that UTS #39 leaves out because it never looks through case: a small
// Cyrillic ve is a small-capital B to the eye, and its capital is B itself.
constexpr Pair kCyrillicLooks[] = {
    {U'а', 'a'}, {U'в', 'b'}, {U'е', 'e'}, {U'ѕ', 's'}, {U'і', 'i'},
    {U'ј', 'j'}, {U'к', 'k'}, {U'м', 'm'}, {U'н', 'h'}, {U'о', 'o'},
    {U'р', 'p'}, {U'с', 'c'}, {U'т', 't'}, {U'у', 'y'}, {U'х', 'x'},
    {U'ԁ', 'd'}, {U'ԛ', 'q'}, {U'ԝ', 'w'}, {U'һ', 'h'}, {U'ӏ', 'l'},
    {U'ԍ', 'g'}, {U'ѵ', 'v'}, {U'ҽ', 'e'}, {U'ғ', 'f'}, {U'қ', 'k'},
    {U'ҝ', 'k'}, {U'ҡ', 'k'}, {U'ҟ', 'k'}, {U'ҳ', 'x'}, {U'ҫ', 'c'},
    {U'ү', 'y'}, {U'ұ', 'y'}, {U'ң', 'h'}, {U'ӊ', 'h'}, {U'ҏ', 'p'},
    {U'ө', 'o'}, {U'ҭ', 't'}, {U'ӎ', 'm'}, {U'ԋ', 'h'}, {U'ԏ', 't'}};
constexpr Pair kCyrillicWeakLooks[] = {
    {U'п', 'n'}, {U'и', 'u'}, {U'й', 'u'}, {U'я', 'r'}, {U'ь', 'b'},
    {U'б', 'b'}, {U'г', 'r'}, {U'ш', 'w'}, {U'щ', 'w'}, {U'ц', 'u'},
    {U'э', 'e'}, {U'є', 'e'}, {U'ѡ', 'w'}, {U'ӡ', 'z'}};
constexpr Pair kGreekLooks[] = {
    {U'α', 'a'}, {U'β', 'b'}, {U'γ', 'y'}, {U'ε', 'e'}, {U'ζ', 'z'},
    {U'η', 'n'}, {U'ι', 'i'}, {U'κ', 'k'}, {U'μ', 'u'}, {U'ν', 'v'},
    {U'ο', 'o'}, {U'ρ', 'p'}, {U'σ', 'o'}, {U'τ', 't'}, {U'υ', 'u'},
    {U'χ', 'x'}, {U'ω', 'w'}, {U'ϝ', 'f'}, {U'ϳ', 'j'}, {U'ϲ', 'c'}};
constexpr Pair kGreekWeakLooks[] = {{U'θ', 'o'}, {U'λ', 'a'}, {U'π', 'n'},
                                    {U'δ', 'd'}, {U'φ', 'o'}, {U'ξ', 'e'}};
// Greek capitals are shaped like other Latin letters than their small forms.
constexpr Pair kGreekCapitalLooks[] = {{U'Η', 'h'}, {U'Μ', 'm'}, {U'Ν', 'n'},
                                       {U'Ρ', 'p'}, {U'Υ', 'y'}, {U'Ζ', 'z'},
                                       {U'Σ', 'e'}, {U'Γ', 'r'}};
// What upside-down text is written with, and its upright reading. The second
// list turns up in honest text too (schwa, dotless i), so it proves nothing.
constexpr Pair kTurned[] = {{U'ɐ', 'a'}, {U'ǝ', 'e'}, {U'ɟ', 'f'}, {U'ƃ', 'g'},
                            {U'ᵷ', 'g'}, {U'ɥ', 'h'}, {U'ᴉ', 'i'}, {U'ɾ', 'j'},
                            {U'ʞ', 'k'}, {U'ɯ', 'm'}, {U'ɹ', 'r'}, {U'ʇ', 't'},
                            {U'ʌ', 'v'}, {U'ʍ', 'w'}, {U'ʎ', 'y'}, {U'ⅎ', 'f'},
                            {U'∀', 'a'}, {U'ɔ', 'c'}, {U'⅄', 'y'}, {U'⊥', 't'}};
// Letters that neither decompose nor transliterate to what they look like.
constexpr Pair kLatinLooks[] = {
    {U'ə', 'e'}, {U'ɛ', 'e'}, {U'ɜ', 'e'}, {U'ĸ', 'k'}, {U'ƨ', 's'},
    {U'ɋ', 'q'}, {U'ʃ', 'l'}, {U'ɩ', 'i'}, {U'ɷ', 'w'}, {U'ȣ', 'o'},
    {U'ɤ', 'y'}, {U'ɒ', 'a'}, {U'ɘ', 'e'}, {U'ɣ', 'y'}, {U'ʊ', 'u'}};
constexpr Pair kPunctuation[] = {
    {U'\u2018', '\''}, {U'\u2019', '\''}, {U'\u201B', '\''}, {U'\u02BC', '\''},
    {U'\u00B4', '\''}, {U'\u2032', '\''}, {U'\u201C', '"'},  {U'\u201D', '"'},
    {U'\u201E', '"'},  {U'\u201F', '"'},  {U'\u00AB', '"'},  {U'\u00BB', '"'},
    {U'\u2033', '"'},  {U'\u2010', '-'},  {U'\u2011', '-'},  {U'\u2012', '-'},
    {U'\u2013', '-'},  {U'\u2014', '-'},  {U'\u2015', '-'},  {U'\u2212', '-'},
    {U'\u2043', '-'},  {U'\u2044', '/'},  {U'\u2215', '/'},  {U'\uA789', ':'},
    {U'\u2236', ':'},  {U'\u2027', '.'},  {U'\u2022', '*'},  {U'\u2217', '*'},
    {U'\u223C', '~'},  {U'\u01C3', '!'},  {U'\u02D0', ':'}};

template <size_t kSize>
char32_t Find(const Pair (&pairs)[kSize], char32_t code_point) {
  for (const Pair& pair : pairs) {
    if (pair.from == code_point) return pair.to;
  }
  return 0;
}

UScriptCode ScriptOf(char32_t code_point) {
  UErrorCode error = U_ZERO_ERROR;
  return uscript_getScript(static_cast<UChar32>(code_point), &error);
}

// Scripts whose marks are accents or optional vowels: words are known without.
bool MarksAreOrnament(UScriptCode script) {
  switch (script) {
    case USCRIPT_LATIN:
    case USCRIPT_GREEK:
    case USCRIPT_CYRILLIC:
    case USCRIPT_ARMENIAN:
    case USCRIPT_ARABIC:
    case USCRIPT_HEBREW:
    case USCRIPT_SYRIAC:
    case USCRIPT_COPTIC:
    case USCRIPT_COMMON:
    case USCRIPT_INHERITED:
      return true;
    default:
      return false;
  }
}

bool IsMark(char32_t code_point) {
  return (U_GET_GC_MASK(static_cast<UChar32>(code_point)) & U_GC_M_MASK) != 0;
}

bool IsDroppedMark(char32_t code_point) {
  const bool voiced_kana = code_point == 0x3099 || code_point == 0x309A;
  return IsMark(code_point) && !voiced_kana &&
         u_charType(static_cast<UChar32>(code_point)) !=
             U_COMBINING_SPACING_MARK &&
         MarksAreOrnament(ScriptOf(code_point));
}

bool IsBidiControl(char32_t c) {
  return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) ||
         c == 0x200E || c == 0x200F || c == 0x061C;
}

bool IsSpace(char32_t c) {
  return u_isUWhiteSpace(static_cast<UChar32>(c)) || c == 0x2800;
}

bool IsInvisible(char32_t c) {
  const auto point = static_cast<UChar32>(c);
  return u_hasBinaryProperty(point, UCHAR_DEFAULT_IGNORABLE_CODE_POINT) ||
         (U_GET_GC_MASK(point) & (U_GC_CC_MASK | U_GC_CF_MASK)) != 0 ||
         c == 0xFFFC;
}

CharScript NarrowScript(char32_t code_point) {
  switch (ScriptOf(code_point)) {
    case USCRIPT_LATIN:
      return CharScript::kLatin;
    case USCRIPT_CYRILLIC:
      return CharScript::kCyrillic;
    case USCRIPT_GREEK:
      return CharScript::kGreek;
    case USCRIPT_ARMENIAN:
    case USCRIPT_CHEROKEE:
    case USCRIPT_LISU:
    case USCRIPT_COPTIC:
    case USCRIPT_DESERET:
    case USCRIPT_OSAGE:
    case USCRIPT_CANADIAN_ABORIGINAL:
    case USCRIPT_TIFINAGH:
    case USCRIPT_VAI:
    case USCRIPT_CARIAN:
    case USCRIPT_LYCIAN:
    case USCRIPT_LYDIAN:
    case USCRIPT_OLD_ITALIC:
    case USCRIPT_ELBASAN:
    case USCRIPT_WARANG_CITI:
    case USCRIPT_RUNIC:
    case USCRIPT_GOTHIC:
      return CharScript::kLookalike;
    case USCRIPT_HAN:
    case USCRIPT_HIRAGANA:
    case USCRIPT_KATAKANA:
    case USCRIPT_HANGUL:
    case USCRIPT_BOPOMOFO:
      return CharScript::kEastAsian;
    case USCRIPT_COMMON:
    case USCRIPT_INHERITED:
      return CharScript::kNone;
    default:
      return CharScript::kOther;
  }
}

bool IsWrittenWithoutSpaces(char32_t code_point) {
  switch (ScriptOf(code_point)) {
    case USCRIPT_HAN:
    case USCRIPT_HIRAGANA:
    case USCRIPT_KATAKANA:
    case USCRIPT_THAI:
    case USCRIPT_LAO:
    case USCRIPT_KHMER:
    case USCRIPT_MYANMAR:
      return true;
    default:
      return code_point == 0x30FC;  // the long-vowel mark of kana
  }
}

CharClass ClassOf(char32_t code_point) {
  const auto mask = U_GET_GC_MASK(static_cast<UChar32>(code_point));
  if (mask & U_GC_M_MASK) return CharClass::kMark;
  if (mask & U_GC_ND_MASK) return CharClass::kDigit;
  if ((mask & (U_GC_L_MASK | U_GC_NL_MASK)) == 0) return CharClass::kOther;
  return IsWrittenWithoutSpaces(code_point) ? CharClass::kIdeograph
                                            : CharClass::kLetter;
}

// Enclosed letters and digits that have no decomposition of their own.
char32_t Enclosed(char32_t c) {
  if (c >= 0x249C && c <= 0x24B5) return 'a' + (c - 0x249C);     // (a)
  if (c >= 0x1F110 && c <= 0x1F129) return 'a' + (c - 0x1F110);  // (A)
  if (c >= 0x1F130 && c <= 0x1F149) return 'a' + (c - 0x1F130);  // squared
  if (c >= 0x1F150 && c <= 0x1F169) return 'a' + (c - 0x1F150);  // on black
  if (c >= 0x1F170 && c <= 0x1F189) return 'a' + (c - 0x1F170);  // on black
  if (c == 0x24EA || c == 0x24FF) return '0';
  if (c >= 0x2474 && c <= 0x247C) return '1' + (c - 0x2474);  // (1)
  if (c >= 0x2488 && c <= 0x2490) return '1' + (c - 0x2488);  // 1.
  if (c >= 0x24F5 && c <= 0x24FD) return '1' + (c - 0x24F5);
  if (c >= 0x2776 && c <= 0x277E) return '1' + (c - 0x2776);
  if (c >= 0x2780 && c <= 0x2788) return '1' + (c - 0x2780);
  if (c >= 0x278A && c <= 0x2792) return '1' + (c - 0x278A);
  return 0;
}

// Single Hangul letters ("kkk") stay what a keyboard writes; NFKC would make
// them halves of a syllable.
bool IsHangulLetter(char32_t c) {
  return (c >= 0x3131 && c <= 0x318E) || (c >= 0xFFA1 && c <= 0xFFDC);
}

// The wide form of a half-width Hangul letter.
char32_t CompatibilityJamo(char32_t c) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* nfkc = icu::Normalizer2::getNFKCInstance(error);
  UnicodeString wide;
  const bool narrow = c >= 0xFFA1 && U_SUCCESS(error) &&
                      nfkc->getRawDecomposition(static_cast<UChar32>(c), wide);
  return narrow ? static_cast<char32_t>(wide.char32At(0)) : c;
}

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
  if (Find(kTurned, code_point) != 0) return {code_point};
  // Written after a word, not in it: "viagra(TM)" still ends in "a".
  if (code_point == 0x2122 || code_point == 0x2120) return {code_point};
  if (const char32_t mapped = Find(kPunctuation, code_point)) return {mapped};
  if (const char32_t mapped = Enclosed(code_point)) return {mapped};
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
  if (!MarksAreOrnament(ScriptOf(base))) {
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
  const bool latin = ScriptOf(code_point) == USCRIPT_LATIN;
  if (code_point < 0x80 || !latin || Find(kTurned, code_point) != 0) {
    out->push_back(code_point);
    return;
  }
  char32_t letter = Find(kLatinLooks, code_point);
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
  if (set(Find(kTurned, folded))) {
    info->turned = true;
    info->script = CharScript::kLatin;
    info->kind = CharClass::kLetter;
    return;
  }
  if (info->script == CharScript::kCyrillic) {
    if (set(Find(kCyrillicLooks, folded))) return;
    info->weak = set(Find(kCyrillicWeakLooks, folded));
    return;
  }
  if (info->script == CharScript::kGreek) {
    if (set(Find(kGreekCapitalLooks, code_point))) return;
    if (set(Find(kGreekLooks, folded))) return;
    info->weak = set(Find(kGreekWeakLooks, folded));
    return;
  }
  if (info->script == CharScript::kLatin ||
      info->script == CharScript::kEastAsian || folded < 0x80) {
    return;
  }
  if (set(Skeleton(folded))) return;
  set(Skeleton(static_cast<char32_t>(u_toupper(static_cast<UChar32>(folded)))));
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
          !u_isdefined(static_cast<UChar32>(code_point)) ||
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

char32_t CyrillicLookalike(char latin) {
  switch (latin) {
    case 'a':
      return U'а';
    case 'b':
      return U'в';
    case 'c':
      return U'с';
    case 'e':
      return U'е';
    case 'h':
      return U'н';
    case 'k':
      return U'к';
    case 'm':
      return U'м';
    case 'o':
      return U'о';
    case 'p':
      return U'р';
    case 't':
      return U'т';
    case 'x':
      return U'х';
    case 'y':
      return U'у';
    default:
      return 0;
  }
}

}  // namespace sluice::text
