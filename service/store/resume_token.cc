#include "service/store/resume_token.h"

#include <optional>

#include "service/base/base64url.h"
#include "service/store/identity.h"

namespace sluice::store {
namespace {

constexpr size_t kNumberBytes = 8;
constexpr size_t kCheckBytes = 8;

std::string CheckOf(std::string_view store_id, std::string_view site,
                    std::string_view number) {
  return KeyedDigest(store_id, std::string(site) + '\0' + std::string(number))
      .substr(0, kCheckBytes);
}

}  // namespace

std::string EncodeResumeToken(std::string_view store_id, std::string_view site,
                              int64_t sequence) {
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8)
    bytes += static_cast<char>(static_cast<uint64_t>(sequence) >> shift);
  return Base64Url(bytes + CheckOf(store_id, site, bytes));
}

absl::StatusOr<int64_t> DecodeResumeToken(std::string_view store_id,
                                          std::string_view site,
                                          std::string_view token) {
  if (token == "0") return 0;
  const std::optional<std::string> bytes = FromBase64Url(token);
  if (!bytes.has_value() || bytes->size() != kNumberBytes + kCheckBytes ||
      bytes->substr(kNumberBytes) !=
          CheckOf(store_id, site, bytes->substr(0, kNumberBytes))) {
    return absl::InvalidArgumentError(
        "is not a token of this store and site; leave it out to watch from now "
        "on, or send 0 to begin with the oldest");
  }
  uint64_t sequence = 0;
  for (size_t i = 0; i < kNumberBytes; ++i)
    sequence = sequence << 8 | static_cast<unsigned char>((*bytes)[i]);
  return static_cast<int64_t>(sequence);
}

}  // namespace sluice::store
