#include "service/store/postgres_companion.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "service/base/mutex.h"
#include "service/store/changes.h"
#include "service/store/entry_row.h"
#include "service/store/postgres_link.h"

namespace sluice::store {
namespace {

using Clock = std::chrono::steady_clock;

// Events read at once.
constexpr int kMaxEvents = 500;

// What an event's body begins with.
constexpr char TagOf(int field) { return static_cast<char>(field << 3 | 2); }

Other::Kind KindOf(std::string_view tag) {
  if (tag.size() != 1) return Other::Kind::kElse;
  switch (tag[0]) {
    case TagOf(v1::Event::kCheckedFieldNumber):
      return Other::Kind::kChecked;
    case TagOf(v1::Event::kReviewedFieldNumber):
      return Other::Kind::kReviewed;
    case TagOf(v1::Event::kUndoneFieldNumber):
      return Other::Kind::kUndone;
    default:
      return Other::Kind::kElse;
  }
}

class PostgresCompanion final : public Companion {
 public:
  PostgresCompanion(PostgresLink link, PostgresCompanionOptions options)
      : link_(std::move(link)), options_(options) {}
  ~PostgresCompanion() override;

  absl::Status Open();

  void Start(ReadPool* readers, std::function<void()> on_change) override {
    readers_ = readers;
    on_change_ = std::move(on_change);
    thread_ = std::thread([this] { Run(); });
  }
  void Follow(Store::OthersDone told) override {
    const MutexLock lock(&mutex_);
    told_ = std::move(told);
    Wake();
  }
  bool leads() const override {
    return Clock::now().time_since_epoch().count() < leads_until_;
  }

 private:
  void Run();
  absl::StatusOr<Result> Run(const std::string& script) {
    return wire_->RunScript(script, Clock::now() + link_.timeout);
  }
  void Wait();
  void Wake() { (void)!write(pipe_[1], "", 1); }
  absl::Status Listen();
  void RenewLease();
  void GiveLeaseUp();
  absl::Status ReadNews();
  absl::StatusOr<bool> OthersWrote(Connection* reader, int64_t last);
  absl::StatusOr<int> ReadSome(Connection* reader, int64_t last,
                               std::vector<Other>* others);

  const PostgresLink link_;
  const PostgresCompanionOptions options_;
  int pipe_[2] = {-1, -1};
  std::atomic<Clock::rep> leads_until_{0};
  std::atomic<bool> stop_{false};
  ReadPool* readers_ = nullptr;
  std::function<void()> on_change_;
  Mutex mutex_;
  Store::OthersDone told_ SLUICE_GUARDED_BY(mutex_);
  // Of the thread, after Open.
  std::unique_ptr<Wire> wire_;
  Clock::time_point renew_;
  int64_t told_up_to_ = 0;    // `told_` knows all up to it
  int64_t hooked_up_to_ = 0;  // change hooks were called for all up to it
  std::thread thread_;        // last: it uses all of the above
};

PostgresCompanion::~PostgresCompanion() {
  stop_ = true;
  Wake();
  if (thread_.joinable()) thread_.join();
  GiveLeaseUp();
  for (int end : pipe_) {
    if (end >= 0) close(end);
  }
}

absl::Status PostgresCompanion::Open() {
  if (pipe2(pipe_, O_CLOEXEC | O_NONBLOCK) != 0)
    return absl::ResourceExhaustedError("too many open files");
  if (absl::Status status = Listen(); !status.ok()) return status;
  const absl::StatusOr<Result> end = Run("SELECT sequence FROM log_end");
  if (!end.ok()) return end.status();
  told_up_to_ = hooked_up_to_ =
      PQntuples(end->get()) == 0 ? 0 : std::stoll(PQgetvalue(end->get(), 0, 0));
  RenewLease();
  return absl::OkStatus();
}

absl::Status PostgresCompanion::Listen() {
  wire_.reset();
  absl::StatusOr<std::unique_ptr<Wire>> wire = Wire::Open(link_);
  if (!wire.ok()) return wire.status();
  wire_ = *std::move(wire);
  // Relatives without NOTIFY say so; then there is the poll.
  const absl::Status listens = Run("LISTEN sluice_log").status();
  if (absl::IsUnavailable(listens)) wire_.reset();
  return wire_ == nullptr ? listens : absl::OkStatus();
}

void PostgresCompanion::RenewLease() {
  const Clock::time_point asked = Clock::now();
  renew_ = asked + options_.lease / 3;
  const absl::StatusOr<Result> result = Run(fmt::format(
      "INSERT INTO leases VALUES ('leader', {0}, now() + interval '{1} ms')"
      " ON CONFLICT (name) DO UPDATE SET holder = excluded.holder,"
      " until = excluded.until WHERE leases.holder = excluded.holder"
      " OR leases.until < now() RETURNING holder",
      options_.writer, options_.lease.count()));
  if (!result.ok()) return;
  const bool mine = PQntuples(result->get()) == 1;
  leads_until_ = mine ? (asked + options_.lease).time_since_epoch().count() : 0;
}

void PostgresCompanion::GiveLeaseUp() {
  if (wire_ == nullptr || leads_until_ == 0) return;
  leads_until_ = 0;
  (void)Run(
      fmt::format("DELETE FROM leases WHERE name = 'leader' AND holder = {}",
                  options_.writer));
}

// The next events after told_up_to_, which is moved; how many there were.
absl::StatusOr<int> PostgresCompanion::ReadSome(Connection* reader,
                                                int64_t last,
                                                std::vector<Other>* others) {
  const absl::StatusOr<Transaction> snapshot =
      Transaction::Begin(reader, Transaction::Kind::kRead);
  if (!snapshot.ok()) return snapshot.status();
  absl::StatusOr<Query> events = reader->Prepare(
      "SELECT sequence, substr(body, 1, 1) FROM events WHERE sequence > ?"
      " AND sequence <= ? AND writer != ? ORDER BY sequence LIMIT ?");
  if (!events.ok()) return events.status();
  events->Int(told_up_to_).Int(last).Int(options_.writer).Int(kMaxEvents);
  std::vector<Other> found;
  int64_t up_to = told_up_to_;
  while (true) {
    const absl::StatusOr<bool> row = events->Step();
    if (!row.ok()) return row.status();
    if (!*row) break;
    up_to = events->IntAt(0);
    found.push_back({KindOf(events->BytesAt(1)), {}});
  }
  absl::StatusOr<Query> entries = reader->Prepare(
      SLUICE_ENTRY_COLUMNS
      "JOIN events v ON v.entry = e.id WHERE v.sequence > ?"
      " AND v.sequence <= ? AND v.writer != ? ORDER BY v.sequence");
  if (!entries.ok()) return entries.status();
  entries->Int(told_up_to_).Int(up_to).Int(options_.writer);
  for (Other& other : found) {
    const absl::StatusOr<bool> row = entries->Step();
    if (!row.ok()) return row.status();
    if (!*row) return absl::InternalError("an event has lost its entry");
    absl::StatusOr<v1::Entry> entry = EntryOf(*entries);
    if (!entry.ok()) return entry.status();
    other.entry = *std::move(entry);
  }
  const int count = static_cast<int>(found.size());
  told_up_to_ = count < kMaxEvents ? last : up_to;
  *others = std::move(found);
  return count;
}

// Whether any event after hooked_up_to_ is another's; for one's own the store
// calls the hooks itself.
absl::StatusOr<bool> PostgresCompanion::OthersWrote(Connection* reader,
                                                    int64_t last) {
  if (last <= hooked_up_to_) return false;
  absl::StatusOr<Query> query = reader->Prepare(
      "SELECT 1 FROM events WHERE sequence > ? AND sequence <= ?"
      " AND writer != ? LIMIT 1");
  if (!query.ok()) return query.status();
  query->Int(hooked_up_to_).Int(last).Int(options_.writer);
  return query->Step();
}

absl::Status PostgresCompanion::ReadNews() {
  absl::StatusOr<ReadPool::Lease> reader = readers_->Borrow();
  if (!reader.ok()) return reader.status();
  const absl::StatusOr<int64_t> last = ReadLastSequence(reader->get());
  if (!last.ok()) return last.status();
  const absl::StatusOr<bool> others = OthersWrote(reader->get(), *last);
  if (!others.ok()) return others.status();
  hooked_up_to_ = *last;
  if (*others) on_change_();
  while (!stop_) {
    const MutexLock lock(&mutex_);  // Follow waits for a call to end
    if (told_ == nullptr || told_up_to_ >= *last) break;
    std::vector<Other> others;
    const absl::StatusOr<int> count = ReadSome(reader->get(), *last, &others);
    if (!count.ok()) return count.status();
    if (*count > 0) told_(others);
  }
  return absl::OkStatus();
}

void PostgresCompanion::Run() {
  while (!stop_) {
    if (wire_ != nullptr || Listen().ok()) {
      if (Clock::now() >= renew_) RenewLease();
      // An error is tried again after the next wait.
      (void)ReadNews();
    }
    Wait();
  }
}

// Until another's notification, the next poll, or Wake.
void PostgresCompanion::Wait() {
  const Clock::time_point deadline = Clock::now() + options_.poll;
  const std::string own = std::to_string(options_.writer);
  bool news = false;
  while (!news && !stop_ && Clock::now() < deadline) {
    WaitForInput(wire_.get(), pipe_[0], deadline);
    char drained[64];
    while (read(pipe_[0], drained, sizeof(drained)) > 0) news = true;
    if (wire_ == nullptr) continue;
    if (!wire_->Alive()) {
      wire_.reset();
      return;
    }
    while (PGnotify* note = PQnotifies(wire_->get())) {
      news |= own != note->extra;
      PQfreemem(note);
    }
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<Companion>> OpenPostgresCompanion(
    const PostgresLink& link, const PostgresCompanionOptions& options) {
  auto companion = std::make_unique<PostgresCompanion>(link, options);
  if (absl::Status status = companion->Open(); !status.ok()) return status;
  return companion;
}

}  // namespace sluice::store
