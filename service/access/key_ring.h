#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/access/caller.h"
#include "service/access/key_text.h"
#include "service/base/clock.h"
#include "service/base/mutex.h"
#include "service/store/key_store.h"
#include "sluice/v1/key_service.pb.h"

namespace sluice::access {

// The keys of the store, held in memory as an immutable snapshot, so that a
// call is identified without I/O. A thread of its own reads the store again
// every few seconds (another server may have changed it) and writes down every
// minute which keys were used.
//
// Thread-safe. The store and the clock must outlive it. A `done` is called
// exactly once, perhaps on a thread of the store.
class KeyRing {
 public:
  static constexpr size_t kMaxKeys = 10'000;
  static constexpr size_t kMaxLabel = 100;  // bytes

  struct Options {
    std::string hash_key = {};  // KeyHasher's
    bool required = false;      // ask for a key even if there is none of ADMIN
    Limits limits = {};         // of keys that have none of their own
    // How often the store is read again. 0: only by Refresh, without a thread.
    std::chrono::milliseconds refresh{5'000};
    // How often uses are written down.
    std::chrono::milliseconds note_uses{60'000};
  };

  // `store` may be null: then no key can be made. Errors: the store's.
  static absl::StatusOr<std::unique_ptr<KeyRing>> Open(store::KeyStore* store,
                                                       const Clock* clock,
                                                       Options options);
  ~KeyRing();
  KeyRing(const KeyRing&) = delete;

  // Who calls with this key; empty: with none. UNAUTHENTICATED: with a key that
  // is not valid, also if none is asked for; or with none although one is.
  absl::StatusOr<Caller> Identify(std::string_view text) const;

  // Whether a call needs a key: `required`, or there is or was one of scope
  // ADMIN. A revoked one counts, so that revoking the last leaves the server
  // closed, not open.
  bool DemandsKeys() const;
  // Whether there is a valid key of scope ADMIN.
  bool HasAdmin() const;
  // Keys that are valid now.
  int CountValid() const;

  // REQUIRES: the caller has scope ADMIN. Errors: INVALID_ARGUMENT that begins
  // with the field's name and a colon; PERMISSION_DENIED for more than the
  // caller has; RESOURCE_EXHAUSTED past kMaxKeys.
  using CreateDone = std::function<void(absl::StatusOr<v1::CreateKeyResponse>)>;
  void Create(const Caller& caller, const v1::CreateKeyRequest& request,
              CreateDone done);
  // The keys of the caller's sites. REQUIRES: as above.
  absl::StatusOr<std::vector<v1::Key>> List(const Caller& caller);
  // NOT_FOUND: no such key, or not of the caller's sites. REQUIRES: as above.
  using RevokeDone = std::function<void(absl::StatusOr<v1::Key>)>;
  void Revoke(const Caller& caller, const std::string& id, RevokeDone done);

  // Reads the store, now. An error leaves what was known.
  absl::Status Refresh();
  // Writes down which keys were used since the last time.
  void NoteUses();

 private:
  using Held = std::shared_ptr<const HeldKey>;
  struct Snapshot {
    std::unordered_map<std::string_view, Held> by_id;    // views into the keys
    std::unordered_map<std::string_view, Held> by_hash;  // FORM_AKISMET only
    bool had_admin = false;
  };

  KeyRing(store::KeyStore* store, const Clock* clock, Options options);
  std::shared_ptr<const Snapshot> snapshot() const;
  Held Hold(store::StoredKey stored, const Snapshot& before) const;
  Held Find(const Snapshot& snapshot, std::string_view text) const;
  absl::Status Validate(const Caller& caller,
                        const v1::CreateKeyRequest& request) const;
  void Run();

  store::KeyStore* const store_;  // may be null
  const Clock* const clock_;
  const Options options_;
  const KeyHasher hasher_;

  Mutex refreshing_;  // one Refresh at a time, so that the newest stays
  mutable Mutex mutex_;
  std::shared_ptr<const Snapshot> snapshot_ SLUICE_GUARDED_BY(mutex_);
  std::unordered_map<std::string, int64_t> noted_ SLUICE_GUARDED_BY(mutex_);
  CondVar stopped_;
  bool stop_ SLUICE_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace sluice::access
