#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "service/store/companion.h"
#include "service/store/postgres_connection.h"

namespace sluice::store {

// Asks for nothing more often than once in `poll`, and is woken by NOTIFY where
// the server has it.
struct PostgresCompanionOptions {
  int64_t writer = 0;
  std::chrono::milliseconds poll{500};
  std::chrono::milliseconds lease{10'000};
};

// On a connection and a thread of its own. Who leads is a row with a time on
// it, by the server's clock, renewed three times in its span: a leader that
// froze loses it like one that died, which a session's lock would not see.
absl::StatusOr<std::unique_ptr<Companion>> OpenPostgresCompanion(
    const PostgresLink& link, const PostgresCompanionOptions& options);

}  // namespace sluice::store
