#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace sluice::markup {

// A set of bytes, asked in one load: the hot loops look at each byte of a
// comment several times.
class ByteSet {
 public:
  constexpr explicit ByteSet(std::string_view members) {
    for (char c : members) in_[static_cast<unsigned char>(c)] = true;
  }

  // With every byte of [first, last] too.
  constexpr ByteSet& AddRange(unsigned first, unsigned last) {
    for (unsigned byte = first; byte <= last; ++byte) in_[byte] = true;
    return *this;
  }

  constexpr bool operator[](char c) const {
    return in_[static_cast<unsigned char>(c)];
  }

  // The first member in text[at, ...), or text.size().
  size_t Find(std::string_view text, size_t at) const {
    while (at < text.size() && !(*this)[text[at]]) ++at;
    return at;
  }

 private:
  std::array<bool, 256> in_{};
};

}  // namespace sluice::markup
