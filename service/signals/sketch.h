#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sluice::signals {

// What two texts have in common, in 64 bytes each: a MinHash signature over
// pairs of neighbouring words, by one permutation (Li, Owen, Zhang: "One
// Permutation Hashing", 2012) with optimal densification (Shrivastava, 2017).
// Texts that share a part s of their pairs of words agree in about s of the
// bins.
inline constexpr size_t kSketchBins = 32;
using Sketch = std::array<uint16_t, kSketchBins>;

// A text with fewer words has no sketch: too many honest comments are alike.
inline constexpr size_t kMinSketchWords = 6;

// Bins in which two sketches must agree for their texts to be near: half of the
// pairs of words are shared, as after one word in six was exchanged.
inline constexpr size_t kNearBins = kSketchBins / 2;

// The sketch of a folded text. `seed` is secret, so that nobody can prepare
// texts whose sketches agree. Linear; allocates nothing.
std::optional<Sketch> SketchOf(std::string_view folded, uint64_t seed);

size_t AgreeingBins(const Sketch& a, const Sketch& b);

}  // namespace sluice::signals
