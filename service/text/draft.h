#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "service/text/fold.h"
#include "service/text/offset_map.h"

// The inside of Fold: a text on its way, and the steps that change it. Not for
// other folders.
namespace sluice::text {

// A list of replacements in one text, in increasing order and without overlap.
class Edits {
 public:
  // Bytes [begin, end) become `with`, which may be empty.
  void Replace(uint32_t begin, uint32_t end, std::string_view with);
  void Replace(uint32_t begin, uint32_t end, char32_t with);
  bool empty() const { return edits_.empty(); }
  // For a step that does not come by its replacements in order.
  void Sort();

 private:
  friend struct Draft;
  struct Edit {
    uint32_t begin;
    uint32_t end;
    uint32_t pool_begin;
    uint32_t pool_end;
  };
  std::vector<Edit> edits_;
  std::string pool_;
};

struct Draft {
  std::string_view original;
  std::string text;
  OffsetMap map;
  // Places in `text` of spaces that were more than one white-space character:
  // they part words even where letters are spaced out. Valid for the first pass
  // only.
  std::vector<uint32_t> wide_spaces;
  // Leads from `original` to what it was made of, where a space may be several;
  // null: to nothing else. Valid for the first pass only, too.
  const OffsetMap* written = nullptr;
  FoldCounts counts;
  std::vector<ByteSpan> spaced_out;  // of `text`, see Folded
  bool foreign_letters = false;      // letters of alphabets other than Latin
  bool turned_letters = false;       // letters of upside-down text
  bool regional_letters = false;     // U+1F1E6..1F1FF
  bool composing_letters = false;  // halves of one letter (Hangul jamo, voiced
                                   // kana, Cyrillic short i)

  bool letter_symbols =
      false;  // symbols outside ASCII that are read as letters inside a word
  bool symbols = false;  // any symbol or punctuation outside ASCII

  // Returns whether anything changed.
  bool Apply(const Edits& edits);

 private:
  void MoveSpacedOut(const Edits& edits);
};

// Case, compatibility forms, accents, invisible characters and white space: all
// that needs no look at the word.
Draft Transcribe(std::string_view utf8);

// What a scan over the text finds worth a closer look.
struct Suspicions {
  bool spaced = false;   // four single letters in a row
  bool leet = false;     // a digit or symbol next to a letter
  bool repeats = false;  // three equal letters in a row
};
Suspicions Suspect(const Draft& draft);

// Each returns whether it changed the text, and counts what it undid.
bool ComposeLetters(Draft* draft);
bool ReadRegionalLetters(Draft* draft);
bool TurnUpright(Draft* draft);
bool ResolveScripts(Draft* draft);
bool JoinSpaced(Draft* draft);
bool ReadLeet(Draft* draft);
bool CollapseRepeats(Draft* draft);

}  // namespace sluice::text
