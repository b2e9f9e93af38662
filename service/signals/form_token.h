#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "service/base/clock.h"
#include "sluice/v1/comment.pb.h"

namespace sluice::signals {

// What a comment form carries and sends back. Nothing of it is stored: it is
// signed, and whoever has the key can read it.
struct FormToken {
  std::string site;
  uint64_t page = 0;  // FormPage of the form's page; 0: any page of the site
  Time issued;        // in whole seconds
  std::string honeypot;
  std::string quiz;    // id of the question shown; empty: none
  uint64_t nonce = 0;  // tells two tokens of one second apart
};

inline constexpr size_t kMaxFormToken = 1024;  // bytes; comment.proto

// The token as it goes out: its parts, and their HMAC-SHA-256 under `key`, in
// base64url. REQUIRES: no part has a '|'.
std::string SignFormToken(std::string_view key, const FormToken& token);

// What was signed; nullopt if that was not under this key. Compares in constant
// time.
std::optional<FormToken> ReadFormToken(std::string_view key,
                                       std::string_view text);

// A page as a token has it: of the URL without its fragment. 0 for an empty
// one.
uint64_t FormPage(std::string_view key, std::string_view url);

// The name of the field that people do not see: the same for a site as long as
// the key is, so that a backend knows what to read, and another on other sites.
// Not a name that a browser fills in by itself.
std::string HoneypotField(std::string_view key, std::string_view site);

// What came back with a comment.
struct TokenCheck {
  enum class Kind {
    kNone,    // no token
    kForged,  // not of this server, or of another site or page
    kSigned,
  };
  Kind kind = Kind::kNone;
  FormToken token;  // of a signed one
};

// Judges the token of a comment by its signature, site and page; not by its
// age. A comment that names no page may have a token of any. With an empty key
// every token is forged.
TokenCheck CheckFormToken(std::string_view key, const v1::Comment& comment);

}  // namespace sluice::signals
