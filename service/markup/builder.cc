// The idea: an HTML parser, given our output, must rebuild exactly our tree.
// It would not if a start tag closed something (p before a block, li before
// li, a before a), if it moved something (text in a table, formatting left
// open across a block), or if it dropped a character. Each of these is done
// here before it could happen there, so that what is printed has nothing left
// to repair. Repairs are what mutation XSS lives on.

#include "service/markup/builder.h"

#include <algorithm>
#include <cassert>

#include "service/markup/bare_urls.h"
#include "service/markup/characters.h"

namespace sluice::markup {
namespace {

constexpr size_t kMaxGhosts = 32;
constexpr size_t kMaxWrittenUrl = 2048;  // of a refused link, kept for people
constexpr size_t kMaxStartDigits = 9;    // of ol start

size_t Index(Tag tag) { return static_cast<size_t>(tag); }
size_t Index(Origin origin) { return static_cast<size_t>(origin); }

bool IsHeading(Tag tag) { return tag >= Tag::kH1 && tag <= Tag::kH6; }

bool IsCell(Tag tag) { return tag == Tag::kTd || tag == Tag::kTh; }

// Where an HTML parser wants table parts only and would move all else out.
bool IsTableFrame(Tag tag) {
  return tag == Tag::kTable || tag == Tag::kTbody || tag == Tag::kThead ||
         tag == Tag::kTr;
}

bool IsTablePart(Tag tag) {
  return IsCell(tag) || (IsTableFrame(tag) && tag != Tag::kTable);
}

bool IsItem(Tag tag) {
  return tag == Tag::kLi || tag == Tag::kDd || tag == Tag::kDt;
}

// Their end tags reach out of a block in an HTML parser (adoption agency).
bool IsFormatting(Tag tag) {
  return tag == Tag::kA || tag == Tag::kB || tag == Tag::kCode ||
         tag == Tag::kEm || tag == Tag::kI || tag == Tag::kStrong;
}

std::string Cut(std::string_view text, size_t size) {
  if (text.size() > size) {
    while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80)
      --size;
    text = text.substr(0, size);
  }
  return std::string(text);
}

std::string LowerName(std::string_view name) {
  std::string lower = Cut(name, kMaxRemovalName);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return lower;
}

// Levels an element must have below the limit. A table has room for all its
// parts, since they may have to be put in.
uint32_t LevelsOf(Tag tag) {
  constexpr uint32_t kTableLevels = 4;  // table, tbody, tr, td
  if (tag == Tag::kTable) return kTableLevels;
  return IsTablePart(tag) ? 0 : 1;
}

// An end tag of `tag` does not look past an open `open`.
bool IsBarrier(Tag open, Tag tag) {
  if (open == Tag::kTable) return true;
  if (IsCell(open)) return !IsTablePart(tag) && tag != Tag::kTable;
  if (tag == Tag::kLi) return open == Tag::kUl || open == Tag::kOl;
  if (tag == Tag::kDd || tag == Tag::kDt) return open == Tag::kDl;
  return !IsBlock(tag) && !IsFormatting(tag) && IsBlock(open);
}

}  // namespace

bool IsAnchor(std::string_view anchor) {
  constexpr size_t kMaxAnchor = 64;
  if (anchor.size() > kMaxAnchor) return false;
  if (anchor.find("fn") == std::string_view::npos) return false;
  return std::all_of(anchor.begin(), anchor.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

TreeBuilder::TreeBuilder(const HtmlPolicy& policy, std::string_view source)
    : policy_(policy),
      source_(source),
      budget_(source.size() * policy.limits.max_output_factor +
              policy.limits.max_output_extra) {
  tree_.text.reserve(source.size() + 16);
  tree_.nodes.reserve(source.size() / 16 + 8);
  stack_.reserve(policy.limits.max_depth + kMaxGhosts + 4);
}

void TreeBuilder::Open(const Element& element) {
  if (over_budget_) return;
  const auto& becomes =
      element.origin == Origin::kTyped ? policy_.typed : policy_.made;
  const Tag target = becomes[Index(element.tag)];
  if (target == Tag::kNone) {
    if (IsBlock(element.tag)) BreakParagraph();
    if (element.tag == Tag::kImg && element.origin == Origin::kMade)
      Text(element.alt, element.source);
    if (element.origin == Origin::kTyped)
      Report(RemovalKind::kElement, TagName(element.tag), element.source);
    return;
  }
  if (IsVoid(target)) {
    OpenVoid(element, target);
  } else if (target == Tag::kA) {
    OpenLink(element);
  } else {
    OpenMapped(element, target);
  }
}

void TreeBuilder::OpenVoid(const Element& element, Tag target) {
  TreeLink image;
  if (target == Tag::kImg && !CheckUrl(element.value, element.source, &image)) {
    Text(element.alt, element.source);
    return;
  }
  if (target != Tag::kImg) CloseBidi();
  if (target == Tag::kHr) BreakParagraph();
  EnsureFlow(element.source);
  NewNode(target, element.source);
  Node& node = tree_.nodes.back();
  node.end = static_cast<uint32_t>(tree_.nodes.size());
  if (target != Tag::kImg) return;
  node.text = Store(image.url);
  node.alt = Store(CleanValue(element.alt));
  if (policy_.titles) node.title = Store(CleanValue(element.title));
}

// Whether the URL may be published; fills in what is known of it.
bool TreeBuilder::CheckUrl(std::string_view written, ByteSpan source,
                           TreeLink* link) {
  std::optional<Url> url = ParseUrl(written);
  if (!url && policy_.relative_urls) url = ParseRelativeUrl(written);
  const auto refuse = [&](RemovalKind kind, std::string_view name) {
    link->url = Cut(written, kMaxWrittenUrl);
    Report(kind, name, source);
    return false;
  };
  if (!url) return refuse(RemovalKind::kUrl, "");
  link->scheme = url->scheme;
  link->host = url->host;
  const auto& schemes = policy_.schemes;
  if (!url->relative &&
      std::find(schemes.begin(), schemes.end(), url->scheme) == schemes.end())
    return refuse(RemovalKind::kUrlScheme, url->scheme);
  if (url->has_userinfo || HasHiddenCharacters(written))
    return refuse(RemovalKind::kUrl, url->scheme);
  link->url = std::move(url->href);
  link->published = true;
  return true;
}

uint32_t TreeBuilder::AddLink(TreeLink link, ByteSpan source) {
  if (++tree_.link_count > kMaxLinks) return kNoLink;
  link.source = source;
  link.node_begin = link.node_end = static_cast<uint32_t>(tree_.nodes.size());
  if (tree_.links.empty()) tree_.links.reserve(4);
  tree_.links.push_back(std::move(link));
  return static_cast<uint32_t>(tree_.links.size() - 1);
}

void TreeBuilder::OpenLink(const Element& element) {
  const bool made = element.origin == Origin::kMade;
  const bool footnote = made && element.value.substr(0, 1) == "#" &&
                        IsAnchor(element.value.substr(1));
  TreeLink link;
  bool publish =
      !made;  // a typed a stays, like any element, without a bad href
  if (footnote) {
    link.url = std::string(element.value);
    publish = link.published = policy_.footnote_anchors;
  } else if (element.has_value) {
    publish = CheckUrl(element.value, element.source, &link) || publish;
  }
  const bool recorded = !footnote && element.has_value;
  if (publish) EnsureFlow(element.source);
  if (publish && !MakeRoomForLink()) {
    Report(RemovalKind::kNesting, TagName(Tag::kA), element.source);
    publish = link.published = false;
  }
  if (publish && published_depth_ >= policy_.limits.max_depth) {
    Report(RemovalKind::kDepth, TagName(Tag::kA), element.source);
    publish = link.published = false;
  }
  const bool has_href = link.published;
  if (!publish) {
    PushGhost(Tag::kA, element.origin,
              recorded ? AddLink(std::move(link), element.source) : kNoLink);
    return;
  }
  Push(Tag::kA, element.tag, element.origin, element.source);
  if (has_href) {
    tree_.nodes.back().text = Store(link.url);
    tree_.nodes.back().copied = link.url.empty();
  }
  if (has_href && policy_.titles)
    tree_.nodes.back().title = Store(CleanValue(element.title));
  if (recorded) stack_.back().link = AddLink(std::move(link), element.source);
}

// An a inside an a would close the outer one, and with a block between them
// the parser would take the block apart.
bool TreeBuilder::MakeRoomForLink() {
  if (links_ == 0) return true;
  size_t i = stack_.size();
  while (i-- > 0) {
    const OpenElement& open = stack_[i];
    if (open.ghost) continue;
    if (open.tag == Tag::kA) break;
    if (IsBlock(open.tag)) return false;
  }
  Report(RemovalKind::kNesting, TagName(Tag::kA),
         tree_.nodes[stack_[i].node].source);
  PopTo(i);
  return true;
}

void TreeBuilder::OpenMapped(const Element& element, Tag target) {
  const bool wrap = IsBlock(element.tag) && !IsBlock(target) &&
                    policy_.made[Index(Tag::kP)] == Tag::kP;
  const uint32_t levels = LevelsOf(target) + (wrap ? 1 : 0);
  if (!MakeRoom(wrap ? Tag::kP : target, element.origin, element.source)) {
    Report(RemovalKind::kNesting, TagName(element.tag), element.source);
    PushGhost(element.tag, element.origin, kNoLink);
    return;
  }
  // Asked after what had to be closed or put in, so that it is asked the same
  // when the output is read again.
  if (published_depth_ + levels > policy_.limits.max_depth) {
    Report(RemovalKind::kDepth, TagName(element.tag), element.source);
    PushGhost(element.tag, element.origin, kNoLink);
    return;
  }
  if (wrap) Push(Tag::kP, Tag::kNone, element.origin, element.source);
  Push(target, element.tag, element.origin, element.source);
  stack_.back().wrapped = wrap;
  SetValue(element, target);
}

void TreeBuilder::SetValue(const Element& element, Tag target) {
  Node& node = tree_.nodes.back();
  if (target != element.tag) return;
  if (IsCell(target)) node.align = element.align;
  if (element.value.empty()) return;
  const bool made = element.origin == Origin::kMade;
  if (target == Tag::kAbbr) {
    node.text = Store(CleanValue(element.value));
  } else if (target == Tag::kOl) {
    const bool digits =
        element.value.size() <= kMaxStartDigits &&
        element.value.find_first_not_of("0123456789") == std::string_view::npos;
    if (digits) node.text = Store(element.value);
  } else if ((target == Tag::kLi || target == Tag::kSup) && made &&
             policy_.footnote_anchors && IsAnchor(element.value)) {
    node.text = Store(element.value);
  }
}

// Closes what an HTML parser would close at this start tag. False: the element
// cannot stand here.
bool TreeBuilder::MakeRoom(Tag tag, Origin origin, ByteSpan source) {
  if (!IsBlock(tag)) {
    EnsureFlow(source);
    return true;
  }
  BreakParagraph();
  if (IsTablePart(tag)) return MakeRoomForTablePart(tag, origin, source);
  EnsureFlow(source);
  if (IsItem(tag)) return MakeRoomForItem(tag, origin);
  if (IsHeading(tag) && IsHeading(TopBlock())) {
    if (origin == Origin::kTyped && TopBlockOrigin() == Origin::kMade)
      return false;
    PopTo(stack_.back().block);
  }
  return true;
}

// li stands in a list and dd, dt in a dl only: alone they would close those of
// the page around the comment.
bool TreeBuilder::MakeRoomForItem(Tag tag, Origin origin) {
  const Tag top = TopBlock();
  const bool li = tag == Tag::kLi;
  if (li ? (top == Tag::kUl || top == Tag::kOl) : top == Tag::kDl) return true;
  if (li ? top != Tag::kLi : (top != Tag::kDd && top != Tag::kDt)) return false;
  if (origin == Origin::kTyped && TopBlockOrigin() == Origin::kMade)
    return false;
  PopTo(stack_.back().block);
  return true;
}

bool TreeBuilder::MakeRoomForTablePart(Tag tag, Origin origin,
                                       ByteSpan source) {
  size_t table = stack_.size();
  size_t section = 0;  // innermost thead, tbody of that table; 0: none
  size_t row = 0;
  while (table-- > 0 && stack_[table].tag != Tag::kTable) {
    if (stack_[table].tag == Tag::kTr) row = table;
    if (stack_[table].tag == Tag::kTbody || stack_[table].tag == Tag::kThead)
      section = table;
  }
  if (table >= stack_.size()) return false;
  // A tag in a cell of a Markdown table does not take the table apart.
  if (origin == Origin::kTyped && stack_[table].origin == Origin::kMade)
    return false;
  if (IsCell(tag) && row > 0) {
    PopTo(row + 1);
    return true;
  }
  const bool in_section = tag != Tag::kTbody && tag != Tag::kThead;
  PopTo(in_section && section > 0 ? section + 1 : table + 1);
  if (in_section && section == 0) Push(Tag::kTbody, Tag::kNone, origin, source);
  if (IsCell(tag)) Push(Tag::kTr, Tag::kNone, origin, source);
  return true;
}

// Text and elements directly in a table would be moved before it: they get a
// cell.
void TreeBuilder::EnsureFlow(ByteSpan source) {
  if (!IsTableFrame(TopBlock())) return;
  const Origin origin = TopBlockOrigin();
  if (MakeRoomForTablePart(Tag::kTd, origin, source))
    Push(Tag::kTd, Tag::kNone, origin, source);
}

void TreeBuilder::BreakParagraph() {
  if (over_budget_) return;
  CloseBidi();
  if (paragraphs_ == 0) return;
  size_t i = stack_.size();
  while (i-- > 0 && (stack_[i].ghost || stack_[i].tag != Tag::kP)) {
  }
  PopTo(i);
}

void TreeBuilder::Close(Tag tag, Origin origin, ByteSpan source) {
  if (over_budget_ || tag == Tag::kNone) return;
  uint32_t& overflow = overflow_[Index(origin)][Index(tag)];
  if (overflow > 0) {
    --overflow;
    --overflow_total_;
    return;
  }
  bool crossed = false;
  const size_t at = FindOpen(tag, origin, &crossed);
  if (at == std::string_view::npos) {
    if (origin == Origin::kTyped)
      Report(RemovalKind::kStrayEndTag, TagName(tag), source);
    return;
  }
  OpenElement& open = stack_[at];
  if (crossed) {
    Report(RemovalKind::kNesting, TagName(tag), source);
    open.closing = true;
    return;
  }
  if (open.link != kNoLink) {
    ByteSpan& whole = tree_.links[open.link].source;
    whole.end = std::max(whole.end, source.end);
  }
  PopTo(at);
}

bool TreeBuilder::IsOpen(Tag tag, Origin origin) const {
  bool crossed = false;
  return FindOpen(tag, origin, &crossed) != std::string_view::npos && !crossed;
}

size_t TreeBuilder::FindOpen(Tag tag, Origin origin, bool* crossed) const {
  constexpr size_t kNotFound = std::string_view::npos;
  if (open_[Index(origin)][Index(tag)] == 0) return kNotFound;
  for (size_t i = stack_.size(); i-- > 0;) {
    const OpenElement& open = stack_[i];
    if (open.asked == tag && open.origin == origin && !open.closing) return i;
    if (open.ghost) continue;
    if (IsBarrier(open.tag, tag)) return kNotFound;
    if (!IsBlock(open.tag)) continue;
    if (origin == Origin::kTyped && open.origin == Origin::kMade)
      return kNotFound;
    if (!IsBlock(tag)) *crossed = true;
  }
  return kNotFound;
}

Action TreeBuilder::Report(RemovalKind kind, std::string_view name,
                           ByteSpan source) {
  ++removal_count_;
  if (removals_.size() < kMaxRemovals)
    removals_.push_back({kind, LowerName(name), source});
  const Action action = policy_.actions[static_cast<size_t>(kind)];
  if (action >= Action::kHold) severest_ = std::max(severest_, action);
  return action;
}

Tree TreeBuilder::Finish() {
  CloseBidi();
  PopTo(0);
  if (over_budget_) return std::move(tree_);
  if (policy_.link_bare_urls) LinkBareUrls(policy_, &tree_);
  return std::move(tree_);
}

void TreeBuilder::Push(Tag tag, Tag asked, Origin origin, ByteSpan source) {
  NewNode(tag, source);
  const auto self = static_cast<uint8_t>(stack_.size());
  const uint8_t outer = stack_.empty() ? kNoBlock : stack_.back().block;
  stack_.push_back({tag, asked, origin, false, false, false,
                    IsBlock(tag) ? self : outer,
                    static_cast<uint32_t>(tree_.nodes.size() - 1), kNoLink});
  ++open_[Index(origin)][Index(asked)];
  ++published_depth_;
  if (tag == Tag::kP) ++paragraphs_;
  if (tag == Tag::kA) ++links_;
}

void TreeBuilder::PushGhost(Tag asked, Origin origin, uint32_t link) {
  if (stack_.size() - published_depth_ >= kMaxGhosts) {
    ++overflow_[Index(origin)][Index(asked)];
    ++overflow_total_;
    return;
  }
  const uint8_t outer = stack_.empty() ? kNoBlock : stack_.back().block;
  stack_.push_back(
      {Tag::kNone, asked, origin, true, false, false, outer, 0, link});
  ++open_[Index(origin)][Index(asked)];
}

void TreeBuilder::PopTo(size_t size) {
  if (size < stack_.size() && stack_[size].wrapped) --size;
  // Open bidi controls reach to the end of their block, as in UAX #9.
  const auto is_block = [](const OpenElement& e) { return IsBlock(e.tag); };
  if (bidi_depth_ > 0 &&
      std::any_of(stack_.begin() + static_cast<ptrdiff_t>(size), stack_.end(),
                  is_block))
    CloseBidi();
  while (stack_.size() > size) PopTop();
  while (!stack_.empty() && stack_.back().closing) PopTop();
}

void TreeBuilder::PopTop() {
  if (overflow_total_ > 0) {
    overflow_ = {};
    overflow_total_ = 0;
  }
  const OpenElement open = stack_.back();
  stack_.pop_back();
  const auto end = static_cast<uint32_t>(tree_.nodes.size());
  --open_[Index(open.origin)][Index(open.asked)];
  if (open.link != kNoLink) tree_.links[open.link].node_end = end;
  if (open.ghost) return;
  tree_.nodes[open.node].end = end;
  text_open_ = false;
  --published_depth_;
  if (open.tag == Tag::kP) --paragraphs_;
  if (open.tag == Tag::kA) --links_;
  if (open.wrapped) PopTop();
}

void TreeBuilder::NewNode(Tag tag, ByteSpan source) {
  Spend(2 * TagName(tag).size() + 5);
  Node node;
  node.tag = tag;
  node.source = source;
  tree_.nodes.push_back(node);
  text_open_ = false;
  marks_ = 0;
}

ByteSpan TreeBuilder::Store(std::string_view value) {
  Spend(value.size());
  const auto begin = static_cast<uint32_t>(tree_.text.size());
  tree_.text.append(value);
  return {begin, static_cast<uint32_t>(tree_.text.size())};
}

Origin TreeBuilder::TopBlockOrigin() const {
  if (stack_.empty() || stack_.back().block == kNoBlock) return Origin::kTyped;
  return stack_[stack_.back().block].origin;
}

}  // namespace sluice::markup
