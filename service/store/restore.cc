#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <ctime>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "service/store/backup.h"
#include "service/store/file_lock.h"
#include "service/store/schema.h"

// The order of the steps is what keeps a restore that is cut short harmless:
// the new file is whole and on the disk before the old one loses its name, and
// the old one has a second name by then.

namespace sluice::store {
namespace {

absl::Status Sync(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool done = descriptor >= 0 && fsync(descriptor) == 0;
  if (descriptor >= 0) close(descriptor);
  if (done) return absl::OkStatus();
  return absl::UnavailableError(
      fmt::format("{} cannot be brought to the disk", path));
}

std::string FolderOf(const std::string& path) {
  const std::filesystem::path folder =
      std::filesystem::path(path).parent_path();
  return folder.empty() ? "." : folder.string();
}

absl::Status CopyFile(const std::string& from, const std::string& to) {
  std::error_code error;
  std::filesystem::copy_file(
      from, to, std::filesystem::copy_options::overwrite_existing, error);
  if (error) {
    return absl::UnavailableError(fmt::format("{} cannot be copied to {}: {}",
                                              from, to, error.message()));
  }
  std::filesystem::permissions(
      to,
      std::filesystem::perms::owner_read | std::filesystem::perms::owner_write,
      error);
  return Sync(to);
}

absl::Status VerifyStore(const std::string& path) {
  const auto connection =
      Connection::Open({path, "", std::chrono::milliseconds(0), false});
  if (!connection.ok()) return connection.status();
  if (absl::Status status = CheckSchema(connection->get()); !status.ok())
    return status;
  return CheckIntegrity(connection->get(), Thoroughness::kAll,
                        [] { return true; });
}

// What waits in the old store's write-ahead log goes into its file, if that can
// still be done: a file without a log cannot lose it.
void FoldLog(const std::string& path) {
  const auto connection =
      Connection::Open({path, "", std::chrono::milliseconds(0), false});
  if (!connection.ok()) return;
  sqlite3_wal_checkpoint_v2((*connection)->handle(), "main",
                            SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
}

std::string NameForOld(const std::string& path) {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char stamp[20];
  std::strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%SZ", &parts);
  std::string name = fmt::format("{}.before-{}", path, stamp);
  for (int more = 2; std::filesystem::exists(name); ++more)
    name = fmt::format("{}.before-{}-{}", path, stamp, more);
  return name;
}

absl::StatusOr<std::string> KeepOld(const std::string& path) {
  if (!std::filesystem::exists(path)) return std::string();
  FoldLog(path);
  const std::string kept = NameForOld(path);
  std::error_code error;
  std::filesystem::create_hard_link(path, kept, error);
  if (error) {
    return absl::UnavailableError(fmt::format(
        "the store cannot be kept as {}: {}", kept, error.message()));
  }
  if (std::filesystem::exists(path + "-wal"))
    std::filesystem::create_hard_link(path + "-wal", kept + "-wal", error);
  if (error) {
    return absl::UnavailableError(fmt::format(
        "the store cannot be kept as {}: {}", kept, error.message()));
  }
  return kept;
}

absl::StatusOr<std::string> Replace(const std::string& fresh,
                                    const std::string& path) {
  absl::StatusOr<std::string> kept = KeepOld(path);
  if (!kept.ok()) return kept;
  if (absl::Status status = Sync(FolderOf(path)); !status.ok()) return status;
  // A log of the old store beside the new one would be taken for its own.
  unlink((path + "-wal").c_str());
  unlink((path + "-shm").c_str());
  if (std::rename(fresh.c_str(), path.c_str()) != 0) {
    return absl::UnavailableError(
        "the restored store cannot take its place; try again");
  }
  if (absl::Status status = Sync(FolderOf(path)); !status.ok()) return status;
  return kept;
}

}  // namespace

absl::StatusOr<std::string> RestoreStore(const std::string& backup,
                                         const std::string& path) {
  if (!std::filesystem::exists(backup))
    return absl::NotFoundError(fmt::format("{} is not there", backup));
  const absl::StatusOr<FileLock> lock = FileLock::Take(path);
  if (!lock.ok()) {
    return absl::Status(lock.status().code(),
                        fmt::format("the store {}: {}", path,
                                    std::string(lock.status().message())));
  }
  const std::string fresh = path + ".restoring";
  absl::Status status = CopyFile(backup, fresh);
  if (status.ok()) status = VerifyStore(fresh);
  if (!status.ok()) {
    for (const char* suffix : {"", "-wal", "-shm"})
      unlink((fresh + suffix).c_str());
    return absl::Status(
        status.code(),
        fmt::format("{} is not restored, the store stays as it is: {}", backup,
                    std::string(status.message())));
  }
  for (const char* suffix : {"-wal", "-shm"}) unlink((fresh + suffix).c_str());
  absl::StatusOr<std::string> kept = Replace(fresh, path);
  if (kept.ok()) lock->MarkClean();
  return kept;
}

}  // namespace sluice::store
