// How a SQLite file becomes a store: locked, looked at, brought up to date.

#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <utility>

#include "service/store/backup.h"
#include "service/store/database.h"
#include "service/store/file_lock.h"
#include "service/store/integrity.h"
#include "service/store/schema.h"
#include "service/store/sql_store.h"
#include "service/store/sqlite_store.h"

namespace sluice::store {
namespace {

constexpr size_t kDefaultPending = 8192;
constexpr size_t kDefaultPendingBytes = 64u << 20;
constexpr int kDefaultCheckpointPages = 1000;

bool InMemory(const SqliteOptions& options) {
  return options.path == ":memory:";
}

std::string BackupName(const SqliteOptions& options) {
  return options.path + "-backup";
}

Connection::Options ConnectionOptions(const SqliteOptions& options,
                                      bool read_only) {
  return {options.path, options.vfs, options.busy_timeout, read_only};
}

GroupWriter::Options WriterOptions(const SqliteOptions& options) {
  return {options.max_pending == 0 ? kDefaultPending : options.max_pending,
          options.max_pending_bytes == 0 ? kDefaultPendingBytes
                                         : options.max_pending_bytes,
          options.write_behind,
          options.checkpoint_pages <= 0 ? kDefaultCheckpointPages
                                        : options.checkpoint_pages,
          !InMemory(options),
          {}};
}

// The write-ahead log needs shared memory, which a network file system has not.
absl::Status UseWriteAheadLog(Connection* connection) {
  absl::StatusOr<Query> query =
      connection->Prepare("PRAGMA journal_mode = WAL");
  if (!query.ok()) return query.status();
  const absl::StatusOr<bool> row = query->Step();
  if (!row.ok()) return row.status();
  if (*row && query->BytesAt(0) == "wal") return absl::OkStatus();
  return absl::FailedPreconditionError(
      "its file system cannot hold a write-ahead log; choose a local disk");
}

absl::Status Prepare(const SqliteOptions& options, Connection* connection) {
  if (sqlite3_db_readonly(connection->handle(), "main") == 1)
    return absl::PermissionDeniedError(
        "the file is read-only; let sluiced write to it");
  // FULL: a commit is on the disk, not in its cache, when it returns. Extra
  // memory for sorting never becomes a file.
  absl::Status status = connection->Execute(
      "PRAGMA synchronous = FULL;"
      "PRAGMA secure_delete = ON;"
      "PRAGMA temp_store = MEMORY;"
      "PRAGMA cache_size = -16000;"
      "PRAGMA journal_size_limit = 67108864;"
      "PRAGMA wal_autocheckpoint = 0");
  // First: a file that is not ours is left as it is.
  if (status.ok())
    status = Migrate(connection, Migrations(), {options.begun_by});
  if (status.ok() && !InMemory(options)) status = UseWriteAheadLog(connection);
  return status;
}

// Power that fails in the middle of a write leaves pages that only a disk that
// lies can have torn: it is asked before anything is built on them.
absl::Status CheckAfterUncleanEnd(const SqliteOptions& options,
                                  const FileLock& lock,
                                  Connection* connection) {
  if (!lock.unclean()) return absl::OkStatus();
  const auto end = std::chrono::steady_clock::now() + options.max_check;
  const absl::Status status =
      CheckIntegrity(connection, Thoroughness::kPages,
                     [end] { return std::chrono::steady_clock::now() < end; });
  if (absl::IsCancelled(status)) return absl::OkStatus();
  if (!absl::IsDataLoss(status)) return status;
  return absl::DataLossError(fmt::format(
      "{}; put a backup in its place with `sluiced --restore FILE`, which "
      "keeps this one beside",
      std::string(status.message())));
}

SqlParts::Copy CopierOf(const SqliteOptions& options) {
  if (InMemory(options)) {
    return [](const GoOn&) -> absl::StatusOr<std::string> {
      return absl::FailedPreconditionError("a store in memory has no file");
    };
  }
  return
      [source = ConnectionOptions(options, true), target = BackupName(options)](
          const GoOn& go_on) -> absl::StatusOr<std::string> {
        const absl::Status status = CopyDatabase(source, target, go_on);
        if (!status.ok()) return status;
        return target;
      };
}

absl::StatusOr<std::unique_ptr<Store>> Open(const SqliteOptions& options) {
  SqlParts parts;
  if (options.path.empty())
    return absl::InvalidArgumentError("the store has no file name");
  if (!InMemory(options)) {
    absl::StatusOr<FileLock> lock = FileLock::Take(options.path);
    if (!lock.ok()) return lock.status();
    parts.lock.emplace(*std::move(lock));
  }
  absl::StatusOr<std::unique_ptr<Connection>> connection =
      Connection::Open(ConnectionOptions(options, false));
  if (!connection.ok()) return connection.status();
  if (parts.lock.has_value()) {
    std::filesystem::remove(BackupName(options));  // of one that was killed
    absl::Status status =
        CheckAfterUncleanEnd(options, *parts.lock, connection->get());
    if (status.ok()) status = parts.lock->MarkInUse();
    if (!status.ok()) return status;
  }
  if (absl::Status status = Prepare(options, connection->get()); !status.ok())
    return status;
  absl::StatusOr<std::string> key = ReadIdentityKey(connection->get());
  if (!key.ok()) return key.status();
  parts.name = options.path;
  parts.connection = *std::move(connection);
  parts.identity_key = *std::move(key);
  parts.fold_name = options.fold_name;
  parts.begun_by = options.begun_by;
  parts.writer = WriterOptions(options);
  parts.copy = CopierOf(options);
  if (!InMemory(options)) {
    parts.open_reader = [reader = ConnectionOptions(options, true)] {
      return Connection::Open(reader);
    };
  }
  return MakeSqlStore(std::move(parts));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Store>> OpenSqliteStore(
    const SqliteOptions& options) {
  absl::StatusOr<std::unique_ptr<Store>> store = Open(options);
  if (store.ok()) return store;
  const absl::Status error = store.status();
  return absl::Status(error.code(),
                      fmt::format("cannot open the store {}: {}", options.path,
                                  std::string(error.message())));
}

}  // namespace sluice::store
