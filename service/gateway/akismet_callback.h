#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sluice/v1/config.pb.h"
#include "sluice/v1/event.pb.h"
#include "sluice/v1/moderation_service.pb.h"

namespace sluice::gateway {

// Who decides by a submit of the blog itself is named with this before it; the
// blog knows what it decided, and is not called.
inline constexpr char kSiteModerator[] = "site:";

// Encrypts and signs a text under a key of 32 bytes (AES-256-GCM, its nonce
// from the text, so that equal texts give equal results). Base64url.
std::string Seal(std::string_view key, std::string_view text);
// nullopt: it is not what Seal made under this key.
std::optional<std::string> Unseal(std::string_view key,
                                  std::string_view sealed);

// Whether a site lets its client name this URL to be called: http or https, its
// host among `callback_hosts`, or `hosts` where there are none.
bool IsCallbackAllowed(const v1::SiteConfig& site, std::string_view url);

// Puts callback and key where CallbackFor finds them, if the site allows the
// URL and it is not too long. The key is sealed: the plugin knows by it who
// calls, and nobody else may learn it from the store.
void RememberCallback(const v1::SiteConfig& site, std::string_view seal_key,
                      std::string_view url, std::string_view api_key,
                      v1::Comment* comment);

// A POST of JSON.
struct Callback {
  std::string url;
  std::string body;
};

// What the client of Akismet's protocol is told of a change; nullopt if it is
// not to be told: it named no URL, its site does not allow that any more, it
// made the change itself, or the comment is held again, for which the protocol
// has no word.
std::optional<Callback> CallbackFor(const v1::SiteConfig& site,
                                    std::string_view seal_key,
                                    const v1::Entry& entry,
                                    const v1::WatchVerdictsResponse& change);

}  // namespace sluice::gateway
