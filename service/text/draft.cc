#include "service/text/draft.h"

#include <algorithm>
#include <utility>

#include "service/text/utf8.h"

namespace sluice::text {

void Edits::Replace(uint32_t begin, uint32_t end, std::string_view with) {
  const auto pool_begin = static_cast<uint32_t>(pool_.size());
  pool_ += with;
  edits_.push_back(
      {begin, end, pool_begin, static_cast<uint32_t>(pool_.size())});
}

void Edits::Replace(uint32_t begin, uint32_t end, char32_t with) {
  const auto pool_begin = static_cast<uint32_t>(pool_.size());
  AppendUtf8(with, &pool_);
  edits_.push_back(
      {begin, end, pool_begin, static_cast<uint32_t>(pool_.size())});
}

void Edits::Sort() {
  std::sort(edits_.begin(), edits_.end(),
            [](const Edit& a, const Edit& b) { return a.begin < b.begin; });
}

bool Draft::Apply(const Edits& edits) {
  if (edits.empty()) return false;
  std::string changed;
  changed.reserve(text.size());
  OffsetMap change;
  uint32_t at = 0;
  for (const Edits::Edit& edit : edits.edits_) {
    change.AppendCopied(edit.begin - at, at);
    changed.append(text, at, edit.begin - at);
    const uint32_t size = edit.pool_end - edit.pool_begin;
    change.AppendReplaced(size, {edit.begin, edit.end});
    changed.append(edits.pool_, edit.pool_begin, size);
    at = edit.end;
  }
  change.AppendCopied(text.size() - at, at);
  changed.append(text, at);
  MoveSpacedOut(edits);
  map = change.Compose(map);
  text = std::move(changed);
  return true;
}

// Both lists are in order, so one walk moves all spans. Where a replacement
// reaches across the end of a span, the span grows to hold it.
void Draft::MoveSpacedOut(const Edits& edits) {
  size_t next = 0;    // the first edit that ends after the position
  int64_t shift = 0;  // what the edits before it added
  const auto grown = [&](const Edits::Edit& edit) {
    return int64_t{edit.pool_end} - edit.pool_begin - (edit.end - edit.begin);
  };
  const auto pass = [&](uint32_t at) {
    for (; next < edits.edits_.size() && edits.edits_[next].end <= at; ++next) {
      shift += grown(edits.edits_[next]);
    }
    return next < edits.edits_.size() && edits.edits_[next].begin < at;
  };
  for (ByteSpan& span : spaced_out) {
    const uint32_t begin =
        pass(span.begin) ? edits.edits_[next].begin : span.begin;
    const ByteSpan moved = {static_cast<uint32_t>(begin + shift), 0};
    const bool cut = pass(span.end);
    const int64_t end =
        cut ? edits.edits_[next].end + shift + grown(edits.edits_[next])
            : span.end + shift;
    span = {moved.begin, static_cast<uint32_t>(end)};
  }
}

}  // namespace sluice::text
