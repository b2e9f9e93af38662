#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::ruleset {

// Finds every occurrence of many literals in a text at once.
//
// Every four bytes of the text are hashed into a bitmap that fits into the
// second-level cache; where the bit is set, a table of those four bytes gives
// the few literals that have them, and these are compared. Shorter literals
// have tables for three bytes, two and one. So the cost is that of the text
// while the literals fit the bitmap (about 30,000 of them); past that it grows
// with the share of bits set. No text costs more than its bytes times the
// literals that share four bytes, which the choice of the four keeps apart.
//
// Immutable once made; shared by threads.
class Scanner {
 public:
  Scanner() = default;
  // None may be empty. Literals are known by their index; equal ones are all
  // reported.
  explicit Scanner(const std::vector<std::string>& literals);

  // Calls found(literal, begin), both uint32_t, for each occurrence; for each
  // literal in the order of the text.
  template <typename Found>
  void Scan(std::string_view text, Found&& found) const {
    ScanGrams<4>(text, found);
    ScanGrams<3>(text, found);
    ScanGrams<2>(text, found);
    ScanGrams<1>(text, found);
  }

  size_t size() const { return literals_.size(); }
  std::string_view Text(uint32_t literal) const {
    return std::string_view(text_).substr(literals_[literal].begin,
                                          literals_[literal].size);
  }
  size_t SizeInBytes() const;
  // The most literals that one gram leads to.
  size_t MaxLoad() const;

 private:
  static constexpr size_t kGram = 4;
  static constexpr size_t kBlock = 1024;
  static constexpr uint32_t kFree = UINT32_MAX;
  static constexpr uint32_t kMultiplier = 0x9E3779B1;  // 2^32 / golden ratio

  struct Literal {
    uint32_t begin;  // in text_
    uint32_t size;
  };
  struct Slot {
    uint32_t gram = 0;
    uint32_t first = kFree;  // in entries
    // Bytes that can stand before and after the gram, by their last five bits:
    // spares most windows the way through three tables to the literal.
    uint32_t before = 0;
    uint32_t after = 0;
  };
  struct Entry {
    uint32_t literal : 31;
    uint32_t last : 1;  // of the slot
    uint16_t offset;    // of the gram in the literal
    uint16_t probe_offset;
    uint32_t probe;  // other four bytes of the literal, or the same
  };
  // The literals that are found by grams of one size.
  struct Table {
    uint32_t bitmap_shift = 0;
    uint32_t slot_shift = 0;
    std::vector<uint64_t> bitmap;  // empty: there are none
    std::vector<Slot> slots;
    std::vector<Entry> entries;
  };

  template <size_t kSize>
  static uint32_t Load(const char* at) {
    uint32_t gram = 0;
    std::memcpy(&gram, at, kSize);
    return gram;
  }

  static uint32_t BitOf(char byte) {
    return uint32_t{1} << (static_cast<unsigned char>(byte) % 32);
  }

  template <size_t kSize, typename Found>
  void ScanGrams(std::string_view text, Found& found) const {
    const Table& table = tables_[kSize - 1];
    if (table.bitmap.empty() || text.size() < kSize) return;
    const uint64_t* const bitmap = table.bitmap.data();
    const uint32_t shift = table.bitmap_shift;
    // Windows whose bit is set are first written down, without a branch, since
    // nothing tells the processor which those are.
    std::array<uint32_t, kBlock> passed;
    const size_t end = text.size() - kSize + 1;
    for (size_t block = 0; block < end; block += kBlock) {
      size_t count = 0;
      const size_t block_end = std::min(block + kBlock, end);
      for (size_t at = block; at < block_end; ++at) {
        const uint32_t bit =
            (Load<kSize>(text.data() + at) * kMultiplier) >> shift;
        passed[count] = static_cast<uint32_t>(at);
        count += bitmap[bit / 64] >> (bit % 64) & 1;
      }
      for (size_t i = 0; i < count; ++i) {
        const uint32_t at = passed[i];
        const Slot* const slot = Find(table, Load<kSize>(text.data() + at));
        if (slot == nullptr) continue;
        // At the ends of the text anything goes: Compare has the last word.
        if (at > 0 && at + kSize < text.size() &&
            ((slot->before & BitOf(text[at - 1])) == 0 ||
             (slot->after & BitOf(text[at + kSize])) == 0))
          continue;
        Compare<kSize>(table, *slot, text, at, found);
      }
    }
  }

  static const Slot* Find(const Table& table, uint32_t gram) {
    const size_t mask = table.slots.size() - 1;
    for (size_t at = (gram * kMultiplier) >> table.slot_shift;; ++at) {
      const Slot& slot = table.slots[at & mask];
      if (slot.first == kFree) return nullptr;
      if (slot.gram == gram) return &slot;
    }
  }

  template <size_t kSize, typename Found>
  void Compare(const Table& table, const Slot& slot, std::string_view text,
               uint32_t at, Found& found) const {
    for (uint32_t i = slot.first;; ++i) {
      const Entry& entry = table.entries[i];
      if (at >= entry.offset && IsAt(entry, text, at - entry.offset, kSize))
        found(uint32_t{entry.literal}, at - entry.offset);
      if (entry.last != 0) return;
    }
  }

  bool IsAt(const Entry& entry, std::string_view text, uint32_t begin,
            size_t size) const {
    if (size == kGram &&
        (text.size() - begin < entry.probe_offset + kGram ||
         Load<kGram>(text.data() + begin + entry.probe_offset) != entry.probe))
      return false;
    const Literal& literal = literals_[entry.literal];
    return text.size() - begin >= literal.size &&
           std::memcmp(text.data() + begin, text_.data() + literal.begin,
                       literal.size) == 0;
  }

  struct Placed;
  void Fill(std::vector<Placed> placed, size_t size, Table* table);

  std::string text_;  // of all literals
  std::vector<Literal> literals_;
  std::array<Table, kGram> tables_;
};

}  // namespace sluice::ruleset
