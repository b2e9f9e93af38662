#pragma once

#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace sluice::bench {

// The processor time of the calling thread, so that what else the machine runs
// is not measured. Usable as a std::chrono clock.
struct CpuClock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<CpuClock, duration>;
  static constexpr bool is_steady = true;
  static time_point now() {
    timespec spent{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
    return time_point(std::chrono::seconds(spent.tv_sec) +
                      std::chrono::nanoseconds(spent.tv_nsec));
  }
};

struct Pair {
  double first;
  double second;
};

// Microseconds of one call of each, turn by turn in batches; the fastest batch
// of each counts: what it costs when nothing disturbs.
template <typename First, typename Second>
Pair TurnByTurn(First first, Second second) {
  constexpr int kTurns = 40;
  constexpr int kCalls = 150;
  const auto batch = [](auto& work) {
    const auto begin = CpuClock::now();
    for (int i = 0; i < kCalls; ++i) work();
    const std::chrono::duration<double, std::micro> spent =
        CpuClock::now() - begin;
    return spent.count() / kCalls;
  };
  Pair best{batch(first), batch(second)};
  for (int i = 1; i < kTurns; ++i) {
    best.first = std::min(best.first, batch(first));
    best.second = std::min(best.second, batch(second));
  }
  return best;
}

// Prints "bar NAME VALUE LIMIT ok|short"; whether it held.
inline bool Bar(const char* name, double value, double limit) {
  const bool held = value <= limit;
  std::printf("bar %s %.3g %.3g %s\n", name, value, limit,
              held ? "ok" : "short");
  return held;
}

}  // namespace sluice::bench
