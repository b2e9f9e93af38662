#include "service/markup/tree.h"

#include <array>

namespace sluice::markup {
namespace {

constexpr std::array<std::string_view, kTagCount> kNames = {
    "",      "a",    "abbr",   "b",       "blockquote", "br",  "cite",
    "code",  "dd",   "del",    "details", "div",        "dl",  "dt",
    "em",    "h1",   "h2",     "h3",      "h4",         "h5",  "h6",
    "hr",    "i",    "img",    "ins",     "li",         "ol",  "p",
    "pre",   "span", "strong", "sub",     "summary",    "sup", "table",
    "tbody", "td",   "th",     "thead",   "tr",         "ul"};
static_assert(!kNames.back().empty(), "a name for each tag");

constexpr size_t kMaxName = 10;  // blockquote

char Lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

}  // namespace

std::string_view TagName(Tag tag) { return kNames[static_cast<size_t>(tag)]; }

Tag TagOfName(std::string_view name) {
  if (name.empty() || name.size() > kMaxName) return Tag::kNone;
  std::array<char, kMaxName> lower;
  for (size_t i = 0; i < name.size(); ++i) lower[i] = Lower(name[i]);
  const std::string_view wanted(lower.data(), name.size());
  for (size_t i = 1; i < kTagCount; ++i) {
    if (kNames[i] == wanted) return static_cast<Tag>(i);
  }
  return Tag::kNone;
}

bool IsVoid(Tag tag) {
  return tag == Tag::kBr || tag == Tag::kHr || tag == Tag::kImg;
}

bool IsBlock(Tag tag) {
  switch (tag) {
    case Tag::kBlockquote:
    case Tag::kDd:
    case Tag::kDetails:
    case Tag::kDiv:
    case Tag::kDl:
    case Tag::kDt:
    case Tag::kH1:
    case Tag::kH2:
    case Tag::kH3:
    case Tag::kH4:
    case Tag::kH5:
    case Tag::kH6:
    case Tag::kHr:
    case Tag::kLi:
    case Tag::kOl:
    case Tag::kP:
    case Tag::kPre:
    case Tag::kSummary:
    case Tag::kTable:
    case Tag::kTbody:
    case Tag::kTd:
    case Tag::kTh:
    case Tag::kThead:
    case Tag::kTr:
    case Tag::kUl:
      return true;
    default:
      return false;
  }
}

}  // namespace sluice::markup
