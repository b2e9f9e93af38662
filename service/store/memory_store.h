#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "service/base/mutex.h"
#include "service/store/memory_key_store.h"
#include "service/store/store.h"

namespace sluice::store {

// A store that forgets: for tests of what stands on a store. Passes the same
// conformance suite as the others, and calls every callback before the call
// returns. AuthorKeys::name must be in lower case.
class MemoryStore final : public Store, private Outbox {
 public:
  // While not OK, every call fails with it, as if the disk was away.
  void FailWith(absl::Status status) SLUICE_EXCLUDES(mutex_);

  void RecordCheck(v1::Checked checked, Time now, Durability durability,
                   CheckDone done) override;
  void Decide(std::vector<v1::EntryDecision> decisions, std::string moderator,
              std::string batch, Time now, DecideDone done) override;
  void Undo(v1::UndoDecisionRequest target, std::string batch, Time now,
            UndoDone done) override;
  void Claim(ClaimRequest request, Time now, ClaimDone done) override;
  void Report(std::string name, v1::Reported report, Time now,
              ReportDone done) override;
  absl::StatusOr<v1::Entry> Get(std::string_view name) override;
  absl::StatusOr<std::vector<v1::Event>> Events(std::string_view name) override;
  absl::StatusOr<EntryPage> List(const ListQuery& query) override;
  absl::StatusOr<Counts> Count(std::string_view site) override;
  absl::StatusOr<std::vector<v1::DayCounts>> CountDays(std::string_view site,
                                                       Time now,
                                                       int days) override;
  absl::StatusOr<AuthorHistory> ReadAuthorHistory(std::string_view site,
                                                  const AuthorKeys& keys,
                                                  Time now) override;
  absl::StatusOr<std::vector<Change>> Changes(std::string_view site,
                                              int64_t after,
                                              int limit) override;
  absl::StatusOr<int64_t> LastSequence() override;
  std::string Id() override;
  Outbox* outbox() override { return this; }
  KeyStore* keys() override { return &keys_; }
  absl::StatusOr<PurgeResult> Purge(const std::string& site,
                                    const Cutoffs& cutoffs, Time now) override;
  void Erase(v1::EraseAuthorRequest request, Time now, EraseDone done) override;
  absl::StatusOr<ScanChunk> Scan(const ScanQuery& query) override;
  absl::Status Flush() override { return Health(); }
  absl::Status Health() override;
  StoreStats Stats() override;

 private:
  // A row of the outbox.
  struct Letter {
    std::string hook;
    std::string comment;
    DeliveryOutcome state;
    int attempts = 0;
    int64_t sequence = 0;
  };

  absl::Status SetWebhooks(const std::vector<Webhook>& webhooks) override;
  absl::StatusOr<DueDeliveries> Due(
      const Webhook& webhook, Time now, int limit,
      const std::set<int64_t>& in_flight) override;
  absl::Status Settle(const std::vector<DeliveryOutcome>& outcomes) override;
  absl::StatusOr<DeadLetters> ListDead(std::string_view site,
                                       int limit) override;
  void Retry(std::string site, std::vector<int64_t> ids, Time now,
             RetryDone done) override;
  void AddLetters(const v1::Event& event, Time now) SLUICE_REQUIRES(mutex_);
  bool IsBlocked(const Letter& letter) const SLUICE_REQUIRES(mutex_);
  absl::StatusOr<Change> FindChange(const std::string& comment,
                                    int64_t sequence) SLUICE_REQUIRES(mutex_);

  // All is derived from the events at every call: slow, and plainly right.
  struct Stored {
    std::string site;
    std::vector<v1::Event> events;
    v1::Entry entry;
    v1::Author author;   // whom it is counted for, also once that was purged
    bool noted = false;  // retention was here
  };

  absl::StatusOr<v1::EraseAuthorResponse> EraseAll(
      const v1::EraseAuthorRequest& request, Time now);
  void PurgeOne(const v1::Purged& purged, Time now, Stored* stored)
      SLUICE_REQUIRES(mutex_);

  absl::StatusOr<CheckRecord> AddCheck(v1::Checked checked, Time now);
  absl::StatusOr<v1::Entry> AddDecision(const v1::EntryDecision& decision,
                                        const std::string& moderator,
                                        const std::string& batch, Time now)
      SLUICE_REQUIRES(mutex_);
  absl::StatusOr<UndoResult> UndoAll(const v1::UndoDecisionRequest& target,
                                     const std::string& batch, Time now);
  absl::Status UndoOne(const v1::UndoDecisionRequest& target,
                       const std::string& batch, Time now, Stored* stored,
                       UndoResult* result) SLUICE_REQUIRES(mutex_);
  absl::StatusOr<std::vector<v1::Entry>> ClaimAll(const ClaimRequest& request,
                                                  Time now);
  Stored* FindInBatch(std::string_view site, const std::string& batch)
      SLUICE_REQUIRES(mutex_);
  Stored* Find(std::string_view name) SLUICE_REQUIRES(mutex_);
  absl::Status Append(v1::Event event, Time now, Stored* stored)
      SLUICE_REQUIRES(mutex_);

  MemoryKeyStore keys_;
  Mutex mutex_;
  std::map<std::string, Stored, std::less<>> entries_
      SLUICE_GUARDED_BY(mutex_);  // by name
  absl::Status failing_ SLUICE_GUARDED_BY(mutex_);
  int64_t last_sequence_ SLUICE_GUARDED_BY(mutex_) = 0;
  std::vector<Webhook> webhooks_ SLUICE_GUARDED_BY(mutex_);
  std::map<int64_t, Letter> letters_ SLUICE_GUARDED_BY(mutex_);  // by id
  int64_t last_letter_ SLUICE_GUARDED_BY(mutex_) = 0;
};

}  // namespace sluice::store
