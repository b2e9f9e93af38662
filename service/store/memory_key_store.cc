#include "service/store/memory_key_store.h"

#include <algorithm>

#include "service/store/entry.h"

namespace sluice::store {
namespace {

int64_t MicrosOf(const google::protobuf::Timestamp& time) {
  return time.seconds() * 1'000'000 + time.nanos() / 1000;
}

}  // namespace

StoredKey* MemoryKeyStore::Find(const std::string& id) {
  const auto found =
      std::find_if(keys_.begin(), keys_.end(),
                   [&](const StoredKey& key) { return key.key.id() == id; });
  return found == keys_.end() ? nullptr : &*found;
}

absl::StatusOr<std::vector<StoredKey>> MemoryKeyStore::List() {
  const MutexLock lock(&mutex_);
  std::vector<StoredKey> keys = keys_;
  std::stable_sort(
      keys.begin(), keys.end(), [](const StoredKey& a, const StoredKey& b) {
        return MicrosOf(a.key.create_time()) < MicrosOf(b.key.create_time());
      });
  return keys;
}

void MemoryKeyStore::Add(StoredKey key, Done done) {
  absl::Status status;
  {
    const MutexLock lock(&mutex_);
    const bool twice =
        std::any_of(keys_.begin(), keys_.end(), [&](const StoredKey& other) {
          return other.key.id() == key.key.id() || other.hash == key.hash;
        });
    key.key.clear_revoke_time();
    key.key.clear_last_used_time();
    if (twice)
      status = absl::AlreadyExistsError("there is such a key already");
    else
      keys_.push_back(std::move(key));
  }
  done(status);
}

void MemoryKeyStore::Revoke(std::string id, Time now, Done done) {
  absl::Status status;
  {
    const MutexLock lock(&mutex_);
    StoredKey* stored = Find(id);
    if (stored == nullptr)
      status = absl::NotFoundError("there is no such key");
    else if (!stored->key.has_revoke_time())
      *stored->key.mutable_revoke_time() = TimestampOf(Micros(now));
  }
  done(status);
}

void MemoryKeyStore::Touch(Uses uses, Done done) {
  {
    const MutexLock lock(&mutex_);
    for (const auto& [id, time] : uses) {
      StoredKey* stored = Find(id);
      if (stored == nullptr ||
          MicrosOf(stored->key.last_used_time()) >= Micros(time))
        continue;
      *stored->key.mutable_last_used_time() = TimestampOf(Micros(time));
    }
  }
  done(absl::OkStatus());
}

}  // namespace sluice::store
