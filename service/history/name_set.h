#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace sluice::history {

// The different names that did something lately, up to kMaxNames; the one seen
// longest ago makes room. A zeroed one is empty.
class NameSet {
 public:
  static constexpr size_t kMaxNames = 12;

  // REQUIRES: name != 0.
  void Add(uint32_t name, uint32_t seconds);

  // Names other than `name` that were seen at `since` or later.
  int32_t Others(uint32_t name, uint32_t since) const;

 private:
  std::array<uint32_t, kMaxNames> names_;
  std::array<uint32_t, kMaxNames> seen_;
};

}  // namespace sluice::history
