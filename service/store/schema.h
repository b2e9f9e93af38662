#pragma once

#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "service/store/database.h"
#include "service/store/store.h"

namespace sluice::store {

// What a step may need beside the database.
struct MigrationHelp {
  CampaignNamer begun_by;
};

// One step: statements, then, where SQL cannot say it, what fills new columns
// from the events.
struct Migration {
  std::string_view sql;
  absl::Status (*fill)(Connection* connection,
                       const MigrationHelp& help) = nullptr;
};

// The schema's steps: number n takes version n to n + 1. Never edited once
// released, only appended to.
const std::vector<Migration>& Migrations();

// Brings the database to version `migrations.size()`, each step in a
// transaction of its own; a step that fails leaves the version before it.
// FAILED_PRECONDITION: not ours, or newer than this program knows.
// REQUIRES: nobody else opens the file meanwhile.
absl::Status Migrate(Connection* connection,
                     const std::vector<Migration>& migrations,
                     const MigrationHelp& help = {});

// Whether this program can read the database, today's schema or an older one.
// FAILED_PRECONDITION: not ours, or newer; DATA_LOSS: ours, without its key.
absl::Status CheckSchema(Connection* connection);

}  // namespace sluice::store
