#include "service/webhook/signature.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

namespace sluice::webhook {

std::string Signature(std::string_view key, Time now, std::string_view body) {
  const int64_t seconds =
      std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  const std::string signed_text = fmt::format("{}.{}", seconds, body);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(signed_text.data()),
       signed_text.size(), digest.data(), &size);
  std::string header = fmt::format("t={},v1=", seconds);
  for (unsigned int i = 0; i < size; ++i)
    header += fmt::format("{:02x}", digest[i]);
  return header;
}

}  // namespace sluice::webhook
