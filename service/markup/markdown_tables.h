#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "service/markup/markdown_lines.h"
#include "service/markup/tree.h"

// Tables of Markdown Extra: a header row, a line under it, rows.
namespace sluice::markup::markdown {

// If a table begins at lines[begin], all of whose rows begin with a bar or none
// has to (`leading`): one past its last row, else `begin`. *dead is kept
// between calls: before that line no table can begin any more.
size_t EndOfTable(const MarkdownText& text, const Lines& lines, size_t begin,
                  bool leading, size_t* dead);

// What the line under the header says of each column.
std::vector<Align> ReadAligns(const MarkdownText& text, const Line& under,
                              bool leading);

// The row without the bars at its ends.
Line TrimRow(const MarkdownText& text, const Line& row, bool leading);

// The cells of a row, trimmed: at most `most`, the last takes what is left.
// `is_bar` answers for the bars of code spans, escapes and tags: a sorted list
// of positions that are borders, relative to the text.
std::vector<Line> SplitRow(const MarkdownText& text, const Line& row,
                           const std::vector<uint32_t>& bars, size_t most);

}  // namespace sluice::markup::markdown
