#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "service/classifier/features.h"

namespace sluice::classifier {

inline uint64_t Mix(uint64_t hash, uint64_t value) {
  hash = (hash ^ value) * 0x9FB21C651E98DF25u;
  return hash ^ (hash >> 32);
}

inline uint64_t HashBytes(uint64_t seed, std::string_view bytes) {
  uint64_t hash = Mix(seed, bytes.size());
  while (bytes.size() >= 8) {
    uint64_t word;
    std::memcpy(&word, bytes.data(), 8);
    hash = Mix(hash, word);
    bytes.remove_prefix(8);
  }
  uint64_t rest = 0;
  std::memcpy(&rest, bytes.data(), bytes.size());
  return Mix(hash, rest);
}

// Collects the features of one comment, group by group.
class Collector {
 public:
  explicit Collector(std::vector<std::string>* names)
      : names_(names), seen_(kFeatureCount / 64) {
    features_.indices.reserve(2048);
  }

  void Begin(Group group) { group_ = group; }

  void End() {
    const auto group = static_cast<size_t>(group_);
    features_.ends[group] = static_cast<uint32_t>(features_.indices.size());
    for (size_t i = features_.begin(group); i < features_.ends[group]; ++i)
      seen_[features_.indices[i] / 64] = 0;
  }

  // Whether it was not there yet.
  bool Add(uint64_t hash) {
    const auto index = static_cast<uint32_t>(
        Mix(hash, static_cast<uint64_t>(group_)) >> (64 - kFeatureBits));
    uint64_t& word = seen_[index / 64];
    const uint64_t bit = uint64_t{1} << (index % 64);
    if ((word & bit) != 0) return false;
    word |= bit;
    features_.indices.push_back(index);
    return true;
  }

  template <typename Name>
  void Add(uint64_t hash, Name name) {
    if (Add(hash) && names_ != nullptr) names_->push_back(name());
  }

  Features Take() { return std::move(features_); }

 private:
  std::vector<std::string>* const names_;
  std::vector<uint64_t> seen_;  // a bit an index; fits the first-level cache
  Features features_{};
  Group group_ = Group::kWord;
};

}  // namespace sluice::classifier
