#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>

namespace sluice::access {

// What one key may cost.
struct Limits {
  double calls_per_second = 1000;
  uint32_t burst = 2000;
  uint32_t concurrent_calls = 256;
};

// A token bucket and a count of calls at work. The bucket is the generic cell
// rate algorithm (ITU-T I.371): instead of tokens it keeps the moment at which
// it would be full again, one number, so that a call is one compare-and-swap.
// Thread-safe, lock-free.
class Limiter {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Limiter(const Limits& limits);

  // Takes `calls` from the bucket, all or none. Nothing: taken; else how long
  // until it could be. More than the burst at once is given to a full bucket,
  // which then owes it: a large batch waits, it is not refused for ever.
  std::optional<std::chrono::milliseconds> Take(uint32_t calls,
                                                Clock::time_point now);

  // False: there are too many at work already. True: Leave must follow.
  bool Enter();
  void Leave() { at_work_.fetch_sub(1, std::memory_order_relaxed); }

  uint32_t at_work() const { return at_work_.load(std::memory_order_relaxed); }

 private:
  const int64_t call_nanos_;   // of the average
  const int64_t burst_nanos_;  // of a full bucket
  const uint32_t concurrent_calls_;
  std::atomic<int64_t> full_at_{0};  // nanoseconds of the clock
  std::atomic<uint32_t> at_work_{0};
};

}  // namespace sluice::access
