#include "service/store/group_writer.h"

#include <algorithm>
#include <string>
#include <utility>

namespace sluice::store {
namespace {

// How long until a failed commit is tried again where nobody asks for one.
constexpr std::chrono::milliseconds kRetry{250};

// A write-ahead log this many times its usual length has readers that overlap
// without end: the next checkpoint waits for them, so that it can begin anew.
constexpr int kRestartFactor = 16;

int KeepWalPages(void* pages, sqlite3*, const char*, int count) {
  *static_cast<int*>(pages) = count;
  return SQLITE_OK;
}

// Flush is a job that adds nothing: when it is finished, so is all before it.
class FlushJob : public GroupWriter::Job {
 public:
  struct Outcome {
    Mutex mutex;
    CondVar changed;
    bool finished SLUICE_GUARDED_BY(mutex) = false;
    absl::Status status SLUICE_GUARDED_BY(mutex);
  };

  explicit FlushJob(std::shared_ptr<Outcome> outcome)
      : outcome_(std::move(outcome)) {
    events = 0;  // a full queue must be flushable
  }
  absl::Status Apply(EventLog*) override { return absl::OkStatus(); }
  void Finish(const absl::Status& committed) override {
    const MutexLock lock(&outcome_->mutex);
    outcome_->finished = true;
    outcome_->status = committed;
    outcome_->changed.NotifyAll();
  }

 private:
  const std::shared_ptr<Outcome> outcome_;
};

// Adds nothing: a group of its own, to see whether the disk takes writes again.
class ProbeJob : public GroupWriter::Job {
 public:
  ProbeJob() { events = 0; }
  absl::Status Apply(EventLog*) override { return absl::OkStatus(); }
  void Finish(const absl::Status&) override {}
};

}  // namespace

GroupWriter::GroupWriter(Connection* connection, Mutex* connection_mutex,
                         EventLog* log, const Options& options)
    : connection_(connection),
      connection_mutex_(connection_mutex),
      log_(log),
      options_(options) {
  // SQLite's own checkpoints run inside COMMIT, and one that fails makes a
  // commit that has happened look like one that has not. Ours run after it.
  if (options_.checkpoints)
    sqlite3_wal_hook(connection_->handle(), KeepWalPages, &wal_pages_);
  thread_ = std::thread([this] { Run(); });
}

GroupWriter::~GroupWriter() {
  {
    const MutexLock lock(&mutex_);
    stop_ = true;
  }
  wake_.NotifyAll();
  thread_.join();
}

absl::Status GroupWriter::Submit(std::unique_ptr<Job> job) {
  const MutexLock lock(&mutex_);
  if (job->events > 0 &&
      (pending_ + job->events > options_.max_pending ||
       pending_bytes_ + job->bytes > options_.max_pending_bytes)) {
    return absl::ResourceExhaustedError(
        "too many events wait to be written; try again in a moment");
  }
  pending_ += job->events;
  pending_bytes_ += job->bytes;
  job->queued = Clock::now();
  if (!job->behind) ++waited_for_;
  // The writer sleeps on the first job's deadline, or on nothing at all.
  const bool wake = queue_.empty() || (!job->behind && waited_for_ == 1);
  queue_.push_back(std::move(job));
  if (wake) wake_.NotifyOne();
  return absl::OkStatus();
}

absl::Status GroupWriter::Flush() {
  if (std::this_thread::get_id() == thread_.get_id()) return absl::OkStatus();
  auto outcome = std::make_shared<FlushJob::Outcome>();
  const absl::Status status = Submit(std::make_unique<FlushJob>(outcome));
  if (!status.ok()) return status;
  const MutexLock lock(&outcome->mutex);
  while (!outcome->finished) outcome->changed.Wait(&outcome->mutex);
  return outcome->status;
}

absl::Status GroupWriter::Health() const {
  const MutexLock lock(&mutex_);
  if (health_.ok()) return health_;
  // A copy of its own: abseil counts references where TSan cannot see it.
  return absl::Status(health_.code(), std::string(health_.message()));
}

StoreStats GroupWriter::Stats() const {
  const MutexLock lock(&mutex_);
  StoreStats stats = stats_;
  stats.pending = static_cast<int64_t>(pending_);
  return stats;
}

void GroupWriter::Run() {
  for (Jobs jobs = NextGroup(); !jobs.empty(); jobs = NextGroup())
    Write(std::move(jobs));
}

// Waits for a group; empty: it is time to stop.
GroupWriter::Jobs GroupWriter::NextGroup() {
  const MutexLock lock(&mutex_);
  while (true) {
    const std::optional<Clock::time_point> due = Due();
    if (due && *due <= Clock::now()) break;
    if (stop_) return {};
    if (due)
      wake_.WaitUntil(&mutex_, *due);
    else
      wake_.Wait(&mutex_);
  }
  Jobs jobs;
  while (!queue_.empty() && jobs.size() < options_.max_group) {
    if (!queue_.front()->behind) --waited_for_;
    jobs.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  if (jobs.empty()) jobs.push_back(std::make_unique<ProbeJob>());
  return jobs;
}

std::optional<GroupWriter::Clock::time_point> GroupWriter::Due() const {
  const bool failing = !health_.ok() && !stop_;
  if (waited_for_ > 0 || (stop_ && !queue_.empty()))
    return Clock::time_point::min();
  if (queue_.empty()) return failing ? std::optional(retry_) : std::nullopt;
  const Clock::time_point due = queue_.front()->queued + options_.write_behind;
  return failing ? std::max(due, retry_) : due;
}

void GroupWriter::Write(Jobs jobs) {
  const absl::Status status = Commit(jobs);
  if (status.ok())
    Committed(std::move(jobs));
  else if (absl::IsInternal(status))
    WriteOneByOne(std::move(jobs));
  else
    Failed(std::move(jobs), status);
  if (options_.checkpoints && wal_pages_ >= options_.checkpoint_pages)
    Checkpoint();
}

// One job has something the database will not take, ever. It must not take the
// others with it.
void GroupWriter::WriteOneByOne(Jobs jobs) {
  for (size_t i = 0; i < jobs.size(); ++i) {
    Jobs one;
    one.push_back(std::move(jobs[i]));
    const absl::Status status = Commit(one);
    if (status.ok()) {
      Committed(std::move(one));
    } else if (absl::IsInternal(status)) {
      Dropped(std::move(one.front()), status);
    } else {
      one.insert(one.end(), std::make_move_iterator(jobs.begin() + i + 1),
                 std::make_move_iterator(jobs.end()));
      return Failed(std::move(one), status);
    }
  }
}

absl::Status GroupWriter::Commit(const Jobs& jobs) {
  const MutexLock lock(connection_mutex_);
  const absl::Status status = CommitLocked(jobs);
  if (status.ok()) return status;
  // A connection that was lost is opened anew, once.
  switch (connection_->Recover()) {
    case Connection::Lost::kDone:
      return absl::OkStatus();
    case Connection::Lost::kRetry:
      return CommitLocked(jobs);
    case Connection::Lost::kNo:
      break;
  }
  return status;
}

absl::Status GroupWriter::CommitLocked(const Jobs& jobs) {
  absl::StatusOr<Transaction> transaction =
      Transaction::Begin(connection_, Transaction::Kind::kWrite);
  if (!transaction.ok()) return transaction.status();
  if (absl::Status status = log_->Begin(); !status.ok()) return status;
  for (const std::unique_ptr<Job>& job : jobs) {
    if (absl::Status status = job->Apply(log_); !status.ok()) return status;
  }
  // A transaction that writes nothing succeeds on a full disk too.
  if (log_->added() == 0 && !Health().ok()) {
    if (absl::Status status = log_->Probe(); !status.ok()) return status;
  }
  if (absl::Status status = log_->End(); !status.ok()) return status;
  return transaction->Commit();
}

void GroupWriter::Committed(Jobs jobs) {
  {
    const MutexLock lock(&mutex_);
    health_ = absl::OkStatus();
    if (log_->added() > 0) ++stats_.commits;
    stats_.events += log_->added();
    for (const std::unique_ptr<Job>& job : jobs) Forget(*job);
  }
  for (const std::unique_ptr<Job>& job : jobs) job->Finish(absl::OkStatus());
  if (log_->changed() && options_.on_change) options_.on_change();
}

void GroupWriter::Failed(Jobs jobs, const absl::Status& error) {
  Jobs told;
  {
    const MutexLock lock(&mutex_);
    health_ = error;
    ++stats_.failed_commits;
    std::deque<std::unique_ptr<Job>> kept;
    for (auto& job : queue_) jobs.push_back(std::move(job));
    for (auto& job : jobs) {
      if (job->behind && !stop_) {
        kept.push_back(std::move(job));
      } else {
        Forget(*job);
        told.push_back(std::move(job));
      }
    }
    queue_ = std::move(kept);
    waited_for_ = 0;
    retry_ = Clock::now() + kRetry;
  }
  for (const std::unique_ptr<Job>& job : told) job->Finish(error);
}

void GroupWriter::Dropped(std::unique_ptr<Job> job, const absl::Status& error) {
  {
    const MutexLock lock(&mutex_);
    ++stats_.failed_commits;
    Forget(*job);
  }
  job->Finish(error);
}

void GroupWriter::Forget(const Job& job) {
  pending_ -= job.events;
  pending_bytes_ -= job.bytes;
}

// Copies the log into the file. What fails here was committed all the same, and
// is tried again after the next commit.
void GroupWriter::Checkpoint() {
  const MutexLock lock(connection_mutex_);
  bool held;
  {
    const MutexLock state_lock(&mutex_);
    held = holds_ > 0;
  }
  const int mode =
      !held && wal_pages_ / kRestartFactor >= options_.checkpoint_pages
          ? SQLITE_CHECKPOINT_RESTART
          : SQLITE_CHECKPOINT_PASSIVE;
  const int code = sqlite3_wal_checkpoint_v2(connection_->handle(), "main",
                                             mode, nullptr, nullptr);
  if (code != SQLITE_OK) return;
  wal_pages_ = 0;
  const MutexLock stats_lock(&mutex_);
  ++stats_.checkpoints;
}

void GroupWriter::HoldCheckpoints() {
  const MutexLock lock(&mutex_);
  ++holds_;
}

void GroupWriter::ReleaseCheckpoints() {
  bool truncate = false;
  {
    const MutexLock lock(&mutex_);
    if (--holds_ == 0) std::swap(truncate, truncate_later_);
  }
  if (truncate) Truncate();
}

void GroupWriter::Truncate() {
  if (!options_.checkpoints) return;
  {
    const MutexLock state_lock(&mutex_);
    truncate_later_ = holds_ > 0;
    if (truncate_later_) return;
  }
  const MutexLock lock(connection_mutex_);
  sqlite3_wal_checkpoint_v2(connection_->handle(), "main",
                            SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
}

}  // namespace sluice::store
