#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/store/database.h"
#include "service/store/store.h"
#include "sluice/v1/event.pb.h"

// The walk over all checks of a site that replays are fed from.
namespace sluice::store {

inline constexpr int kMaxScanChunk = 1000;

// The limit of a query in the range that stores serve: 1 to kMaxScanChunk.
int ScanLimitOf(const ScanQuery& query);

// One chunk in one short read transaction. INTERNAL for a review that cannot be
// read; checks are not looked into.
absl::StatusOr<ScanChunk> ReadScan(Connection* connection,
                                   const ScanQuery& query);

// What a row of a scan was written from. `event` may be on an arena. INTERNAL
// for what is no check.
absl::Status ParseScanned(const ScannedCheck& row, v1::Event* event);

}  // namespace sluice::store
