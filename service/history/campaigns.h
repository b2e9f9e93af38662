#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "service/history/bounded_table.h"
#include "service/signals/sketch.h"

namespace sluice::history {

// Groups texts that are near one another: each text belongs to the campaign
// whose first text it is near to, or begins one. Nearness is to the first text
// alone, so that a campaign cannot creep from text to text until it holds
// everything.
//
// Campaigns are found by banding (Broder; "Mining of Massive Datasets", 3.4):
// ten keys of three bins each, in sets of four that keep the campaigns seen
// last, so that a look-up costs the same at any size. Of two texts with 70 % of
// their pairs of words in common 98 % meet in a band, with 50 % 74 %. Bounded,
// deterministic, not thread-safe.
class Campaigns {
 public:
  // An index of a campaign, from 1; 0 is none. Used again after the campaign
  // has ended.
  using Index = uint32_t;

  explicit Campaigns(size_t max_campaigns);

  // Begins to fetch what Find will look at.
  void Prefetch(const signals::Sketch& sketch) const;

  // The campaign that this text is nearest to; 0 if it is near none.
  Index Find(const signals::Sketch& sketch) const;

  // Adds a text: to `found`, what Find says of it, or to a new campaign if that
  // is 0. `id` becomes the id of a new one. Returns 0 if there is no room.
  Index Add(const signals::Sketch& sketch, Index found, uint64_t id);

  // Takes a text away; with its last one the campaign ends.
  void Remove(Index index);

  // REQUIRES: an index that was not removed.
  uint64_t id(Index index) const { return campaigns_[index].id; }
  uint32_t size(Index index) const { return campaigns_[index].size; }

  size_t bytes() const;

 private:
  static constexpr size_t kBands = 10;
  static constexpr size_t kRows = 3;
  static constexpr size_t kWays = 4;

  struct Campaign {
    signals::Sketch sketch;
    uint64_t id;
    uint32_t size;
    Index next_free;
  };
  struct Slot {
    uint32_t tag;
    Index campaign;
  };
  using Set = std::array<Slot, kWays>;
  struct Band {
    size_t set;
    uint32_t tag;
  };

  Band BandOf(const signals::Sketch& sketch, size_t band) const;
  void PutIntoBands(Index index);

  size_t capacity_;
  ZeroedArray<Campaign> campaigns_;  // from 1
  Index fresh_ = 1;                  // from here on none was ever used
  Index free_ = 0;                   // a list of ended ones
  size_t sets_;                      // of all bands together; a power of two
  ZeroedArray<Set> table_;
};

}  // namespace sluice::history
