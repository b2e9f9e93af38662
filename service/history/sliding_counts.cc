#include "service/history/sliding_counts.h"

#include <algorithm>
#include <limits>

namespace sluice::history {

void SlidingCounts::Add(uint32_t seconds) {
  const uint32_t latest = std::max(latest_, seconds);
  for (size_t w = 0; w < kStepSeconds.size(); ++w) {
    const uint32_t last = latest_ / kStepSeconds[w];
    const uint32_t now = latest / kStepSeconds[w];
    const uint32_t passed = std::min<uint32_t>(now - last, kSteps);
    for (uint32_t i = 0; i < passed; ++i) counts_[w][(now - i) % kSteps] = 0;
    const uint32_t step = seconds / kStepSeconds[w];
    if (now - step >= kSteps) continue;
    uint16_t& count = counts_[w][step % kSteps];
    if (count < std::numeric_limits<uint16_t>::max()) ++count;
  }
  latest_ = latest;
}

SlidingCounts::Counts SlidingCounts::At(uint32_t seconds) const {
  std::array<int32_t, 3> sums{};
  for (size_t w = 0; w < kStepSeconds.size(); ++w) {
    const uint32_t last = latest_ / kStepSeconds[w];
    const uint32_t now = std::max(last, seconds / kStepSeconds[w]);
    // The steps from `oldest` to `last` hold counts; what is after is empty.
    const uint32_t oldest = now < kSteps ? 0 : now - (kSteps - 1);
    for (uint32_t step = oldest; step <= last; ++step)
      sums[w] += counts_[w][step % kSteps];
  }
  return {sums[0], sums[1], sums[2]};
}

}  // namespace sluice::history
