#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "service/base/byte_span.h"
#include "service/text/offset_map.h"

namespace sluice::text {

// How often each disguise was undone while folding; facts for signals, no
// opinion. Counts are of characters (code points) unless said otherwise.
struct FoldCounts {
  // Zero-width, soft hyphen, tag, variation selector and other ignorable
  // characters, but for those that spell an emoji.
  uint32_t invisible = 0;
  uint32_t bidi_controls = 0;  // U+202A..202E, U+2066..2069, U+200E/F, U+061C
  uint32_t combining = 0;      // combining marks dropped
  // Full-width, mathematical, enclosed, superscript... letters and digits, and
  // regional indicators that are no flag.
  uint32_t compatibility = 0;
  // Look-alikes exchanged for the letter of the word's own alphabet, and
  // upside-down letters.
  uint32_t confusables = 0;
  uint32_t leet_digits = 0;  // digits and symbols read as letters inside a word
  uint32_t spaced_words =
      0;  // runs of s p a c e d or s.p.a.c.e.d letters joined
  // Words of three letters and more with letters of two scripts that do not go
  // together, but for those of one script with an ending of another, neither of
  // which could be anything else.
  uint32_t mixed_script_words = 0;
  uint32_t upside_down = 0;  // of the confusables, those that were upside down
  uint32_t stretched = 0;    // runs of one letter that became one
};

// A text as rules see it, and the way back to what was written.
struct Folded {
  std::string text;  // UTF-8; lower case; words separated by single spaces
  OffsetMap map;     // bytes of `text` to bytes of the input
  FoldCounts counts;
  // Bytes of `text` whose letters were spaced out as written, in increasing
  // order. Where the words ended in there nobody knows, so every character in
  // them is a word border to IsWholeWords.
  std::vector<ByteSpan> spaced_out;
};

// The folded view of `utf8`. Undone are, in this order:
//
//  - case, accents, compatibility forms (full-width, mathematical, superscript,
//    enclosed, ligatures), typographic quotes and dashes (as ASCII), digits of
//    other scripts (as ASCII), Latin letters outside ASCII (ae, o, ss...),
//    marks of Latin, Greek, Cyrillic, Arabic and Hebrew (not Russian short i,
//    not vowel signs of Indic and Thai scripts, not voiced kana), and invisible
//    and bidi characters. Every run of white space is one space, none at the
//    ends.
//  - flags are kept, other regional indicators are letters; upside-down writing
//    is turned and reversed.
//  - single letters with the same separator between each two: four and more are
//    joined, but not the alphabet ("a b c d") nor lists ("a, e, i, o"); fewer
//    ("u.s.a.", "I a m") only where no longer word parts them from four and
//    more with that separator, or where the text has three of such.
//  - look-alike letters of two alphabets, by the company they keep: a word goes
//    to the alphabet of its letters that exist in one only; a word of ambiguous
//    letters keeps its alphabet beside words that are surely of it or where it
//    is alone, and is Latin otherwise. So a Russian or Greek word folds alone
//    as it does in a text of its language.
//  - leet: digits and symbols inside a word of three letters and more
//  ("v1agra",
//    "c@sh", "pa55word"), "s3x", "l33t", "fr33", "$ale", "buck$", "casin0",
//    "1oan", "0rder". Kept: 100, 4th, 3d, mp3, h1b, b2b, k8s, i18n, ipv6,
//    win10, covid19, 1xbet, bet365, US$ 100, @names, hexadecimal, URLs with a
//    scheme, e-mail addresses.
//  - three and more of one letter become one, of a word of one letter three
//    ("www", "xxx"); FoldForms gives list entries the forms this takes.
//
// Undoes at least what RE2's case folding does (U+017F long s, U+212A Kelvin
// sign), so that a pattern that matches the folded text cannot be dodged by
// them. One gap, wanted: inside a Latin word a Greek capital is read by its own
// shape (capital eta as h, small eta as n).
//
// Deterministic, linear in the input. Invalid UTF-8 is not expected (admit
// refuses it): each bad byte is read as U+FFFD. Idempotent:
// Fold(Fold(x).text).text == Fold(x).text. Thread-safe. The first call in a
// process builds the table (CharTable), some tens of milliseconds.
Folded Fold(std::string_view utf8);

// The same of a text that was rendered, with the map that leads to its source
// (null: none): a single space that was more white space there parts words
// where letters are spaced out ("b u y   i t"), which a rendering collapses.
Folded Fold(std::string_view utf8, const OffsetMap* written);

}  // namespace sluice::text
