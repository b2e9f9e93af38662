#include "service/store/sqlite_key_store.h"

#include <memory>

#include "service/store/entry.h"
#include "service/store/task_job.h"

namespace sluice::store {
namespace {

int64_t MicrosOf(const google::protobuf::Timestamp& time) {
  return time.seconds() * 1'000'000 + time.nanos() / 1000;
}

}  // namespace

absl::StatusOr<std::vector<StoredKey>> SqliteKeyStore::List() {
  const absl::StatusOr<ReadPool::Lease> reader = readers_->Borrow();
  if (!reader.ok()) return reader.status();
  absl::StatusOr<Query> query = reader->get()->Prepare(
      "SELECT hash, body, revoke_time, last_used_time FROM api_keys"
      " ORDER BY create_time, id");
  if (!query.ok()) return query.status();
  std::vector<StoredKey> keys;
  while (true) {
    const absl::StatusOr<bool> row = query->Step();
    if (!row.ok()) return row.status();
    if (!*row) return keys;
    StoredKey& stored = keys.emplace_back();
    stored.hash = std::string(query->BytesAt(0));
    const std::string_view body = query->BytesAt(1);
    if (!stored.key.ParseFromArray(body.data(), static_cast<int>(body.size())))
      return absl::InternalError("a key in the database cannot be read");
    if (const int64_t revoked = query->IntAt(2); revoked != 0)
      *stored.key.mutable_revoke_time() = TimestampOf(revoked);
    if (const int64_t used = query->IntAt(3); used != 0)
      *stored.key.mutable_last_used_time() = TimestampOf(used);
  }
}

absl::StatusOr<bool> SqliteKeyStore::Insert(const StoredKey& key,
                                            const std::string& body) {
  absl::StatusOr<Query> insert = connection_->Prepare(
      "INSERT INTO api_keys (id, hash, body, create_time)"
      " VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING create_time");
  if (!insert.ok()) return insert.status();
  insert->Text(key.key.id()).Blob(key.hash).Blob(body);
  return insert->Int(MicrosOf(key.key.create_time())).Step();
}

void SqliteKeyStore::Add(StoredKey key, Done done) {
  auto added = std::make_shared<bool>(false);
  key.key.clear_revoke_time();
  key.key.clear_last_used_time();
  std::string body = key.key.SerializeAsString();
  SubmitTask(
      writer_,
      [this, key = std::move(key), body = std::move(body), added](EventLog*) {
        const absl::StatusOr<bool> inserted = Insert(key, body);
        if (inserted.ok()) *added = *inserted;
        return inserted.status();
      },
      [done = std::move(done), added](const absl::Status& status) {
        if (status.ok() && !*added)
          done(absl::AlreadyExistsError("there is such a key already"));
        else
          done(status);
      });
}

absl::StatusOr<bool> SqliteKeyStore::SetRevoked(const std::string& id,
                                                int64_t now) {
  absl::StatusOr<Query> update = connection_->Prepare(
      "UPDATE api_keys SET revoke_time ="
      " CASE revoke_time WHEN 0 THEN ? ELSE revoke_time END WHERE id = ?"
      " RETURNING create_time");
  if (!update.ok()) return update.status();
  return update->Int(now).Text(id).Step();
}

void SqliteKeyStore::Revoke(std::string id, Time now, Done done) {
  auto found = std::make_shared<bool>(false);
  SubmitTask(
      writer_,
      [this, id = std::move(id), now, found](EventLog*) {
        const absl::StatusOr<bool> revoked = SetRevoked(id, Micros(now));
        if (revoked.ok()) *found = *revoked;
        return revoked.status();
      },
      [done = std::move(done), found](const absl::Status& status) {
        if (status.ok() && !*found)
          done(absl::NotFoundError("there is no such key"));
        else
          done(status);
      });
}

void SqliteKeyStore::Touch(Uses uses, Done done) {
  SubmitTask(
      writer_,
      [this, uses = std::move(uses)](EventLog*) {
        for (const auto& [id, time] : uses) {
          absl::StatusOr<Query> update = connection_->Prepare(
              "UPDATE api_keys SET last_used_time = ?1"
              " WHERE id = ?2 AND last_used_time < ?1");
          if (!update.ok()) return update.status();
          absl::Status status = update->Int(Micros(time)).Text(id).Run();
          if (!status.ok()) return status;
        }
        return absl::OkStatus();
      },
      std::move(done));
}

}  // namespace sluice::store
