// Any bytes as a form's token: none passes that was not signed; one that was
// passes as it was, and does not with one byte changed.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "service/signals/form_token.h"

using sluice::signals::FormToken;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr char kKey[] = "a key of thirty-two bytes for it";
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (sluice::signals::ReadFormToken(kKey, text).has_value()) std::abort();

  FormToken token;
  token.site = "default";
  token.page = size;
  token.issued = sluice::Time(std::chrono::seconds(1'700'000'000));
  token.honeypot = "field";
  token.nonce = size == 0 ? 0 : data[0];
  std::string sent = sluice::signals::SignFormToken(kKey, token);
  const auto read = sluice::signals::ReadFormToken(kKey, sent);
  if (!read.has_value() || read->nonce != token.nonce) std::abort();
  if (size < 2) return 0;
  char& changed = sent[data[0] % sent.size()];
  const char before = changed;
  changed = static_cast<char>(data[1]);
  if (changed != before &&
      sluice::signals::ReadFormToken(kKey, sent).has_value())
    std::abort();
  return 0;
}
