#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "service/store/database.h"

namespace sluice::store {

// How to reach a PostgreSQL.
struct PostgresLink {
  std::string conninfo;  // libpq's, several hosts too
  // How long an answer may take before the connection counts as lost.
  std::chrono::milliseconds timeout{5000};
  // How long opening one may take.
  std::chrono::milliseconds connect_timeout{2000};
};

// What a connection is for.
struct PostgresUse {
  // Not 0: it writes, and its events and commits carry this number. Statements
  // without rows are then sent without waiting for their answers (libpq's
  // pipeline); what went wrong comes out of the next one that is waited for.
  int64_t writer = 0;
};

// UNAVAILABLE if it cannot be reached or will not have us, in one line.
//
// A lost connection of a writer is opened again by Begin; a reader is then not
// usable() and goes. Of a commit whose answer was lost, Recover tells whether
// it happened: each writer notes the number of its last one in its transaction.
absl::StatusOr<std::unique_ptr<Connection>> OpenPostgres(
    const PostgresLink& link, const PostgresUse& use);

}  // namespace sluice::store
