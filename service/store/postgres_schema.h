#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/store/postgres_connection.h"

namespace sluice::store {

// One step of the schema.
struct PostgresMigration {
  std::string_view sql;
  // The oldest version whose programs may go on writing after this step: during
  // a rolling upgrade those still run.
  int64_t compatible = 1;
};

// Number n takes version n to n + 1. Never edited once released, only appended
// to. Only SQL that CockroachDB and YugabyteDB take too.
const std::vector<PostgresMigration>& PostgresMigrations();

// Brings the database to version `migrations.size()`, each step in a
// transaction of its own, under an advisory lock: several may start at once.
// FAILED_PRECONDITION: it is newer than this program and not compatible.
absl::Status MigratePostgres(const PostgresLink& link,
                             const std::vector<PostgresMigration>& migrations);

}  // namespace sluice::store
