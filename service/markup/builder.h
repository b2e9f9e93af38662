#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "service/markup/policy.h"
#include "service/markup/removal.h"
#include "service/markup/tree.h"
#include "service/markup/url.h"

namespace sluice::markup {

// What a front end says about an element it opens. Views need only live for the
// call.
struct Element {
  Tag tag = Tag::kNone;
  Origin origin = Origin::kTyped;
  // The one attribute as written but decoded once. a: href ("#" + anchor for a
  // footnote's made link, see IsAnchor), abbr: title, img: src, ol: start.
  // li and sup, made only: the anchor others link to.
  std::string_view value;
  std::string_view alt;        // img only: its text
  std::string_view title;      // a, img: dropped unless policy.titles
  Align align = Align::kNone;  // td, th
  ByteSpan source;  // of the whole start tag, or of the Markdown that made it
  bool has_value = true;  // typed only: false for a tag without the attribute
};

// Whether it may be a footnote's anchor: [a-z0-9-]{0,64} that contains "fn".
bool IsAnchor(std::string_view anchor);

// The only maker of trees. The front ends (html_reader, markdown, plain) say
// open, text, close; the builder applies the policy (mapped, stripped, escaped
// elements; canonical URLs), balances, and keeps the content model that an HTML
// parser enforces (no p in p, no block in p, no a in a, li only in a list, td
// only in tr ...), so that serialising and parsing again gives the same tree.
//
// Also here, since no front end may forget them: characters nobody may publish,
// unpaired bidi controls, heaps of combining marks, template braces.
//
// Bounded: at most policy.limits.max_depth open elements (deeper ones are
// stripped, their text kept), at most the output budget of nodes, every call
// O(max_depth + bytes given). Not thread-safe; one per rendering. The policy
// and the source must outlive it.
class TreeBuilder {
 public:
  TreeBuilder(const HtmlPolicy& policy, std::string_view source);

  // Opens an element. A void element is complete with this call.
  void Open(const Element& element);

  // Closes the nearest open element of that tag and origin with everything
  // opened inside it. Without one it changes nothing; if typed, it is reported
  // as a stray end tag. A typed end tag never closes a block that Markdown
  // made, and an inline one never a block.
  void Close(Tag tag, Origin origin, ByteSpan source);

  // Character data, already decoded. If text.size() == source.size() byte i
  // came from source.begin + i, otherwise the whole came from the whole span.
  void Text(std::string_view text, ByteSpan source);

  // The same for characters that stand for a whole span (a reference), also
  // where the sizes agree by chance.
  void Replacement(std::string_view text, ByteSpan source);

  // A construct outside the whitelist, for the record: an unknown element, an
  // attribute, a comment ... Returns the policy's action for it.
  Action Report(RemovalKind kind, std::string_view name, ByteSpan source);

  // Ends an open paragraph, as the start of any block does in an HTML parser:
  // for a block that is not published (div, table, section).
  void BreakParagraph();

  // Whether an element of that tag and origin is open and would be closed by
  // Close().
  bool IsOpen(Tag tag, Origin origin) const;

  // The output budget is spent: nothing more is kept, and the comment will be
  // held. A front end should stop.
  bool over_budget() const { return over_budget_; }

  // Closes what is open, links bare URLs if the policy says so, and gives the
  // tree up. REQUIRES: called once, last.
  Tree Finish();

  // At most kMaxRemovals; removal_count() has them all.
  const std::vector<Removal>& removals() const { return removals_; }
  std::vector<Removal> TakeRemovals() { return std::move(removals_); }
  uint32_t removal_count() const { return removal_count_; }
  // The severest action of all that was reported; below kHold: kStrip.
  Action severest() const { return severest_; }

 private:
  // One open element. A ghost is one that was not published (too deep, badly
  // nested, refused) and is remembered for its end tag alone.
  struct OpenElement {
    Tag tag;    // as published
    Tag asked;  // as the front end said; kNone: implied
    Origin origin;
    bool ghost;
    bool closing;   // its end tag came while a block was open inside it
    bool wrapped;   // closes the p made around it with it
    uint8_t block;  // index of the nearest published block at or above this one
    uint32_t node;
    uint32_t link;  // index in tree_.links, kNoLink for none
  };
  static constexpr uint32_t kNoLink = ~uint32_t{0};
  static constexpr uint8_t kNoBlock = 255;

  void OpenVoid(const Element& element, Tag target);
  void OpenLink(const Element& element);
  void OpenMapped(const Element& element, Tag target);
  bool MakeRoom(Tag tag, Origin origin, ByteSpan source);
  bool MakeRoomForItem(Tag tag, Origin origin);
  bool MakeRoomForTablePart(Tag tag, Origin origin, ByteSpan source);
  bool MakeRoomForLink();
  void EnsureFlow(ByteSpan source);
  void Push(Tag tag, Tag asked, Origin origin, ByteSpan source);
  void PushGhost(Tag asked, Origin origin, uint32_t link);
  void PopTo(size_t size);
  void PopTop();
  void NewNode(Tag tag, ByteSpan source);
  ByteSpan Store(std::string_view value);
  void Spend(size_t bytes) {
    spent_ += bytes;
    if (spent_ > budget_) over_budget_ = true;
  }
  Tag TopBlock() const {
    if (stack_.empty() || stack_.back().block == kNoBlock) return Tag::kNone;
    return stack_[stack_.back().block].tag;
  }
  Origin TopBlockOrigin() const;
  // The open element that an end tag would close, or npos. *crossed: a block
  // is open inside it that this end tag may not close.
  size_t FindOpen(Tag tag, Origin origin, bool* crossed) const;
  uint32_t AddLink(TreeLink link, ByteSpan source);
  bool CheckUrl(std::string_view written, ByteSpan source, TreeLink* link);
  void SetValue(const Element& element, Tag target);

  size_t LeadingNewlines(std::string_view text) const;
  void AddText(std::string_view text, ByteSpan source, bool copied);
  void AppendText(std::string_view text, ByteSpan source, bool copied);
  bool Keep(char32_t c, ByteSpan source);
  bool KeepBidi(char32_t c, ByteSpan source);
  void ReportCharacter(char32_t c, ByteSpan source);
  void CloseBidi();

  const HtmlPolicy& policy_;
  std::string_view source_;
  Tree tree_;
  std::vector<OpenElement> stack_;
  std::array<std::array<uint16_t, kTagCount>, 2> open_{};  // by origin, asked
  // Ghosts that did not fit the stack any more; all are inside its top.
  std::array<std::array<uint32_t, kTagCount>, 2> overflow_{};
  uint32_t overflow_total_ = 0;
  uint32_t published_depth_ = 0;
  uint32_t paragraphs_ = 0;  // p as published, 0 or 1 a table cell
  uint32_t links_ = 0;       // a as published, 0 or 1
  bool text_open_ = false;   // the last node is a text node that may grow
  uint32_t text_end_ = 0;    // where in the source the last text ended
  size_t spent_ = 0;
  size_t budget_;
  bool over_budget_ = false;
  std::vector<Removal> removals_;
  uint32_t removal_count_ = 0;
  Action severest_ = Action::kStrip;
  std::array<uint8_t, 16> bidi_{};  // open controls: 1 embedding, 2 isolate
  uint8_t bidi_depth_ = 0;
  uint32_t marks_ = 0;  // combining marks in a row so far
  bool mark_reported_ = false;
};

}  // namespace sluice::markup
