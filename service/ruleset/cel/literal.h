#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "service/ruleset/cel/diagnostic.h"

namespace sluice::ruleset::cel {

// Decodes what stands between the quotes of a string or bytes literal, which
// begins at byte `offset` of the source. Bad escapes are reported and skipped.
std::string DecodeQuoted(std::string_view body, bool is_bytes, bool is_raw,
                         uint32_t offset, Diagnostics* diagnostics);

// Decimal digits, or "0x" and hexadecimal ones. nullopt: does not fit.
std::optional<uint64_t> ParseMagnitude(std::string_view digits);

}  // namespace sluice::ruleset::cel
