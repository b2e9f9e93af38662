#include "service/access/caller.h"

#include <algorithm>

namespace sluice::access {

std::string_view Caller::id() const {
  return has_key() ? std::string_view(key_->key.id()) : std::string_view();
}

bool Caller::MayUse(v1::Scope scope) const {
  return !has_key() || (key_->scopes >> static_cast<int>(scope) & 1) != 0;
}

bool Caller::MayUseSite(std::string_view site) const {
  return MayUseAllSites() ||
         std::binary_search(key_->sites.begin(), key_->sites.end(), site);
}

bool Caller::ended() const {
  return has_key() && key_->state->ended.load(std::memory_order_relaxed);
}

}  // namespace sluice::access
