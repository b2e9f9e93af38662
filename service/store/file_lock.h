#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace sluice::store {

// Holds `path` + "-lock" for this process; the kernel gives it up if the
// process dies. A file of its own: closing a second descriptor of the database
// would drop the locks that SQLite holds on it.
//
// The file has one byte while the store is in use and none after a clean end.
class FileLock {
 public:
  // UNAVAILABLE: another sluiced holds it; else why the lock cannot be made.
  // The message goes after the name of the file.
  static absl::StatusOr<FileLock> Take(const std::string& path);
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&&) = delete;
  ~FileLock();

  // Whether the last one to hold the lock ended without MarkClean: it was
  // killed, or the machine stopped.
  bool unclean() const { return unclean_; }
  // From here on, until MarkClean, an end is unclean. On the disk when it
  // returns.
  absl::Status MarkInUse() const;
  void MarkClean() const;

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  bool unclean_ = false;
  int descriptor_;  // -1: moved from
};

}  // namespace sluice::store
