#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace sluice::store {

// A place in the changes of a site, as 22 characters that a watcher keeps and
// sends back. `store_id` is Store::Id: a place of another store is none here,
// where the same number would silently skip or repeat.
std::string EncodeResumeToken(std::string_view store_id, std::string_view site,
                              int64_t sequence);

// The sequence; 0 for "0". INVALID_ARGUMENT for what is not of this store and
// site.
absl::StatusOr<int64_t> DecodeResumeToken(std::string_view store_id,
                                          std::string_view site,
                                          std::string_view token);

}  // namespace sluice::store
