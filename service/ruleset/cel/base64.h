#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sluice::ruleset::cel {

// RFC 4648, the standard alphabet, padded.
std::string EncodeBase64(std::string_view bytes);
// With or without padding. nullopt: not base64.
std::optional<std::string> DecodeBase64(std::string_view text);

}  // namespace sluice::ruleset::cel
