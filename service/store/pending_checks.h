#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "service/store/identity.h"
#include "sluice/v1/event.pb.h"

namespace sluice::store {

// A check that was answered and is not on disk yet.
struct PendingCheck {
  v1::Entry entry;
  std::string site;
  std::string comment;
  int64_t create_micros = 0;
  Identities identities;
};

// Those checks, so that reads know of them. Not thread-safe.
class PendingChecks {
 public:
  using Pointer = std::shared_ptr<const PendingCheck>;

  // Null if there is none.
  Pointer Find(const std::string& name) const;
  void Insert(Pointer check);
  void Erase(const std::string& name);

  // Those of an author's identity (a keyed hash, which names site and kind).
  std::vector<Pointer> OfIdentity(const std::string& identity) const;
  std::vector<Pointer> OfSite(std::string_view site) const;

 private:
  std::unordered_map<std::string, Pointer> by_name_;
  std::unordered_multimap<std::string, Pointer> by_identity_;
};

}  // namespace sluice::store
