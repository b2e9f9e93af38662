#pragma once

#include <string>
#include <string_view>

#include "service/base/clock.h"

namespace sluice::ruleset {

// Whether the text is a day as rule files write it: YYYY-MM-DD, and exists.
// Such texts compare as their days do.
bool IsDate(std::string_view text);

// The day (UTC) of a moment.
std::string DateOf(Time now);

// The first moment after the day (UTC). REQUIRES: IsDate(date).
Time EndOfDate(std::string_view date);

}  // namespace sluice::ruleset
