#pragma once

#include <cstddef>
#include <cstdint>

#include "service/base/mutex.h"
#include "service/history/bounded_table.h"
#include "service/history/history.h"
#include "service/history/sliding_counts.h"

namespace sluice::history {

// What MemoryHistory may hold; config.proto, HistoryConfig. Memory is fixed by
// these when it is made, and taken as it is first used.
struct MemoryHistoryOptions {
  // Comments whose name is known, so that none is counted twice and decisions
  // find theirs.
  size_t max_comments = 200'000;
  // Addresses, prefixes, e-mails, domains and pages that are counted. A comment
  // has four and one more for each link domain.
  size_t max_keys = 200'000;
};

// The history of one server in its own memory: bounded, constant time a
// comment, empty at the start (service/warm_up.h fills it from the store).
class MemoryHistory final : public History {
 public:
  explicit MemoryHistory(const MemoryHistoryOptions& options);

  absl::StatusOr<signals::Past> Recall(const signals::Traces& traces) override;
  void Remember(const signals::Traces& traces, v1::State state) override;
  void Follow(uint64_t name, v1::State state) override;

  // Bytes that are held when it is full.
  size_t max_bytes() const;

 private:
  struct Comment {
    uint64_t page;
    uint32_t seconds;
    uint8_t state;  // v1::State
  };

  void RecallVelocity(const signals::Traces& traces,
                      v1::VelocitySignals* out) const SLUICE_REQUIRES(mutex_);
  void NoteAccepted(uint64_t page, uint32_t seconds) SLUICE_REQUIRES(mutex_);

  mutable Mutex mutex_;
  BoundedTable<Comment> comments_ SLUICE_GUARDED_BY(mutex_);  // by name
  BoundedTable<SlidingCounts> counts_ SLUICE_GUARDED_BY(mutex_);
  // Second of the last accepted comment, by page.
  BoundedTable<uint32_t> pages_ SLUICE_GUARDED_BY(mutex_);
};

}  // namespace sluice::history
