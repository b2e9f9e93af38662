#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "service/access/limiter.h"
#include "service/base/clock.h"
#include "sluice/v1/key_service.pb.h"

namespace sluice::access {

// What changes about a key while it is in use; shared by all snapshots.
struct KeyState {
  explicit KeyState(const Limits& limits) : limiter(limits) {}
  Limiter limiter;
  std::atomic<int64_t> last_used{0};  // microseconds since 1970; 0: never
  std::atomic<bool> ended{false};     // revoked, expired, or gone
};

// A key as it is known in memory, without its text. Immutable but for `state`.
struct HeldKey {
  v1::Key key;
  std::string hash;
  uint32_t scopes = 0;             // bit 1 << v1::Scope; ADMIN sets all
  std::vector<std::string> sites;  // sorted; empty if key.all_sites()
  int64_t expire_micros = 0;       // 0: never
  std::shared_ptr<KeyState> state;
};

// Who calls, and what for they may: a value that is cheap to copy, valid as
// long as anyone holds it. Thread-safe.
class Caller {
 public:
  // Someone who is asked for no key and may do everything.
  Caller() = default;
  explicit Caller(std::shared_ptr<const HeldKey> key) : key_(std::move(key)) {}

  bool has_key() const { return key_ != nullptr; }
  // Empty without a key. For logs: nothing of the secret.
  std::string_view id() const;

  bool MayUse(v1::Scope scope) const;
  // `site` as `default`.
  bool MayUseSite(std::string_view site) const;
  bool MayUseAllSites() const { return !has_key() || key_->key.all_sites(); }

  // The key has ended since the call began; looked at by long streams.
  bool ended() const;

  // REQUIRES: has_key().
  const HeldKey& key() const { return *key_; }
  Limiter* limiter() const {
    return has_key() ? &key_->state->limiter : nullptr;
  }

 private:
  std::shared_ptr<const HeldKey> key_;
};

// A call that counts against its key's concurrent calls until this goes.
class Permit {
 public:
  Permit() = default;
  // REQUIRES: Enter of the caller's limiter said yes, if it has one.
  explicit Permit(Caller caller) : caller_(std::move(caller)), counted_(true) {}
  Permit(Permit&& other) noexcept { *this = std::move(other); }
  Permit& operator=(Permit&& other) noexcept {
    Leave();
    caller_ = other.caller_;
    counted_ = std::exchange(other.counted_, false);
    return *this;
  }
  ~Permit() { Leave(); }

  const Caller& caller() const { return caller_; }

 private:
  void Leave() {
    if (counted_ && caller_.limiter() != nullptr) caller_.limiter()->Leave();
    counted_ = false;
  }

  Caller caller_;
  bool counted_ = false;
};

}  // namespace sluice::access
