#pragma once

#include <string>
#include <string_view>

#include "service/base/clock.h"
#include "service/store/filter_parser.h"

namespace sluice::store {

// Reads the value that `node->field` is compared with. Returns what is wrong
// with it and what would be right; empty: nothing.
std::string ReadFilterValue(std::string_view value, Time now, FilterNode* node);

}  // namespace sluice::store
