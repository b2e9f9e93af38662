#pragma once

#include <array>
#include <cstddef>
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

// The first `size` bytes at `at` as a number; `size` is at most 8, `room` what
// may be read.
inline uint64_t LoadBytes(const char* at, size_t size, size_t room) {
  uint64_t bytes = 0;
  if (room >= 8) {
    std::memcpy(&bytes, at, 8);
    return size >= 8 ? bytes : bytes & ((uint64_t{1} << (8 * size)) - 1);
  }
  for (size_t i = 0; i < size; ++i)
    bytes |= static_cast<uint64_t>(static_cast<unsigned char>(at[i]))
             << (8 * i);
  return bytes;
}

// `room` is what may be read of the memory at `bytes`, at least its size.
inline uint64_t HashBytes(uint64_t seed, std::string_view bytes, size_t room) {
  uint64_t hash = Mix(seed, bytes.size());
  const char* at = bytes.data();
  size_t left = bytes.size();
  for (; left >= 8; left -= 8, at += 8, room -= 8)
    hash = Mix(hash, LoadBytes(at, 8, 8));
  return Mix(hash, LoadBytes(at, left, room));
}
inline uint64_t HashBytes(uint64_t seed, std::string_view bytes) {
  return HashBytes(seed, bytes, bytes.size());
}

// Collects the features of one comment, group by group. One at a time on a
// thread: they share what they note there.
class Collector {
 public:
  // No more than `most` features will be added.
  Collector(size_t most, std::vector<std::string>* names) : names_(names) {
    features_.indices.resize(most);
  }

  void Begin(Group group) {
    group_ = group;
    begin_ = count_;
  }

  void End() {
    features_.ends[static_cast<size_t>(group_)] = static_cast<uint32_t>(count_);
    uint64_t* const seen = Seen();
    for (size_t i = begin_; i < count_; ++i)
      seen[features_.indices[i] / 64] = 0;
  }

  // Whether there is room for so many more; what has none is left out.
  bool HasRoom(size_t more) const {
    return features_.indices.size() - count_ >= more;
  }

  // Whether it was not there yet. Without a branch on it: of letters it is a
  // toss-up.
  bool Add(uint64_t hash) {
    const auto index = static_cast<uint32_t>(
        Mix(hash, static_cast<uint64_t>(group_)) >> (64 - kFeatureBits));
    uint64_t& word = Seen()[index / 64];
    const uint64_t bit = uint64_t{1} << (index % 64);
    const bool fresh = (word & bit) == 0;
    word |= bit;
    features_.indices[count_] = index;
    count_ += fresh;
    return fresh;
  }

  template <typename Name>
  void Add(uint64_t hash, Name name) {
    const bool fresh = Add(hash);
    if (names_ != nullptr && fresh) names_->push_back(name());
  }

  Features Take() {
    features_.indices.resize(count_);
    return std::move(features_);
  }

 private:
  // A bit an index, all clear between groups; fits the first-level cache.
  static uint64_t* Seen() {
    static thread_local std::array<uint64_t, kFeatureCount / 64> seen{};
    return seen.data();
  }

  std::vector<std::string>* const names_;
  Features features_{};
  size_t count_ = 0;
  size_t begin_ = 0;  // of the group
  Group group_ = Group::kWord;
};

}  // namespace sluice::classifier
