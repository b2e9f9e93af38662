#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "service/base/byte_span.h"
#include "service/markup/byte_set.h"

// The lowest layer of the Markdown front end: the text made ready (newlines,
// tabs), its lines, and the way back to the source.
namespace sluice::markup::markdown {

// One line of a container, without its newline. A container's lines are the
// document's with their prefixes taken off: only `begin` moves, so the bytes
// stay where they are and no nesting copies text.
struct Line {
  uint32_t begin = 0;  // bytes of MarkdownText::text()
  uint32_t end = 0;
  int32_t block = -1;   // >= 0: no text but a block already recognised
  uint32_t pad = 0;     // spaces that stand before `begin` but not in the text
  uint32_t indent = 0;  // leading spaces, the pad included
  char first = 0;       // the first other character; 0: the line is blank

  bool blank() const { return first == 0; }
  bool is_text() const { return block < 0 && first != 0; }
  // Where the first other character is.
  uint32_t start() const { return begin + (indent - pad); }
};
using Lines = std::vector<Line>;

// What a block leaves in its container's lines: itself, not blank, at indent 0.
Line BlockLine(uint32_t block);

// The document with "\n" for every newline, tabs expanded to columns of four
// (as Markdown counts them, in characters), and no byte order mark.
class MarkdownText {
 public:
  explicit MarkdownText(std::string_view source);

  std::string_view text() const { return text_; }
  std::string_view source() const { return source_; }
  Lines SplitLines() const;

  // A line with the text [begin, end) after `pad` spaces.
  Line MakeLine(uint32_t begin, uint32_t end, uint32_t pad) const;
  // The line without its first `columns` columns, or as many spaces as it has.
  Line Outdent(const Line& line, uint32_t columns) const;
  // The line from its byte `at` (of text()) on; nothing stands before it.
  Line From(const Line& line, uint32_t at) const;
  // The line that ends at byte `end` of text().
  Line Until(const Line& line, uint32_t end) const;

  std::string_view View(const Line& line) const {
    return std::string_view(text_).substr(line.begin, line.end - line.begin);
  }

  // The source's bytes of text()[begin, end). O(log tabs).
  ByteSpan Source(uint32_t begin, uint32_t end) const;
  ByteSpan Source(const Line& line) const {
    return Source(line.begin, line.end);
  }
  bool same_as_source() const { return runs_.empty(); }

  // Covers the bytes by kHidden: markup that the block pass has recognised and
  // that must not be read as lines any more (a comment over several lines).
  void Hide(uint32_t begin, uint32_t end);

  static constexpr char kHidden = '\x1A';

 private:
  struct Run {
    uint32_t text;    // from this byte of text_ on ...
    uint32_t source;  // ... bytes come from here on
  };
  void Normalise();
  uint32_t SourceAt(uint32_t at) const;

  std::string_view source_;
  std::string text_;
  std::vector<Run> runs_;  // empty: the text is the source
};

// Lines as one text for the inline pass: joined by newlines, each piece knows
// where it lies. A view where the lines are neighbours in the text, else a
// copy.
class Passage {
 public:
  // Trims white space at both ends. The text must outlive it and not change.
  Passage(const MarkdownText& text, const Line* begin, const Line* end);

  std::string_view view() const { return view_; }
  ByteSpan Source(size_t begin, size_t end) const;
  // The byte of MarkdownText::text() that view()[at] is.
  uint32_t TextAt(size_t at) const;
  bool contiguous() const { return pieces_.size() <= 1; }
  const MarkdownText& text() const { return text_; }

  struct Piece {
    uint32_t local;  // from this byte of view() on ...
    uint32_t text;   // ... bytes come from here on
  };
  const std::vector<Piece>& pieces() const { return pieces_; }

 private:
  const MarkdownText& text_;
  std::string copy_;
  std::string_view view_;
  uint32_t offset_ = 0;        // of view() in the text, if contiguous
  std::vector<Piece> pieces_;  // empty if contiguous
};

}  // namespace sluice::markup::markdown
