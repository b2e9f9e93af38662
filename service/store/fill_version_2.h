#pragma once

#include "absl/status/status.h"
#include "service/store/database.h"
#include "service/store/schema.h"

namespace sluice::store {

// Fills what version 2 of the schema adds from the events of version 1, then
// makes its indexes. Reads every event once, in the order of the log; memory
// does not grow with their number. One transaction: a file of ten million
// comments takes minutes, once.
absl::Status FillVersion2(Connection* connection, const MigrationHelp& help);

}  // namespace sluice::store
