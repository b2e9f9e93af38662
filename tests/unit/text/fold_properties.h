#pragma once

#include <string>
#include <string_view>

#include "service/text/fold.h"
#include "service/text/squeeze.h"
#include "service/text/utf8.h"
#include "service/text/words.h"

// What holds of every folding, for tests and fuzzers alike.
namespace sluice::text {

inline bool IsBorder(std::string_view text, size_t at) {
  return at == text.size() ||
         (at < text.size() && (static_cast<uint8_t>(text[at]) & 0xC0) != 0x80);
}

// "" or what is wrong with the map.
inline std::string CheckMap(std::string_view derived, std::string_view origin,
                            const OffsetMap& map) {
  if (map.derived_size() != derived.size()) return "map of another size";
  const bool valid = IsValidUtf8(origin);
  ByteSpan last;
  for (uint32_t at = 0; at < derived.size();) {
    const uint32_t end = at + DecodeUtf8(derived, at).size;
    const ByteSpan span = map.Map({at, end});
    if (span.empty()) return "a character from nowhere";
    if (span.end > origin.size()) return "a span outside the origin";
    if (valid &&
        (!IsBorder(origin, span.begin) || !IsBorder(origin, span.end))) {
      return "a span splits a code point";
    }
    if (span.begin < last.begin || span.end < last.end) return "not monotone";
    last = span;
    at = end;
  }
  return "";
}

inline std::string CheckShape(std::string_view folded) {
  if (!IsValidUtf8(folded)) return "ill-formed output";
  if (folded.find("  ") != std::string_view::npos) return "two spaces";
  if (folded.starts_with(' ') || folded.ends_with(' '))
    return "space at an end";
  for (const char byte : folded) {
    if (byte >= 'A' && byte <= 'Z') return "a capital";
    if (byte >= 0 && byte < ' ') return "a control character";
  }
  return "";
}

inline std::string CheckWords(std::string_view folded) {
  Words words(folded);
  uint32_t end = 0;
  for (ByteSpan word; words.Next(&word);) {
    if (word.empty() || word.begin < end) return "words overlap";
    if (!IsWordBorder(folded, word.begin) || !IsWordBorder(folded, word.end)) {
      return "a word that does not end on borders";
    }
    end = word.end;
  }
  return "";
}

// "" or the first property that does not hold of Fold(utf8).
inline std::string CheckFoldProperties(std::string_view utf8) {
  const Folded folded = Fold(utf8);
  if (std::string wrong = CheckShape(folded.text); !wrong.empty()) return wrong;
  if (std::string wrong = CheckMap(folded.text, utf8, folded.map);
      !wrong.empty()) {
    return wrong;
  }
  if (std::string wrong = CheckWords(folded.text); !wrong.empty()) return wrong;
  const Squeezed squeezed = Squeeze(folded.text);
  if (std::string wrong = CheckMap(squeezed.text, folded.text, squeezed.map);
      !wrong.empty()) {
    return "squeezed: " + wrong;
  }
  const std::string again = Fold(folded.text).text;
  if (again != folded.text) {
    return "not idempotent: \"" + folded.text + "\" then \"" + again + "\"";
  }
  return "";
}

}  // namespace sluice::text
