#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sluice::ruleset::cel {

// Edits (insert, delete, replace, swap of neighbours) that make `a` into `b`.
// More than `limit`: limit + 1. Names are cut at 64 bytes.
size_t EditDistance(std::string_view a, std::string_view b, size_t limit);

// The candidate that `name` is most likely a slip of; empty: none is near (more
// than a third of the name differs).
std::string Nearest(std::string_view name,
                    const std::vector<std::string>& candidates);

}  // namespace sluice::ruleset::cel
