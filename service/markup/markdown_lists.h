#pragma once

#include <cstddef>
#include <vector>

#include "service/markup/markdown_lines.h"

// Lists and definition lists as Markdown.pl and Markdown Extra cut them.
namespace sluice::markup::markdown {

// The marker of a list item at the line's first character.
struct Marker {
  uint32_t width = 0;   // `-` 1, `12.` 3; 0: none
  uint32_t text = 0;    // the byte after the marker and the spaces behind it
  bool spaced = false;  // a space follows it
};
Marker MarkerOf(const MarkdownText& text, const Line& line, bool ordered);

// If a list of that kind begins at lines[begin]: one past its last line, else
// `begin`. Blank lines after it are its own.
size_t EndOfList(const MarkdownText& text, const Lines& lines, size_t begin,
                 bool ordered);

struct ListItem {
  Lines lines;         // without the marker, outdented
  ByteSpan source;     // of the marker
  bool loose = false;  // it has paragraphs
};
std::vector<ListItem> SplitItems(const MarkdownText& text, const Lines& lines,
                                 bool ordered);

// A definition list that begins at lines[begin], as above.
size_t EndOfDefinitionList(const MarkdownText& text, const Lines& lines,
                           size_t begin);

struct Definition {
  Lines lines;
  bool is_term = false;
  bool loose = false;
};
std::vector<Definition> SplitDefinitions(const MarkdownText& text,
                                         const Lines& lines);

}  // namespace sluice::markup::markdown
