#pragma once

#include <string>
#include <string_view>

#include "service/store/store.h"
#include "sluice/v1/comment.pb.h"

namespace sluice::store {

// Kinds of identity an author is counted under. Stored: never renumbered.
enum class IdentityKind { kId = 1, kEmail = 2, kName = 3 };

// What an author is counted under, as keyed hashes of 16 bytes; empty: not
// known under that kind.
struct Identities {
  std::string id;
  std::string email;
  std::string name;
};

// Turns who someone is into a keyed hash: HMAC-SHA-256 over site, kind and
// value, cut to 16 bytes. Counting goes on after the e-mail itself was purged,
// and one site's hashes say nothing about another's.
std::string HashIdentity(std::string_view key, std::string_view site,
                         IdentityKind kind, std::string_view value);
Identities HashIdentities(std::string_view key, std::string_view site,
                          const AuthorKeys& author);

// HMAC-SHA-256, cut to 16 bytes.
std::string KeyedDigest(std::string_view key, std::string_view message);

// What tells a store from others: 16 bytes that say nothing about its key.
std::string StoreId(std::string_view key);

}  // namespace sluice::store
