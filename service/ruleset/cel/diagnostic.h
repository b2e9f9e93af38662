#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sluice::ruleset::cel {

// One thing wrong with an expression. Offsets are bytes into the expression
// text; begin == end == size for "ends too soon".
struct Diagnostic {
  uint32_t begin = 0;
  uint32_t end = 0;
  std::string message;  // one line, no full stop, names in single quotes
};

// Further ones are dropped: an expression that is wrong in this many places is
// not CEL at all.
inline constexpr size_t kMaxDiagnostics = 20;

using Diagnostics = std::vector<Diagnostic>;

}  // namespace sluice::ruleset::cel
