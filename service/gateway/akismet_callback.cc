#include "service/gateway/akismet_callback.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <memory>

#include "service/base/ascii.h"
#include "service/base/base64url.h"
#include "service/base/resource_name.h"
#include "service/gateway/akismet_comment.h"
#include "service/gateway/callers.h"
#include "service/gateway/json.h"

namespace sluice::gateway {
namespace {

constexpr size_t kKey = 32;
constexpr size_t kNonce = 12;
constexpr size_t kTag = 16;
constexpr size_t kMaxLabel = 256;  // as comment.proto says

using Cipher = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* Bytes(std::string* text) {
  return reinterpret_cast<unsigned char*>(text->data());
}

std::string NonceOf(std::string_view key, std::string_view text) {
  unsigned char hash[EVP_MAX_MD_SIZE] = {};
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), Bytes(text),
       text.size(), hash, &size);
  return std::string(reinterpret_cast<const char*>(hash), kNonce);
}

}  // namespace

std::string Seal(std::string_view key, std::string_view text) {
  if (key.size() != kKey) return {};
  const std::string nonce = NonceOf(key, text);
  std::string out(text.size(), '\0'), tag(kTag, '\0');
  const Cipher cipher(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  int size = 0;
  const bool sealed =
      EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, Bytes(key),
                         Bytes(nonce)) == 1 &&
      EVP_EncryptUpdate(cipher.get(), Bytes(&out), &size, Bytes(text),
                        static_cast<int>(text.size())) == 1 &&
      EVP_EncryptFinal_ex(cipher.get(), Bytes(&out) + size, &size) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTag,
                          tag.data()) == 1;
  return sealed ? Base64Url(nonce + out + tag) : std::string();
}

std::optional<std::string> Unseal(std::string_view key,
                                  std::string_view sealed) {
  const std::optional<std::string> bytes = FromBase64Url(sealed);
  if (key.size() != kKey || !bytes.has_value() || bytes->size() < kNonce + kTag)
    return std::nullopt;
  const std::string_view nonce = std::string_view(*bytes).substr(0, kNonce);
  const std::string_view text =
      std::string_view(*bytes).substr(kNonce, bytes->size() - kNonce - kTag);
  std::string tag = bytes->substr(bytes->size() - kTag);
  std::string out(text.size(), '\0');
  const Cipher cipher(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  int size = 0;
  const bool opened =
      EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, Bytes(key),
                         Bytes(nonce)) == 1 &&
      EVP_DecryptUpdate(cipher.get(), Bytes(&out), &size, Bytes(text),
                        static_cast<int>(text.size())) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTag,
                          tag.data()) == 1 &&
      EVP_DecryptFinal_ex(cipher.get(), Bytes(&out) + size, &size) == 1;
  if (!opened) return std::nullopt;
  return out;
}

bool IsCallbackAllowed(const v1::SiteConfig& site, std::string_view url) {
  const std::string lower = LowerAscii(url.substr(0, 8));
  if (lower.substr(0, 7) != "http://" && lower != "https://") return false;
  // `user@host` and the like have no business here.
  if (url.find_first_of("@\\ \r\n\t") != url.npos) return false;
  const std::string host = HostOf(url);
  const auto& hosts = site.akismet().callback_hosts().empty()
                          ? site.hosts()
                          : site.akismet().callback_hosts();
  return !host.empty() &&
         std::any_of(hosts.begin(), hosts.end(), [&host](const auto& allowed) {
           return LowerAscii(allowed) == host;
         });
}

void RememberCallback(const v1::SiteConfig& site, std::string_view seal_key,
                      std::string_view url, std::string_view api_key,
                      v1::Comment* comment) {
  if (url.size() > kMaxLabel || !IsCallbackAllowed(site, url)) return;
  const std::string sealed = Seal(seal_key, api_key);
  if (sealed.empty() || sealed.size() > kMaxLabel) return;
  (*comment->mutable_labels())[kCallbackLabel] = std::string(url);
  (*comment->mutable_labels())[kKeyLabel] = sealed;
}

std::optional<Callback> CallbackFor(const v1::SiteConfig& site,
                                    std::string_view seal_key,
                                    const v1::Entry& entry,
                                    const v1::WatchVerdictsResponse& change) {
  const auto& labels = entry.checked().comment().labels();
  const auto url = labels.find(kCallbackLabel);
  const auto sealed = labels.find(kKeyLabel);
  if (url == labels.end() || sealed == labels.end()) return std::nullopt;
  if (!IsCallbackAllowed(site, url->second)) return std::nullopt;
  if (change.state() != v1::STATE_ACCEPTED &&
      change.state() != v1::STATE_REJECTED)
    return std::nullopt;
  const std::string& moderator = entry.review().moderator();
  if (moderator.rfind(kSiteModerator, 0) == 0) return std::nullopt;
  const std::optional<std::string> key = Unseal(seal_key, sealed->second);
  if (!key.has_value()) return std::nullopt;

  google::protobuf::Struct body;
  Set("key", *key, &body);
  Set("endpoint", "comment-check", &body);
  google::protobuf::Struct* comment = (*body.mutable_fields())["comments"]
                                          .mutable_list_value()
                                          ->add_values()
                                          ->mutable_struct_value();
  Set("guid", ParseResourceName(entry.name()).comment, comment);
  Set("result", change.state() == v1::STATE_REJECTED ? "true" : "false",
      comment);
  return Callback{url->second, ToJson(body)};
}

}  // namespace sluice::gateway
