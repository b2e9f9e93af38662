#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "service/base/byte_span.h"

namespace sluice::markup {

// Every element a comment can ever become. Closed: the serializer knows nothing
// else, so nothing else can be published, whatever a policy or a parser does.
// Safe by construction: no element here frames, styles or runs.
enum class Tag : uint8_t {
  kNone,  // no such element: what the tokenizer answers for every other name
  kA,
  kAbbr,
  kB,
  kBlockquote,
  kBr,
  kCite,
  kCode,
  kDd,
  kDel,
  kDetails,
  kDiv,
  kDl,
  kDt,
  kEm,
  kH1,
  kH2,
  kH3,
  kH4,
  kH5,
  kH6,
  kHr,
  kI,
  kImg,
  kIns,
  kLi,
  kOl,
  kP,
  kPre,
  kSpan,
  kStrong,
  kSub,
  kSummary,
  kSup,
  kTable,
  kTbody,
  kTd,
  kTh,
  kThead,
  kTr,
  kUl,
  kCount
};

inline constexpr size_t kTagCount = static_cast<size_t>(Tag::kCount);

// Who made an element: a commenter may type fewer elements than Markdown Extra
// makes.
enum class Origin : uint8_t { kTyped, kMade };

enum class Align : uint8_t { kNone, kLeft, kCenter, kRight };

// One node. A tree is its nodes in document order; `end` closes the subtree, so
// that a walk is one loop.
struct Node {
  Tag tag = Tag::kNone;  // kNone: a text node
  Align align = Align::kNone;
  bool copied = false;  // text node: its bytes are those of `source`, one by
                        // one; a: it has an empty href (a relative URL)
  uint32_t end = 0;     // index one past the last node of this subtree
  // Text node: bytes of Tree::text. Element: its attribute's value (a: href,
  // abbr: title, img: src, ol: start, li and sup: anchor), already canonical
  // and unescaped; empty if it has none.
  ByteSpan text;
  ByteSpan alt;     // img: its text
  ByteSpan title;   // a, img: if the policy has titles
  ByteSpan source;  // the bytes of the comment it came from
};

// One link, published or refused, in document order.
struct TreeLink {
  std::string url;  // canonical; for one refused, as written
  std::string scheme;
  std::string host;
  ByteSpan source;          // from its start tag to its end tag
  uint32_t node_begin = 0;  // nodes of its content
  uint32_t node_end = 0;
  bool published = false;
};

inline constexpr size_t kMaxLinks = 256;  // further ones are only counted

struct Tree {
  std::vector<Node> nodes;
  // Character data of text nodes and attribute values, UTF-8, unescaped. The
  // texts of adjacent text nodes are adjacent here.
  std::string text;
  std::vector<TreeLink> links;
  uint32_t link_count = 0;  // all of them, also past kMaxLinks
};

inline constexpr std::string_view kTagNames[kTagCount] = {
    "",      "a",    "abbr",   "b",       "blockquote", "br",  "cite",
    "code",  "dd",   "del",    "details", "div",        "dl",  "dt",
    "em",    "h1",   "h2",     "h3",      "h4",         "h5",  "h6",
    "hr",    "i",    "img",    "ins",     "li",         "ol",  "p",
    "pre",   "span", "strong", "sub",     "summary",    "sup", "table",
    "tbody", "td",   "th",     "thead",   "tr",         "ul"};
static_assert(!kTagNames[kTagCount - 1].empty(), "a name for each tag");

// The element's name in lower case, "" for kNone. Static storage.
inline constexpr std::string_view TagName(Tag tag) {
  return kTagNames[static_cast<size_t>(tag)];
}

// The element of that name (ASCII case-insensitive), kNone if there is none.
Tag TagOfName(std::string_view name);

// br, hr and img have no content and no end tag.
inline constexpr bool IsVoid(Tag tag) {
  return tag == Tag::kBr || tag == Tag::kHr || tag == Tag::kImg;
}

// Flow content that cannot stand inside p: the "special" elements of an HTML
// parser except br and img.
inline constexpr bool IsBlock(Tag tag) {
  switch (tag) {
    case Tag::kNone:
    case Tag::kA:
    case Tag::kAbbr:
    case Tag::kB:
    case Tag::kBr:
    case Tag::kCite:
    case Tag::kCode:
    case Tag::kDel:
    case Tag::kEm:
    case Tag::kI:
    case Tag::kImg:
    case Tag::kIns:
    case Tag::kSpan:
    case Tag::kStrong:
    case Tag::kSub:
    case Tag::kSup:
    case Tag::kCount:
      return false;
    default:
      return true;
  }
}

}  // namespace sluice::markup
