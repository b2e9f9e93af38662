#pragma once

#include <cstddef>
#include <string_view>

#include "service/base/byte_span.h"

namespace sluice::text {

// Words of a folded text, in order: maximal runs of letters, digits and the
// marks that belong to them. Scripts written without spaces (Han, kana, Thai,
// Lao, Khmer, Myanmar) have no words of that kind, so every character of theirs
// is a word of its own, and a list entry of several matches anywhere among
// them. Hangul is written with spaces and is treated like an alphabet.
//
//   Words words(folded);
//   for (ByteSpan word; words.Next(&word);) ...
//
// Linear, allocates nothing. `text` must be well-formed UTF-8 and outlive it.
class Words {
 public:
  explicit Words(std::string_view text) : text_(text) {}

  // Finds the next word. Returns false, and leaves *word alone, when there is
  // none.
  bool Next(ByteSpan* word);

 private:
  std::string_view text_;
  size_t at_ = 0;
};

// Whether a word can begin or end between the bytes at - 1 and at: at the ends
// of the text, beside anything that is in no word, and between characters that
// are words of their own. An entry that begins and ends on borders is matched
// as whole words. REQUIRES: at <= text.size(), on the border of a code point.
bool IsWordBorder(std::string_view text, size_t at);

}  // namespace sluice::text
