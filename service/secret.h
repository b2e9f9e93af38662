#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "service/base/keyed_hash.h"

namespace sluice {

// The server's one secret, from which the keys of all that it signs or hashes
// are derived.

inline constexpr size_t kMinSecret = 32;    // bytes
inline constexpr size_t kMaxSecret = 4096;  // bytes

// Random, of kMinSecret bytes.
absl::StatusOr<std::string> MakeSecret();

// The content of the file, without a line break at the end. If there is no such
// file and `make` is set it is made, for the eyes of its owner only (0600), and
// is on disk before this returns; of two servers that make it at once both get
// the same. Errors: NOT_FOUND, INVALID_ARGUMENT for a wrong size, INTERNAL for
// what the disk says; the message names the file.
absl::StatusOr<std::string> ReadSecret(const std::string& path, bool make);

// A key of 32 bytes for one purpose: HMAC-SHA-256 of the purpose's name.
std::string DeriveKey(std::string_view secret, std::string_view purpose);

// The hash under the key of one purpose.
KeyedHash DeriveHash(std::string_view secret, std::string_view purpose);

}  // namespace sluice
