#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "service/store/companion.h"
#include "service/store/database.h"
#include "service/store/group_writer.h"
#include "service/store/outbox.h"
#include "service/store/read_pool.h"

namespace sluice::store {

// The outbox of a SQLite store, on its connections, which must outlive it.
class SqliteOutbox final : public Outbox {
 public:
  // `connection` is the writer's, used inside its transactions.
  // `companion` may be null: then there are no others to deliver.
  SqliteOutbox(Connection* connection, ReadPool* readers, GroupWriter* writer,
               const Companion* companion)
      : connection_(connection),
        readers_(readers),
        writer_(writer),
        companion_(companion) {}

  absl::Status SetWebhooks(const std::vector<Webhook>& webhooks) override;
  absl::StatusOr<DueDeliveries> Due(
      const Webhook& webhook, Time now, int limit,
      const std::set<int64_t>& in_flight) override;
  absl::Status Settle(const std::vector<DeliveryOutcome>& outcomes) override;
  absl::StatusOr<DeadLetters> ListDead(std::string_view site,
                                       int limit) override;
  void Retry(std::string site, std::vector<int64_t> ids, Time now,
             RetryDone done) override;

 private:
  absl::Status ApplyWebhooks(const std::vector<Webhook>& webhooks);
  absl::Status ApplyOutcome(const DeliveryOutcome& outcome);
  absl::StatusOr<int64_t> Revive(const std::string& site,
                                 const std::set<int64_t>& ids, int64_t now);

  Connection* const connection_;
  ReadPool* const readers_;
  GroupWriter* const writer_;
  const Companion* const companion_;
};

}  // namespace sluice::store
