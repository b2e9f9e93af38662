#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace sluice::store {

// Holds `path` + "-lock" for this process; the kernel gives it up if the
// process dies. A file of its own: closing a second descriptor of the database
// would drop the locks that SQLite holds on it.
class FileLock {
 public:
  // UNAVAILABLE: another sluiced holds it; else why the lock cannot be made.
  // The message goes after the name of the file.
  static absl::StatusOr<FileLock> Take(const std::string& path);
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&&) = delete;
  ~FileLock();

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;  // -1: moved from
};

}  // namespace sluice::store
