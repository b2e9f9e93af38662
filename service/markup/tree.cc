// The idea: a name of at most eight letters is one number, and a multiplier
// found at compile time spreads the numbers over a table without collisions.

#include "service/markup/tree.h"

#include <array>

namespace sluice::markup {
namespace {

constexpr size_t kPacked = 8;    // letters that are compared at once
constexpr size_t kMaxName = 10;  // blockquote, alone beyond eight
constexpr size_t kSlots = 256;

constexpr uint64_t Pack(std::string_view name) {
  uint64_t packed = 0;
  for (size_t i = 0; i < name.size() && i < kPacked; ++i) {
    // Lower case for letters; no name of ours has the bytes this would confuse
    // a digit with.
    const auto byte = static_cast<unsigned char>(name[i]);
    const bool upper = byte >= 'A' && byte <= 'Z';
    packed |= static_cast<uint64_t>(upper ? byte | 0x20 : byte) << (8 * i);
  }
  return packed;
}

constexpr size_t Slot(uint64_t packed, uint64_t multiplier) {
  return static_cast<size_t>((packed * multiplier) >> 56);
}

constexpr bool IsPerfect(uint64_t multiplier) {
  std::array<bool, kSlots> taken{};
  for (size_t i = 1; i < kTagCount; ++i) {
    bool& slot = taken[Slot(Pack(kTagNames[i]), multiplier)];
    if (slot) return false;
    slot = true;
  }
  return true;
}

constexpr uint64_t kMultiplier = [] {
  uint64_t multiplier = 0x9E3779B97F4A7C15;
  while (!IsPerfect(multiplier))
    multiplier = multiplier * 6364136223846793005u + 1442695040888963407u;
  return multiplier;
}();

constexpr auto kTable = [] {
  std::array<Tag, kSlots> table{};
  for (size_t i = 1; i < kTagCount; ++i)
    table[Slot(Pack(kTagNames[i]), kMultiplier)] = static_cast<Tag>(i);
  return table;
}();

constexpr auto kPackedNames = [] {
  std::array<uint64_t, kTagCount> packed{};
  for (size_t i = 0; i < kTagCount; ++i) packed[i] = Pack(kTagNames[i]);
  return packed;
}();

}  // namespace

Tag TagOfName(std::string_view name) {
  if (name.empty() || name.size() > kMaxName) return Tag::kNone;
  const uint64_t packed = Pack(name);
  const Tag tag = kTable[Slot(packed, kMultiplier)];
  const auto index = static_cast<size_t>(tag);
  if (kPackedNames[index] != packed || kTagNames[index].size() != name.size())
    return Tag::kNone;
  for (size_t i = kPacked; i < name.size(); ++i) {
    if ((name[i] | 0x20) != kTagNames[index][i]) return Tag::kNone;
  }
  return tag;
}

}  // namespace sluice::markup
