#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "service/signals/views.h"
#include "sluice/v1/signals.pb.h"

namespace sluice::classifier {

// Weights of one model are this many floats: 512 KiB, so that a check's lookups
// stay in the second-level cache.
inline constexpr size_t kFeatureBits = 17;
inline constexpr size_t kFeatureCount = size_t{1} << kFeatureBits;

// Characters of the folded text that are read; past it a comment is known well
// enough, and its cost stays bounded.
inline constexpr size_t kMaxTextBytes = 16'384;

// What a feature speaks of; each group is scaled on its own, so that a long
// text does not drown the structure.
enum class Group : uint8_t { kWord, kPair, kNgram, kLink, kAuthor, kStructure };
inline constexpr size_t kGroupCount = 6;

struct Feature {
  uint32_t index;  // below kFeatureCount
  float value;
};

// A comment as the model sees it: each index at most once a group.
using Features = std::vector<Feature>;

// Hashes the comment's words, word pairs and character n-grams (of the folded
// text), link hosts, author and the bins of its structural signals.
// Deterministic; linear in the first kMaxTextBytes of the text. `names`, if
// given, receives a readable name for each feature, in the same order; slow,
// for explanations only.
Features Extract(signals::Views* views, const v1::Signals& signals,
                 std::vector<std::string>* names = nullptr);

}  // namespace sluice::classifier
