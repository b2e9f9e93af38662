#include "service/signals/sketch.h"

#include <algorithm>
#include <cstring>

#include "service/base/byte_span.h"
#include "service/base/keyed_hash.h"
#include "service/text/words.h"

namespace sluice::signals {
namespace {

constexpr uint64_t kEmpty = UINT64_MAX;

uint64_t HashWord(std::string_view word, uint64_t seed) {
  uint64_t hash = seed ^ word.size();
  while (!word.empty()) {
    const size_t size = std::min<size_t>(word.size(), 8);
    uint64_t bytes = 0;
    std::memcpy(&bytes, word.data(), size);
    hash = SpreadBits(hash ^ bytes) + seed;
    word.remove_prefix(size);
  }
  return hash;
}

// An empty bin takes what another has, which one depends on the bin alone, so
// that two texts fill it from the same.
void Densify(std::array<uint64_t, kSketchBins>* bins) {
  const std::array<uint64_t, kSketchBins> full = *bins;
  for (size_t i = 0; i < kSketchBins; ++i) {
    uint64_t probe = i + 1;
    while ((*bins)[i] == kEmpty) {
      probe = SpreadBits(probe + 0x9E3779B97F4A7C15);
      (*bins)[i] = full[probe % kSketchBins];
    }
  }
}

}  // namespace

std::optional<Sketch> SketchOf(std::string_view folded, uint64_t seed) {
  std::array<uint64_t, kSketchBins> bins;
  bins.fill(kEmpty);
  size_t count = 0;
  uint64_t previous = 0;
  text::Words words(folded);
  for (ByteSpan span; words.Next(&span); ++count) {
    const uint64_t word =
        HashWord(folded.substr(span.begin, span.size()), seed);
    if (count > 0) {
      const uint64_t pair = SpreadBits(previous * 3 + word);
      uint64_t& bin = bins[pair % kSketchBins];
      bin = std::min(bin, pair);
    }
    previous = word;
  }
  if (count < kMinSketchWords) return std::nullopt;
  Densify(&bins);
  Sketch sketch;
  // The low bits chose the bin and the high ones are small in a minimum: the
  // middle ones tell pairs apart.
  std::transform(bins.begin(), bins.end(), sketch.begin(), [](uint64_t value) {
    return static_cast<uint16_t>(value >> 16);
  });
  return sketch;
}

size_t AgreeingBins(const Sketch& a, const Sketch& b) {
  size_t agreeing = 0;
  for (size_t i = 0; i < kSketchBins; ++i) agreeing += a[i] == b[i];
  return agreeing;
}

}  // namespace sluice::signals
