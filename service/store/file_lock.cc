#include "service/store/file_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <memory>
#include <system_error>
#include <utility>

namespace sluice::store {
namespace {

// Two names of one file must give one lock.
std::string LockName(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> real(
      realpath(path.c_str(), nullptr), &std::free);
  return (real ? std::string(real.get()) : path) + "-lock";
}

absl::Status CannotMake(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return absl::NotFoundError("its folder does not exist; make it");
    case EACCES:
    case EPERM:
    case EROFS:
      return absl::PermissionDeniedError(
          "its folder is read-only; let sluiced write there");
    case ENOSPC:
    case EDQUOT:
      return absl::UnavailableError("the disk is full; free some space");
    default:
      return absl::UnavailableError(
          fmt::format("cannot make its lock file: {}",
                      std::generic_category().message(error)));
  }
}

}  // namespace

absl::StatusOr<FileLock> FileLock::Take(const std::string& path) {
  const int descriptor =
      open(LockName(path).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return CannotMake(errno);
  FileLock lock(descriptor);
  if (flock(descriptor, LOCK_EX | LOCK_NB) == 0) {
    struct stat facts {};
    lock.unclean_ = fstat(descriptor, &facts) == 0 && facts.st_size > 0;
    return lock;
  }
  if (errno != EWOULDBLOCK) return CannotMake(errno);
  return absl::UnavailableError(
      "another sluiced has it open; stop that one, or give this one a file of "
      "its own");
}

FileLock::FileLock(FileLock&& other) noexcept
    : unclean_(other.unclean_),
      descriptor_(std::exchange(other.descriptor_, -1)) {}

absl::Status FileLock::MarkInUse() const {
  if (pwrite(descriptor_, "1", 1, 0) == 1 && fsync(descriptor_) == 0)
    return absl::OkStatus();
  return CannotMake(errno);
}

void FileLock::MarkClean() const {
  // What is not marked is checked again: no harm but the time.
  if (ftruncate(descriptor_, 0) == 0) (void)fsync(descriptor_);
}

FileLock::~FileLock() {
  if (descriptor_ >= 0) close(descriptor_);
}

}  // namespace sluice::store
