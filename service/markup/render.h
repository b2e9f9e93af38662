#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "service/base/byte_span.h"
#include "service/markup/policy.h"
#include "service/markup/removal.h"
#include "service/markup/tree.h"
#include "service/text/offset_map.h"

namespace sluice::markup {

struct Link {
  std::string url;  // canonical href as published; for one refused, as written
  std::string scheme;  // lower case
  std::string host;    // lower case, punycode; empty for mailto: and the like
  std::string text;    // rendered text of the link
  ByteSpan source;     // the link in the comment
  ByteSpan text_span;  // its text in Rendering::text
  bool published;  // it is in the safe HTML (a bare URL that was not linked, or
                   // a refused one, is not)
};

// What one comment's body becomes.
struct Rendering {
  std::string html;  // safe to publish as the content of a block element; empty
                     // if !verified or over_budget
  std::string
      text;  // what a reader sees, as written; blocks separated by newlines
  text::OffsetMap text_map;          // bytes of `text` to bytes of the source
  std::vector<ByteSpan> quotations;  // of `text` inside blockquote, in order,
                                     // disjoint
  std::vector<Link> links;           // at most kMaxLinks, in order
  std::vector<Removal> removals;
  uint32_t removal_count = 0;  // all of them, also past kMaxRemovals
  uint32_t link_count = 0;     // all of them, also past kMaxLinks
  uint32_t code_bytes = 0;     // of `text` inside pre or code
  uint32_t quoted_bytes = 0;   // of `text` inside blockquote
  bool verified = false;       // the independent verifier accepted `html`
  bool over_budget =
      false;  // the output would have passed the budget: hold, there is no HTML
  Action action = Action::kStrip;  // the severest of the policy's actions for
                                   // what was removed: kHold, kReject or below
};

// Renders a comment's body. `source` is well-formed UTF-8 (admit refuses the
// rest). `anchor_prefix` ([a-z0-9-]*) makes footnote anchors unique on a page
// with many comments. Linear in the source; no recursion; never fails: what
// cannot be rendered safely comes back with verified == false and no HTML.
// Deterministic and thread-safe.
Rendering Render(std::string_view source, Format format,
                 const HtmlPolicy& policy, std::string_view anchor_prefix);

// What the commenter wrote without quoting: Rendering::text without its
// quotations, a newline in place of each that has text on both sides.
struct OwnWords {
  std::string text;
  text::OffsetMap map;  // bytes of `text` to bytes of the source
};

// Linear in the text. Apart from Render, since few rules ask for it.
OwnWords MakeOwnWords(const Rendering& rendering);

// The independent check of published bytes: a regular grammar and a stack that
// share no code with the serializer. True if every byte belongs to the
// whitelist's language for this policy and all elements are closed in order.
bool VerifyHtml(std::string_view html, const HtmlPolicy& policy);

}  // namespace sluice::markup
