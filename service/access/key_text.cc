#include "service/access/key_text.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <memory>

namespace sluice::access {
namespace {

constexpr std::string_view kPrefix = "slc_";
constexpr std::string_view kLower = "0123456789abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kLetters =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr size_t kIdLength = 8;
constexpr size_t kSecretLength = 43;   // 62^43 > 2^256
constexpr size_t kAkismetLength = 12;  // WordPress takes no other

// Each letter with the same chance: bytes past the last whole multiple of the
// alphabet are thrown away.
absl::StatusOr<std::string> RandomText(std::string_view alphabet,
                                       size_t length) {
  constexpr int kMaxRounds = 64;  // each gives more than half of its bytes
  const size_t limit = 256 - 256 % alphabet.size();
  std::string out;
  for (int round = 0; round < kMaxRounds && out.size() < length; ++round) {
    std::array<unsigned char, 64> bytes;
    if (RAND_bytes(bytes.data(), bytes.size()) != 1) break;
    for (const unsigned char byte : bytes) {
      if (byte < limit && out.size() < length)
        out += alphabet[byte % alphabet.size()];
    }
  }
  if (out.size() == length) return out;
  return absl::InternalError("the system gives no random bytes");
}

bool AllOf(std::string_view text, std::string_view alphabet) {
  return text.find_first_not_of(alphabet) == std::string_view::npos;
}

// EVP_sha256() by itself is looked up in a table of providers at every use,
// which takes longer than the hash.
std::string Sha256(std::string_view text) {
  static EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  thread_local const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>
      context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  std::string out(KeyHasher::kBytes, '\0');
  auto* bytes = reinterpret_cast<unsigned char*>(out.data());
  const bool ok =
      EVP_DigestInit_ex2(context.get(), algorithm, nullptr) == 1 &&
      EVP_DigestUpdate(context.get(), text.data(), text.size()) == 1 &&
      EVP_DigestFinal_ex(context.get(), bytes, nullptr) == 1;
  // An empty hash equals no stored one: without memory nobody is let in.
  return ok ? out : std::string();
}

}  // namespace

absl::StatusOr<MadeKey> MakeKey(v1::Key::Form form) {
  absl::StatusOr<std::string> id = RandomText(kLower, kIdLength);
  if (!id.ok()) return id.status();
  const bool akismet = form == v1::Key::FORM_AKISMET;
  absl::StatusOr<std::string> secret =
      akismet ? RandomText(kLower, kAkismetLength)
              : RandomText(kLetters, kSecretLength);
  if (!secret.ok()) return secret.status();
  if (akismet) return MadeKey{*id, *secret};
  return MadeKey{*id, std::string(kPrefix) + *id + "_" + *secret};
}

std::optional<ParsedKey> ParseKey(std::string_view text) {
  if (text.size() == kAkismetLength && AllOf(text, kLower))
    return ParsedKey{v1::Key::FORM_AKISMET, {}};
  constexpr size_t kLength = kPrefix.size() + kIdLength + 1 + kSecretLength;
  if (text.size() != kLength || text.substr(0, kPrefix.size()) != kPrefix)
    return std::nullopt;
  const std::string_view id = text.substr(kPrefix.size(), kIdLength);
  const std::string_view rest = text.substr(kPrefix.size() + kIdLength);
  if (!AllOf(id, kLower) || rest[0] != '_' || !AllOf(rest.substr(1), kLetters))
    return std::nullopt;
  return ParsedKey{v1::Key::FORM_TOKEN, id};
}

std::string KeyHasher::Hash(v1::Key::Form form, std::string_view text) const {
  if (form != v1::Key::FORM_AKISMET) return Sha256(text);
  std::string out(kBytes, '\0');
  unsigned int size = 0;
  const unsigned char* done =
      HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
           reinterpret_cast<const unsigned char*>(text.data()), text.size(),
           reinterpret_cast<unsigned char*>(out.data()), &size);
  return done != nullptr && size == kBytes ? out : std::string();
}

bool EqualHashes(std::string_view a, std::string_view b) {
  return a.size() == KeyHasher::kBytes && b.size() == a.size() &&
         CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace sluice::access
