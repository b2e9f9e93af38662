// The part of TreeBuilder that lets characters through.

#include <fmt/format.h>
#include <unicode/uchar.h>

#include <algorithm>

#include "service/markup/builder.h"
#include "service/markup/byte_set.h"
#include "service/markup/characters.h"
#include "service/text/utf8.h"

namespace sluice::markup {
namespace {

constexpr uint8_t kEmbedding = 1;
constexpr uint8_t kIsolate = 2;
constexpr char32_t kPopEmbedding = 0x202C;
constexpr char32_t kPopIsolate = 0x2069;
constexpr std::string_view kZeroWidthSpace = "\u200B";
constexpr std::string_view kReplacement = "\uFFFD";
constexpr ByteSet kPlain = ByteSet("\n\t~|").AddRange(0x20, 0x7A);
constexpr std::string_view kSpaces = " \t\n\r\f";

// Letters of Latin, Greek, Cyrillic and of East Asia are the bulk of comments
// and need no look-up.
bool IsCombining(char32_t c) {
  if (c < 0x300 || (c >= 0x3100 && c < 0xA000)) return false;
  const auto type = u_charType(static_cast<UChar32>(c));
  return type == U_NON_SPACING_MARK || type == U_ENCLOSING_MARK;
}

}  // namespace

void TreeBuilder::Text(std::string_view text, ByteSpan source) {
  AddText(text, source, text.size() == source.size());
}

void TreeBuilder::Replacement(std::string_view text, ByteSpan source) {
  AddText(text, source, false);
}

void TreeBuilder::AddText(std::string_view text, ByteSpan source, bool copied) {
  if (over_budget_ || text.empty()) return;
  const Tag block = TopBlock();
  if (block == Tag::kTable || block == Tag::kTbody || block == Tag::kThead ||
      block == Tag::kTr) {
    if (text.find_first_not_of(kSpaces) == std::string_view::npos) return;
    EnsureFlow(source);
  }
  const auto span = [&](size_t begin, size_t end) -> ByteSpan {
    if (!copied) return source;
    return {source.begin + static_cast<uint32_t>(begin),
            source.begin + static_cast<uint32_t>(end)};
  };
  size_t kept = 0;  // text[kept, i) is to be appended as it is
  const auto flush = [&](size_t end) {
    if (end > kept)
      AppendText(text.substr(kept, end - kept), span(kept, end), copied);
  };
  for (size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (kPlain[text[i]]) {
      marks_ = 0;
      i = SkipPlain(text, i + 1);
      continue;
    }
    if (byte == '{' || byte == '}') {
      marks_ = 0;
      if (policy_.defuse_templates) {
        flush(i);
        kept = i;
        if (text_open_ && tree_.text.back() == text[i]) {
          Report(RemovalKind::kTemplate, text.substr(i, 1), span(i, i + 1));
          AppendText(kZeroWidthSpace, {text_end_, text_end_}, false);
        }
        flush(i + 1);
        kept = i + 1;
      }
      ++i;
      continue;
    }
    const text::Decoded decoded = text::DecodeUtf8(text, i);
    const size_t next = i + decoded.size;
    const bool malformed = byte >= 0x80 && decoded.size == 1;
    if (!malformed && Keep(decoded.code_point, span(i, next))) {
      i = next;
      continue;
    }
    flush(i);
    kept = next;
    if (malformed) {
      AppendText(kReplacement, span(i, next), false);
    } else if (byte == '\f' || (byte == '\r' && text.substr(next, 1) != "\n")) {
      AppendText(byte == '\r' ? "\n" : " ", span(i, next), copied);
    }
    i = next;
  }
  flush(text.size());
}

// A parser drops the first newline of a pre, and printing two would not be what
// it prints again: a pre begins with something else.
size_t TreeBuilder::LeadingNewlines(std::string_view text) const {
  if (tree_.nodes.empty()) return 0;
  const Node& last = tree_.nodes.back();
  const bool just_opened = last.tag == Tag::kPre && last.end == 0;
  if (!just_opened) return 0;
  return std::min(text.find_first_not_of('\n'), text.size());
}

void TreeBuilder::AppendText(std::string_view text, ByteSpan source,
                             bool copied) {
  const size_t dropped = LeadingNewlines(text);
  text.remove_prefix(dropped);
  if (copied) source.begin += static_cast<uint32_t>(dropped);
  Spend(text.size());
  if (over_budget_ || text.empty()) return;
  const auto begin = static_cast<uint32_t>(tree_.text.size());
  tree_.text.append(text);
  const auto end = static_cast<uint32_t>(tree_.text.size());
  text_end_ = source.end;
  if (text_open_ && copied) {
    Node& last = tree_.nodes.back();
    if (last.copied && last.source.end == source.begin) {
      last.text.end = end;
      last.source.end = source.end;
      return;
    }
  }
  Node node;
  node.text = {begin, end};
  node.source = source;
  node.copied = copied;
  node.end = static_cast<uint32_t>(tree_.nodes.size() + 1);
  tree_.nodes.push_back(node);
  text_open_ = true;
}

// Whether the character may be published. CR and form feed answer no, and the
// caller puts what they stand for.
bool TreeBuilder::Keep(char32_t c, ByteSpan source) {
  if (c == '\r' || c == '\f') return false;
  if (IsForbidden(c)) {
    ReportCharacter(c, source);
    return false;
  }
  if (IsBidiControl(c)) return KeepBidi(c, source);
  if (!IsCombining(c)) {
    marks_ = 0;
    return true;
  }
  if (++marks_ <= policy_.limits.max_combining_marks) return true;
  if (marks_ == policy_.limits.max_combining_marks + 1)
    ReportCharacter(c, source);  // once a heap
  return false;
}

// An override left open would turn the text after it, the moderators' and the
// page's too. Follows the pairing of UAX #9, BD8 to BD11.
bool TreeBuilder::KeepBidi(char32_t c, ByteSpan source) {
  const bool opens = c != kPopEmbedding && c != kPopIsolate;
  if (opens && bidi_depth_ < bidi_.size()) {
    bidi_[bidi_depth_++] = c >= 0x2066 ? kIsolate : kEmbedding;
    return true;
  }
  if (c == kPopEmbedding && bidi_depth_ > 0 &&
      bidi_[bidi_depth_ - 1] == kEmbedding) {
    --bidi_depth_;
    return true;
  }
  if (c == kPopIsolate) {
    uint8_t depth = bidi_depth_;
    while (depth > 0 && bidi_[depth - 1] != kIsolate) --depth;
    if (depth > 0) {
      bidi_depth_ = static_cast<uint8_t>(depth - 1);
      return true;
    }
  }
  ReportCharacter(c, source);
  return false;
}

void TreeBuilder::CloseBidi() {
  while (bidi_depth_ > 0) {
    std::string closer;
    text::AppendUtf8(
        bidi_[--bidi_depth_] == kIsolate ? kPopIsolate : kPopEmbedding,
        &closer);
    AppendText(closer, {text_end_, text_end_}, false);
  }
}

void TreeBuilder::ReportCharacter(char32_t c, ByteSpan source) {
  Report(RemovalKind::kCharacter,
         fmt::format("u+{:04x}", static_cast<uint32_t>(c)), source);
}

}  // namespace sluice::markup
