#pragma once

#include <gumbo.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

// What gumbo, an HTML5 parser, makes of a fragment inside a div, printed again
// by the HTML Standard's serialisation algorithm.
namespace sluice::markup_fuzz {

inline void AppendEscaped(std::string_view text, bool value, std::string* out) {
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '&') {
      *out += "&amp;";
    } else if (text.substr(i, 2) == "\xC2\xA0") {
      *out += "&nbsp;";
      ++i;
    } else if (c == '"' && value) {
      *out += "&quot;";
    } else if (c == '<') {
      *out += "&lt;";
    } else if (c == '>') {
      *out += "&gt;";
    } else {
      *out += c;
    }
  }
}

inline void AppendNode(const GumboNode& node, std::string* out);

inline void AppendChildren(const GumboVector& children, std::string* out) {
  for (unsigned i = 0; i < children.length; ++i)
    AppendNode(*static_cast<const GumboNode*>(children.data[i]), out);
}

// Recursive: only for trees of our own output, whose depth is bounded.
inline void AppendNode(const GumboNode& node, std::string* out) {
  if (node.type == GUMBO_NODE_TEXT || node.type == GUMBO_NODE_WHITESPACE) {
    AppendEscaped(node.v.text.text, false, out);
    return;
  }
  if (node.type != GUMBO_NODE_ELEMENT) {
    *out += "<!>";
    return;
  }
  const GumboElement& element = node.v.element;
  const std::string name = gumbo_normalized_tagname(element.tag);
  *out += "<" + name;
  for (unsigned i = 0; i < element.attributes.length; ++i) {
    const auto& attribute =
        *static_cast<const GumboAttribute*>(element.attributes.data[i]);
    *out += std::string(" ") + attribute.name + "=\"";
    AppendEscaped(attribute.value, true, out);
    *out += "\"";
  }
  *out += ">";
  if (name == "br" || name == "hr" || name == "img") return;
  AppendChildren(element.children, out);
  *out += "</" + name + ">";
}

inline std::string ByGumbo(const std::string& html) {
  GumboOptions options = kGumboDefaultOptions;
  options.fragment_context = GUMBO_TAG_DIV;
  GumboOutput* output =
      gumbo_parse_with_options(&options, html.data(), html.size());
  std::string again;
  AppendChildren(output->root->v.element.children, &again);
  gumbo_destroy_output(&options, output);
  return again;
}

inline void Require(bool held, const char* what, std::string_view html) {
  if (held) return;
  std::fprintf(stderr, "%s: %.*s\n", what, static_cast<int>(html.size()),
               html.data());
  std::abort();
}

}  // namespace sluice::markup_fuzz
