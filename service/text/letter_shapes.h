#pragma once

namespace sluice::text {

// Which letter a character is shaped like: the lists of our own that CharTable
// is built from, beside ICU's. Each gives a small ASCII letter (or what else is
// said), or 0 for a character that is not on the list.

// Cyrillic, Greek and Armenian letters, small. Strong: the eye sees no
// difference. Weak: people who disguise words use it all the same.
char32_t CyrillicShape(char32_t small);
char32_t WeakCyrillicShape(char32_t small);
char32_t GreekShape(char32_t small);
char32_t WeakGreekShape(char32_t small);
char32_t ArmenianShape(char32_t small);
char32_t WeakArmenianShape(char32_t small);

// Greek capitals that are shaped like another Latin letter than their small
// forms.
char32_t GreekCapitalShape(char32_t capital);

// Canadian syllabics shaped like capitals.
char32_t SyllabicShape(char32_t c);

// What upside-down text is written with: its upright reading.
char32_t TurnedShape(char32_t c);

// Latin letters that neither decompose nor transliterate to what they look
// like.
char32_t LatinShape(char32_t small);

// Typographic quotes, dashes and the like: the ASCII character.
char32_t PlainPunctuation(char32_t c);

// Letters and digits in circles, squares and brackets that Unicode does not
// decompose, or not to one character, and mathematical letters with the holes
// in their alphabets: the letter or digit.
char32_t EnclosedCharacter(char32_t c);

// The Cyrillic letter shaped like this small Latin letter, or 0.
char32_t CyrillicLookalike(char latin);

}  // namespace sluice::text
