#include "service/ruleset/scanner.h"

#include <algorithm>
#include <unordered_map>

#include "service/ruleset/rarity.h"

namespace sluice::ruleset {
namespace {

// Bits of the bitmap for one gram: one window of text in so many is looked up
// for nothing.
constexpr size_t kBitsOfGram = 64;
constexpr size_t kMaxOffset = 4096;  // where grams are looked for
constexpr uint32_t kMinBits = 10;
constexpr uint32_t kMaxBits = 20;  // 128 KiB

uint32_t LogOf(size_t size) {
  uint32_t log = 0;
  while ((size_t{1} << log) < size) ++log;
  return log;
}

}  // namespace

struct Scanner::Placed {
  uint32_t gram;
  Entry entry;
};

Scanner::Scanner(const std::vector<std::string>& literals) {
  std::array<std::vector<Placed>, kGram> placed;
  std::unordered_map<uint32_t, uint32_t> load;  // literals of a gram so far
  for (const std::string& literal : literals) {
    const auto index = static_cast<uint32_t>(literals_.size());
    const size_t size = std::min(literal.size(), kGram);
    // The gram that stands in the fewest texts and that few others have: a
    // comment made of one gram must not meet all literals with it.
    Placed best{};
    double best_cost = 2;
    const size_t end = std::min(literal.size(), kMaxOffset) - size;
    for (size_t at = 0; at <= end; ++at) {
      Placed next{0, {index, 0, static_cast<uint16_t>(at), 0, 0}};
      std::memcpy(&next.gram, literal.data() + at, size);
      const auto known = load.find(next.gram);
      const double others = known == load.end() ? 0 : known->second;
      const double cost =
          Frequency(std::string_view(literal).substr(at, size)) * (1 + others);
      if (at > 0 && cost >= best_cost) continue;
      best_cost = cost;
      best = next;
    }
    if (size == kGram) {
      // As far from the gram as it goes.
      best.entry.probe_offset =
          best.entry.offset * 2 > end ? 0 : static_cast<uint16_t>(end);
      best.entry.probe = Load<kGram>(literal.data() + best.entry.probe_offset);
    }
    ++load[best.gram];
    placed[size - 1].push_back(best);
    literals_.push_back({static_cast<uint32_t>(text_.size()),
                         static_cast<uint32_t>(literal.size())});
    text_ += literal;
  }
  for (size_t i = 0; i < kGram; ++i)
    Fill(std::move(placed[i]), i + 1, &tables_[i]);
}

void Scanner::Fill(std::vector<Placed> placed, size_t size, Table* table) {
  if (placed.empty()) return;
  std::sort(placed.begin(), placed.end(), [](const Placed& a, const Placed& b) {
    return a.gram != b.gram ? a.gram < b.gram
                            : a.entry.literal < b.entry.literal;
  });
  size_t grams = 1;
  for (size_t i = 1; i < placed.size(); ++i)
    grams += placed[i].gram != placed[i - 1].gram ? 1 : 0;
  const uint32_t bits =
      std::clamp(LogOf(grams * kBitsOfGram), kMinBits, kMaxBits);
  const uint32_t slots = LogOf(grams * 2 + 1);
  table->bitmap_shift = 32 - bits;
  table->slot_shift = 32 - slots;
  table->bitmap.resize((size_t{1} << bits) / 64);
  table->slots.resize(size_t{1} << slots);
  for (size_t i = 0; i < placed.size();) {
    const uint32_t gram = placed[i].gram;
    Slot slot{gram, static_cast<uint32_t>(table->entries.size()), 0, 0};
    for (; i < placed.size() && placed[i].gram == gram; ++i) {
      const Entry& entry = placed[i].entry;
      const std::string_view literal = Text(entry.literal);
      const size_t end = entry.offset + size;
      slot.before |= entry.offset > 0 ? BitOf(literal[entry.offset - 1]) : ~0u;
      slot.after |= end < literal.size() ? BitOf(literal[end]) : ~0u;
      table->entries.push_back(entry);
    }
    table->entries.back().last = 1;
    const uint32_t hash = gram * kMultiplier;
    const uint32_t bit = hash >> table->bitmap_shift;
    table->bitmap[bit / 64] |= uint64_t{1} << (bit % 64);
    const size_t mask = table->slots.size() - 1;
    size_t at = hash >> table->slot_shift;
    while (table->slots[at & mask].first != kFree) ++at;
    table->slots[at & mask] = slot;
  }
}

size_t Scanner::MaxLoad() const {
  size_t most = 0;
  for (const Table& table : tables_) {
    size_t load = 0;
    for (const Entry& entry : table.entries) {
      most = std::max(most, ++load);
      if (entry.last != 0) load = 0;
    }
  }
  return most;
}

size_t Scanner::SizeInBytes() const {
  size_t size = text_.size() + literals_.size() * sizeof(Literal);
  for (const Table& table : tables_) {
    size += table.bitmap.size() * sizeof(uint64_t) +
            table.slots.size() * sizeof(Slot) +
            table.entries.size() * sizeof(Entry);
  }
  return size;
}

}  // namespace sluice::ruleset
