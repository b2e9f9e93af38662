#pragma once

#include <string>
#include <string_view>

namespace sluice::text {

// What is left of a name when everything that a hasty reader overlooks is gone:
// two names with the same skeleton look alike. For impersonation, in the manner
// of the skeleton of UTS #39 but rougher, since it compares with a few known
// names and not with the world: every letter with a Latin look-alike is that
// letter whatever stands around it, 1, l and I are one, 0 is o, 3, 4, 5 are e,
// a, s, rn is m, vv is w, doubled letters are single, and nothing but letters
// and digits counts. To be compared, not shown. May be empty.
std::string Skeleton(std::string_view name);

}  // namespace sluice::text
