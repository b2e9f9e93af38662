#pragma once

#include <string>
#include <string_view>

namespace sluice {

// With A to Z as a to z; all other bytes as they are.
inline std::string LowerAscii(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

}  // namespace sluice
