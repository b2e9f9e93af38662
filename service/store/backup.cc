#include "service/store/backup.h"

#include <fcntl.h>
#include <unistd.h>

namespace sluice::store {
namespace {

constexpr int kPagesAStep = 1024;  // 4 MiB between two questions to go on

void RemoveDatabase(const std::string& path) {
  for (const char* suffix : {"", "-wal", "-shm", "-journal"})
    unlink((path + suffix).c_str());
}

// So that nobody else can read it while SQLite fills it.
absl::Status MakePrivateFile(const std::string& path) {
  const int descriptor =
      open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    return absl::UnavailableError(
        "the copy cannot be made; check that the store's folder is writable "
        "and its disk has room for a second one");
  }
  close(descriptor);
  return absl::OkStatus();
}

absl::Status CopyPages(Connection* source, Connection* target,
                       const GoOn& go_on) {
  sqlite3_backup* const copy =
      sqlite3_backup_init(target->handle(), "main", source->handle(), "main");
  if (copy == nullptr) return DatabaseError(target->handle());
  bool wanted = true;
  int code = SQLITE_OK;
  while (code == SQLITE_OK && (wanted = go_on()))
    code = sqlite3_backup_step(copy, kPagesAStep);
  // Leaves in the target's connection what went wrong.
  const int outcome = sqlite3_backup_finish(copy);
  if (!wanted) return absl::CancelledError("stopped");
  return outcome == SQLITE_OK ? absl::OkStatus()
                              : DatabaseError(target->handle());
}

absl::Status Copy(const Connection::Options& from, const std::string& target,
                  const GoOn& go_on) {
  if (absl::Status status = MakePrivateFile(target); !status.ok())
    return status;
  const auto source = Connection::Open(from);
  if (!source.ok()) return source.status();
  // The snapshot: with a transaction of ours around it, a write of another
  // connection does not begin the copy anew.
  const absl::StatusOr<Transaction> snapshot =
      Transaction::Begin(source->get(), Transaction::Kind::kRead);
  if (!snapshot.ok()) return snapshot.status();
  const absl::StatusOr<int64_t> pinned =
      (*source)->ReadInt("SELECT count(*) FROM sqlite_schema");
  if (!pinned.ok()) return pinned.status();

  const auto copy =
      Connection::Open({target, from.vfs, from.busy_timeout, false});
  if (!copy.ok()) return copy.status();
  absl::Status status =
      (*copy)->Execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF");
  if (status.ok()) status = CopyPages(source->get(), copy->get(), go_on);
  return status;
}

// On a connection of its own: the one that copied still knows the empty file.
absl::Status StandAlone(const Connection::Options& from,
                        const std::string& target, const GoOn& go_on) {
  const auto copy =
      Connection::Open({target, from.vfs, from.busy_timeout, false});
  if (!copy.ok()) return copy.status();
  absl::Status status = (*copy)->Execute("PRAGMA journal_mode = DELETE");
  if (!status.ok()) return status;
  return CheckIntegrity(copy->get(), Thoroughness::kPages, go_on);
}

}  // namespace

absl::Status CopyDatabase(const Connection::Options& source,
                          const std::string& target, const GoOn& go_on) {
  RemoveDatabase(target);
  absl::Status status = Copy(source, target, go_on);
  if (status.ok()) status = StandAlone(source, target, go_on);
  if (!status.ok()) RemoveDatabase(target);
  return status;
}

}  // namespace sluice::store
