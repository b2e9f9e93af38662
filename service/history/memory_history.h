#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>

#include "service/base/mutex.h"
#include "service/history/bounded_table.h"
#include "service/history/campaigns.h"
#include "service/history/history.h"
#include "service/history/name_set.h"
#include "service/history/regulars.h"
#include "service/history/sliding_counts.h"

namespace sluice::history {

// What MemoryHistory may hold; config.proto, HistoryConfig. Memory is fixed by
// these when it is made, and taken as it is first used.
struct MemoryHistoryOptions {
  // Comments that are known by name, text and outcome. Of one more the oldest
  // is forgotten.
  size_t max_comments = 200'000;
  // Addresses, prefixes, e-mails, domains and pages that are counted. A comment
  // has four and one more for each link domain.
  size_t max_keys = 200'000;
  // Form tokens that are known to have been used.
  size_t max_tokens = 100'000;
  // Names of identities whose accepted comments are counted.
  size_t max_authors = 50'000;
  // Accepted comments that make a regular.
  uint32_t regular_accepted = 5;
  // How far back repetition looks.
  std::chrono::seconds window = std::chrono::days(30);
};

// The id of the campaign that a comment begins (Traces::name), as those who
// follow it will have it in RepetitionSignals.campaign.
std::string CampaignBegunBy(uint64_t name);

// The history of one server in its own memory: bounded, constant time a
// comment, empty at the start (service/warm_up.h fills it from the store).
class MemoryHistory final : public History {
 public:
  explicit MemoryHistory(const MemoryHistoryOptions& options);

  absl::StatusOr<signals::Past> Recall(const signals::Traces& traces) override;
  void Remember(const signals::Traces& traces, v1::State state) override;
  void Follow(uint64_t name, v1::State state) override;
  void NoteTokenIssued(uint64_t site) override;

  // Bytes that are held when it is full.
  size_t max_bytes() const;

 private:
  // One comment, in the order of Remember.
  struct Record {
    uint64_t name;
    uint64_t page;
    uint64_t exact;   // key in tallies_: site and text; 0: none
    uint64_t near;    // key in tallies_: site and campaign; 0: none
    uint64_t author;  // Regulars::Key; 0: none
    uint32_t seconds;
    Campaigns::Index campaign;
    v1::State state;
  };
  // How the comments of one kind ended.
  struct Tally {
    uint32_t all;
    uint32_t accepted;
    uint32_t rejected;
  };

  // Begins to fetch what Recall and Remember will look at.
  void Prefetch(const signals::Traces& traces) const SLUICE_REQUIRES(mutex_);
  Record* FindRecord(uint64_t name) SLUICE_REQUIRES(mutex_);
  void RecallVelocity(const signals::Traces& traces, bool known,
                      v1::VelocitySignals* out) const SLUICE_REQUIRES(mutex_);
  void RecallRepetition(const signals::Traces& traces, const Record* own,
                        v1::RepetitionSignals* out) const
      SLUICE_REQUIRES(mutex_);
  void RecallToken(const signals::Traces& traces, bool known,
                   signals::Past* out) const SLUICE_REQUIRES(mutex_);
  int32_t OtherNames(const signals::Traces& traces, uint32_t now) const
      SLUICE_REQUIRES(mutex_);
  void Count(const signals::Traces& traces, uint32_t seconds)
      SLUICE_REQUIRES(mutex_);
  void NoteAccepted(const Record& record) SLUICE_REQUIRES(mutex_);
  // Forgets what has left the window, some at a time.
  void Expire(uint32_t now) SLUICE_REQUIRES(mutex_);
  void ForgetOldest() SLUICE_REQUIRES(mutex_);
  void TallyUp(const Record& record) SLUICE_REQUIRES(mutex_);
  void TallyDown(const Record& record) SLUICE_REQUIRES(mutex_);
  Tally TallyWithout(uint64_t key, const Record* own) const
      SLUICE_REQUIRES(mutex_);

  const size_t max_comments_;
  const uint32_t window_;
  mutable Mutex mutex_;
  // A ring: the records from oldest_ to next_, each modulo max_comments_.
  ZeroedArray<Record> records_ SLUICE_GUARDED_BY(mutex_);
  uint64_t oldest_ SLUICE_GUARDED_BY(mutex_) = 0;
  uint64_t next_ SLUICE_GUARDED_BY(mutex_) = 0;
  BoundedTable<uint32_t> places_ SLUICE_GUARDED_BY(mutex_);  // in it, by name
  BoundedTable<Tally> tallies_ SLUICE_GUARDED_BY(mutex_);
  Campaigns campaigns_ SLUICE_GUARDED_BY(mutex_);
  BoundedTable<SlidingCounts> counts_ SLUICE_GUARDED_BY(mutex_);
  BoundedTable<NameSet> names_ SLUICE_GUARDED_BY(mutex_);  // by link domain
  // Second of the last accepted comment, by page.
  BoundedTable<uint32_t> pages_ SLUICE_GUARDED_BY(mutex_);
  // Uses of a form token, by token and by token and address.
  BoundedTable<uint32_t> tokens_ SLUICE_GUARDED_BY(mutex_);
  Regulars regulars_ SLUICE_GUARDED_BY(mutex_);
  // Sites that ask for form tokens; no more than there are sites.
  std::set<uint64_t> issuing_ SLUICE_GUARDED_BY(mutex_);
};

}  // namespace sluice::history
