#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "service/markup/html_tokenizer.h"
#include "service/markup/markdown_notes.h"

// The inline pass over one paragraph, header or cell, in steps that each read
// the text once: what stands for itself (escapes, code, tags, automatic links,
// footnote marks), brackets (images, links), emphasis.
namespace sluice::markup::markdown {

enum class SpanKind : uint8_t {
  // Nothing inside these is read again.
  kEscape,    // a backslash and the character
  kCode,      // data: length of its marks
  kMarkup,    // a tag, comment or processing instruction
  kHidden,    // markup the block pass has hidden
  kAutolink,  // <http://...>
  kEmail,     // <address>
  kFootnote,  // [^label]
  kImage,     // data: index in targets
  kLink,      // the whole; data: index in targets
  kAttributes,
  // What the steps add: marks that are read over.
  kOpenLink,  // data: index in targets
  kCloseLink,
  kOpenEm,
  kCloseEm,
  kOpenStrong,
  kCloseStrong,
};

struct Span {
  uint32_t begin = 0;
  uint32_t end = 0;
  SpanKind kind = SpanKind::kEscape;
  uint32_t data = 0;
};

// Where a link or an image points to, as written.
struct Target {
  std::string_view url;
  std::string_view title;
  uint32_t text_begin = 0;
  uint32_t text_end = 0;
  uint32_t attributes = 0;  // begin of its attribute list; 0: none
  bool escaped = false;     // backslashes in url and title are escapes
};

// A pair of brackets. Sorted by `open`.
struct Bracket {
  uint32_t open = 0;
  uint32_t close = 0;
  uint8_t height = 0;  // brackets in brackets inside, 1: none
  bool image = false;  // a `!` stands before it
  bool done = false;   // it is, or is in, an image or a link
};

struct Spans {
  std::vector<Span> all;  // sorted by begin; those in others come after them
  std::vector<Target> targets;
  std::vector<Bracket> brackets;
  bool emphasis = false;  // there is a `*` or `_`
  void Clear();
};

// How often markup may be tried in vain in a document; past that `<` is text.
struct MarkupBudget {
  uint32_t failures = 128;
};

// First step. `notes` tells whether there are footnotes at all.
void FindAtoms(std::string_view text, bool footnotes, HtmlToken* scratch,
               MarkupBudget* budget, Spans* spans);

// Second step: images, then reference links, inline links and shortcuts, in
// this order, as Markdown.pl does.
void FindLinks(std::string_view text, Notes* notes, Spans* spans);

// Third step: emphasis in the text and in the text of each link. Appends the
// marks of links and emphasis and sorts.
void FindEmphasis(std::string_view text, Spans* spans);

// Characters a backslash escapes.
bool IsEscapable(char c);

// The bars of a table's row that are borders: outside code, escapes and tags.
void FindBars(std::string_view text, const Spans& spans,
              std::vector<uint32_t>* bars);

}  // namespace sluice::markup::markdown
