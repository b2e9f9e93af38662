#pragma once

#include "service/base/clock.h"

namespace sluice {

// A clock that stands until a test sets it.
class SetClock final : public Clock {
 public:
  Time Now() const override { return now; }
  Time now{std::chrono::seconds(1'800'000'000)};
};

}  // namespace sluice
