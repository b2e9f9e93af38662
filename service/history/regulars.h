#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "service/base/keyed_hash.h"
#include "service/history/bounded_table.h"
#include "service/signals/name_likeness.h"

namespace sluice::history {

// Who comments under which name, to tell a regular's name in the mouth of
// another. A regular is an identity (a signed-in id, else an e-mail) with
// enough accepted comments under one name. Bounded, deterministic, constant
// time in what is remembered; not thread-safe.
class Regulars {
 public:
  // One of the regulars, as told by Like.
  struct Found {
    signals::Likeness likeness = signals::Likeness::kNone;
    std::string name;  // as the regular last wrote it
  };

  // Room for `max_authors` names of identities; those seen longest ago are
  // forgotten. `min_accepted` comments make a regular.
  Regulars(size_t max_authors, uint32_t min_accepted);

  // The key of an author: site, skeleton (signals::NameSkeleton) and identity.
  // 0 if the skeleton or the identity is empty.
  static uint64_t Key(uint64_t site, std::string_view skeleton,
                      uint64_t identity);

  // Notes that the author was seen, without a comment yet. Needed once before
  // Change. REQUIRES: key != 0.
  void See(uint64_t key, uint64_t site, std::string_view name,
           std::string_view skeleton, uint32_t seconds);

  // Adds to the accepted comments of an author who was seen; others are passed
  // over.
  void Change(uint64_t key, int by, uint32_t seconds);

  bool IsRegular(uint64_t key) const;

  // Whether a comment of the author stands accepted.
  bool HasAccepted(uint64_t key) const;

  // The regular of the site, another one than the author `key`, whose name is
  // most like this.
  Found Like(uint64_t site, std::string_view skeleton, uint64_t key) const;

  size_t bytes() const;

 private:
  static constexpr size_t kMaxName = 64;  // bytes of a name that are kept
  static constexpr size_t kMaxShared = 4;

  struct Author {
    uint64_t site;
    uint32_t accepted;
    uint8_t name_size;
    uint8_t skeleton_size;
    std::array<char, kMaxName> name;
    std::array<char, signals::kMaxSkeleton> skeleton;
  };
  // Authors whose skeletons have one form in common.
  using Shared = std::array<uint64_t, kMaxShared>;

  void Index(uint64_t key, const Author& author, uint32_t seconds);

  const uint32_t min_accepted_;
  BoundedTable<Author> authors_;
  BoundedTable<Shared> forms_;
};

}  // namespace sluice::history
