#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "service/markup/removal.h"
#include "service/markup/tree.h"

namespace sluice::markup {

enum class Format : uint8_t { kMarkdownExtra, kHtml, kPlainText };

// What to do with one kind of violation.
enum class Action : uint8_t {
  kStrip,   // drop the tag, keep the text
  kPrune,   // drop it with its content
  kEscape,  // show it as text
  kHold,    // strip, and the comment is held
  kReject,  // strip, and the comment is rejected
};

struct Limits {
  uint32_t max_depth = 32;             // open elements
  uint32_t max_output_factor = 8;      // bytes of HTML a byte of source may become ...
  uint32_t max_output_extra = 4096;    // ... plus these; past both the rendering is over budget and the comment held
  uint32_t max_link_definitions = 128;
  uint32_t max_footnotes = 64;
  uint32_t max_abbreviations = 64;
  uint32_t max_table_cells = 2048;
  uint32_t max_combining_marks = 4;    // in a row
};

// The whitelist and the link policy, validated (ruleset/ makes it of policy.yaml and refuses what could let script in).
// Immutable once made; shared by threads.
struct HtmlPolicy {
  // For each element: what a commenter's own tag becomes, and what one made by Markdown Extra becomes. The element
  // itself: allowed. kNone: not allowed (typed: on_element decides; made: its content stays). Another: mapped.
  std::array<Tag, static_cast<size_t>(Tag::kCount)> typed{};
  std::array<Tag, static_cast<size_t>(Tag::kCount)> made{};

  std::array<Action, static_cast<size_t>(RemovalKind::kCount)> actions{};  // by kind of violation
  std::vector<std::string> prune;      // lower-case names of elements dropped with their content
  std::vector<std::string> schemes;    // lower-case, without the colon
  bool relative_urls = false;
  std::string rel = "nofollow ugc noopener";  // of every a; empty: no attribute
  bool link_bare_urls = true;
  bool newlines_are_breaks = false;    // a single newline in Markdown text becomes br
  bool defuse_templates = false;       // {{ }} gets a zero-width space
  Limits limits;
};

// The seed's list: typed a, em, cite, i, strong, b, sub, sup, ul, ol, li, blockquote, pre; made by Markdown also p, br,
// hr, code, headers as a strong paragraph, tables, definition lists, abbreviations and footnotes.
HtmlPolicy DefaultHtmlPolicy();

// Everything of Tag allowed for both origins: what Markdown Extra itself would print. For tests and measurements.
HtmlPolicy PermissiveHtmlPolicy();

}  // namespace sluice::markup
