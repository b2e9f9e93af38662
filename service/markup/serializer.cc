#include "service/markup/serializer.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "service/markup/byte_set.h"

namespace sluice::markup {
namespace {

std::string_view Slice(const Tree& tree, ByteSpan span) {
  return std::string_view(tree.text).substr(span.begin, span.size());
}

// What stands for the byte at text[at] and how many bytes it takes; empty: as
// it is. A no-break space is two bytes of UTF-8.
std::string_view ReferenceAt(std::string_view text, size_t at, bool attribute,
                             size_t* size) {
  *size = 1;
  switch (text[at]) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return attribute ? "&quot;" : "";
    case '\xC2':
      if (text.substr(at, 2) != "\xC2\xA0") return "";
      *size = 2;
      return "&nbsp;";
    default:
      return "";
  }
}

void AppendEscaped(std::string_view text, bool attribute, std::string* out) {
  static constexpr ByteSet kSpecial("&<>\"\xC2");
  size_t kept = 0;
  const auto next = [text](size_t at) {
    do {
      at = SkipPlain(text, at);
      if (at < text.size() && kSpecial[text[at]]) break;
    } while (at++ < text.size());
    return std::min(at, text.size());
  };
  for (size_t at = next(0); at < text.size(); at = next(at)) {
    size_t size = 1;
    const std::string_view reference = ReferenceAt(text, at, attribute, &size);
    if (!reference.empty()) {
      out->append(text.substr(kept, at - kept)).append(reference);
      kept = at + size;
    }
    at += size;
  }
  out->append(text.substr(kept));
}

void AppendAttribute(std::string_view name, std::string_view value,
                     std::string* out) {
  out->append(" ").append(name).append("=\"");
  AppendEscaped(value, true, out);
  out->append("\"");
}

void AppendAttributes(const Tree& tree, const Node& node,
                      const HtmlPolicy& policy, std::string* out) {
  const std::string_view value = Slice(tree, node.text);
  if (node.tag == Tag::kImg) {
    AppendAttribute("src", value, out);
    AppendAttribute("alt", Slice(tree, node.alt), out);
  } else if (node.tag == Tag::kLi || node.tag == Tag::kSup) {
    if (!value.empty()) AppendAttribute("id", value, out);
  } else if (!value.empty() || (node.tag == Tag::kA && node.copied)) {
    AppendAttribute(AttributeName(node.tag), value, out);
  }
  if (!node.title.empty())
    AppendAttribute("title", Slice(tree, node.title), out);
  const bool outward = node.tag == Tag::kA && !value.empty() && value[0] != '#';
  if (outward && !policy.rel.empty()) AppendAttribute("rel", policy.rel, out);
  constexpr std::string_view kAlign[] = {"", "left", "center", "right"};
  if (node.align != Align::kNone)
    AppendAttribute("align", kAlign[static_cast<size_t>(node.align)], out);
}

}  // namespace

std::string Serialize(const Tree& tree, const HtmlPolicy& policy,
                      size_t max_bytes) {
  std::string out;
  out.reserve(std::min(max_bytes, tree.text.size() + 16 * tree.nodes.size()));
  std::vector<uint32_t> open;
  open.reserve(policy.limits.max_depth + 4);
  for (uint32_t i = 0; i <= tree.nodes.size(); ++i) {
    while (!open.empty() && tree.nodes[open.back()].end <= i) {
      out.append("</").append(TagName(tree.nodes[open.back()].tag)).append(">");
      open.pop_back();
    }
    if (out.size() > max_bytes) return {};
    if (i == tree.nodes.size()) break;
    const Node& node = tree.nodes[i];
    if (node.tag == Tag::kNone) {
      AppendEscaped(Slice(tree, node.text), false, &out);
      continue;
    }
    out.append("<").append(TagName(node.tag));
    AppendAttributes(tree, node, policy, &out);
    out.append(">");
    if (!IsVoid(node.tag)) open.push_back(i);
  }
  return out;
}

}  // namespace sluice::markup
