#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/base/clock.h"
#include "sluice/v1/key_service.pb.h"

namespace sluice::store {

// A key as it is kept: whoever reads the database learns no key from it.
struct StoredKey {
  v1::Key key;       // revoke_time and last_used_time as they are now
  std::string hash;  // of the key's text; what kind of hash is the caller's
};

// Keys that were made. Errors and threads are those of Store; a `done` is
// called exactly once, perhaps on a thread of the store.
class KeyStore {
 public:
  virtual ~KeyStore() = default;

  // Every key, also revoked and expired ones, oldest first.
  virtual absl::StatusOr<std::vector<StoredKey>> List() = 0;

  // ALREADY_EXISTS: there is a key of this id, or of this hash.
  using Done = std::function<void(absl::Status)>;
  virtual void Add(StoredKey key, Done done) = 0;

  // NOT_FOUND: there is no such key. One that is revoked stays as it is.
  virtual void Revoke(std::string id, Time now, Done done) = 0;

  // When keys were last used; never set back. Keys that are not there are
  // passed over.
  using Uses = std::vector<std::pair<std::string, Time>>;
  virtual void Touch(Uses uses, Done done) = 0;
};

}  // namespace sluice::store
