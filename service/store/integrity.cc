#include "service/store/integrity.h"

#include <fmt/format.h>

#include <string>

namespace sluice::store {
namespace {

// Instructions of SQLite's virtual machine between two questions: some
// milliseconds.
constexpr int kInstructions = 100'000;

int Interrupt(void* go_on) {
  return (*static_cast<const GoOn*>(go_on))() ? 0 : 1;
}

}  // namespace

absl::Status CheckIntegrity(Connection* connection, Thoroughness thoroughness,
                            const GoOn& go_on) {
  sqlite3* const database = connection->handle();
  sqlite3_progress_handler(database, kInstructions, Interrupt,
                           const_cast<GoOn*>(&go_on));
  absl::Status status;
  {
    absl::StatusOr<Query> query = connection->Prepare(
        thoroughness == Thoroughness::kAll ? "PRAGMA integrity_check(1)"
                                           : "PRAGMA quick_check(1)");
    const absl::StatusOr<bool> row =
        query.ok() ? query->Step() : absl::StatusOr<bool>(query.status());
    const int code = sqlite3_errcode(database);
    if (row.ok() && *row && query->BytesAt(0) != "ok") {
      status = absl::DataLossError(
          fmt::format("the file is damaged ({})", query->BytesAt(0)));
    } else if (!row.ok() && code == SQLITE_INTERRUPT) {
      status = absl::CancelledError("stopped");
    } else if (!row.ok() && (code == SQLITE_CORRUPT || code == SQLITE_NOTADB)) {
      status = absl::DataLossError("the file is damaged");
    } else if (!row.ok()) {
      status = row.status();
    }
  }
  sqlite3_progress_handler(database, 0, nullptr, nullptr);
  return status;
}

}  // namespace sluice::store
