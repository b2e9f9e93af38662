#pragma once

#include <absl/status/statusor.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
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
  uint32_t max_depth = 32;  // open elements
  uint32_t max_output_factor =
      8;  // bytes of HTML a byte of source may become ...
  uint32_t max_output_extra = 4096;  // ... plus these; past both the rendering
                                     // is over budget and the comment held
  uint32_t max_link_definitions = 128;
  uint32_t max_footnotes = 64;
  uint32_t max_abbreviations = 64;
  uint32_t max_table_cells = 2048;
  uint32_t max_combining_marks = 4;  // in a row
};

// The whitelist and the link policy, validated by MakeHtmlPolicy.
// Immutable once made; shared by threads.
struct HtmlPolicy {
  // For each element: what a commenter's own tag becomes, and what one made by
  // Markdown Extra becomes. The element itself: allowed. kNone: not allowed
  // (typed: on_element decides; made: its content stays). Another: mapped.
  std::array<Tag, kTagCount> typed{};
  std::array<Tag, kTagCount> made{};

  // Whether a typed element may have its one attribute: a[href], abbr[title],
  // img[src], ol[start].
  std::array<bool, kTagCount> typed_attribute{};

  std::array<Action, static_cast<size_t>(RemovalKind::kCount)>
      actions{};  // by kind of violation
  std::vector<std::string>
      prune;  // lower-case names of elements dropped with their content
  std::vector<std::string> schemes;  // lower-case, without the colon
  bool relative_urls = false;
  std::string rel = "nofollow ugc noopener";  // of every a; empty: no attribute
  bool link_bare_urls = true;
  bool titles = false;           // title of a and img, as Markdown writes them
  bool footnote_anchors = true;  // links between a footnote and its text
  bool newlines_are_breaks =
      false;  // a single newline in Markdown text becomes br
  bool defuse_templates = false;  // {{ }} gets a zero-width space
  Limits limits;
};

// The same in words, as policy.yaml has it.
struct HtmlPolicySpec {
  struct Typed {
    std::string tag;
    std::string attribute;  // of `a[href]`; empty: none
  };
  std::vector<Typed> typed;
  std::vector<std::pair<std::string, std::string>>
      made;  // "h2" -> "strong" or "strip"
  std::vector<std::string> prune;
  std::vector<std::pair<std::string, Action>> actions;  // by RemovalKindName
  std::vector<std::string> schemes;  // empty: http, https, mailto
  bool relative_urls = false;
  std::string rel = "nofollow ugc noopener";
  bool link_bare_urls = true;
  bool newlines_are_breaks = false;
  bool defuse_templates = false;
  bool footnote_anchors = true;
  Limits limits;
};

// Makes the policy, or refuses one that could let script in, loses everything,
// or names what does not exist: INVALID_ARGUMENT with `ENTRY: why`, ENTRY being
// the offending string as the spec has it, up to the first ": ".
absl::StatusOr<HtmlPolicy> MakeHtmlPolicy(const HtmlPolicySpec& spec);

// Whether the policy can publish an element of that tag at all, by any origin.
bool CanPublish(const HtmlPolicy& policy, Tag tag);

// The name of the one attribute the element has, "" for none.
std::string_view AttributeName(Tag tag);

// The seed's list: typed a, em, cite, i, strong, b, sub, sup, ul, ol, li,
// blockquote, pre; made by Markdown also p, br, hr, code, headers as a strong
// paragraph, tables, definition lists, abbreviations and footnotes.
HtmlPolicy DefaultHtmlPolicy();

// Everything of Tag allowed for both origins: what Markdown Extra itself would
// print. For tests and measurements.
HtmlPolicy PermissiveHtmlPolicy();

}  // namespace sluice::markup
