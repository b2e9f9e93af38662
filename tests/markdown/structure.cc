#include "structure.h"

#include <gumbo.h>

#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

#include "service/markup/html_tokenizer.h"
#include "service/markup/url.h"

namespace sluice::markup_test {
namespace {

bool IsSpace(char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
}

std::string Collapse(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (!IsSpace(c)) {
      out += c;
    } else if (out.empty() || out.back() != ' ') {
      out += ' ';
    }
  }
  return out;
}

std::string NameOf(const GumboElement& element) {
  if (element.tag != GUMBO_TAG_UNKNOWN) {
    return gumbo_normalized_tagname(element.tag);
  }
  GumboStringPiece piece = element.original_tag;
  gumbo_tag_from_original_text(&piece);
  std::string name(piece.data == nullptr ? "" : piece.data, piece.length);
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  return name;
}

// As a browser reads it: two ways to write one URL are no difference.
std::string Canonical(std::string_view url) {
  if (const auto absolute = markup::ParseUrl(url)) return absolute->href;
  if (const auto relative = markup::ParseRelativeUrl(url)) {
    return relative->href;
  }
  return std::string(url);
}

// One line of the structure; texts that touch become one.
struct Item {
  size_t depth;
  bool text;
  bool pre;
  std::string value;
};

class Walker {
 public:
  void Walk(const GumboNode* root) {
    struct Frame {
      const GumboNode* node;
      size_t depth;
      bool pre;
    };
    std::vector<Frame> stack{{root, 0, false}};
    while (!stack.empty()) {
      const Frame frame = stack.back();
      stack.pop_back();
      if (frame.node->type == GUMBO_NODE_TEXT ||
          frame.node->type == GUMBO_NODE_WHITESPACE ||
          frame.node->type == GUMBO_NODE_CDATA) {
        AddText(frame.depth, frame.pre, frame.node->v.text.text);
        continue;
      }
      if (frame.node->type != GUMBO_NODE_ELEMENT) continue;
      const GumboElement& element = frame.node->v.element;
      AddElement(frame.depth, element);
      const bool pre = frame.pre || element.tag == GUMBO_TAG_PRE;
      for (unsigned i = element.children.length; i-- > 0;) {
        stack.push_back(
            {static_cast<const GumboNode*>(element.children.data[i]),
             frame.depth + 1, pre});
      }
    }
  }

  std::string Text() const {
    std::string out;
    for (const Item& item : items_) {
      std::string value = item.value;
      if (item.text && !item.pre) {
        value = Collapse(value);
        if (value.empty() || value == " ") continue;
      }
      out.append(item.depth, ' ');
      out += item.text ? "\"" + value + "\"\n" : "<" + value + ">\n";
    }
    return out;
  }

 private:
  void AddText(size_t depth, bool pre, const char* text) {
    if (!items_.empty() && items_.back().text && items_.back().depth == depth) {
      items_.back().value += text;
    } else {
      items_.push_back({depth, true, pre, text});
    }
  }

  void AddElement(size_t depth, const GumboElement& element) {
    std::string value = NameOf(element);
    if (element.tag == GUMBO_TAG_A) {
      const GumboAttribute* href =
          gumbo_get_attribute(&element.attributes, "href");
      if (href != nullptr) {
        const std::string_view url = href->value;
        const bool note =
            url.starts_with("#") && url.find("fn") != std::string_view::npos;
        value += note ? " href=#note" : " href=" + Canonical(url);
      }
    }
    items_.push_back({depth, false, false, value});
  }

  std::vector<Item> items_;
};

GumboOutput* Parse(std::string_view html) {
  GumboOptions options = kGumboDefaultOptions;
  options.fragment_context = GUMBO_TAG_DIV;
  return gumbo_parse_with_options(&options, html.data(), html.size());
}

template <typename Visit>
void VisitElements(std::string_view html, Visit visit) {
  GumboOutput* output = Parse(html);
  std::vector<const GumboNode*> stack{output->root};
  while (!stack.empty()) {
    const GumboNode* node = stack.back();
    stack.pop_back();
    if (node->type != GUMBO_NODE_ELEMENT) continue;
    visit(NameOf(node->v.element));
    for (unsigned i = 0; i < node->v.element.children.length; ++i) {
      stack.push_back(
          static_cast<const GumboNode*>(node->v.element.children.data[i]));
    }
  }
  gumbo_destroy_output(&kGumboDefaultOptions, output);
}

}  // namespace

std::string Structure(std::string_view html) {
  GumboOutput* output = Parse(html);
  Walker walker;
  walker.Walk(output->root);
  gumbo_destroy_output(&kGumboDefaultOptions, output);
  return walker.Text();
}

void Schemes(std::string_view html, std::vector<std::string>* schemes) {
  GumboOutput* output = Parse(html);
  std::vector<const GumboNode*> stack{output->root};
  while (!stack.empty()) {
    const GumboNode* node = stack.back();
    stack.pop_back();
    if (node->type != GUMBO_NODE_ELEMENT) continue;
    const GumboElement& element = node->v.element;
    for (const char* name : {"href", "src"}) {
      const GumboAttribute* value =
          gumbo_get_attribute(&element.attributes, name);
      const auto url = markup::ParseUrl(value == nullptr ? "" : value->value);
      if (url) schemes->push_back(url->scheme);
    }
    for (unsigned i = 0; i < element.children.length; ++i) {
      stack.push_back(static_cast<const GumboNode*>(element.children.data[i]));
    }
  }
  gumbo_destroy_output(&kGumboDefaultOptions, output);
}

void UnknownElements(std::string_view html, std::set<std::string>* names) {
  VisitElements(html, [names](const std::string& name) {
    if (!markup::IsHtmlName(name)) names->insert(name);
  });
}

void Elements(std::string_view html, std::set<std::string>* names) {
  VisitElements(html,
                [names](const std::string& name) { names->insert(name); });
}

}  // namespace sluice::markup_test
