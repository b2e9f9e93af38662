#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "service/markup/policy.h"
#include "service/markup/removal.h"
#include "service/markup/tree.h"

namespace sluice::markup {

// What a front end says about an element it opens. Views need only live for the call.
struct Element {
  Tag tag = Tag::kNone;
  Origin origin = Origin::kTyped;
  std::string_view value;        // the one attribute as written but decoded once (a: href, abbr: title, img: src, ol: start)
  std::string_view alt;          // img only: its text
  Align align = Align::kNone;    // td, th
  ByteSpan source;               // of the whole start tag, or of the Markdown that made it
};

// The only maker of trees. Both front ends (html_reader, markdown) say open, text, close; the builder applies the
// policy (mapped, stripped, pruned, escaped elements; canonical URLs), balances, and keeps the content model that an
// HTML parser enforces (no p in p, no block in p, no a in a, li only in a list, td only in tr ...), so that serialising
// and parsing again gives the same tree.
//
// Bounded: at most policy.limits.max_depth open elements (deeper ones are stripped, their text kept), every call
// O(1) amortised; closing is by a per-tag count of what is open, never a search of the whole stack per call.
// Not thread-safe; one per rendering.
class TreeBuilder {
 public:
  TreeBuilder(const HtmlPolicy& policy, std::string_view source);

  // Opens an element. A void element is complete with this call.
  void Open(const Element& element);

  // Closes the nearest open element of that tag and origin with everything opened inside it; without one it is a
  // violation (stray end tag) and changes nothing.
  void Close(Tag tag, ByteSpan source);

  // Character data, already decoded. If text.size() == source.size() byte i came from source.begin + i, otherwise the
  // whole came from the whole span. Characters nobody may publish (NUL, C0, non-characters) are dropped here.
  void Text(std::string_view text, ByteSpan source);

  // A construct outside the whitelist, for the record: an unknown element, an attribute, a comment ...
  void Report(RemovalKind kind, std::string_view name, ByteSpan source);

  // Closes what is open and gives the tree up. REQUIRES: called once, last.
  Tree Finish();

  const std::vector<Removal>& removals() const;
};

}  // namespace sluice::markup
