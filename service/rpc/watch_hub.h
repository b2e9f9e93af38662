#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/base/mutex.h"
#include "service/store/store.h"
#include "sluice/v1/moderation_service.pb.h"

namespace sluice::rpc {

// Tells watchers what people decided, each from its own place in the log. One
// thread reads the store, woken by a commit or by a watcher that has taken
// what it was given; watchers at one place share one read. A watcher has one
// message under way and at most one page of changes waiting (256 KiB of HTML
// and a comment more), so that a slow one costs no more than a fast one: the
// rest waits in the store.
//
// Thread-safe; the store must outlive it.
class WatchHub {
 public:
  // One stream. The hub calls Write, End and Abort, on any of its callers'
  // threads or its own, one at a time except for Abort.
  class Watcher {
   public:
    virtual ~Watcher() = default;
    // Starts to send; Wrote must follow, once. The message stays until then.
    virtual void Write(const v1::WatchVerdictsResponse* message) = 0;
    // The last call: the watcher may be gone when it returns.
    virtual void End(const absl::Status& status) = 0;
    // A Write under way is to fail soon.
    virtual void Abort() = 0;

   private:
    friend class WatchHub;
    int64_t id_ = 0;
  };

  struct Options {
    std::chrono::milliseconds heartbeat{30'000};
    // A write under way when the hub is stopped has so long.
    std::chrono::milliseconds grace{1'000};
    size_t max_watchers = 1'000;
  };

  WatchHub(store::Store* store, const Options& options);
  // REQUIRES: no watcher is left, or none will call again.
  ~WatchHub();

  // Begins with a message that has only the token. The watcher ends with
  // RESOURCE_EXHAUSTED if there are too many, INVALID_ARGUMENT for a token that
  // is not of this store, UNAVAILABLE once the hub is stopped, or the store's
  // error. `token` is WatchVerdictsRequest.resume_token.
  void Add(Watcher* watcher, std::string site, std::string token);

  // The Write under way is done. REQUIRES: there was one.
  void Wrote(Watcher* watcher, bool ok);
  // Nobody listens any more; not an error if the watcher has ended.
  void Cancelled(Watcher* watcher);

  // Ends all watchers with UNAVAILABLE, and takes no new ones. Returns when
  // each was told, or is about to fail.
  void Stop();

  size_t watchers() const;

 private:
  using Clock = std::chrono::steady_clock;
  using Page = std::shared_ptr<const std::vector<store::Change>>;
  enum class Phase { kStarting, kIdle, kWriting };

  struct Stream {
    Watcher* watcher = nullptr;
    std::string site;
    std::string token;
    Phase phase = Phase::kStarting;
    int64_t after = 0;     // the last change it was given
    uint64_t read_at = 0;  // value of commits_ when the store was last read
    Page page;             // from `next` on still to be sent
    size_t next = 0;
    Clock::time_point last_write;
    v1::WatchVerdictsResponse message;
    bool cancelled = false;
    bool aborting = false;  // it may not be ended now
    bool wrote = false;     // ... and is to be after that
  };
  // What to do to watchers once the lock is given back.
  using Calls = std::vector<std::function<void()>>;
  // What a stream is to be read.
  struct Demand {
    int64_t id;
    std::string site;
    std::string token;
    bool starting;
    int64_t after;
    bool heartbeat;
    absl::Status status;
    Page page;
  };

  void Run();
  bool Wants(const Stream& stream, Clock::time_point now) const
      SLUICE_REQUIRES(mutex_);
  std::vector<Demand> NextDemands();
  void Read(std::vector<Demand>* demands);
  absl::Status FindStart(Demand* demand);
  void Serve(std::vector<Demand> demands);
  void Write(Stream* stream, Calls* calls) SLUICE_REQUIRES(mutex_);
  void WriteNext(Stream* stream, Calls* calls) SLUICE_REQUIRES(mutex_);
  void End(int64_t id, const absl::Status& status, Calls* calls)
      SLUICE_REQUIRES(mutex_);

  store::Store* const store_;
  const Options options_;
  const std::string store_id_;
  mutable Mutex mutex_;
  CondVar wake_;
  CondVar ended_;
  std::map<int64_t, std::unique_ptr<Stream>> streams_ SLUICE_GUARDED_BY(mutex_);
  int64_t last_id_ SLUICE_GUARDED_BY(mutex_) = 0;
  uint64_t commits_ SLUICE_GUARDED_BY(mutex_) = 1;
  bool stopped_ SLUICE_GUARDED_BY(mutex_) = false;
  int hook_ = 0;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace sluice::rpc
