#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "service/markup/builder.h"
#include "service/markup/html_tokenizer.h"
#include "service/markup/policy.h"
#include "service/text/offset_map.h"

namespace sluice::markup {

// Where the bytes of a fragment lie in the comment: at an offset, or by a map
// (a fragment whose lines lost their quotation marks).
class Place {
 public:
  explicit Place(uint32_t offset) : offset_(offset) {}
  // The map must outlive it.
  explicit Place(const text::OffsetMap* map) : map_(map) {}

  ByteSpan operator()(size_t begin, size_t end) const {
    const ByteSpan span{static_cast<uint32_t>(begin),
                        static_cast<uint32_t>(end)};
    if (map_ != nullptr) return map_->Map(span);
    return {span.begin + offset_, span.end + offset_};
  }

 private:
  uint32_t offset_ = 0;
  const text::OffsetMap* map_ = nullptr;
};

// Reads typed HTML into a builder: the HTML front end, and what the Markdown
// front end uses for the tags inside its text. One per rendering and dialect.
class HtmlReader {
 public:
  HtmlReader(const HtmlPolicy& policy, Dialect dialect, TreeBuilder* builder);

  // Reads a whole fragment: text, references and markup.
  void Read(std::string_view fragment, const Place& place);

  // Reads the markup at fragment[at] == '<' and tells the builder: a tag, a
  // comment, or an element that is dropped with its content as a whole.
  // Returns one past it, or 0 if the `<` is text (nothing was told then).
  // All calls together are linear in the fragments' sizes.
  size_t ReadMarkupAt(std::string_view fragment, size_t at, const Place& place);

 private:
  size_t Start(std::string_view fragment, size_t at, const Place& place);
  void End(ByteSpan span);
  void OpenAllowed(ByteSpan span);
  size_t Refuse(std::string_view fragment, size_t at, const Place& place);
  Action Drop(RemovalKind kind, std::string_view name, std::string_view written,
              ByteSpan span);
  void ReportAttributes(std::string_view allowed, ByteSpan span);
  bool IsPruned(std::string_view name) const;
  bool EndsOutside(const HtmlToken& end_tag) const;
  size_t EndOfPruned(std::string_view fragment, size_t at);
  void ReadText(std::string_view fragment, size_t begin, size_t end,
                const Place& place);

  const HtmlPolicy& policy_;
  const Dialect dialect_;
  TreeBuilder* const builder_;
  HtmlToken token_;
  HtmlToken inner_;           // scratch of EndOfPruned
  std::string value_;         // scratch for a decoded attribute or reference
  uint32_t open_blocks_ = 0;  // unpublished blocks, for their end tags
  size_t wasted_ = 0;         // bytes read for a `<` that turned out to be text
};

}  // namespace sluice::markup
