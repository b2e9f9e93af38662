#include "service/store/sqlite_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <optional>
#include <unordered_map>
#include <utility>

#include "service/base/ascii.h"
#include "service/base/mutex.h"
#include "service/base/resource_name.h"
#include "service/store/changes.h"
#include "service/store/entry.h"
#include "service/store/event_log.h"
#include "service/store/group_writer.h"
#include "service/store/integrity.h"
#include "service/store/listing.h"
#include "service/store/page_token.h"
#include "service/store/pending_checks.h"
#include "service/store/purge.h"
#include "service/store/queries.h"
#include "service/store/read_pool.h"
#include "service/store/scan.h"
#include "service/store/sql_store.h"
#include "service/store/sqlite_key_store.h"
#include "service/store/sqlite_outbox.h"
#include "service/store/task_job.h"

// Every change is a job of the group writer, on its connection; reads go to
// connections of their own and see what is committed. Between the two stand the
// checks that were answered and are not committed yet: reads add those.

namespace sluice::store {
namespace {

class SqliteStore final : public Store {
 public:
  explicit SqliteStore(SqlParts parts);
  ~SqliteStore() override { companion_.reset(); }

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
  std::string Id() override { return StoreId(log_.key()); }
  Outbox* outbox() override { return &outbox_; }
  KeyStore* keys() override { return &keys_; }
  absl::StatusOr<PurgeResult> Purge(const std::string& site,
                                    const Cutoffs& cutoffs, Time now) override;
  void Erase(v1::EraseAuthorRequest request, Time now, EraseDone done) override;
  absl::StatusOr<ScanChunk> Scan(const ScanQuery& query) override;
  absl::StatusOr<std::string> Backup(const GoOn& go_on) override;
  absl::Status Flush() override { return writer_.Flush(); }
  absl::Status Health() override;
  StoreStats Stats() override;
  void FollowOthers(OthersDone told) override;

 private:
  class CheckJob;
  class BehindJob;
  class DecideJob;
  class UndoJob;
  class ClaimJob;
  class ReportJob;

  struct Erasure;
  void EraseSome(std::shared_ptr<Erasure> erasure);

  // Names hash to one of these.
  static constexpr size_t kGenerations = 256;

  PendingChecks::Pointer FindPending(const std::string& name);
  uint64_t* GenerationOf(const std::string& name) SLUICE_REQUIRES(mutex_);
  void RecordDurably(v1::Checked checked, int64_t now, CheckDone done);
  absl::StatusOr<std::optional<CheckRecord>> RecordBehind(
      const v1::Checked& checked, int64_t now);
  absl::Status AddPending(ReadPool::Lease* reader,
                          const std::vector<PendingChecks::Pointer>& pending,
                          std::vector<PendingChecks::Pointer>* unwritten);
  absl::Status ReadRecord(ReadPool::Lease* reader, std::string_view site,
                          IdentityKind kind, const std::string& identity,
                          const std::vector<PendingChecks::Pointer>& pending,
                          int64_t now, v1::AuthorRecord* record);

  const std::string path_;
  // Goes after the connection: then the end was a clean one.
  struct CleanEnd {
    const std::optional<FileLock> lock;
    ~CleanEnd() {
      if (lock.has_value()) lock->MarkClean();
    }
  };
  const CleanEnd end_;
  const SqlParts::Copy copy_;
  const std::unique_ptr<Connection> connection_;
  Mutex connection_mutex_;
  EventLog log_;
  ReadPool readers_;

  std::atomic<bool> backing_up_{false};

  Mutex mutex_;
  PendingChecks pending_ SLUICE_GUARDED_BY(mutex_);
  // Names whose check waits for its commit, with how many.
  std::unordered_map<std::string, int> durable_ SLUICE_GUARDED_BY(mutex_);
  // Counts the checks that were finished.
  std::array<uint64_t, kGenerations> generations_ SLUICE_GUARDED_BY(mutex_){};
  int64_t lost_ SLUICE_GUARDED_BY(mutex_) = 0;

  GroupWriter writer_;  // its thread uses all of the above
  SqliteOutbox outbox_;
  SqliteKeyStore keys_;
  std::unique_ptr<Companion> companion_;
};

// A check whose caller waits for the commit.
class SqliteStore::CheckJob : public GroupWriter::Job {
 public:
  CheckJob(SqliteStore* store, v1::Checked checked, int64_t now, CheckDone done)
      : store_(store),
        checked_(std::move(checked)),
        now_(now),
        done_(std::move(done)) {
    bytes = checked_.ByteSizeLong();
  }
  absl::Status Apply(EventLog* log) override {
    return log->AddCheck(checked_, now_, &result_);
  }
  void Finish(const absl::Status& committed) override {
    Forget();
    if (committed.ok())
      done_(std::move(result_));
    else
      done_(committed);
  }
  void Forget() {
    const std::string& name = checked_.comment().name();
    const MutexLock lock(&store_->mutex_);
    ++*store_->GenerationOf(name);
    const auto waiting = store_->durable_.find(name);
    if (--waiting->second == 0) store_->durable_.erase(waiting);
  }

 private:
  SqliteStore* const store_;
  const v1::Checked checked_;
  const int64_t now_;
  const CheckDone done_;
  absl::StatusOr<CheckRecord> result_ = absl::UnknownError("not applied");
};

// A check that was answered.
class SqliteStore::BehindJob : public GroupWriter::Job {
 public:
  BehindJob(SqliteStore* store, PendingChecks::Pointer check)
      : store_(store), check_(std::move(check)) {
    bytes = check_->entry.checked().ByteSizeLong();
    behind = true;
  }
  absl::Status Apply(EventLog* log) override {
    // Where a commit seemed to fail and did not, the check is there already;
    // that is what `result` says, and nobody asks.
    absl::StatusOr<CheckRecord> result = absl::UnknownError("not applied");
    return log->AddCheck(check_->entry.checked(), check_->create_micros,
                         &result);
  }
  void Finish(const absl::Status& committed) override {
    const std::string& name = check_->entry.name();
    const MutexLock lock(&store_->mutex_);
    ++*store_->GenerationOf(name);
    store_->pending_.Erase(name);
    if (!committed.ok()) ++store_->lost_;
  }

 private:
  SqliteStore* const store_;
  const PendingChecks::Pointer check_;
};

class SqliteStore::DecideJob : public GroupWriter::Job {
 public:
  DecideJob(std::vector<v1::EntryDecision> decisions, std::string moderator,
            std::string batch, int64_t now, DecideDone done)
      : decisions_(std::move(decisions)),
        moderator_(std::move(moderator)),
        batch_(std::move(batch)),
        now_(now),
        done_(std::move(done)) {
    events = decisions_.size();
  }
  absl::Status Apply(EventLog* log) override {
    results_.assign(decisions_.size(), absl::UnknownError("not applied"));
    for (size_t i = 0; i < decisions_.size(); ++i) {
      const absl::Status status = log->AddDecision(decisions_[i], moderator_,
                                                   batch_, now_, &results_[i]);
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }
  void Finish(const absl::Status& committed) override {
    if (committed.ok())
      done_(std::move(results_));
    else
      done_(committed);
  }

 private:
  const std::vector<v1::EntryDecision> decisions_;
  const std::string moderator_;
  const std::string batch_;
  const int64_t now_;
  const DecideDone done_;
  DecideResults results_;
};

class SqliteStore::UndoJob : public GroupWriter::Job {
 public:
  UndoJob(v1::UndoDecisionRequest target, std::string batch, int64_t now,
          UndoDone done)
      : target_(std::move(target)), now_(now), done_(std::move(done)) {
    undone_.set_moderator(target_.moderator());
    undone_.set_batch(std::move(batch));
    events = target_.batch().empty() ? 1 : kMaxUndo;
  }
  absl::Status Apply(EventLog* log) override {
    result_ = UndoResult();
    if (!target_.name().empty()) return UndoOne(log, target_.name());
    const std::string site(ParseResourceName(target_.parent()).site);
    while (result_.ok()) {
      const absl::StatusOr<std::string> name =
          log->FindInBatch(site, target_.batch());
      if (!name.ok()) return name.status();
      if (name->empty()) break;
      result_->more = result_->count == kMaxUndo;
      if (result_->more) break;
      if (absl::Status status = UndoOne(log, *name); !status.ok())
        return status;
    }
    if (result_.ok() && result_->count == 0) result_ = NothingToUndo();
    return absl::OkStatus();
  }
  void Finish(const absl::Status& committed) override {
    if (committed.ok())
      done_(std::move(result_));
    else
      done_(committed);
  }

 private:
  absl::Status UndoOne(EventLog* log, const std::string& name) {
    absl::StatusOr<v1::Entry> entry = absl::UnknownError("not applied");
    absl::Status status =
        log->AddUndo(name, target_.etag(), undone_, now_, &entry);
    if (!status.ok()) return status;
    if (!entry.ok())
      result_ = entry.status();
    else
      AddUndone(*std::move(entry), &*result_);
    return absl::OkStatus();
  }

  const v1::UndoDecisionRequest target_;
  v1::Undone undone_;
  const int64_t now_;
  const UndoDone done_;
  absl::StatusOr<UndoResult> result_ = absl::UnknownError("not applied");
};

class SqliteStore::ClaimJob : public GroupWriter::Job {
 public:
  ClaimJob(ClaimRequest request, int64_t now, ClaimDone done)
      : request_(std::move(request)), now_(now), done_(std::move(done)) {
    if (!request_.release) claim_.set_moderator(request_.moderator);
    if (!request_.release)
      *claim_.mutable_expire_time() = TimestampOf(Micros(request_.expire_time));
    events = request_.names.size();
  }
  absl::Status Apply(EventLog* log) override {
    entries_.clear();
    for (const std::string& name : request_.names) {
      absl::StatusOr<v1::Entry> entry = absl::UnknownError("not applied");
      const absl::Status status =
          log->AddClaim(name, request_.moderator, claim_, now_, &entry);
      if (!status.ok()) return status;
      if (entry.ok()) entries_.push_back(*std::move(entry));
    }
    return absl::OkStatus();
  }
  void Finish(const absl::Status& committed) override {
    if (committed.ok())
      done_(std::move(entries_));
    else
      done_(committed);
  }

 private:
  const ClaimRequest request_;
  v1::Claimed claim_;
  const int64_t now_;
  const ClaimDone done_;
  std::vector<v1::Entry> entries_;
};

class SqliteStore::ReportJob : public GroupWriter::Job {
 public:
  ReportJob(std::string name, v1::Reported report, int64_t now, ReportDone done)
      : name_(std::move(name)),
        report_(std::move(report)),
        now_(now),
        done_(std::move(done)) {}
  absl::Status Apply(EventLog* log) override {
    return log->AddReport(name_, report_, now_, &result_);
  }
  void Finish(const absl::Status& committed) override {
    done_(committed.ok() ? result_ : committed);
  }

 private:
  const std::string name_;
  const v1::Reported report_;
  const int64_t now_;
  const ReportDone done_;
  absl::Status result_;
};

GroupWriter::Options WithHook(GroupWriter::Options options,
                              std::function<void()> on_change) {
  options.on_change = std::move(on_change);
  return options;
}

SqliteStore::SqliteStore(SqlParts parts)
    : path_(std::move(parts.name)),
      end_{std::move(parts.lock)},
      copy_(std::move(parts.copy)),
      connection_(std::move(parts.connection)),
      log_(connection_.get(), std::move(parts.identity_key),
           parts.fold_name ? std::move(parts.fold_name) : LowerAscii,
           std::move(parts.begun_by)),
      readers_(parts.open_reader == nullptr
                   ? ReadPool(connection_.get(), &connection_mutex_)
                   : ReadPool(std::move(parts.open_reader), parts.max_readers)),
      writer_(
          connection_.get(), &connection_mutex_, &log_,
          WithHook(std::move(parts.writer), [this] { change_hooks().Call(); })),
      outbox_(connection_.get(), &readers_, &writer_, parts.companion.get()),
      keys_(connection_.get(), &readers_, &writer_),
      companion_(std::move(parts.companion)) {
  if (companion_ != nullptr)
    companion_->Start(&readers_, [this] { change_hooks().Call(); });
}

void SqliteStore::FollowOthers(OthersDone told) {
  if (companion_ != nullptr) companion_->Follow(std::move(told));
}

PendingChecks::Pointer SqliteStore::FindPending(const std::string& name) {
  const MutexLock lock(&mutex_);
  return pending_.Find(name);
}

uint64_t* SqliteStore::GenerationOf(const std::string& name) {
  return &generations_[std::hash<std::string>()(name) % kGenerations];
}

void SqliteStore::RecordCheck(v1::Checked checked, Time now,
                              Durability durability, CheckDone done) {
  if (absl::Status status = ValidateCheck(checked); !status.ok())
    return done(std::move(status));
  if (durability == Durability::kBehind) {
    absl::StatusOr<std::optional<CheckRecord>> record =
        RecordBehind(checked, Micros(now));
    if (!record.ok()) return done(record.status());
    if (record->has_value()) return done(**std::move(record));
  }
  RecordDurably(std::move(checked), Micros(now), std::move(done));
}

// Queues a check whose answer need not wait; nothing: another check of this
// name is on its way, and only the writer can tell which was first.
absl::StatusOr<std::optional<CheckRecord>> SqliteStore::RecordBehind(
    const v1::Checked& checked, int64_t now) {
  const std::string& name = checked.comment().name();
  const auto repeated =
      [&checked](
          v1::Entry earlier) -> absl::StatusOr<std::optional<CheckRecord>> {
    absl::StatusOr<CheckRecord> record =
        RepeatedCheck(std::move(earlier), checked.request_hash());
    if (!record.ok()) return record.status();
    return std::optional(*std::move(record));
  };
  uint64_t generation;
  {
    const MutexLock lock(&mutex_);
    if (const auto earlier = pending_.Find(name))
      return repeated(earlier->entry);
    if (durable_.count(name) != 0) return std::nullopt;
    generation = *GenerationOf(name);
  }
  absl::StatusOr<v1::Entry> earlier = Get(name);
  if (earlier.ok()) return repeated(*std::move(earlier));
  if (!absl::IsNotFound(earlier.status())) return earlier.status();

  const ResourceName parsed = ParseResourceName(name);
  auto check = std::make_shared<const PendingCheck>(
      PendingCheck{NewEntry(checked, now), std::string(parsed.site),
                   std::string(parsed.comment), now,
                   log_.IdentitiesOf(parsed.site, checked.comment().author())});
  auto job = std::make_unique<BehindJob>(this, check);
  const MutexLock lock(&mutex_);
  if (pending_.Find(name) || durable_.count(name) != 0 ||
      generation != *GenerationOf(name)) {
    return std::nullopt;
  }
  if (absl::Status status = writer_.Submit(std::move(job)); !status.ok())
    return status;
  CheckRecord record{false, check->entry};
  pending_.Insert(std::move(check));
  return std::optional(std::move(record));
}

void SqliteStore::RecordDurably(v1::Checked checked, int64_t now,
                                CheckDone done) {
  const std::string name = checked.comment().name();
  auto job = std::make_unique<CheckJob>(this, std::move(checked), now, done);
  absl::Status status;
  {
    const MutexLock lock(&mutex_);
    status = writer_.Submit(std::move(job));
    if (status.ok()) ++durable_[name];
  }
  if (!status.ok()) done(std::move(status));
}

void SqliteStore::Decide(std::vector<v1::EntryDecision> decisions,
                         std::string moderator, std::string batch, Time now,
                         DecideDone done) {
  const absl::Status status = writer_.Submit(
      std::make_unique<DecideJob>(std::move(decisions), std::move(moderator),
                                  std::move(batch), Micros(now), done));
  if (!status.ok()) done(status);
}

void SqliteStore::Undo(v1::UndoDecisionRequest target, std::string batch,
                       Time now, UndoDone done) {
  const absl::Status status = writer_.Submit(std::make_unique<UndoJob>(
      std::move(target), std::move(batch), Micros(now), done));
  if (!status.ok()) done(status);
}

void SqliteStore::Claim(ClaimRequest request, Time now, ClaimDone done) {
  const absl::Status status = writer_.Submit(
      std::make_unique<ClaimJob>(std::move(request), Micros(now), done));
  if (!status.ok()) done(status);
}

void SqliteStore::Report(std::string name, v1::Reported report, Time now,
                         ReportDone done) {
  const absl::Status status = writer_.Submit(std::make_unique<ReportJob>(
      std::move(name), std::move(report), Micros(now), done));
  if (!status.ok()) done(status);
}

absl::StatusOr<v1::Entry> SqliteStore::Get(std::string_view name) {
  const ResourceName parsed = ParseResourceName(name);
  if (const auto pending = FindPending(std::string(name)))
    return pending->entry;
  const absl::StatusOr<ReadPool::Lease> reader = readers_.Borrow();
  if (!reader.ok()) return reader.status();
  return ReadEntry(reader->get(), parsed.site, parsed.comment);
}

absl::StatusOr<std::vector<v1::Event>> SqliteStore::Events(
    std::string_view name) {
  const ResourceName parsed = ParseResourceName(name);
  // Events have numbers once they are written.
  if (FindPending(std::string(name))) {
    if (absl::Status status = writer_.Flush(); !status.ok()) return status;
  }
  const absl::StatusOr<ReadPool::Lease> reader = readers_.Borrow();
  if (!reader.ok()) return reader.status();
  absl::StatusOr<std::vector<v1::Event>> events =
      ReadEvents(reader->get(), parsed.site, parsed.comment);
  if (!events.ok()) return events;
  if (events->empty()) return absl::NotFoundError("no such comment");
  v1::Event& first = events->front();
  if (first.has_checked())
    *first.mutable_checked() = WithoutTexts(first.checked());
  return events;
}

absl::StatusOr<EntryPage> SqliteStore::List(const ListQuery& query) {
  const uint32_t states = StatesOf(query);
  const auto listed = [states](const PendingChecks::Pointer& check) {
    return (states >> check->entry.state() & 1) != 0;
  };
  std::vector<PendingChecks::Pointer> pending;
  {
    const MutexLock lock(&mutex_);
    pending = pending_.OfSite(query.site);
  }
  // If it cannot be written now, the list of what is written is still of use.
  if (std::any_of(pending.begin(), pending.end(), listed))
    (void)writer_.Flush();
  const absl::StatusOr<ReadPool::Lease> reader = readers_.Borrow();
  if (!reader.ok()) return reader.status();
  return ReadPage(reader->get(), query,
                  [this](std::string_view site, const v1::Author& author) {
                    return log_.IdentitiesOf(site, author);
                  });
}

// Keeps those that are not in the reader's snapshot. REQUIRES: a transaction,
// begun after `pending` was copied: what left `pending` in between is in the
// snapshot.
absl::Status SqliteStore::AddPending(
    ReadPool::Lease* reader, const std::vector<PendingChecks::Pointer>& pending,
    std::vector<PendingChecks::Pointer>* unwritten) {
  for (const PendingChecks::Pointer& check : pending) {
    const absl::StatusOr<bool> written =
        EntryExists(reader->get(), check->site, check->comment);
    if (!written.ok()) return written.status();
    if (!*written) unwritten->push_back(check);
  }
  return absl::OkStatus();
}

absl::StatusOr<Counts> SqliteStore::Count(std::string_view site) {
  std::vector<PendingChecks::Pointer> pending;
  {
    const MutexLock lock(&mutex_);
    pending = pending_.OfSite(site);
  }
  absl::StatusOr<ReadPool::Lease> reader = readers_.Borrow();
  if (!reader.ok()) return reader.status();
  const absl::StatusOr<Transaction> snapshot =
      Transaction::Begin(reader->get(), Transaction::Kind::kRead);
  if (!snapshot.ok()) return snapshot.status();
  absl::StatusOr<Counts> counts = ReadCounts(reader->get(), site);
  if (!counts.ok()) return counts;
  std::vector<PendingChecks::Pointer> unwritten;
  if (absl::Status status = AddPending(&*reader, pending, &unwritten);
      !status.ok()) {
    return status;
  }
  for (const PendingChecks::Pointer& check : unwritten)
    AddToCounts(check->entry.state(), check->create_micros, &*counts);
  return counts;
}

absl::StatusOr<std::vector<v1::DayCounts>> SqliteStore::CountDays(
    std::string_view site, Time now, int days) {
  bool pending;
  {
    const MutexLock lock(&mutex_);
    pending = !pending_.OfSite(site).empty();
  }
  // If it cannot be written now, the counts of what is written are still of
  // use.
  if (pending) (void)writer_.Flush();
  const absl::StatusOr<ReadPool::Lease> reader = readers_.Borrow();
  if (!reader.ok()) return reader.status();
  return ReadDays(reader->get(), site, DayOf(Micros(now)),
                  std::clamp(days, 1, kMaxDays));
}

absl::Status SqliteStore::ReadRecord(
    ReadPool::Lease* reader, std::string_view site, IdentityKind kind,
    const std::string& identity,
    const std::vector<PendingChecks::Pointer>& pending, int64_t now,
    v1::AuthorRecord* record) {
  if (identity.empty()) return absl::OkStatus();
  int64_t first = now;
  absl::StatusOr<v1::AuthorRecord> stored =
      ReadAuthor(reader->get(), site, kind, identity, &first);
  if (!stored.ok()) return stored.status();
  *record = *std::move(stored);
  std::vector<PendingChecks::Pointer> unwritten;
  absl::Status status = AddPending(reader, pending, &unwritten);
  for (const PendingChecks::Pointer& check : unwritten) {
    CountInto(check->entry.state(), false, 1, record);
    first = std::min(first, check->create_micros);
  }
  record->set_age_seconds(AgeSeconds(first, now));
  return status;
}

absl::StatusOr<AuthorHistory> SqliteStore::ReadAuthorHistory(
    std::string_view site, const AuthorKeys& keys, Time now) {
  const Identities who = HashIdentities(log_.key(), site, keys);
  std::vector<PendingChecks::Pointer> by_id, by_email, by_name;
  {
    const MutexLock lock(&mutex_);
    by_id = pending_.OfIdentity(who.id);
    by_email = pending_.OfIdentity(who.email);
    by_name = pending_.OfIdentity(who.name);
  }
  absl::StatusOr<ReadPool::Lease> reader = readers_.Borrow();
  if (!reader.ok()) return reader.status();
  const absl::StatusOr<Transaction> snapshot =
      Transaction::Begin(reader->get(), Transaction::Kind::kRead);
  if (!snapshot.ok()) return snapshot.status();
  AuthorHistory history;
  absl::Status status = ReadRecord(&*reader, site, IdentityKind::kId, who.id,
                                   by_id, Micros(now), &history.by_id);
  if (status.ok()) {
    status = ReadRecord(&*reader, site, IdentityKind::kEmail, who.email,
                        by_email, Micros(now), &history.by_email);
  }
  if (status.ok()) {
    status = ReadRecord(&*reader, site, IdentityKind::kName, who.name, by_name,
                        Micros(now), &history.by_name);
  }
  if (!status.ok()) return status;
  return history;
}

absl::StatusOr<std::vector<Change>> SqliteStore::Changes(std::string_view site,
                                                         int64_t after,
                                                         int limit) {
  absl::StatusOr<ReadPool::Lease> reader = readers_.Borrow();
  if (!reader.ok()) return reader.status();
  const absl::StatusOr<Transaction> snapshot =
      Transaction::Begin(reader->get(), Transaction::Kind::kRead);
  if (!snapshot.ok()) return snapshot.status();
  return ReadChanges(reader->get(), site, after, limit);
}

absl::StatusOr<int64_t> SqliteStore::LastSequence() {
  const absl::StatusOr<ReadPool::Lease> reader = readers_.Borrow();
  if (!reader.ok()) return reader.status();
  return ReadLastSequence(reader->get());
}

absl::StatusOr<ScanChunk> SqliteStore::Scan(const ScanQuery& query) {
  // What cannot be written now is not part of the history yet.
  if (!query.after) (void)writer_.Flush();
  const absl::StatusOr<ReadPool::Lease> reader = readers_.Borrow();
  if (!reader.ok()) return reader.status();
  return ReadScan(reader->get(), query);
}

absl::StatusOr<std::string> SqliteStore::Backup(const GoOn& go_on) {
  if (copy_ == nullptr) return Store::Backup(go_on);
  if (backing_up_.exchange(true)) {
    return absl::ResourceExhaustedError(
        "another backup is being made; try again when it is done");
  }
  writer_.HoldCheckpoints();
  absl::StatusOr<std::string> copy = copy_(go_on);
  writer_.ReleaseCheckpoints();
  backing_up_ = false;
  return copy;
}

absl::StatusOr<PurgeResult> SqliteStore::Purge(const std::string& site,
                                               const Cutoffs& cutoffs,
                                               Time now) {
  if (companion_ != nullptr && !companion_->leads()) return PurgeResult();
  auto result = std::make_shared<PurgeResult>();
  const absl::Status status = RunTask(&writer_, [=, this](EventLog* log) {
    const absl::StatusOr<PurgeResult> step =
        PurgeStep(connection_.get(), log, site, cutoffs, Micros(now));
    if (step.ok()) *result = *step;
    return step.status();
  });
  if (!status.ok()) return status;
  if (!result->more && result->purged + result->removed > 0) writer_.Truncate();
  return *result;
}

struct SqliteStore::Erasure {
  v1::EraseAuthorRequest request;
  int64_t now = 0;
  EraseDone done;
  std::optional<ErasureTarget> target;
  v1::EraseAuthorResponse erased;   // up to the last commit
  v1::EraseAuthorResponse current;  // with the step that is at work
  bool more = false;
};

void SqliteStore::Erase(v1::EraseAuthorRequest request, Time now,
                        EraseDone done) {
  auto erasure = std::make_shared<Erasure>();
  erasure->request = std::move(request);
  erasure->now = Micros(now);
  erasure->done = std::move(done);
  EraseSome(std::move(erasure));
}

// One transaction; the next is queued behind the checks that wait by then.
void SqliteStore::EraseSome(std::shared_ptr<Erasure> erasure) {
  auto missing = std::make_shared<absl::Status>();
  SubmitTask(
      &writer_,
      [this, erasure, missing](EventLog* log) {
        if (!erasure->target.has_value()) {
          absl::StatusOr<ErasureTarget> target =
              FindTarget(connection_.get(), log_.key(), erasure->request);
          *missing = target.status();
          if (absl::IsNotFound(*missing)) return absl::OkStatus();
          if (!target.ok()) return target.status();
          erasure->target = *std::move(target);
        }
        erasure->current = erasure->erased;
        const absl::StatusOr<bool> more =
            EraseStep(connection_.get(), log, *erasure->target,
                      erasure->request, erasure->now, &erasure->current);
        if (more.ok()) erasure->more = *more;
        return more.status();
      },
      [this, erasure, missing](const absl::Status& committed) {
        if (!committed.ok()) return erasure->done(committed);
        if (!missing->ok()) return erasure->done(*missing);
        erasure->erased = erasure->current;
        if (erasure->more) return EraseSome(erasure);
        if (!erasure->request.dry_run()) writer_.Truncate();
        erasure->done(erasure->erased);
      });
}

absl::Status SqliteStore::Health() {
  const absl::Status health = writer_.Health();
  if (health.ok()) return health;
  return absl::Status(
      health.code(),
      fmt::format("{}: {}", path_, std::string(health.message())));
}

StoreStats SqliteStore::Stats() {
  StoreStats stats = writer_.Stats();
  const MutexLock lock(&mutex_);
  stats.lost = lost_;
  return stats;
}

}  // namespace

absl::StatusOr<std::string> ReadIdentityKey(Connection* connection) {
  absl::StatusOr<Query> query = connection->Prepare(
      "SELECT value FROM settings WHERE name = 'identity_key'");
  if (!query.ok()) return query.status();
  const absl::StatusOr<bool> row = query->Step();
  if (!row.ok()) return row.status();
  if (!*row)
    return absl::DataLossError("it has lost its key; restore a backup");
  return std::string(query->BytesAt(0));
}

std::unique_ptr<Store> MakeSqlStore(SqlParts parts) {
  return std::make_unique<SqliteStore>(std::move(parts));
}

}  // namespace sluice::store
