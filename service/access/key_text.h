#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "sluice/v1/key_service.pb.h"

namespace sluice::access {

// A key that was made.
struct MadeKey {
  std::string id;    // 8 of a-z and 0-9; independent of the secret
  std::string text;  // what the caller sends; see v1::Key::Form
};

// A new key of 256 (FORM_TOKEN) or 62 (FORM_AKISMET) random bits. INTERNAL: the
// system gives no random bytes.
absl::StatusOr<MadeKey> MakeKey(v1::Key::Form form);

// What can be told from a key's text without knowing any key.
struct ParsedKey {
  v1::Key::Form form = v1::Key::FORM_UNSPECIFIED;
  std::string_view id;  // of a token; a view into the text
};

// Nothing: no key looks so.
std::optional<ParsedKey> ParseKey(std::string_view text);

// The purpose under which KeyHasher's key is derived from the server's secret.
inline constexpr std::string_view kHashPurpose = "key hash";

// Hashes of keys, as they are stored. Thread-safe.
//
// A token is kept as its plain SHA-256: of 256 random bits nobody finds one by
// trying, so that neither salt nor slowness would add anything, and a replaced
// secret of the server leaves tokens valid. 62 bits can be tried by whoever has
// the database and much hardware, so that those keys are kept as HMAC-SHA-256
// under a key that is not in the database.
class KeyHasher {
 public:
  // `key` is derived from the server's secret.
  explicit KeyHasher(std::string key) : key_(std::move(key)) {}

  static constexpr size_t kBytes = 32;
  std::string Hash(v1::Key::Form form, std::string_view text) const;

 private:
  const std::string key_;
};

// In a time that does not depend on where they differ.
bool EqualHashes(std::string_view a, std::string_view b);

}  // namespace sluice::access
