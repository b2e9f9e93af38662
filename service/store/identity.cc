#include "service/store/identity.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <cstdint>

namespace sluice::store {
namespace {

constexpr size_t kIdentityBytes = 16;

}  // namespace

std::string KeyedDigest(std::string_view key, std::string_view message) {
  std::array<uint8_t, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(message.data()), message.size(),
       digest.data(), &size);
  return {reinterpret_cast<const char*>(digest.data()), kIdentityBytes};
}

std::string HashIdentity(std::string_view key, std::string_view site,
                         IdentityKind kind, std::string_view value) {
  if (value.empty()) return {};
  std::string message(site);
  message += '\0';  // no site id holds it
  message += static_cast<char>(kind);
  message += value;
  return KeyedDigest(key, message);
}

std::string StoreId(std::string_view key) {
  return KeyedDigest(key, "store id");
}

Identities HashIdentities(std::string_view key, std::string_view site,
                          const AuthorKeys& author) {
  return {HashIdentity(key, site, IdentityKind::kId, author.id),
          HashIdentity(key, site, IdentityKind::kEmail, author.email),
          HashIdentity(key, site, IdentityKind::kName, author.name)};
}

}  // namespace sluice::store
