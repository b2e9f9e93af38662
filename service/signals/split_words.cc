#include "service/signals/split_words.h"

#include <string_view>

namespace sluice::signals {
namespace {

bool IsAsciiLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

}  // namespace

// A run of the map ends where the source has more, or other, bytes than the
// text.
int32_t CountSplitWords(const markup::Rendering& rendering) {
  const std::string_view text = rendering.text;
  const text::OffsetMap& map = rendering.text_map;
  int32_t count = 0;
  size_t word_end = 0;  // of the last word that counted
  for (size_t run = 1; run < map.run_count(); ++run) {
    const size_t at = map.run_begin(run);
    if (at <= word_end || at >= text.size()) continue;
    if (!IsAsciiLetter(text[at - 1]) || !IsAsciiLetter(text[at])) continue;
    ++count;
    word_end = at;
    while (word_end < text.size() && IsAsciiLetter(text[word_end])) ++word_end;
  }
  return count;
}

}  // namespace sluice::signals
