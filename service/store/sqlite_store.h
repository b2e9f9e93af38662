#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "service/store/store.h"

namespace sluice::store {

struct SqliteOptions {
  std::string path;  // a file, or ":memory:", which keeps nothing
  // Events that may wait to be written; past it RESOURCE_EXHAUSTED. 0: 8,192.
  size_t max_pending = 8192;
  // How long an event of Durability::kBehind may wait. 0: not at all.
  std::chrono::milliseconds write_behind{100};
  // Bytes that those events may hold together. 0: 64 MiB.
  size_t max_pending_bytes = 64u << 20;
  // How long to wait for another program that has the file locked.
  std::chrono::milliseconds busy_timeout{2000};
  // Pages of 4 KiB that the write-ahead log may hold before it is copied into
  // the file. 0: 1,000.
  int checkpoint_pages = 1000;
  // How an author's name becomes AuthorKeys::name, so that a check is counted
  // under the key it is later asked for. Unset: ASCII letters in lower case.
  std::function<std::string(std::string_view)> fold_name = {};
  // The id of a campaign that a comment begins, as the history names it, so
  // that the first of a campaign stands in the queue with the others. Unset:
  // one that no other comment has.
  CampaignNamer begun_by = {};
  // How long to look for damage in the file before it is opened, after an end
  // that was not clean (a kill, a power failure). A file too large for that is
  // opened all the same: making a backup looks at all of it.
  std::chrono::milliseconds max_check{30'000};
  // Name of a registered sqlite3_vfs; empty: the default. For fault tests.
  std::string vfs = {};
};

// Opens the store, makes the file if it is not there and brings an older schema
// up to date. The error is one line that names the file and what to do.
//
// The file belongs to one sluiced at a time: a lock on `path`-lock is held
// until the store is destroyed, and goes with the process if that is killed.
// The destructor writes everything that is queued. Callbacks may call the
// store, except Flush and the destructor.
absl::StatusOr<std::unique_ptr<Store>> OpenSqliteStore(
    const SqliteOptions& options);

}  // namespace sluice::store
