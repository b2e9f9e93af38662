#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace sluice::history {

// How many events there were in the last minute, hour and day, in 84 bytes. An
// event leaves a window late by at most a twelfth of it: a minute is counted in
// steps of 5 seconds, an hour of 5 minutes, a day of 2 hours, and the steps
// that reach into the window count whole, so that none that belongs to it is
// missed. Times are in seconds of the Unix epoch. A zeroed one is empty.
class SlidingCounts {
 public:
  struct Counts {
    int32_t minute;
    int32_t hour;
    int32_t day;
  };

  // Counts an event. One older than what a window spans is not counted in it.
  void Add(uint32_t seconds);

  // The windows that end at `seconds`; if later events have been counted
  // already, those that end at the latest of them.
  Counts At(uint32_t seconds) const;

 private:
  static constexpr size_t kSteps = 13;  // twelve whole ones and the current
  static constexpr std::array<uint32_t, 3> kStepSeconds = {5, 300, 7200};

  uint32_t latest_;
  std::array<std::array<uint16_t, kSteps>, 3> counts_;  // by step modulo kSteps
};

}  // namespace sluice::history
