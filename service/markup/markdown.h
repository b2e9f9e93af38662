#pragma once

#include <string_view>

#include "service/markup/builder.h"
#include "service/markup/policy.h"

namespace sluice::markup {

// The Markdown Extra front end: reads `source` (well-formed UTF-8) and says
// what it means to the builder, in document order.
//
// The dialect is that of PHP Markdown Extra 2.0 (Markdown.pl's rules, not
// CommonMark's; https://michelf.ca/projects/php-markdown/extra/), with these
// differences, all on purpose:
// - `<` is markup only before the name of an HTML element, a `/name`, `!--` or
//   `?`; elsewhere it is text, so that `x<y and more>` loses nothing.
// - Attribute lists (`{#id .class}`) are read and dropped, and reported.
// - E-mail addresses are linked without disguise.
// - policy.newlines_are_breaks makes every newline of a paragraph a break.
//
// What Markdown makes has Origin::kMade, tags in the text Origin::kTyped. Every
// Open and Text carries the bytes of `source` it came from, also where
// quotation marks and indents were stripped. Footnotes come last, numbered by
// first use; their anchors are anchor_prefix + "fn-N" and "fnref-N"
// ("fnref-N-K" for the K-th use). REQUIRES: anchor_prefix is [a-z0-9-]*, at
// most kMaxAnchorPrefix bytes.
//
// Linear: the block pass reads lines, at most kMaxNesting containers deep; the
// inline pass reads a paragraph once for each of a fixed number of steps; past
// the limits of policy.limits (definitions, footnotes, abbreviations, table
// cells) a construct stays text. No recursion. Thread-safe; never fails.
void ReadMarkdown(std::string_view source, const HtmlPolicy& policy,
                  std::string_view anchor_prefix, TreeBuilder* builder);

inline constexpr size_t kMaxAnchorPrefix = 48;

}  // namespace sluice::markup
