#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "service/signals/views.h"
#include "sluice/v1/signals.pb.h"

namespace sluice::classifier {

// Weights of one model that a check looks at are this many half words (512
// KiB), so that they stay in the second-level cache.
inline constexpr size_t kFeatureBits = 18;
inline constexpr size_t kFeatureCount = size_t{1} << kFeatureBits;

// Bytes of the folded text that are read; past it a comment is known well
// enough, and its cost stays bounded.
inline constexpr size_t kMaxTextBytes = 16'384;

// What a feature speaks of; each group is scaled on its own, so that a long
// text does not drown the structure.
enum class Group : uint8_t {
  kWord,       // words of the text
  kPair,       // two words beside each other
  kNgram,      // letters beside each other
  kLink,       // where the text's links lead
  kAuthor,     // name, address and page of the author
  kStructure,  // counts, shares and habits, in bins
};
inline constexpr size_t kGroupCount = 6;

// A comment as the model sees it: places in the table of weights, each at most
// once a group.
struct Features {
  std::vector<uint32_t> indices;           // below kFeatureCount, by group
  std::array<uint32_t, kGroupCount> ends;  // where each group ends among them

  // What each index of the group counts: its members together have the length
  // that the group is given.
  float value(size_t group) const;
  size_t begin(size_t group) const { return group == 0 ? 0 : ends[group - 1]; }
};

// Hashes the comment's words, word pairs and character n-grams (of the folded
// text), link hosts, author and the bins of its structural signals.
// Deterministic; linear in the first kMaxTextBytes of the text. `names`, if
// given, receives a readable name for each index, in the same order; slow, for
// explanations only.
Features Extract(signals::Views* views, const v1::Signals& signals,
                 std::vector<std::string>* names = nullptr);

}  // namespace sluice::classifier
