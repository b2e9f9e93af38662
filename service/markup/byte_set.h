#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
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

// Sixteen bytes that are looked at together. Masks are blocks of 0 and -1.
using ByteBlock = unsigned char __attribute__((vector_size(16)));
using ByteMask = signed char __attribute__((vector_size(16)));
inline constexpr size_t kByteBlock = sizeof(ByteBlock);

// REQUIRES: at + kByteBlock <= text.size().
inline ByteBlock LoadBlock(std::string_view text, size_t at) {
  ByteBlock block;
  std::memcpy(&block, text.data() + at, sizeof(block));
  return block;
}

inline bool AnyOf(ByteMask mask) {
  std::array<uint64_t, 2> halves;
  std::memcpy(&halves, &mask, sizeof(halves));
  return (halves[0] | halves[1]) != 0;
}

// The first byte of text[at, ...) that is not plain, or text.size(). Plain is
// what needs no look when text is let through or printed: printable ASCII but
// `"`, `&`, `<`, `>`, `{`, `}`.
inline size_t SkipPlain(std::string_view text, size_t at) {
  static constexpr ByteSet kNotPlain =
      ByteSet("\"&<>{}").AddRange(0, 0x1F).AddRange(0x7F, 0xFF);
  for (; at + kByteBlock <= text.size(); at += kByteBlock) {
    const ByteBlock block = LoadBlock(text, at);
    if (AnyOf((block < 0x20) | (block >= 0x7F) | (block == '"') |
              (block == '&') | (block == '<') | (block == '>') |
              (block == '{') | (block == '}')))
      break;
  }
  return kNotPlain.Find(text, at);
}

}  // namespace sluice::markup
