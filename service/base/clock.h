#pragma once

#include <chrono>

namespace sluice {

// UTC with microseconds: what the event log keeps.
using Time = std::chrono::sys_time<std::chrono::microseconds>;

// Where "now" comes from; an argument everywhere, so that tests and replays
// choose it. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time Now() const = 0;
};

// The machine's clock.
class SystemClock final : public Clock {
 public:
  Time Now() const override {
    return std::chrono::time_point_cast<std::chrono::microseconds>(
        std::chrono::system_clock::now());
  }
};

}  // namespace sluice
