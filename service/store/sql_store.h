#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "service/store/companion.h"
#include "service/store/database.h"
#include "service/store/file_lock.h"
#include "service/store/group_writer.h"
#include "service/store/integrity.h"
#include "service/store/read_pool.h"
#include "service/store/store.h"

// The store over a database that speaks SQL, whichever it is.
namespace sluice::store {

struct SqlParts {
  std::string name;  // begins what Health says
  std::optional<FileLock> lock;
  std::unique_ptr<Connection> connection;  // the writer's, with the schema
  ReadPool::Open open_reader;  // null: the writer's connection is the only one
  size_t max_readers = ReadPool::kMaxReaders;
  std::string identity_key;
  std::function<std::string(std::string_view)> fold_name;  // see SqliteOptions
  CampaignNamer begun_by;
  GroupWriter::Options writer{};         // without on_change
  std::unique_ptr<Companion> companion;  // null: there is one program only
  // Store::Backup, called once at a time; null: it has none.
  using Copy = std::function<absl::StatusOr<std::string>(const GoOn&)>;
  Copy copy = nullptr;
};

std::unique_ptr<Store> MakeSqlStore(SqlParts parts);

// The key of the keyed hashes, from a database that has the schema.
absl::StatusOr<std::string> ReadIdentityKey(Connection* connection);

}  // namespace sluice::store
