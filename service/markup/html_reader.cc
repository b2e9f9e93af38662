#include "service/markup/html_reader.h"

#include <algorithm>
#include <cstring>

#include "service/markup/html_entities.h"

namespace sluice::markup {
namespace {

// Bytes that may be read in vain for a `<` that has no end, all in all: 512 KiB
// is a millisecond, and no comment of a person comes near.
constexpr size_t kMaxWasted = size_t{1} << 19;

// Start tags that end svg and math in an HTML parser ("breakout").
bool EndsForeign(const HtmlToken& token) {
  return token.tag != Tag::kNone && token.tag != Tag::kA &&
         token.tag != Tag::kCite && token.tag != Tag::kDel &&
         token.tag != Tag::kIns && token.tag != Tag::kAbbr;
}

bool IsForeign(std::string_view name) {
  return EqualsLower(name, "svg") || EqualsLower(name, "math");
}

Align AlignOf(const HtmlToken& token) {
  const HtmlAttribute* align = token.Find("align");
  if (align == nullptr) return Align::kNone;
  if (EqualsLower(align->value, "left")) return Align::kLeft;
  if (EqualsLower(align->value, "right")) return Align::kRight;
  if (EqualsLower(align->value, "center")) return Align::kCenter;
  return Align::kNone;
}

// The attribute's value with its references decoded, in `scratch` if it has
// any; empty without the attribute.
std::string_view Decoded(const HtmlToken& token, std::string_view name,
                         std::string* scratch) {
  const HtmlAttribute* attribute = token.Find(name);
  if (attribute == nullptr) return {};
  if (attribute->value.find('&') == std::string_view::npos)
    return attribute->value;
  *scratch = DecodeReferences(attribute->value, true);
  return *scratch;
}

}  // namespace

HtmlReader::HtmlReader(const HtmlPolicy& policy, Dialect dialect,
                       TreeBuilder* builder)
    : policy_(policy), dialect_(dialect), builder_(builder) {}

void HtmlReader::Read(std::string_view fragment, const Place& place) {
  size_t at = 0;
  while (at < fragment.size() && !builder_->over_budget()) {
    const size_t next = std::min(fragment.find('<', at), fragment.size());
    ReadText(fragment, at, next, place);
    if (next == fragment.size()) return;
    at = ReadMarkupAt(fragment, next, place);
    if (at == 0) {
      builder_->Text("<", place(next, next + 1));
      at = next + 1;
    }
  }
}

void HtmlReader::ReadText(std::string_view fragment, size_t begin, size_t end,
                          const Place& place) {
  const std::string_view text = fragment.substr(0, end);
  size_t kept = begin;
  for (size_t at = text.find('&', begin); at != std::string_view::npos;) {
    value_.clear();
    const size_t next = DecodeReference(text, at, false, &value_);
    if (next != 0) {
      builder_->Text(text.substr(kept, at - kept), place(kept, at));
      // Its characters come from the whole of it, also where sizes agree.
      builder_->Replacement(value_, place(at, next));
      kept = next;
    }
    at = text.find('&', std::max(next, at + 1));
  }
  builder_->Text(text.substr(kept), place(kept, end));
}

size_t HtmlReader::ReadMarkupAt(std::string_view fragment, size_t at,
                                const Place& place) {
  if (wasted_ > kMaxWasted) return 0;
  const size_t end = ReadMarkup(fragment, at, dialect_, &token_);
  if (end == 0) {
    wasted_ += token_.end - at;
    return 0;
  }
  const ByteSpan span = place(at, end);
  switch (token_.type) {
    case HtmlToken::Type::kStartTag:
      return Start(fragment, at, place);
    case HtmlToken::Type::kEndTag:
      End(span);
      return end;
    case HtmlToken::Type::kComment:
      Drop(RemovalKind::kComment, "", fragment.substr(at, end - at), span);
      return end;
    default:
      Drop(RemovalKind::kBrokenTag, token_.name, fragment.substr(at, end - at),
           span);
      return end;
  }
}

// Reports it and, if the policy says so, shows it as text.
Action HtmlReader::Drop(RemovalKind kind, std::string_view name,
                        std::string_view written, ByteSpan span) {
  const Action action = builder_->Report(kind, name, span);
  if (action == Action::kEscape) builder_->Text(written, span);
  return action;
}

size_t HtmlReader::Start(std::string_view fragment, size_t at,
                         const Place& place) {
  const ByteSpan span = place(at, token_.end);
  const bool allowed =
      policy_.typed[static_cast<size_t>(token_.tag)] != Tag::kNone;
  if (!allowed) return Refuse(fragment, at, place);
  OpenAllowed(span);
  size_t end = token_.end;
  if (token_.tag == Tag::kPre) {  // its first newline is not content
    if (fragment.substr(end, 2) == "\r\n")
      end += 2;
    else if (fragment.substr(end, 1) == "\n")
      end += 1;
  }
  return end;
}

void HtmlReader::OpenAllowed(ByteSpan span) {
  Element element;
  element.tag = token_.tag;
  element.source = span;
  element.has_value = false;
  const std::string_view name = AttributeName(token_.tag);
  const bool may = policy_.typed_attribute[static_cast<size_t>(token_.tag)];
  std::string alt;
  std::string title;
  if (may && token_.Find(name) != nullptr) {
    element.value = Decoded(token_, name, &value_);
    element.has_value = true;
  }
  if (token_.tag == Tag::kImg) {
    element.alt = Decoded(token_, "alt", &alt);
  }
  if (policy_.titles && element.has_value) {
    element.title = Decoded(token_, "title", &title);
  }
  element.align = AlignOf(token_);
  ReportAttributes(may ? name : std::string_view(), span);
  builder_->Open(element);
}

// rel is ours to write, and what the serializer wrote comes back silently.
void HtmlReader::ReportAttributes(std::string_view allowed, ByteSpan span) {
  for (const HtmlAttribute& attribute : token_.attributes) {
    const bool known =
        (!allowed.empty() && EqualsLower(attribute.name, allowed)) ||
        EqualsLower(attribute.name, "rel");
    if (!known) builder_->Report(RemovalKind::kAttribute, attribute.name, span);
  }
}

size_t HtmlReader::Refuse(std::string_view fragment, size_t at,
                          const Place& place) {
  const size_t end = token_.end;
  const std::string_view name = token_.name;
  const bool raw = IsRawText(name);
  const bool closes = ClosesParagraph(name);
  const ByteSpan span = place(at, end);
  if (closes) {
    builder_->BreakParagraph();
    ++open_blocks_;
  }
  if (IsPruned(name)) {
    const size_t whole = EndOfPruned(fragment, end);
    builder_->Report(RemovalKind::kPrunedElement, name, place(at, whole));
    return whole;
  }
  const Action action =
      Drop(RemovalKind::kElement, name, fragment.substr(at, end - at), span);
  if (action == Action::kPrune) return EndOfPruned(fragment, end);
  if (!raw || action == Action::kEscape) return end;
  const size_t content = EndOfRawText(fragment, end, name);
  if (EqualsLower(name, "textarea") || EqualsLower(name, "title"))
    ReadText(fragment, end, content, place);
  else
    builder_->Text(fragment.substr(end, content - end), place(end, content));
  return content;
}

bool HtmlReader::IsPruned(std::string_view name) const {
  return std::any_of(
      policy_.prune.begin(), policy_.prune.end(),
      [name](const std::string& pruned) { return EqualsLower(name, pruned); });
}

// An end tag of what was open before a pruned element ends that too: an
// unclosed <svg> in a list item does not eat the rest of the comment.
bool HtmlReader::EndsOutside(const HtmlToken& end_tag) const {
  return end_tag.tag != Tag::kNone &&
         (end_tag.tag == Tag::kP || end_tag.tag == Tag::kBr ||
          builder_->IsOpen(end_tag.tag, Origin::kTyped));
}

// One past the end tag that closes the element whose content begins at
// fragment[at]; where an HTML parser would leave svg or math; or the end.
size_t HtmlReader::EndOfPruned(std::string_view fragment, size_t at) {
  const std::string name(token_.name);
  const std::string lower = [&name] {
    std::string out = name;
    for (char& c : out)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    return out;
  }();
  if (IsVoidName(lower)) return at;
  if (IsRawText(name)) {
    const size_t content = EndOfRawText(fragment, at, name);
    const size_t end = fragment.find('>', content);
    return end == std::string_view::npos ? fragment.size() : end + 1;
  }
  if (token_.self_closing && IsForeign(name)) return at;
  size_t depth = 1;
  while (at < fragment.size()) {
    const size_t next = fragment.find('<', at);
    if (next == std::string_view::npos) return fragment.size();
    at = ReadMarkup(fragment, next, Dialect::kHtml, &inner_);
    if (at == 0) {
      at = next + 1;
      continue;
    }
    if (inner_.type == HtmlToken::Type::kStartTag) {
      if (IsForeign(name) && EndsForeign(inner_)) return next;
      if (EqualsLower(inner_.name, lower) && !inner_.self_closing) ++depth;
      if (!IsForeign(name) && IsRawText(inner_.name))
        at = EndOfRawText(fragment, at, inner_.name);
    } else if (inner_.type == HtmlToken::Type::kEndTag) {
      if (EqualsLower(inner_.name, lower) && --depth == 0) return at;
      if (EndsOutside(inner_)) return next;
    }
  }
  return fragment.size();
}

void HtmlReader::End(ByteSpan span) {
  const Tag tag = token_.tag;
  const bool allowed = policy_.typed[static_cast<size_t>(tag)] != Tag::kNone;
  if (tag == Tag::kBr && allowed) {  // as an HTML parser reads </br>
    Element element;
    element.tag = Tag::kBr;
    element.source = span;
    builder_->Open(element);
    return;
  }
  // An HTML parser makes a paragraph of a lone </p>.
  if (tag == Tag::kP && allowed && !builder_->IsOpen(tag, Origin::kTyped)) {
    Element element;
    element.tag = tag;
    element.source = span;
    builder_->Report(RemovalKind::kStrayEndTag, TagName(tag), span);
    builder_->Open(element);
  }
  if (allowed) {
    builder_->Close(tag, Origin::kTyped, span);
    return;
  }
  if (open_blocks_ > 0 && ClosesParagraph(token_.name)) {
    --open_blocks_;
    builder_->BreakParagraph();
  }
}

}  // namespace sluice::markup
