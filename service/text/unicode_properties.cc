#include "service/text/unicode_properties.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/uscript.h>

namespace sluice::text {

namespace {

UScriptCode ScriptOf(char32_t code_point) {
  UErrorCode error = U_ZERO_ERROR;
  return uscript_getScript(static_cast<UChar32>(code_point), &error);
}

bool IsMark(char32_t code_point) {
  return (U_GET_GC_MASK(static_cast<UChar32>(code_point)) & U_GC_M_MASK) != 0;
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

}  // namespace

bool IsLatinScript(char32_t code_point) {
  return ScriptOf(code_point) == USCRIPT_LATIN;
}

bool MarksAreOrnament(char32_t code_point) {
  switch (ScriptOf(code_point)) {
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

bool IsDroppedMark(char32_t code_point) {
  const bool voiced_kana = code_point == 0x3099 || code_point == 0x309A;
  return IsMark(code_point) && !voiced_kana &&
         u_charType(static_cast<UChar32>(code_point)) !=
             U_COMBINING_SPACING_MARK &&
         MarksAreOrnament(code_point);
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

CharClass ClassOf(char32_t code_point) {
  const auto mask = U_GET_GC_MASK(static_cast<UChar32>(code_point));
  if (mask & U_GC_M_MASK) return CharClass::kMark;
  if (mask & U_GC_ND_MASK) return CharClass::kDigit;
  if ((mask & (U_GC_L_MASK | U_GC_NL_MASK)) == 0) return CharClass::kOther;
  return IsWrittenWithoutSpaces(code_point) ? CharClass::kIdeograph
                                            : CharClass::kLetter;
}

bool IsHangulLetter(char32_t c) {
  return (c >= 0x3131 && c <= 0x318E) || (c >= 0xFFA1 && c <= 0xFFDC);
}

char32_t CompatibilityJamo(char32_t c) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* nfkc = icu::Normalizer2::getNFKCInstance(error);
  icu::UnicodeString wide;
  const bool narrow = c >= 0xFFA1 && U_SUCCESS(error) &&
                      nfkc->getRawDecomposition(static_cast<UChar32>(c), wide);
  return narrow ? static_cast<char32_t>(wide.char32At(0)) : c;
}

}  // namespace sluice::text
