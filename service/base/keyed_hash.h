#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace sluice {

// SipHash-2-4 (Aumasson and Bernstein, "SipHash: a fast short-input PRF",
// 2012): 64 bits of a text under a secret key of 128. What is remembered under
// such hashes cannot be read back or guessed at without the key, and nobody
// outside can choose texts that collide. Values are stable for a key. A value
// type; thread-safe.
class KeyedHash {
 public:
  // The key 0: for tests.
  KeyedHash() = default;
  explicit KeyedHash(std::array<uint64_t, 2> key) : key_(key) {}

  uint64_t operator()(std::string_view bytes) const;

  // Of `bytes` within a space of its own: equal bytes in two spaces have
  // unrelated hashes.
  uint64_t operator()(uint64_t space, std::string_view bytes) const;

 private:
  std::array<uint64_t, 2> key_{};
};

// Spreads the bits of a number that is already hard to guess (the finalizer of
// SplitMix64): 0 for 0, one to one otherwise. Not a keyed hash.
constexpr uint64_t SpreadBits(uint64_t x) {
  x ^= x >> 30;
  x *= 0xBF58476D1CE4E5B9;
  x ^= x >> 27;
  x *= 0x94D049BB133111EB;
  return x ^ (x >> 31);
}

}  // namespace sluice
