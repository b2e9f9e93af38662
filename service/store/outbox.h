#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/base/clock.h"
#include "sluice/v1/moderation_service.pb.h"
#include "sluice/v1/review_service.pb.h"

namespace sluice::store {

// Someone who is to be told of every change. Its name in the store has both, so
// that a changed URL is another webhook.
struct Webhook {
  std::string url;
  std::string site;  // empty: all
  std::string Name() const { return site + ' ' + url; }
};

// One change that one webhook is to be told.
struct Delivery {
  int64_t id = 0;    // above 0
  int attempts = 0;  // calls made so far
  int64_t sequence = 0;
  v1::WatchVerdictsResponse told;  // without resume_token
};

struct DueDeliveries {
  std::vector<Delivery> due;  // at most one a comment
  std::vector<int64_t> gone;  // of comments that are not there any more
  std::optional<Time> next;   // when another may be due; nullopt: when the
                              // change hooks are called
};

// What became of a delivery.
struct DeliveryOutcome {
  int64_t id = 0;
  bool delivered = false;  // it is forgotten; else one more attempt is counted
  bool dead = false;       // it is given up
  Time next_time;          // when to try again
  Time first_time;         // of this call
  Time last_time;
  std::string error;
};

struct DeadLetters {
  std::vector<v1::DeadLetter> letters;  // newest first
  int64_t count = 0;                    // all there are
};

// What webhooks are still to be told. A delivery is written in the transaction
// of its change, so that neither a crash nor a restart loses one. Errors and
// threads are those of Store.
class Outbox {
 public:
  virtual ~Outbox() = default;

  // Changes from now on are for these. What others were to be told is
  // forgotten. Waits for the commit.
  virtual absl::Status SetWebhooks(const std::vector<Webhook>& webhooks) = 0;

  // Up to `limit` deliveries of a webhook whose time has come, those that wait
  // longest first, without those of `in_flight`. A comment's later changes wait
  // until the one before them is delivered or given up.
  virtual absl::StatusOr<DueDeliveries> Due(
      const Webhook& webhook, Time now, int limit,
      const std::set<int64_t>& in_flight) = 0;

  // Waits for the commit.
  virtual absl::Status Settle(const std::vector<DeliveryOutcome>& outcomes) = 0;

  virtual absl::StatusOr<DeadLetters> ListDead(std::string_view site,
                                               int limit) = 0;

  // Makes dead letters of a site due, each with the newest change of its
  // comment: the older one would set a frontend back. `ids` empty: all. Tells
  // how many there were.
  using RetryDone = std::function<void(absl::StatusOr<int64_t>)>;
  virtual void Retry(std::string site, std::vector<int64_t> ids, Time now,
                     RetryDone done) = 0;
};

}  // namespace sluice::store
