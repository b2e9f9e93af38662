#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/v1/decision.pb.h"

namespace sluice::ruleset {

// What to write instead of what RE2 does not have, as "; RE2 has no ..."; ""
// if nothing comes to mind. REQUIRES: RE2 refused the pattern.
std::string PatternHint(std::string_view pattern);

// What is wrong with how much a sound pattern matches that is looked for in
// `views`. `matches` is whether it is found in a text.
struct Breadth {
  bool is_error = false;
  std::string message;  // empty: nothing
};
Breadth BreadthOf(const std::function<bool(std::string_view)>& matches,
                  const std::vector<v1::View>& views);

// What in a sound pattern is surely not what was meant; "" if nothing: slashes
// around it, or a capital letter looked for in a view that has none.
std::string PatternSlip(std::string_view pattern,
                        const std::vector<v1::View>& views);

}  // namespace sluice::ruleset
