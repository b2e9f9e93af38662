#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "service/base/clock.h"
#include "service/store/key_store.h"
#include "sluice/v1/key_service.pb.h"

namespace sluice::access {

// Makes a key in a store that no server has open: how the first one of a
// server that is reachable comes to be, and one after the last was lost.
// Whoever can write the store may do everything anyway. Waits for the commit.
// Errors: KeyRing::Create's.
absl::StatusOr<v1::CreateKeyResponse> CreateOffline(
    store::KeyStore* store, const Clock* clock, const std::string& hash_key,
    const v1::CreateKeyRequest& request);

}  // namespace sluice::access
