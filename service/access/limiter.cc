#include "service/access/limiter.h"

#include <algorithm>
#include <cmath>

namespace sluice::access {
namespace {

constexpr double kNanos = 1e9;
constexpr double kSlowest = 1e-6;  // calls a second: one in eleven days

int64_t CallNanos(const Limits& limits) {
  return std::max<int64_t>(
      1, std::llround(kNanos / std::max(limits.calls_per_second, kSlowest)));
}

}  // namespace

Limiter::Limiter(const Limits& limits)
    : call_nanos_(CallNanos(limits)),
      burst_nanos_(call_nanos_ * std::max<int64_t>(1, limits.burst)),
      concurrent_calls_(limits.concurrent_calls) {}

std::optional<std::chrono::milliseconds> Limiter::Take(uint32_t calls,
                                                       Clock::time_point now) {
  const int64_t at = std::chrono::nanoseconds(now.time_since_epoch()).count();
  const int64_t cost = call_nanos_ * calls;
  const int64_t room = std::max(burst_nanos_, cost);
  int64_t full_at = full_at_.load(std::memory_order_relaxed);
  while (true) {
    const int64_t next = std::max(full_at, at) + cost;
    if (next - at > room) {
      constexpr int64_t kMillisecond = 1'000'000;
      return std::chrono::milliseconds((next - at - room) / kMillisecond + 1);
    }
    if (full_at_.compare_exchange_weak(full_at, next,
                                       std::memory_order_relaxed))
      return std::nullopt;
  }
}

bool Limiter::Enter() {
  if (at_work_.fetch_add(1, std::memory_order_relaxed) < concurrent_calls_)
    return true;
  Leave();
  return false;
}

}  // namespace sluice::access
