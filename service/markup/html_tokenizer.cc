#include "service/markup/html_tokenizer.h"

#include <algorithm>
#include <array>

#include "service/markup/byte_set.h"

namespace sluice::markup {
namespace {

constexpr size_t kMaxHtmlName = 10;  // of kHtmlNames

// Sorted, for a binary search.
constexpr std::string_view kHtmlNames[] = {
    "a",        "abbr",     "acronym",  "address",    "applet",    "area",
    "article",  "aside",    "audio",    "b",          "base",      "basefont",
    "bdi",      "bdo",      "bgsound",  "big",        "blink",     "blockquote",
    "body",     "br",       "button",   "canvas",     "caption",   "center",
    "cite",     "code",     "col",      "colgroup",   "command",   "content",
    "data",     "datalist", "dd",       "del",        "details",   "dfn",
    "dialog",   "dir",      "div",      "dl",         "dt",        "element",
    "em",       "embed",    "fieldset", "figcaption", "figure",    "font",
    "footer",   "form",     "frame",    "frameset",   "h1",        "h2",
    "h3",       "h4",       "h5",       "h6",         "head",      "header",
    "hgroup",   "hr",       "html",     "i",          "iframe",    "image",
    "img",      "input",    "ins",      "isindex",    "kbd",       "keygen",
    "label",    "layer",    "legend",   "li",         "link",      "listing",
    "main",     "map",      "mark",     "marquee",    "math",      "menu",
    "menuitem", "meta",     "meter",    "nav",        "nobr",      "noembed",
    "noframes", "noscript", "object",   "ol",         "optgroup",  "option",
    "output",   "p",        "param",    "picture",    "plaintext", "portal",
    "pre",      "progress", "q",        "rb",         "rp",        "rt",
    "rtc",      "ruby",     "s",        "samp",       "script",    "search",
    "section",  "select",   "shadow",   "slot",       "small",     "source",
    "spacer",   "span",     "strike",   "strong",     "style",     "sub",
    "summary",  "sup",      "svg",      "table",      "tbody",     "td",
    "template", "textarea", "tfoot",    "th",         "thead",     "time",
    "title",    "tr",       "track",    "tt",         "u",         "ul",
    "var",      "video",    "wbr",      "xmp"};

constexpr std::string_view kParagraphClosers[] = {
    "address",   "article", "aside",  "blockquote", "center",   "details",
    "dialog",    "dir",     "div",    "dl",         "fieldset", "figcaption",
    "figure",    "footer",  "form",   "h1",         "h2",       "h3",
    "h4",        "h5",      "h6",     "header",     "hgroup",   "hr",
    "listing",   "main",    "menu",   "nav",        "ol",       "p",
    "plaintext", "pre",     "search", "section",    "summary",  "table",
    "ul",        "xmp"};

constexpr std::string_view kRawText[] = {"script",  "style",    "textarea",
                                         "title",   "xmp",      "iframe",
                                         "noembed", "noframes", "plaintext"};

constexpr std::string_view kVoid[] = {
    "area",  "base",  "basefont", "bgsound", "br",    "col",    "embed",
    "frame", "hr",    "image",    "img",     "input", "keygen", "link",
    "meta",  "param", "source",   "track",   "wbr"};

char Lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

bool IsAlpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool IsSpace(char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
}

constexpr ByteSet kNameEnds(" \t\n\f\r/>");

bool EndsName(char c) { return kNameEnds[c]; }

// Lower-cases into `buffer`; empty if it does not fit.
std::string_view ToLower(std::string_view name,
                         std::array<char, kMaxHtmlName>* buffer) {
  if (name.size() > buffer->size()) return {};
  std::transform(name.begin(), name.end(), buffer->begin(), Lower);
  return {buffer->data(), name.size()};
}

template <size_t kSize>
bool IsListed(const std::string_view (&sorted)[kSize], std::string_view name) {
  std::array<char, kMaxHtmlName> buffer;
  const std::string_view lower = ToLower(name, &buffer);
  return !lower.empty() &&
         std::binary_search(std::begin(sorted), std::end(sorted), lower);
}

// Whether `</name` or `<name` stands at source[at], `prefix` being "</" or "<".
bool TagAt(std::string_view source, size_t at, std::string_view prefix,
           std::string_view name) {
  if (source.substr(at, prefix.size()) != prefix) return false;
  const size_t begin = at + prefix.size();
  const size_t end = begin + name.size();
  return end < source.size() && EndsName(source[end]) &&
         EqualsLower(source.substr(begin, name.size()), name);
}

// A script may hide its end tag in <!-- <script> ... </script> --> (HTML
// Standard, script data double escaped state).
size_t EndOfScript(std::string_view source, size_t at) {
  bool escaped = false;
  bool doubly = false;
  for (size_t i = at; i < source.size(); ++i) {
    if (source[i] == '-') {
      if (escaped && source.substr(i, 3) == "-->") escaped = doubly = false;
    } else if (source[i] == '<') {
      if (!escaped && source.substr(i, 4) == "<!--") {
        escaped = true;
        ++i;  // its dashes may be those of -->
      } else if (escaped && !doubly && TagAt(source, i, "<", "script")) {
        doubly = true;
      } else if (TagAt(source, i, "</", "script")) {
        if (!doubly) return i;
        doubly = false;
      }
    }
  }
  return source.size();
}

// One markup at source[at] == '<'. Members return one past it or 0 for text.
class MarkupScanner {
 public:
  MarkupScanner(std::string_view source, size_t at, Dialect dialect,
                HtmlToken* token)
      : source_(source),
        at_(at),
        strict_(dialect == Dialect::kMarkdown),
        token_(token) {}

  size_t Scan() {
    if (at_ + 1 >= source_.size()) return 0;
    const char next = source_[at_ + 1];
    if (IsAlpha(next)) return ScanTag(at_ + 1, HtmlToken::Type::kStartTag);
    if (next == '!') return ScanDeclaration();
    if (next == '?') return ScanBogusComment();
    if (next != '/') return 0;
    if (at_ + 2 < source_.size() && IsAlpha(source_[at_ + 2]))
      return ScanTag(at_ + 2, HtmlToken::Type::kEndTag);
    if (strict_ || at_ + 2 >= source_.size()) return 0;
    return ScanBogusComment();
  }

 private:
  size_t Done(HtmlToken::Type type, size_t end) {
    token_->type = type;
    token_->end = end;
    return end;
  }

  // The source's end came before the markup's.
  size_t CutOff(HtmlToken::Type type) {
    Done(type, source_.size());
    return strict_ ? 0 : source_.size();
  }

  size_t ScanBogusComment() {
    const size_t end = source_.find('>', at_ + 2);
    if (end == std::string_view::npos) return CutOff(HtmlToken::Type::kComment);
    return Done(HtmlToken::Type::kComment, end + 1);
  }

  size_t ScanDeclaration() {
    if (source_.substr(at_, 4) != "<!--")
      return strict_ ? 0 : ScanBogusComment();
    const size_t begin = at_ + 4;
    if (source_.substr(begin, 1) == ">")
      return Done(HtmlToken::Type::kComment, begin + 1);
    if (source_.substr(begin, 2) == "->")
      return Done(HtmlToken::Type::kComment, begin + 2);
    for (size_t dashes = source_.find("--", begin);
         dashes != std::string_view::npos;
         dashes = source_.find("--", dashes + 1)) {
      if (source_.substr(dashes + 2, 1) == ">")
        return Done(HtmlToken::Type::kComment, dashes + 3);
      if (source_.substr(dashes + 2, 2) == "!>")
        return Done(HtmlToken::Type::kComment, dashes + 4);
    }
    return CutOff(HtmlToken::Type::kComment);
  }

  size_t ScanTag(size_t begin, HtmlToken::Type type) {
    at_ = begin;
    at_ = kNameEnds.Find(source_, at_);
    token_->name = source_.substr(begin, at_ - begin);
    if (strict_ && !IsHtmlName(token_->name)) return 0;
    token_->tag = TagOfName(token_->name);
    while (SkipToAttribute()) {
      if (source_[at_] == '>') return Done(type, at_ + 1);
      if (!ScanAttribute()) {
        token_->end = at_;
        return 0;
      }
    }
    return CutOff(HtmlToken::Type::kBroken);
  }

  // False at the source's end.
  bool SkipToAttribute() {
    token_->self_closing = false;
    while (at_ < source_.size() &&
           (IsSpace(source_[at_]) || source_[at_] == '/')) {
      token_->self_closing = source_[at_] == '/';
      ++at_;
    }
    return at_ < source_.size();
  }

  // False: in strict reading it is no tag.
  bool ScanAttribute() {
    HtmlAttribute attribute;
    const size_t begin = at_;
    do {
      if (strict_ && Misplaced(source_[at_])) return false;
      ++at_;
    } while (at_ < source_.size() && !EndsName(source_[at_]) &&
             source_[at_] != '=');
    attribute.name = source_.substr(begin, at_ - begin);
    size_t value = SkipSpaces(at_);
    if (value < source_.size() && source_[value] == '=') {
      at_ = SkipSpaces(value + 1);
      if (!ScanValue(&attribute)) return false;
    }
    if (token_->attributes.size() < kMaxAttributes)
      token_->attributes.push_back(attribute);
    return true;
  }

  bool ScanValue(HtmlAttribute* attribute) {
    if (at_ >= source_.size() || source_[at_] == '>') return true;
    const char quote = source_[at_];
    if (quote == '"' || quote == '\'') {
      const size_t begin = at_ + 1;
      const size_t end = std::min(source_.find(quote, begin), source_.size());
      attribute->value = source_.substr(begin, end - begin);
      at_ = std::min(end + 1, source_.size());
      // A tag that ends inside a quotation is not a tag.
      return !strict_ || end < source_.size();
    }
    const size_t begin = at_;
    while (at_ < source_.size() && source_[at_] != '>' &&
           !IsSpace(source_[at_])) {
      if (strict_ && Misplaced(source_[at_])) return false;
      ++at_;
    }
    attribute->value = source_.substr(begin, at_ - begin);
    return true;
  }

  static bool Misplaced(char c) { return c == '<' || c == '"' || c == '\''; }

  size_t SkipSpaces(size_t at) const {
    while (at < source_.size() && IsSpace(source_[at])) ++at;
    return at;
  }

  std::string_view source_;
  size_t at_;
  const bool strict_;
  HtmlToken* token_;
};

}  // namespace

const HtmlAttribute* HtmlToken::Find(std::string_view lower_name) const {
  for (const HtmlAttribute& attribute : attributes) {
    if (EqualsLower(attribute.name, lower_name)) return &attribute;
  }
  return nullptr;
}

size_t ReadMarkup(std::string_view source, size_t at, Dialect dialect,
                  HtmlToken* token) {
  token->tag = Tag::kNone;
  token->name = {};
  token->self_closing = false;
  token->attributes.clear();
  token->end = at + 1;
  return MarkupScanner(source, at, dialect, token).Scan();
}

size_t EndOfRawText(std::string_view source, size_t at, std::string_view name) {
  if (EqualsLower(name, "script")) return EndOfScript(source, at);
  std::array<char, kMaxHtmlName> buffer;
  const std::string_view lower = ToLower(name, &buffer);
  if (lower == "plaintext") return source.size();
  for (size_t end = source.find("</", at); end != std::string_view::npos;
       end = source.find("</", end + 2)) {
    if (TagAt(source, end, "</", lower)) return end;
  }
  return source.size();
}

bool IsRawText(std::string_view name) {
  return std::any_of(
      std::begin(kRawText), std::end(kRawText),
      [name](std::string_view raw) { return EqualsLower(name, raw); });
}

bool IsVoidName(std::string_view lower) {
  return std::binary_search(std::begin(kVoid), std::end(kVoid), lower);
}

bool IsHtmlName(std::string_view name) { return IsListed(kHtmlNames, name); }

bool ClosesParagraph(std::string_view name) {
  return IsListed(kParagraphClosers, name);
}

bool EqualsLower(std::string_view any, std::string_view lower) {
  return any.size() == lower.size() &&
         std::equal(any.begin(), any.end(), lower.begin(),
                    [](char a, char b) { return Lower(a) == b; });
}

}  // namespace sluice::markup
