#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "service/base/byte_span.h"

namespace sluice::text {

// Maps bytes of a derived text (a rendering, a folded view) back to the bytes
// of the text it was derived from.
//
// The map is a list of runs in increasing order of both texts. Inside a
// *copied* run byte i of the derived text comes from byte i of the origin; a
// *replaced* run as a whole comes from a whole origin span (an entity, a folded
// letter, a removed tag before it). Monotone: a later derived byte never maps
// before an earlier one.
//
// Append is O(1) amortised, Map is O(log runs). Const member functions may be
// called from several threads.
class OffsetMap {
 public:
  // Makes room for so many runs.
  void Reserve(size_t runs) { runs_.reserve(runs); }

  // The next `size` derived bytes are the origin's bytes [origin, origin +
  // size). REQUIRES: origin is not before the end of what was appended last.
  void AppendCopied(size_t size, uint32_t origin) {
    if (size == 0) return;
    const auto length = static_cast<uint32_t>(size);
    assert(runs_.empty() || origin >= runs_.back().origin_end);
    const bool grows = !runs_.empty() && runs_.back().copied &&
                       runs_.back().origin_end == origin;
    if (grows)
      runs_.back().origin_end += length;
    else
      runs_.push_back({derived_size_, origin, origin + length, true});
    derived_size_ += length;
  }

  // The next `size` derived bytes stand for the whole origin span. `size` may
  // be 0 only to no effect.
  void AppendReplaced(size_t size, ByteSpan origin) {
    if (size == 0) return;
    runs_.push_back({derived_size_, origin.begin, origin.end, false});
    derived_size_ += static_cast<uint32_t>(size);
  }

  // The smallest origin span that covers the derived span; for an empty derived
  // span the empty origin span at its place. REQUIRES: derived.begin <=
  // derived.end <= derived_size().
  ByteSpan Map(ByteSpan derived) const;

  // This map after `inner`: if *this maps C to B and inner maps B to A, the
  // result maps C to A.
  OffsetMap Compose(const OffsetMap& inner) const;

  // The identity over `size` bytes.
  static OffsetMap Identity(size_t size);

  size_t derived_size() const { return derived_size_; }
  size_t run_count() const { return runs_.size(); }
  // Where a run begins in the derived text. REQUIRES: run < run_count().
  uint32_t run_begin(size_t run) const { return runs_[run].derived; }

 private:
  struct Run {
    uint32_t derived;       // where the run begins in the derived text
    uint32_t origin_begin;  // and in the origin
    uint32_t origin_end;    // one past its origin span
    bool copied;
  };

  // The run that holds this derived byte. REQUIRES: derived < derived_size_.
  size_t RunAt(uint32_t derived) const;

  std::vector<Run> runs_;
  uint32_t derived_size_ = 0;
};

}  // namespace sluice::text
