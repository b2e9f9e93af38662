#include "service/text/draft.h"

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
  map = change.Compose(map);
  text = std::move(changed);
  return true;
}

}  // namespace sluice::text
