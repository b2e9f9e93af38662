#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace sluice::gateway {

std::string Gzip(std::string_view bytes);

// Errors: RESOURCE_EXHAUSTED if it is more than `max_bytes` unpacked, however
// small it was packed; INVALID_ARGUMENT if it is not gzip or not whole.
absl::StatusOr<std::string> Gunzip(std::string_view packed, size_t max_bytes);

}  // namespace sluice::gateway
