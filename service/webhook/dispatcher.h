#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/base/clock.h"
#include "service/store/store.h"
#include "service/webhook/transport.h"
#include "sluice/v1/config.pb.h"

namespace sluice::webhook {

// A call in words of the callee's own, made of a change and the comment as it
// is now.
struct OwnCall {
  std::string url;
  std::string body;  // JSON
};
using MakeCall = std::function<std::optional<OwnCall>(
    const v1::Entry& entry, const v1::WatchVerdictsResponse& change)>;

// A webhook of the configuration with its key.
struct Hook {
  store::Webhook webhook;
  std::string key;
  int max_attempts = 12;
  std::chrono::milliseconds timeout{10'000};
  bool allow_private = false;
  // Makes the calls of this webhook, which are then not signed and go where it
  // says; `webhook.url` is only its name. nullopt: nobody is to be told.
  MakeCall make_call = nullptr;
};

// Those of the configuration, their keys read. The error names the file or the
// field.
absl::StatusOr<std::vector<Hook>> ReadHooks(const v1::ServerConfig& config);

// How long to wait after so many calls in vain: a second, doubled each time, an
// hour at most, and up to a quarter more, by `random`, so that what failed
// together does not come again together.
std::chrono::milliseconds PauseAfter(int attempts, uint64_t random);

// Delivers what the store's outbox has for webhooks. Used by one thread; the
// store, the clock and the transport must outlive it.
class Dispatcher {
 public:
  // Calls under way at once, of one webhook: a slow one takes no other's room.
  static constexpr int kMaxInFlight = 4;

  Dispatcher(store::Store* store, const Clock* clock,
             std::function<uint64_t()> random, Transport* transport,
             std::vector<Hook> hooks);

  // One round: sends what is due, waits for answers, writes down what became of
  // them. What the store does not take is written in a later round; its
  // deliveries are not made again until then.
  void Turn();

 private:
  std::chrono::milliseconds SendDue();
  absl::Status SendDue(size_t hook, Time now, std::chrono::milliseconds* wait);
  // nullopt: it is not to be made.
  absl::StatusOr<std::optional<Request>> RequestFor(const Hook& hook,
                                                    store::Delivery delivery,
                                                    Time now);
  void Drop(size_t hook, int64_t id);
  void Take(const Answer& answer);

  store::Store* const store_;
  const Clock* const clock_;
  const std::function<uint64_t()> random_;
  Transport* const transport_;
  const std::vector<Hook> hooks_;
  const std::string store_id_;

  struct Sent {
    size_t hook;
    int attempts;  // with this one
    Time time;
  };
  std::map<int64_t, Sent> sent_;
  std::vector<std::set<int64_t>> in_flight_;  // by hook; also those unsettled
  std::vector<store::DeliveryOutcome> unsettled_;
  std::vector<size_t> settling_;  // hook of each of unsettled_
};

// A dispatcher on a thread of its own, which the destructor ends; calls under
// way then are made again after the next start.
class Webhooks {
 public:
  // Tells the store whom changes are for from now on; with no hooks that is
  // all. `store` and `clock` must outlive it.
  static absl::StatusOr<std::unique_ptr<Webhooks>> Start(
      store::Store* store, const Clock* clock, std::function<uint64_t()> random,
      std::vector<Hook> hooks);
  ~Webhooks();

 private:
  Webhooks(store::Store* store, const Clock* clock,
           std::function<uint64_t()> random,
           std::unique_ptr<Transport> transport, std::vector<Hook> hooks);

  store::Store* const store_;
  const std::unique_ptr<Transport> transport_;
  Dispatcher dispatcher_;
  std::atomic<bool> stop_{false};
  int hook_ = 0;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace sluice::webhook
