#pragma once

#include <cstdint>

namespace sluice {

// A half-open range of bytes [begin, end) of some text; which text is said
// where it is used. Comments are bounded far below 4 GiB (config.proto,
// Limits), so 32 bits suffice.
struct ByteSpan {
  uint32_t begin = 0;
  uint32_t end = 0;

  uint32_t size() const { return end - begin; }
  bool empty() const { return begin >= end; }
  friend bool operator==(const ByteSpan&, const ByteSpan&) = default;
};

}  // namespace sluice
