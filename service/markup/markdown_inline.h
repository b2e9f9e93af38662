#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "service/markup/builder.h"
#include "service/markup/html_reader.h"
#include "service/markup/markdown_lines.h"
#include "service/markup/markdown_notes.h"
#include "service/markup/markdown_spans.h"
#include "service/markup/policy.h"

namespace sluice::markup::markdown {

// Says the inline content of a document's blocks to the builder. Keeps the
// order of footnotes. One per document.
class InlineWriter {
 public:
  InlineWriter(const HtmlPolicy& policy, std::string_view anchor_prefix,
               Notes* notes, TreeBuilder* builder);

  // Text with everything Markdown means inside a block.
  void Write(const Passage& passage);

  // Raw markup of the document.
  void WriteMarkup(const Passage& passage);

  // The bars of a table's row that are borders.
  const std::vector<uint32_t>& FindBorders(std::string_view row);

  // The footnotes used and not yet written, in the order of their numbers.
  std::vector<Footnote*>& pending_notes() { return pending_; }

  // The links from a footnote back to its uses.
  void WriteBacklinks(const Footnote& note);

  std::string NoteAnchor(uint32_t number) const;

 private:
  void WriteSpan(const Span& span, size_t* at);
  void WriteCode(const Span& span);
  void WriteAutolink(const Span& span, std::string_view scheme);
  void WriteFootnote(const Span& span);
  void WriteImage(const Span& span);
  void OpenLink(const Span& span);
  size_t WriteTag(const Span& span);
  size_t WriteHidden(const Span& span);
  void WriteText(size_t begin, size_t end, char before, char after);
  void WriteReference(size_t begin, size_t end);
  size_t WriteAbbreviation(size_t at, size_t end, char before, char after);
  void WritePlain(size_t begin, size_t end);
  void WriteMade(std::string_view text, size_t begin, size_t end);
  void Open(Tag tag, std::string_view value, ByteSpan source);
  std::string_view Unescape(std::string_view url, bool escaped,
                            std::string* out) const;
  std::string UseAnchor(const Footnote& note, uint32_t use) const;
  const text::OffsetMap* Map();

  const HtmlPolicy& policy_;
  const std::string prefix_;
  Notes& notes_;
  TreeBuilder& builder_;
  HtmlReader reader_;
  HtmlToken token_;
  MarkupBudget budget_;
  Spans spans_;
  std::vector<uint32_t> bars_;
  std::vector<Footnote*> pending_;
  uint32_t next_number_ = 1;
  const Passage* passage_ = nullptr;
  std::string_view text_;
  text::OffsetMap map_;  // of passage_, once it is asked for
  bool mapped_ = false;
  std::string value_;  // scratch
  std::string title_;  // scratch
};

}  // namespace sluice::markup::markdown
