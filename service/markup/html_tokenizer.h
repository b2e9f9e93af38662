#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "service/markup/tree.h"

namespace sluice::markup {

// One attribute as written. Views are into the source.
struct HtmlAttribute {
  std::string_view name;   // any case
  std::string_view value;  // without quotes, references not decoded
};

// One piece of markup.
struct HtmlToken {
  enum class Type : uint8_t {
    kStartTag,
    kEndTag,
    kComment,  // also <!doctype>, <? ?>, </3>, CDATA: never published
    kBroken,   // a tag that the source's end cuts off
  };
  Type type = Type::kComment;
  Tag tag = Tag::kNone;
  std::string_view name;  // of a tag, as written
  bool self_closing = false;
  std::vector<HtmlAttribute> attributes;  // at most kMaxAttributes
  size_t end = 0;  // one past its last byte in the source; if it was text, how
                   // far that took to see

  // The first attribute of that lower-case name, as HTML wants it, or nullptr.
  const HtmlAttribute* Find(std::string_view lower_name) const;
};

inline constexpr size_t kMaxAttributes = 64;  // further ones are not recorded

// How HTML is read.
enum class Dialect : uint8_t {
  kHtml,      // as the HTML Standard's tokenizer does
  kMarkdown,  // `<` is markup only before a name of HTML (or "/name", "!--",
              // "?"), and only if its end is there; else it is text
};

// Reads the markup that begins at source[at] == '<' (HTML Standard, 13.2.5).
// Returns one past its last byte, also in token->end, or 0 if the `<` is text.
// Reuses the token's memory. Linear in what it reads; `*token` views `source`.
//
// In kMarkdown an unquoted `<` inside a tag, and a comment or tag without its
// end, make the `<` text.
size_t ReadMarkup(std::string_view source, size_t at, Dialect dialect,
                  HtmlToken* token);

// The content of a raw-text element (script, style, textarea, title, xmp,
// iframe, noembed, noframes, noscript, plaintext) that begins at source[at]:
// one past its content, where its end tag or the source's end is.
size_t EndOfRawText(std::string_view source, size_t at, std::string_view name);

// Whether the content of the element of that name (any case) is raw text.
bool IsRawText(std::string_view name);

// Whether the element of that lower-case name has no content and no end tag.
bool IsVoidName(std::string_view lower);

// Whether it is the name of an HTML element, also obsolete ones, or svg, math.
bool IsHtmlName(std::string_view name);

// Whether the start tag of that name (any case) ends an open p.
bool ClosesParagraph(std::string_view name);

// Equal but for ASCII case; `lower` must be in lower case.
bool EqualsLower(std::string_view any, std::string_view lower);

}  // namespace sluice::markup
