#include "service/text/offset_map.h"

#include <algorithm>
#include <cassert>

namespace sluice::text {

size_t OffsetMap::RunAt(uint32_t derived) const {
  const auto after = std::upper_bound(
      runs_.begin(), runs_.end(), derived,
      [](uint32_t at, const Run& run) { return at < run.derived; });
  return static_cast<size_t>(after - runs_.begin()) - 1;
}

ByteSpan OffsetMap::Map(ByteSpan derived) const {
  assert(derived.begin <= derived.end && derived.end <= derived_size_);
  if (runs_.empty()) return {};
  if (derived.begin == derived.end) {
    // At the very end the place is after the last run, not inside it.
    if (derived.begin == derived_size_)
      return {runs_.back().origin_end, runs_.back().origin_end};
    const Run& run = runs_[RunAt(derived.begin)];
    const uint32_t at =
        run.origin_begin + (run.copied ? derived.begin - run.derived : 0);
    return {at, at};
  }
  const Run& first = runs_[RunAt(derived.begin)];
  const Run& last = runs_[RunAt(derived.end - 1)];
  return {first.copied ? first.origin_begin + (derived.begin - first.derived)
                       : first.origin_begin,
          last.copied ? last.origin_begin + (derived.end - last.derived)
                      : last.origin_end};
}

OffsetMap OffsetMap::Compose(const OffsetMap& inner) const {
  OffsetMap result;
  result.runs_.reserve(runs_.size() + inner.runs_.size());
  size_t at = 0;  // the run of `inner` that holds the current byte; only moves
                  // forward, so the whole is linear
  const auto seek = [&](uint32_t middle) {
    while (at + 1 < inner.runs_.size() && inner.runs_[at + 1].derived <= middle)
      ++at;
  };
  for (size_t i = 0; i < runs_.size(); ++i) {
    const Run& run = runs_[i];
    const uint32_t size =
        (i + 1 < runs_.size() ? runs_[i + 1].derived : derived_size_) -
        run.derived;
    if (!run.copied) {
      result.AppendReplaced(size,
                            inner.Map({run.origin_begin, run.origin_end}));
      continue;
    }
    for (uint32_t middle = run.origin_begin; middle < run.origin_end;) {
      seek(middle);
      const Run& source = inner.runs_[at];
      const uint32_t source_end = at + 1 < inner.runs_.size()
                                      ? inner.runs_[at + 1].derived
                                      : inner.derived_size_;
      const uint32_t piece = std::min(run.origin_end, source_end) - middle;
      if (source.copied) {
        result.AppendCopied(piece,
                            source.origin_begin + (middle - source.derived));
      } else {
        result.AppendReplaced(piece, {source.origin_begin, source.origin_end});
      }
      middle += piece;
    }
  }
  return result;
}

OffsetMap OffsetMap::Identity(size_t size) {
  OffsetMap map;
  map.AppendCopied(size, 0);
  return map;
}

}  // namespace sluice::text
