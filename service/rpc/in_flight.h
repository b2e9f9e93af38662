#pragma once

#include <atomic>
#include <cstdint>

namespace sluice::rpc {

// Counts checks at work and refuses more than the limit. Thread-safe.
class InFlight {
 public:
  explicit InFlight(uint32_t limit) : limit_(limit) {}

  // Whether there was room for one more; then Leave must follow.
  bool Enter() {
    if (count_.fetch_add(1, std::memory_order_relaxed) < limit_) return true;
    count_.fetch_sub(1, std::memory_order_relaxed);
    return false;
  }

  void Leave() { count_.fetch_sub(1, std::memory_order_relaxed); }

 private:
  const uint32_t limit_;
  std::atomic<uint32_t> count_{0};
};

}  // namespace sluice::rpc
