#pragma once

#include "service/text/char_table.h"

// What ICU says of a code point, in the terms of CharTable. For char_table.cc.
namespace sluice::text {

bool IsLatinScript(char32_t code_point);

// Whether it is of a script whose marks are accents or optional vowels: words
// are known without them.
bool MarksAreOrnament(char32_t code_point);

// A combining mark of such a script, but for those that voice kana.
bool IsDroppedMark(char32_t code_point);

bool IsBidiControl(char32_t c);
bool IsSpace(char32_t c);
bool IsInvisible(char32_t c);
CharScript NarrowScript(char32_t code_point);
CharClass ClassOf(char32_t code_point);

// Single Hangul letters ("kkk") stay what a keyboard writes; NFKC would make
// them halves of a syllable.
bool IsHangulLetter(char32_t c);

// The wide form of a half-width Hangul letter.
char32_t CompatibilityJamo(char32_t c);

}  // namespace sluice::text
