#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "client/review/cells.h"

namespace sluice::client::review {

// A piece of the source that a rule matched, with what stands around it there,
// so that it is found again in a text without markup.
struct Matched {
  std::string text;
  std::string before;
  std::string after;
};

// Safe HTML (as the server answers it) as its reader would see it: paragraphs,
// lists, quotes, preformatted text; a link as `text [1]` with its URL below.
// Matched words have Look::kMark and, with `brackets`, stand in brackets.
// Unknown elements are left out, their texts are not. Linear in the text but
// for marking, which looks at kMaxPlaces places of each word.
std::vector<Line> HtmlAsText(std::string_view html,
                             const std::vector<Matched>& matched, bool brackets,
                             int columns);

// A source text as it is, with `spans` of its bytes (begin, end) marked.
std::vector<Line> SourceAsText(
    std::string_view source,
    const std::vector<std::pair<size_t, size_t>>& spans, bool brackets,
    int columns);

// The same on one line.
Line MarkedLine(std::string_view text,
                const std::vector<std::pair<size_t, size_t>>& spans,
                bool brackets);

}  // namespace sluice::client::review
