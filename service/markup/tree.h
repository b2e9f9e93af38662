#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "service/base/byte_span.h"

namespace sluice::markup {

// Every element a comment can ever become. Closed: the serializer knows nothing else, so nothing else can be
// published, whatever a policy or a parser does. Safe by construction: no element here loads, frames, styles or runs.
enum class Tag : uint8_t {
  kNone,  // no such element: what the tokenizer answers for every other name
  kA, kAbbr, kB, kBlockquote, kBr, kCite, kCode, kDd, kDel, kDetails, kDiv, kDl, kDt, kEm,
  kH1, kH2, kH3, kH4, kH5, kH6, kHr, kI, kImg, kIns, kLi, kOl, kP, kPre, kSpan, kStrong, kSub, kSummary, kSup,
  kTable, kTbody, kTd, kTh, kThead, kTr, kUl,
  kCount
};

// Who made an element: a commenter may type fewer elements than Markdown Extra makes.
enum class Origin : uint8_t { kTyped, kMade };

enum class Align : uint8_t { kNone, kLeft, kCenter, kRight };

// One node. A tree is its nodes in document order; `end` closes the subtree, so that a walk is one loop.
struct Node {
  Tag tag = Tag::kNone;     // kNone: a text node
  Align align = Align::kNone;
  uint32_t end = 0;         // index one past the last node of this subtree
  ByteSpan text;            // text node: bytes of Tree::text; element: its attribute's value (a: href, abbr: title,
                            // img: src, ol: start), already canonical and unescaped; empty if it has none
  ByteSpan source;          // the bytes of the comment it came from
};

struct Tree {
  std::vector<Node> nodes;
  std::string text;         // character data of text nodes and attribute values, UTF-8, unescaped
};

// The element's name in lower case, "" for kNone. Static storage.
std::string_view TagName(Tag tag);

// The element of that name (ASCII case-insensitive), kNone if there is none.
Tag TagOfName(std::string_view name);

// br, hr and img have no content and no end tag.
bool IsVoid(Tag tag);

// Flow content that cannot stand inside p or an inline element.
bool IsBlock(Tag tag);

}  // namespace sluice::markup
