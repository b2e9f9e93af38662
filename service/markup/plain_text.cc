#include "service/markup/plain_text.h"

#include <algorithm>

namespace sluice::markup {
namespace {

ByteSpan Span(size_t begin, size_t end) {
  return {static_cast<uint32_t>(begin), static_cast<uint32_t>(end)};
}

bool IsBlank(std::string_view line) {
  return line.find_first_not_of(" \t\r\f") == std::string_view::npos;
}

}  // namespace

void ReadPlainText(std::string_view source, TreeBuilder* builder) {
  bool in_paragraph = false;
  for (size_t at = 0; at < source.size() && !builder->over_budget();) {
    size_t end = source.find_first_of("\r\n", at);
    end = std::min(end, source.size());
    const std::string_view line = source.substr(at, end - at);
    const ByteSpan span = Span(at, end);
    if (IsBlank(line)) {
      if (in_paragraph) builder->Close(Tag::kP, Origin::kMade, span);
      in_paragraph = false;
    } else {
      Element element;
      element.origin = Origin::kMade;
      element.tag = in_paragraph ? Tag::kBr : Tag::kP;
      element.source = Span(at, at);
      builder->Open(element);
      in_paragraph = true;
      builder->Text(line, span);
    }
    at = end + (source.substr(end, 2) == "\r\n" ? 2 : 1);
  }
  if (in_paragraph)
    builder->Close(Tag::kP, Origin::kMade, Span(source.size(), source.size()));
}

}  // namespace sluice::markup
