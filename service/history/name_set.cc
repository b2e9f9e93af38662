#include "service/history/name_set.h"

#include <algorithm>

namespace sluice::history {

void NameSet::Add(uint32_t name, uint32_t seconds) {
  auto at = std::find(names_.begin(), names_.end(), name);
  if (at == names_.end())
    at = names_.begin() +
         (std::min_element(seen_.begin(), seen_.end()) - seen_.begin());
  uint32_t& seen = seen_[static_cast<size_t>(at - names_.begin())];
  seen = *at == name ? std::max(seen, seconds) : seconds;
  *at = name;
}

int32_t NameSet::Others(uint32_t name, uint32_t since) const {
  int32_t others = 0;
  for (size_t i = 0; i < kMaxNames; ++i)
    others += names_[i] != 0 && names_[i] != name && seen_[i] >= since;
  return others;
}

}  // namespace sluice::history
