#include "service/markup/markdown_lines.h"

#include <algorithm>
#include <cstring>

namespace sluice::markup::markdown {
namespace {

constexpr uint32_t kTabWidth = 4;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool IsContinuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

bool IsSpace(char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\v' || c == '\f' ||
         c == '\r';
}

}  // namespace

Line BlockLine(uint32_t block) {
  Line line;
  line.block = static_cast<int32_t>(block);
  line.first = MarkdownText::kHidden;
  return line;
}

MarkdownText::MarkdownText(std::string_view source) : source_(source) {
  const bool as_it_is = source.find('\t') == source.npos &&
                        source.find('\r') == source.npos &&
                        !source.starts_with(kByteOrderMark);
  if (as_it_is) {
    text_.assign(source);
  } else {
    Normalise();
  }
}

void MarkdownText::Normalise() {
  text_.reserve(source_.size() + source_.size() / 8);
  size_t at = source_.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  runs_.push_back({0, static_cast<uint32_t>(at)});
  uint32_t column = 0;
  while (at < source_.size()) {
    const char c = source_[at++];
    if (c == '\t') {
      const uint32_t spaces = kTabWidth - column % kTabWidth;
      text_.append(spaces, ' ');
      column += spaces;
    } else if (c == '\r') {
      text_ += '\n';
      column = 0;
      if (at < source_.size() && source_[at] == '\n') ++at;
    } else {
      text_ += c;
      column = c == '\n' ? 0 : column + !IsContinuation(c);
      continue;
    }
    runs_.push_back(
        {static_cast<uint32_t>(text_.size()), static_cast<uint32_t>(at)});
  }
}

Lines MarkdownText::SplitLines() const {
  Lines lines;
  lines.reserve(16 + text_.size() / 32);
  const char* const base = text_.data();
  size_t at = 0;
  while (at < text_.size()) {
    const void* found = std::memchr(base + at, '\n', text_.size() - at);
    const size_t end = found == nullptr
                           ? text_.size()
                           : static_cast<const char*>(found) - base;
    lines.push_back(
        MakeLine(static_cast<uint32_t>(at), static_cast<uint32_t>(end), 0));
    at = end + 1;
  }
  return lines;
}

Line MarkdownText::MakeLine(uint32_t begin, uint32_t end, uint32_t pad) const {
  uint32_t at = begin;
  while (at < end && text_[at] == ' ') ++at;
  Line line;
  line.begin = begin;
  line.end = end;
  if (at == end) {
    line.end = begin;
    return line;
  }
  line.pad = pad;
  line.indent = pad + (at - begin);
  line.first = text_[at];
  return line;
}

Line MarkdownText::Outdent(const Line& line, uint32_t columns) const {
  if (!line.is_text()) return line;
  Line out = line;
  const uint32_t cut = std::min(columns, line.indent);
  const uint32_t from_pad = std::min(cut, line.pad);
  out.pad -= from_pad;
  out.begin += cut - from_pad;
  out.indent -= cut;
  return out;
}

Line MarkdownText::From(const Line& line, uint32_t at) const {
  return MakeLine(std::min(at, line.end), line.end, 0);
}

Line MarkdownText::Until(const Line& line, uint32_t end) const {
  return MakeLine(line.begin, std::max(line.begin, end), line.pad);
}

uint32_t MarkdownText::SourceAt(uint32_t at) const {
  const auto after = std::upper_bound(
      runs_.begin(), runs_.end(), at,
      [](uint32_t position, const Run& run) { return position < run.text; });
  const Run& run = *(after - 1);  // the first run begins at 0
  const uint32_t place = run.source + (at - run.text);
  // Inside an expanded tab there are more columns than bytes.
  const uint32_t limit = after == runs_.end()
                             ? static_cast<uint32_t>(source_.size())
                             : after->source - 1;
  return std::min(place, limit);
}

ByteSpan MarkdownText::Source(uint32_t begin, uint32_t end) const {
  if (runs_.empty()) return {begin, end};
  const uint32_t first = SourceAt(begin);
  if (begin >= end) return {first, first};
  const uint32_t last = SourceAt(end - 1) + 1;
  return {
      first,
      std::max(first, std::min(last, static_cast<uint32_t>(source_.size())))};
}

void MarkdownText::Hide(uint32_t begin, uint32_t end) {
  std::fill(text_.begin() + begin, text_.begin() + end, kHidden);
}

Passage::Passage(const MarkdownText& text, const Line* begin, const Line* end)
    : text_(text) {
  while (begin != end && begin->blank()) ++begin;
  while (begin != end && (end - 1)->blank()) --end;
  if (begin == end) return;
  bool neighbours = true;
  for (const Line* line = begin; line + 1 != end; ++line) {
    neighbours = neighbours && line->end + 1 == (line + 1)->begin;
  }
  if (neighbours) {
    offset_ = begin->begin;
    view_ = text.text().substr(begin->begin, (end - 1)->end - begin->begin);
  } else {
    for (const Line* line = begin; line != end; ++line) {
      pieces_.push_back({static_cast<uint32_t>(copy_.size()), line->begin});
      copy_ += text.View(*line);
      if (line + 1 != end) copy_ += '\n';
    }
    view_ = copy_;
  }
  while (!view_.empty() && IsSpace(view_.back())) view_.remove_suffix(1);
  size_t lead = 0;
  while (lead < view_.size() && IsSpace(view_[lead])) ++lead;
  view_.remove_prefix(lead);
  offset_ += static_cast<uint32_t>(lead);
  for (Piece& piece : pieces_) {
    if (piece.local >= lead) {
      piece.local -= static_cast<uint32_t>(lead);
    } else {
      piece.text += static_cast<uint32_t>(lead) - piece.local;
      piece.local = 0;
    }
  }
}

uint32_t Passage::TextAt(size_t at) const {
  if (pieces_.empty()) return offset_ + static_cast<uint32_t>(at);
  const auto after = std::upper_bound(pieces_.begin(), pieces_.end(), at,
                                      [](size_t position, const Piece& piece) {
                                        return position < piece.local;
                                      });
  const Piece& piece = after == pieces_.begin() ? *after : *(after - 1);
  return piece.text + (static_cast<uint32_t>(at) - piece.local);
}

ByteSpan Passage::Source(size_t begin, size_t end) const {
  if (begin >= end) {
    const ByteSpan at = text_.Source(TextAt(begin), TextAt(begin));
    return at;
  }
  const ByteSpan first = text_.Source(TextAt(begin), TextAt(begin) + 1);
  const ByteSpan last = text_.Source(TextAt(end - 1), TextAt(end - 1) + 1);
  return {first.begin, std::max(first.begin, last.end)};
}

}  // namespace sluice::markup::markdown
