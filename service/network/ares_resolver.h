#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "service/network/resolver.h"

namespace sluice::network {

struct AresOptions {
  // Name servers, `address` or `address:port`; empty: those of the system.
  std::vector<std::string> servers;
  // Within which every Lookup is answered.
  std::chrono::milliseconds timeout{300};
  // Questions that may wait for answers; past it they fail at once.
  size_t max_pending = 4096;
};

// Asks through c-ares, on one thread of its own. Its destructor lets what still
// waits fail. Errors: INVALID_ARGUMENT for servers that are no addresses,
// INTERNAL for what the system refuses.
absl::StatusOr<std::unique_ptr<Resolver>> StartAresResolver(
    const AresOptions& options);

}  // namespace sluice::network
