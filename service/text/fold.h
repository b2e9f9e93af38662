#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "service/text/offset_map.h"

namespace sluice::text {

// How often each disguise was undone while folding; facts for signals, no
// opinion. Counts are of characters (code points) unless said otherwise.
struct FoldCounts {
  uint32_t invisible = 0;  // zero-width, soft hyphen, tag, variation selector
                           // and other ignorable characters
  uint32_t bidi_controls = 0;  // U+202A..202E, U+2066..2069, U+200E/F, U+061C
  uint32_t combining = 0;      // combining marks dropped
  uint32_t compatibility =
      0;  // full-width, mathematical, enclosed, superscript... letters
  uint32_t confusables = 0;  // look-alikes of another script mapped to Latin
                             // inside a word that has Latin letters
  uint32_t leet_digits = 0;  // digits and symbols read as letters inside a word
  uint32_t spaced_words =
      0;  // words joined that were s p a c e d or s.p.a.c.e.d out
  uint32_t mixed_script_words =
      0;  // words with letters of two scripts that do not go together
};

// A text as rules see it, and the way back to what was written.
struct Folded {
  std::string
      text;  // UTF-8; lower case; words separated by single spaces; see Fold
  OffsetMap map;  // bytes of `text` to bytes of the input
  FoldCounts counts;
};

// The folded view of `utf8`: case, accents, compatibility forms, look-alike
// letters, invisible characters, l33t digits inside words and letters spaced
// out are undone; every run of white space becomes one space. Undoes at least
// what RE2's case folding does (U+017F long s, U+212A Kelvin sign), so that a
// pattern that matches the folded text cannot be dodged by them.
//
// Deterministic, linear in the input, allocates a small constant number of
// times. Invalid UTF-8 is not expected (admit refuses it): each bad byte is
// read as U+FFFD. Idempotent: Fold(Fold(x).text).text == Fold(x).text.
// Thread-safe.
Folded Fold(std::string_view utf8);

}  // namespace sluice::text
