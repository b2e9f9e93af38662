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

struct PostgresOptions {
  // libpq's: "host=db.example.com dbname=sluice user=sluice", or a URL. Several
  // hosts: the one that takes writes is used.
  std::string conninfo;
  // See SqliteOptions. 0: 8,192 and 64 MiB.
  size_t max_pending = 8192;
  std::chrono::milliseconds write_behind{100};
  size_t max_pending_bytes = 64u << 20;
  std::function<std::string(std::string_view)> fold_name = {};
  CampaignNamer begun_by = {};
  // Connections for reading. Beside them are one that writes and one that
  // listens. 0: 4.
  size_t readers = 4;
  // How long an answer of the database may take.
  std::chrono::milliseconds timeout{5000};
  // How often to look for what others stored, where no notification came.
  std::chrono::milliseconds poll{500};
  // How long another waits before it does what this one did as the leader.
  std::chrono::milliseconds lease{10'000};
};

// Opens the store on a PostgreSQL 15 or newer, or what speaks its protocol and
// has row locks; makes the schema in an empty database and brings an older one
// up to date. Several programs may have one database open, and are one service:
// a comment is checked once, whoever gets it, and what one stored the others
// are told by FollowOthers and change_hooks. One of them leads: only with it
// Purge and Outbox::Due have something to do.
//
// A commit is answered once the server has it on its disk, and on its standbys
// as far as the server's `synchronous_standby_names` says. A connection that is
// lost is opened again and the transaction tried once more, unless it turns out
// to have been committed; else UNAVAILABLE. The error of opening is one line
// without the password.
absl::StatusOr<std::unique_ptr<Store>> OpenPostgresStore(
    const PostgresOptions& options);

}  // namespace sluice::store
