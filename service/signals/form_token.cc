#include "service/signals/form_token.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <charconv>
#include <vector>

#include "service/base/base64url.h"
#include "service/base/resource_name.h"

namespace sluice::signals {
namespace {

constexpr std::string_view kVersion = "1";
constexpr size_t kMacSize = 32;

std::string Mac(std::string_view key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(),
       digest.data(), &size);
  return std::string(reinterpret_cast<const char*>(digest.data()), size);
}

// The first 64 bits of a MAC in a space of its own.
uint64_t ShortMac(std::string_view key, std::string_view space,
                  std::string_view text) {
  const std::string mac = Mac(key, fmt::format("{}\n{}", space, text));
  uint64_t value = 0;
  for (size_t i = 0; i < 8; ++i)
    value = value << 8 | static_cast<unsigned char>(mac[i]);
  return value;
}

template <typename Number>
bool Parse(std::string_view text, int base, Number* out) {
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), *out, base);
  return error == std::errc() && end == text.data() + text.size();
}

std::vector<std::string_view> Split(std::string_view text) {
  std::vector<std::string_view> parts;
  while (true) {
    const size_t bar = text.find('|');
    parts.push_back(text.substr(0, bar));
    if (bar == std::string_view::npos) return parts;
    text.remove_prefix(bar + 1);
  }
}

}  // namespace

std::string SignFormToken(std::string_view key, const FormToken& token) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(
                           token.issued.time_since_epoch())
                           .count();
  const std::string text =
      fmt::format("{}|{}|{:x}|{}|{}|{}|{:x}", kVersion, token.site, token.page,
                  seconds, token.honeypot, token.quiz, token.nonce);
  return Base64Url(text + Mac(key, text));
}

std::optional<FormToken> ReadFormToken(std::string_view key,
                                       std::string_view text) {
  if (key.empty() || text.size() > kMaxFormToken) return std::nullopt;
  const std::optional<std::string> bytes = FromBase64Url(text);
  if (!bytes.has_value() || bytes->size() <= kMacSize) return std::nullopt;
  const std::string_view all = *bytes;
  const std::string_view content = all.substr(0, all.size() - kMacSize);
  const std::string mac = Mac(key, content);
  if (mac.size() != kMacSize ||
      CRYPTO_memcmp(mac.data(), all.data() + content.size(), kMacSize) != 0)
    return std::nullopt;
  const std::vector<std::string_view> parts = Split(content);
  FormToken token;
  int64_t seconds = 0;
  if (parts.size() != 7 || parts[0] != kVersion ||
      !Parse(parts[2], 16, &token.page) || !Parse(parts[3], 10, &seconds) ||
      !Parse(parts[6], 16, &token.nonce))
    return std::nullopt;
  token.site = parts[1];
  token.issued = Time{std::chrono::seconds(seconds)};
  token.honeypot = parts[4];
  token.quiz = parts[5];
  return token;
}

uint64_t FormPage(std::string_view key, std::string_view url) {
  return url.empty() ? 0 : ShortMac(key, "page", url.substr(0, url.find('#')));
}

std::string HoneypotField(std::string_view key, std::string_view site) {
  constexpr std::array<std::string_view, 8> kNames = {
      "topic",  "reason", "details", "summary",
      "remark", "about",  "note",    "keywords"};
  const uint64_t choice = ShortMac(key, "honeypot", site);
  return fmt::format("{}_{:04x}", kNames[choice % kNames.size()], choice >> 48);
}

TokenCheck CheckFormToken(std::string_view key, const v1::Comment& comment) {
  TokenCheck check;
  const std::string& text = comment.form().token();
  if (text.empty()) return check;
  check.kind = TokenCheck::Kind::kForged;
  std::optional<FormToken> token = ReadFormToken(key, text);
  if (!token.has_value()) return check;
  const uint64_t page = FormPage(key, comment.page().url());
  const bool other_page = token->page != 0 && page != 0 && token->page != page;
  if (token->site != ParseResourceName(comment.name()).site || other_page)
    return check;
  check.kind = TokenCheck::Kind::kSigned;
  check.token = *std::move(token);
  return check;
}

}  // namespace sluice::signals
