#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "service/base/mutex.h"
#include "service/store/database.h"
#include "service/store/event_log.h"
#include "service/store/store.h"

namespace sluice::store {

// Writes jobs in the order they came, on one thread; those that wait at the
// same moment share one transaction and one fsync (group commit). While one
// commit is under way the next group gathers, so no job waits on a timer unless
// it is `behind`, and an idle writer has none.
//
// A commit that fails is told to every job that waits, except those `behind`:
// they stay queued, within the bounds, and are tried again with the next job
// and every kRetry; with none queued the disk is asked as often, so that health
// comes back by itself.
class GroupWriter {
 public:
  class Job {
   public:
    virtual ~Job() = default;
    // In a transaction. May be called again after that was rolled back. An
    // error is the database's.
    virtual absl::Status Apply(EventLog* log) = 0;
    // Once: OK after the commit, else why there will be none.
    virtual void Finish(const absl::Status& committed) = 0;

    size_t events = 1;    // that it counts against max_pending
    size_t bytes = 0;     // that it counts against max_pending_bytes
    bool behind = false;  // nobody waits for it
    std::chrono::steady_clock::time_point queued;  // set by Submit
  };

  struct Options {
    size_t max_pending;
    size_t max_pending_bytes;
    std::chrono::milliseconds write_behind;
    int checkpoint_pages;  // from which the write-ahead log is copied
    bool checkpoints;      // the database has a write-ahead log
    std::function<void()> on_change;  // after a commit with changes
    // Jobs of one transaction. More would make the first wait long for the
    // last, and other programs for the end of the log.
    size_t max_group = 1024;
  };

  // `connection` is used under `connection_mutex`; both outlive the writer.
  GroupWriter(Connection* connection, Mutex* connection_mutex, EventLog* log,
              const Options& options);
  // Writes what is queued; what cannot be written is finished with the error.
  ~GroupWriter();

  // RESOURCE_EXHAUSTED if too much is waiting: the job is then gone, without
  // Finish.
  absl::Status Submit(std::unique_ptr<Job> job);

  // Copies the whole write-ahead log into the file and cuts it to nothing, so
  // that what was overwritten is in neither. Waits for readers, as long as the
  // connection's busy timeout. Not to be called in Apply.
  void Truncate();

  // Between Hold and Release the write-ahead log grows and nothing waits for
  // readers: one that reads for minutes (a backup) would stop every commit. A
  // Truncate in between is done at the Release.
  void HoldCheckpoints();
  void ReleaseCheckpoints();

  // See Store. OK at once on the writer's own thread.
  absl::Status Flush();
  absl::Status Health() const;
  StoreStats Stats() const;

 private:
  using Clock = std::chrono::steady_clock;
  using Jobs = std::vector<std::unique_ptr<Job>>;

  void Run();
  Jobs NextGroup();
  // When the next group must be written; nothing: when someone says so.
  std::optional<Clock::time_point> Due() const SLUICE_REQUIRES(mutex_);
  void Write(Jobs jobs);
  void WriteOneByOne(Jobs jobs);
  absl::Status Commit(const Jobs& jobs);
  absl::Status CommitLocked(const Jobs& jobs);
  void Committed(Jobs jobs);
  void Failed(Jobs jobs, const absl::Status& error);
  void Dropped(std::unique_ptr<Job> job, const absl::Status& error);
  void Forget(const Job& job) SLUICE_REQUIRES(mutex_);
  void Checkpoint();

  Connection* const connection_;
  Mutex* const connection_mutex_;
  EventLog* const log_;
  const Options options_;
  int wal_pages_ = 0;  // used on the writer's thread

  mutable Mutex mutex_;
  CondVar wake_;
  std::deque<std::unique_ptr<Job>> queue_ SLUICE_GUARDED_BY(mutex_);
  size_t waited_for_ SLUICE_GUARDED_BY(mutex_) = 0;  // queued jobs not behind
  size_t pending_ SLUICE_GUARDED_BY(mutex_) = 0;  // events, those in work too
  size_t pending_bytes_ SLUICE_GUARDED_BY(mutex_) = 0;
  // After a commit that failed: not before, unless someone waits.
  Clock::time_point retry_ SLUICE_GUARDED_BY(mutex_);
  absl::Status health_ SLUICE_GUARDED_BY(mutex_);
  StoreStats stats_ SLUICE_GUARDED_BY(mutex_);
  int holds_ SLUICE_GUARDED_BY(mutex_) = 0;
  bool truncate_later_ SLUICE_GUARDED_BY(mutex_) = false;
  bool stop_ SLUICE_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace sluice::store
