#pragma once

#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "service/store/database.h"

namespace sluice::store {

// The schema's steps: number n takes version n to n + 1. Never edited once
// released, only appended to.
const std::vector<std::string_view>& Migrations();

// Brings the database to version `migrations.size()`, each step in a
// transaction of its own; a step that fails leaves the version before it.
// FAILED_PRECONDITION: not ours, or newer than this program knows.
// REQUIRES: nobody else opens the file meanwhile.
absl::Status Migrate(Connection* connection,
                     const std::vector<std::string_view>& migrations);

}  // namespace sluice::store
