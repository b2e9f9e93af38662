#include "service/markup/markdown_lists.h"

#include <algorithm>

namespace sluice::markup::markdown {
namespace {

constexpr uint32_t kTabWidth = 4;
constexpr uint32_t kMaxIndent = 3;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

size_t SkipBlank(const Lines& lines, size_t at) {
  while (at < lines.size() && lines[at].blank()) ++at;
  return at;
}

// `: definition`. `lines[at]` may be past the end.
bool IsDefinition(const MarkdownText& text, const Lines& lines, size_t at) {
  if (at >= lines.size() || !lines[at].is_text()) return false;
  const Line& line = lines[at];
  return line.first == ':' && line.indent <= kMaxIndent &&
         line.start() + 1 < line.end && text.text()[line.start() + 1] == ' ';
}

// Whether terms and their definition begin at this line.
bool IsTerms(const MarkdownText& text, const Lines& lines, size_t at) {
  if (!lines[at].is_text() || lines[at].indent > kMaxIndent ||
      IsDefinition(text, lines, at)) {
    return false;
  }
  for (++at; at < lines.size(); ++at) {
    if (IsDefinition(text, lines, at)) return true;
    if (lines[at].blank()) return IsDefinition(text, lines, at + 1);
    if (!lines[at].is_text() || lines[at].indent > 0) return false;
  }
  return false;
}

}  // namespace

Marker MarkerOf(const MarkdownText& text, const Line& line, bool ordered) {
  Marker marker;
  if (!line.is_text()) return marker;
  const std::string_view all = text.text();
  uint32_t at = line.start();
  if (ordered) {
    if (!IsDigit(line.first)) return marker;
    while (at < line.end && IsDigit(all[at])) ++at;
    if (at == line.end || all[at] != '.') return marker;
  } else if (line.first != '*' && line.first != '+' && line.first != '-') {
    return marker;
  }
  ++at;
  if (at < line.end && all[at] != ' ') return marker;
  marker.width = at - line.start();
  marker.spaced = at < line.end;
  while (at < line.end && all[at] == ' ') ++at;
  marker.text = at;
  return marker;
}

// A list ends at the end, at blank lines before a line at the margin that is
// no item of its kind, and before an item of the other kind that is indented
// like its first.
size_t EndOfList(const MarkdownText& text, const Lines& lines, size_t begin,
                 bool ordered) {
  const uint32_t indent = lines[begin].indent;
  if (indent > kMaxIndent || !MarkerOf(text, lines[begin], ordered).spaced) {
    return begin;
  }
  size_t at = begin + 1;
  while (at < lines.size()) {
    if (lines[at].blank()) {
      at = SkipBlank(lines, at);
      if (at == lines.size()) break;
      if (lines[at].indent == 0 && !MarkerOf(text, lines[at], ordered).spaced) {
        break;
      }
    }
    if (lines[at].indent == indent &&
        MarkerOf(text, lines[at], !ordered).spaced) {
      break;
    }
    ++at;
  }
  return at;
}

std::vector<ListItem> SplitItems(const MarkdownText& text, const Lines& lines,
                                 bool ordered) {
  std::vector<ListItem> items;
  size_t size = lines.size();
  while (size > 0 && lines[size - 1].blank()) --size;
  size_t at = 0;
  bool blank_before = false;
  while (at < size) {
    const Line& first = lines[at];
    const Marker marker = MarkerOf(text, first, ordered);
    size_t end = at + 1;
    while (end < size && (lines[end].indent != first.indent ||
                          MarkerOf(text, lines[end], ordered).width == 0)) {
      ++end;
    }
    size_t last = end;  // one past the item's last line that is not blank
    while (lines[last - 1].blank()) --last;
    ListItem item;
    item.source = text.Source(first.start(), first.start() + marker.width);
    item.loose = blank_before || last < end;
    for (size_t i = at + 1; i < last; ++i) {
      item.loose = item.loose || lines[i].blank();
    }
    const uint32_t width = first.indent + (marker.text - first.start());
    const Line head =
        text.MakeLine(marker.text, first.end, item.loose ? width : 0);
    item.lines.reserve(last - at);
    item.lines.push_back(text.Outdent(head, kTabWidth));
    for (size_t i = at + 1; i < last; ++i) {
      item.lines.push_back(text.Outdent(lines[i], kTabWidth));
    }
    blank_before = last < end;
    items.push_back(std::move(item));
    at = end;
  }
  return items;
}

size_t EndOfDefinitionList(const MarkdownText& text, const Lines& lines,
                           size_t begin) {
  if (!lines[begin].is_text() || IsDefinition(text, lines, begin)) return begin;
  size_t end = begin + 1;
  size_t definition = 0;  // the last line of this paragraph that is one
  for (; end < lines.size() && !lines[end].blank(); ++end) {
    if (!lines[end].is_text()) return begin;
    if (IsDefinition(text, lines, end)) definition = end;
  }
  if (IsDefinition(text, lines, end + 1)) definition = end + 1;
  if (definition == 0) return begin;
  size_t at = definition + 1;
  while (at < lines.size()) {
    if (!lines[at].blank()) {
      ++at;
      continue;
    }
    at = SkipBlank(lines, at);
    if (at < lines.size() && lines[at].indent == 0 &&
        !IsDefinition(text, lines, at) && !IsTerms(text, lines, at)) {
      break;
    }
  }
  return at;
}

std::vector<Definition> SplitDefinitions(const MarkdownText& text,
                                         const Lines& lines) {
  std::vector<Definition> out;
  size_t size = lines.size();
  while (size > 0 && lines[size - 1].blank()) --size;
  size_t at = 0;
  bool blank_before = false;
  while (at < size) {
    if (lines[at].blank()) {
      blank_before = true;
      ++at;
      continue;
    }
    if (!IsDefinition(text, lines, at)) {
      Definition term;
      term.is_term = true;
      term.lines.push_back(lines[at++]);
      out.push_back(std::move(term));
      blank_before = false;
      continue;
    }
    const Line& first = lines[at];
    size_t end = at + 1;
    while (end < size && !IsDefinition(text, lines, end) &&
           !(lines[end - 1].blank() && !lines[end].blank() &&
             IsTerms(text, lines, end))) {
      ++end;
    }
    size_t last = end;
    while (lines[last - 1].blank()) --last;
    Definition definition;
    definition.loose = blank_before;
    for (size_t i = at + 1; i < last; ++i) {
      definition.loose = definition.loose || lines[i].blank();
    }
    uint32_t body = first.start() + 1;
    while (body < first.end && text.text()[body] == ' ') ++body;
    const uint32_t width = first.indent + (body - first.start());
    const Line head =
        text.MakeLine(body, first.end, definition.loose ? width : 0);
    definition.lines.push_back(text.Outdent(head, kTabWidth));
    for (size_t i = at + 1; i < last; ++i) {
      definition.lines.push_back(text.Outdent(lines[i], kTabWidth));
    }
    out.push_back(std::move(definition));
    blank_before = last < end;
    at = end;
  }
  return out;
}

}  // namespace sluice::markup::markdown
