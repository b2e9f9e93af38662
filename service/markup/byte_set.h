#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace sluice::markup {

// A set of bytes, asked in one load, where the library's find_first_of searches
// the set for each byte: the hot loops look at each byte of a comment several
// times.
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

  // The first member in text[at, end), or `end`.
  size_t Find(std::string_view text, size_t at, size_t end) const {
    while (at < end && !(*this)[text[at]]) ++at;
    return at;
  }

  // The first member in text[at, ...), or text.size().
  size_t Find(std::string_view text, size_t at) const {
    return Find(text, at, text.size());
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

// The first byte of the mask that is set, from byte `from` on; kByteBlock if
// none is. REQUIRES: from < kByteBlock.
inline size_t FirstOf(ByteMask mask, size_t from = 0) {
#ifdef __SSE2__
  const auto bits =
      static_cast<unsigned>(_mm_movemask_epi8((__m128i)mask)) >> from;
  return bits == 0 ? kByteBlock
                   : from + static_cast<size_t>(std::countr_zero(bits));
#else
  std::array<signed char, kByteBlock> bytes;
  std::memcpy(bytes.data(), &mask, sizeof(mask));
  while (from < kByteBlock && bytes[from] == 0) ++from;
  return from;
#endif
}

// Whether some place in text[*at, ...) is one that `stops`, given a place,
// marks in the mask of the block there; *at is then the first such place,
// otherwise where the looking ended. The last `rest` places are not looked at
// (a mask may need bytes after its block), nor is a text of less than a block:
// both are the caller's.
template <typename Stops>
inline bool FindInBlocks(std::string_view text, size_t rest, Stops stops,
                         size_t* at) {
  if (text.size() < kByteBlock + rest) return false;
  const size_t last = text.size() - rest - kByteBlock;
  for (; *at <= last; *at += kByteBlock) {
    const size_t first = FirstOf(stops(*at));
    if (first == kByteBlock) continue;
    *at += first;
    return true;
  }
  if (*at >= last + kByteBlock) return false;
  const size_t first = FirstOf(stops(last), *at - last);
  *at = last + first;
  return first < kByteBlock;
}

// The first byte of text[at, ...) that is not plain, or text.size(). Plain is
// what needs no look when text is let through or printed: printable ASCII
// before `{` but `"`, `&`, `<`, `>`.
inline size_t SkipPlain(std::string_view text, size_t at) {
  static constexpr ByteSet kNotPlain =
      ByteSet("\"&<>").AddRange(0, 0x1F).AddRange('{', 0xFF);
  const auto stops = [text](size_t place) {
    const ByteBlock block = LoadBlock(text, place);
    const auto number = (ByteMask)block;  // what is not ASCII is negative
    return (number < 0x20) | (number >= '{') | ((block & 0xFB) == '"') |
           ((block & 0xFD) == '<');  // `"` and `&`, `<` and `>`
  };
  if (FindInBlocks(text, 0, stops, &at)) return at;
  return kNotPlain.Find(text, at);
}

}  // namespace sluice::markup
