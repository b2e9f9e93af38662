#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "service/base/byte_span.h"

namespace sluice::markup {

// Why something of the source is not in the safe HTML. `RemovalKindName` gives
// the stable name that signals and explanations use ("element", "attribute",
// "url_scheme", ...).
enum class RemovalKind : uint8_t {
  kElement,        // an element outside the whitelist; its text was kept
  kPrunedElement,  // dropped with its content (script, style ...)
  kAttribute,      // an attribute the element may not have
  kUrl,  // a URL that does not parse, is relative, or has userinfo, control or
         // bidi characters
  kUrlScheme,  // a URL whose scheme is not on the list
  kComment,    // <!-- -->, <? ?>, <!doctype>, CDATA
  kNesting,  // an element where an HTML parser would move it or close others (a
             // in a, block in p)
  kStrayEndTag,
  kBrokenTag,      // a tag that never ends, or markup smuggled in an attribute
  kCharacter,      // NUL, control, non-character, unpaired bidi control, a
                   // combining mark past the cap
  kDepth,          // deeper than the limit
  kAttributeList,  // {#id .class} of Markdown Extra
  kTemplate,       // {{ }} defused
  kCount
};

struct Removal {
  RemovalKind kind;
  std::string name;  // element, attribute or scheme in lower case, at most
                     // kMaxRemovalName bytes; may be empty
  ByteSpan source;   // bytes of the comment
};

inline constexpr size_t kMaxRemovals = 64;     // further ones are only counted
inline constexpr size_t kMaxRemovalName = 32;  // bytes

std::string_view RemovalKindName(RemovalKind kind);

}  // namespace sluice::markup
