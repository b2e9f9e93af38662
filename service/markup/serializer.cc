#include "service/markup/serializer.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "service/markup/byte_set.h"

namespace sluice::markup {
namespace {

// "</name>" of each element. Without its slash it is the start tag.
struct EndTag {
  std::array<char, 16> bytes{};
  uint8_t size = 0;

  std::string_view text() const { return {bytes.data(), size}; }
};

constexpr auto kEndTags = [] {
  std::array<EndTag, kTagCount> tags{};
  for (size_t tag = 0; tag < kTagCount; ++tag) {
    const auto push = [&end = tags[tag]](char c) { end.bytes[end.size++] = c; };
    push('<');
    push('/');
    for (const char c : kTagNames[tag]) push(c);
    push('>');
  }
  return tags;
}();

std::string_view EndTagOf(Tag tag) {
  return kEndTags[static_cast<size_t>(tag)].text();
}

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

// The next byte in text[at, ...) that may have a reference, or text.size().
size_t NextSpecial(std::string_view text, size_t at) {
  static constexpr ByteSet kSpecial("&<>\"\xC2");
  const auto stops = [text](size_t place) {
    const ByteBlock block = LoadBlock(text, place);
    return ((block & 0xFB) == '"') | ((block & 0xFD) == '<') | (block == 0xC2);
  };
  if (FindInBlocks(text, 0, stops, &at)) return at;
  return kSpecial.Find(text, at);
}

void AppendEscaped(std::string_view text, bool attribute, std::string* out) {
  size_t kept = 0;
  for (size_t at = NextSpecial(text, 0); at < text.size();
       at = NextSpecial(text, at)) {
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

bool HasAttributes(const Node& node) {
  return node.tag == Tag::kImg || node.copied || !node.text.empty() ||
         !node.title.empty() || node.align != Align::kNone;
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
      out.append(EndTagOf(tree.nodes[open.back()].tag));
      open.pop_back();
    }
    if (out.size() > max_bytes) return {};
    if (i == tree.nodes.size()) break;
    const Node& node = tree.nodes[i];
    if (node.tag == Tag::kNone) {
      AppendEscaped(Slice(tree, node.text), false, &out);
      continue;
    }
    out.push_back('<');
    if (HasAttributes(node)) {
      out.append(TagName(node.tag));
      AppendAttributes(tree, node, policy, &out);
      out.push_back('>');
    } else {
      out.append(EndTagOf(node.tag).substr(2));
    }
    if (!IsVoid(node.tag)) open.push_back(i);
  }
  return out;
}

}  // namespace sluice::markup
