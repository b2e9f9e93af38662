#pragma once

#include <string_view>

#include "service/network/resolver.h"

namespace sluice::network {

// Reads a reply of a name server to a question for addresses: RFC 1035, and RFC
// 2308 for how long "there is none" holds. Never reads past the bytes, which
// are anybody's.
DnsAnswer ParseDnsReply(std::string_view reply);

// An answer holds at most so long, whatever it says.
inline constexpr std::chrono::seconds kMaxTtl = std::chrono::hours(24);

// How long "there is none" holds if the reply does not say.
inline constexpr std::chrono::seconds kDefaultNegativeTtl{60};

}  // namespace sluice::network
