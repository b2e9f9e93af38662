#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sluice {

// RFC 4648, section 5, without padding: what may stand in a URL and a form
// field as it is.
std::string Base64Url(std::string_view bytes);

// The bytes; nullopt if `text` is not what Base64Url writes.
std::optional<std::string> FromBase64Url(std::string_view text);

}  // namespace sluice
