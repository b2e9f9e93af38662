#pragma once

#include "service/store/database.h"
#include "service/store/group_writer.h"
#include "service/store/key_store.h"
#include "service/store/read_pool.h"

namespace sluice::store {

// The keys of a SQLite store, on its connections, which must outlive it.
class SqliteKeyStore final : public KeyStore {
 public:
  // `connection` is the writer's, used inside its transactions.
  SqliteKeyStore(Connection* connection, ReadPool* readers, GroupWriter* writer)
      : connection_(connection), readers_(readers), writer_(writer) {}

  absl::StatusOr<std::vector<StoredKey>> List() override;
  void Add(StoredKey key, Done done) override;
  void Revoke(std::string id, Time now, Done done) override;
  void Touch(Uses uses, Done done) override;

 private:
  absl::StatusOr<bool> Insert(const StoredKey& key, const std::string& body);
  absl::StatusOr<bool> SetRevoked(const std::string& id, int64_t now);

  Connection* const connection_;
  ReadPool* const readers_;
  GroupWriter* const writer_;
};

}  // namespace sluice::store
