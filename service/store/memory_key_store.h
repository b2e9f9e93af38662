#pragma once

#include "service/base/mutex.h"
#include "service/store/key_store.h"

namespace sluice::store {

// Keys that are gone with the process.
class MemoryKeyStore final : public KeyStore {
 public:
  absl::StatusOr<std::vector<StoredKey>> List() override;
  void Add(StoredKey key, Done done) override;
  void Revoke(std::string id, Time now, Done done) override;
  void Touch(Uses uses, Done done) override;

 private:
  StoredKey* Find(const std::string& id) SLUICE_REQUIRES(mutex_);

  Mutex mutex_;
  std::vector<StoredKey> keys_ SLUICE_GUARDED_BY(mutex_);
};

}  // namespace sluice::store
