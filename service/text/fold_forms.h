#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "service/base/byte_span.h"
#include "service/text/fold.h"

namespace sluice::text {

// One way in which an entry of a word list can stand in a folded text.
struct FoldForm {
  std::string text;
  bool stretched_only = false;  // a hit counts only where IsStretched says so
};

// The forms of a list entry. The first is Fold(entry).text, and all there is
// for most entries. Fold reads three and more of a letter as one, so "freeee"
// comes out as "fre": an entry with doubled letters has a form without them,
// too, for texts in which they were stretched (at most kMaxForms in all).
std::vector<FoldForm> FoldForms(std::string_view entry);
inline constexpr size_t kMaxForms = 8;

// Whether the words at `span` of folded.text were longer as written, by at
// least the two letters that a stretched letter loses. Keeps "met" from passing
// for "meet".
bool IsStretched(const Folded& folded, ByteSpan span);

// Whether `span` of folded.text, which is not empty, is whole words: it begins
// and ends on word borders, or lies in letters that were spaced out.
bool IsWholeWords(const Folded& folded, ByteSpan span);

}  // namespace sluice::text
