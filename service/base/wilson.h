#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace sluice {

// An interval of a share, 0 to 1.
struct Interval {
  double low;
  double high;
};

inline constexpr double kZ95 = 1.959963984540054;   // two-sided 95 %
inline constexpr double kZ999 = 3.290526731491926;  // two-sided 99.9 %

// The interval of a share by Wilson's score (E. B. Wilson, 1927), sound for few
// and for extreme counts. {0, 1} without a trial.
inline Interval WilsonInterval(int64_t hits, int64_t trials, double z) {
  if (trials == 0) return {0, 1};
  const double n = static_cast<double>(trials);
  const double p = static_cast<double>(hits) / n;
  const double centre = p + z * z / (2 * n);
  const double spread = z * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
  const double scale = 1 + z * z / n;
  return {std::max(0.0, (centre - spread) / scale),
          std::min(1.0, (centre + spread) / scale)};
}

}  // namespace sluice
