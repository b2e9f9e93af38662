#include "service/history/campaigns.h"

#include <algorithm>
#include <bit>

#include "service/base/keyed_hash.h"

namespace sluice::history {

// Twice as many slots as there are campaigns and bands: few sets overflow.
Campaigns::Campaigns(size_t max_campaigns)
    : capacity_(max_campaigns + 1),
      campaigns_(capacity_),
      sets_(std::bit_ceil(
          std::max<size_t>(1, max_campaigns * kBands * 2 / kWays))),
      table_(sets_) {}

size_t Campaigns::bytes() const {
  return capacity_ * sizeof(Campaign) + sets_ * sizeof(Set);
}

Campaigns::Band Campaigns::BandOf(const signals::Sketch& sketch,
                                  size_t band) const {
  uint64_t key = band + 1;
  for (size_t row = 0; row < kRows; ++row)
    key = key << 16 | sketch[band * kRows + row];
  key = SpreadBits(key);
  return {key & (sets_ - 1), static_cast<uint32_t>(key >> 32)};
}

void Campaigns::Prefetch(const signals::Sketch& sketch) const {
  for (size_t i = 0; i < kBands; ++i)
    __builtin_prefetch(&table_[BandOf(sketch, i).set]);
}

Campaigns::Index Campaigns::Find(const signals::Sketch& sketch) const {
  Index best = 0;
  size_t best_bins = signals::kNearBins - 1;
  for (size_t i = 0; i < kBands; ++i) {
    const Band band = BandOf(sketch, i);
    for (const Slot& slot : table_[band.set]) {
      if (slot.campaign == 0 || slot.tag != band.tag || slot.campaign == best)
        continue;
      const Campaign& campaign = campaigns_[slot.campaign];
      if (campaign.size == 0) continue;
      const size_t bins = signals::AgreeingBins(sketch, campaign.sketch);
      if (bins <= best_bins) continue;
      best = slot.campaign;
      best_bins = bins;
    }
  }
  return best;
}

Campaigns::Index Campaigns::Add(const signals::Sketch& sketch, Index found,
                                uint64_t id) {
  Index index = found;
  if (index == 0 && free_ != 0) {
    index = free_;
    free_ = campaigns_[index].next_free;
    campaigns_[index] = {sketch, id, 0, 0};
  } else if (index == 0) {
    if (fresh_ >= capacity_) return 0;
    index = fresh_++;
    campaigns_[index] = {sketch, id, 0, 0};
  }
  ++campaigns_[index].size;
  PutIntoBands(index);
  return index;
}

// First in each of its sets; what falls off the end is what was seen longest
// ago.
void Campaigns::PutIntoBands(Index index) {
  for (size_t i = 0; i < kBands; ++i) {
    const Band band = BandOf(campaigns_[index].sketch, i);
    Set& set = table_[band.set];
    auto at = std::find_if(set.begin(), set.end(), [&](const Slot& slot) {
      return slot.campaign == index && slot.tag == band.tag;
    });
    if (at == set.end()) --at;
    std::move_backward(set.begin(), at, at + 1);
    set.front() = {band.tag, index};
  }
}

void Campaigns::Remove(Index index) {
  Campaign& campaign = campaigns_[index];
  if (--campaign.size > 0) return;
  campaign.next_free = free_;
  free_ = index;
}

}  // namespace sluice::history
