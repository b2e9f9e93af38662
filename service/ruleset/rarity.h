#pragma once

#include <string_view>

namespace sluice::ruleset {

// About how often a literal stands in comments: the share of positions at which
// it begins, by the pairs of letters it is made of. Good to an order of
// magnitude, for choosing between literals; of one byte and more.
double Frequency(std::string_view literal);

}  // namespace sluice::ruleset
