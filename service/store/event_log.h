#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/store/database.h"
#include "service/store/identity.h"
#include "service/store/store.h"

namespace sluice::store {

// Adds events to the log and moves what is derived from it: the entry, the
// totals, the authors' records. Everything happens inside a transaction that
// the caller begins and commits, on one thread.
//
// Each method returns what the database said; an error there means that the
// transaction is lost. What the caller is to be told is `*result`.
class EventLog {
 public:
  // The connection must outlive it. `key` is that of the keyed hashes.
  // `begun_by` names the campaigns, see CampaignOf.
  EventLog(Connection* connection, std::string key,
           std::function<std::string(std::string_view)> fold_name,
           CampaignNamer begun_by = {});

  // Call first in every transaction.
  absl::Status Begin();
  // Call last, before the commit.
  absl::Status End();

  absl::Status AddCheck(const v1::Checked& checked, int64_t now,
                        absl::StatusOr<CheckRecord>* result);
  absl::Status AddDecision(const v1::EntryDecision& decision,
                           const std::string& moderator,
                           const std::string& batch, int64_t now,
                           absl::StatusOr<v1::Entry>* result);
  absl::Status AddReport(std::string_view name, const v1::Reported& report,
                         int64_t now, absl::Status* result);

  // Takes back the decision in force on a comment; an etag that is not empty
  // must be its own.
  absl::Status AddUndo(std::string_view name, const std::string& etag,
                       const v1::Undone& undone, int64_t now,
                       absl::StatusOr<v1::Entry>* result);
  // The comment, first in the log, whose decision in force is of this batch;
  // empty: there is none.
  absl::StatusOr<std::string> FindInBatch(std::string_view site,
                                          std::string_view batch);
  // Claims, or gives back if `claim` names nobody. `*result` is NOT_FOUND if
  // `moderator` may not.
  absl::Status AddClaim(std::string_view name, std::string_view moderator,
                        const v1::Claimed& claim, int64_t now,
                        absl::StatusOr<v1::Entry>* result);

  // Takes out of a comment's events what Purged says, and records that; a
  // comment that has nothing of it is only noted. With the content go the
  // hashes it is counted by.
  absl::Status AddPurge(std::string_view name, const v1::Purged& purged,
                        int64_t now);
  // Removes a comment as if it had never been there; its events' numbers are
  // not given again.
  absl::Status RemoveEntry(std::string_view name);

  // Writes something that changes nothing, to see whether the disk takes it.
  absl::Status Probe();

  // Events added since Begin.
  int64_t added() const { return next_sequence_ - first_sequence_; }

  // Whether there is something new for Store::change_hooks since Begin.
  bool changed() const { return changed_; }
  void set_changed() { changed_ = true; }

  Identities IdentitiesOf(std::string_view site,
                          const v1::Author& author) const;
  const std::string& key() const { return key_; }

 private:
  // An entry's row as far as a change needs it.
  struct Row {
    int64_t id = 0;
    std::string site;
    std::string comment;
    v1::State state = v1::STATE_UNSPECIFIED;
    bool by_person = false;
    int64_t create_time = 0;
    int64_t events = 0;
    int64_t check_event = 0;
    int64_t review_event = 0;                       // 0: none
    v1::Verdict verdict = v1::VERDICT_UNSPECIFIED;  // the check's
    std::string campaign;
    Identities identities;
  };
  // What decides an entry's state beside its check; no event: nothing does.
  struct ReviewInForce;

  absl::StatusOr<Row> FindRow(std::string_view name);
  absl::StatusOr<int64_t> Append(int64_t entry, int64_t now,
                                 const v1::Event& event);
  absl::Status AddChange(int64_t entry, int64_t sequence, int64_t now);
  absl::Status InsertEntry(const v1::Checked& checked, int64_t now);
  absl::Status InsertLinks(std::string_view site, int64_t entry,
                           int64_t sequence, const v1::Checked& checked,
                           int64_t now);
  absl::Status Review(const Row& row, const v1::Reviewed& review, int64_t now);
  absl::StatusOr<ReviewInForce> ReviewBelow(const Row& row);
  absl::Status PutInForce(const Row& row, const ReviewInForce& review,
                          int64_t now);
  absl::Status Move(const Row& row, v1::State state, bool by_person);
  absl::StatusOr<bool> Scrub(int64_t entry, bool content);
  absl::Status ForgetIdentities(const Row& row);
  absl::Status KeepLastSequence();
  absl::StatusOr<int64_t> NextEntry();
  absl::Status AddToCampaign(const Row& row, v1::State state, int delta);
  absl::Status AddToDay(std::string_view site, int64_t create_time,
                        const v1::DayCounts& delta);
  absl::Status AddToTotal(std::string_view site, v1::State state,
                          int64_t delta);
  absl::Status AddToAuthors(std::string_view site, const Identities& identities,
                            const v1::AuthorRecord& delta, int64_t now);

  Connection* const connection_;
  const std::string key_;
  const std::function<std::string(std::string_view)> fold_name_;
  const CampaignNamer begun_by_;
  int64_t first_sequence_ = 1;
  int64_t next_sequence_ = 1;
  bool changed_ = false;
};

}  // namespace sluice::store
