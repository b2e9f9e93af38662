#include "service/store/pending_checks.h"

#include <utility>

namespace sluice::store {
PendingChecks::Pointer PendingChecks::Find(const std::string& name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second;
}

void PendingChecks::Insert(Pointer check) {
  const Identities& who = check->identities;
  for (const std::string* identity : {&who.id, &who.email, &who.name}) {
    if (!identity->empty()) by_identity_.emplace(*identity, check);
  }
  const std::string name = check->entry.name();
  by_name_.emplace(name, std::move(check));
}

void PendingChecks::Erase(const std::string& name) {
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) return;
  const Pointer check = found->second;
  by_name_.erase(found);
  const Identities& who = check->identities;
  for (const std::string* identity : {&who.id, &who.email, &who.name}) {
    const auto [begin, end] = by_identity_.equal_range(*identity);
    for (auto i = begin; i != end; ++i) {
      if (i->second != check) continue;
      by_identity_.erase(i);
      break;
    }
  }
}

std::vector<PendingChecks::Pointer> PendingChecks::OfIdentity(
    const std::string& identity) const {
  std::vector<Pointer> checks;
  const auto [begin, end] = by_identity_.equal_range(identity);
  for (auto i = begin; i != end; ++i) checks.push_back(i->second);
  return checks;
}

std::vector<PendingChecks::Pointer> PendingChecks::OfSite(
    std::string_view site) const {
  std::vector<Pointer> checks;
  for (const auto& [name, check] : by_name_) {
    if (check->site == site) checks.push_back(check);
  }
  return checks;
}

}  // namespace sluice::store
