#include "service/store/sqlite_outbox.h"

#include <algorithm>
#include <utility>

#include "service/base/resource_name.h"
#include "service/store/changes.h"
#include "service/store/entry.h"
#include "service/store/task_job.h"

namespace sluice::store {
namespace {

constexpr int kMaxLetters = 200;

// How soon one that only stands by looks again whether it is its turn.
constexpr std::chrono::seconds kStandBy{1};

// Deliveries of a webhook, those not blocked by an earlier change of the same
// comment.
constexpr std::string_view kUnblocked =
    "SELECT d.id, d.entry, d.sequence, d.attempts, d.next_time"
    " FROM deliveries d WHERE d.hook = ? AND d.dead = 0"
    " AND NOT EXISTS (SELECT 1 FROM deliveries b WHERE b.entry = d.entry"
    " AND b.hook = d.hook AND b.sequence < d.sequence AND b.dead = 0)"
    " ORDER BY d.next_time, d.sequence LIMIT ?";

v1::DeadLetter LetterOf(const Query& row) {
  v1::DeadLetter letter;
  letter.set_id(std::to_string(row.IntAt(0)));
  const std::string hook(row.BytesAt(1));
  letter.set_url(hook.substr(hook.find(' ') + 1));
  letter.set_name(CommentName(row.BytesAt(2), row.BytesAt(3)));
  letter.set_attempts(static_cast<int32_t>(row.IntAt(4)));
  letter.set_error(std::string(row.BytesAt(5)));
  *letter.mutable_create_time() = TimestampOf(row.IntAt(6));
  *letter.mutable_last_time() = TimestampOf(row.IntAt(7));
  return letter;
}

}  // namespace

absl::Status SqliteOutbox::SetWebhooks(const std::vector<Webhook>& webhooks) {
  return RunTask(
      writer_, [this, webhooks](EventLog*) { return ApplyWebhooks(webhooks); });
}

absl::Status SqliteOutbox::ApplyWebhooks(const std::vector<Webhook>& webhooks) {
  if (absl::Status status = connection_->Execute("DELETE FROM webhooks");
      !status.ok()) {
    return status;
  }
  for (const Webhook& webhook : webhooks) {
    absl::StatusOr<Query> insert = connection_->Prepare(
        "INSERT INTO webhooks (hook, site) VALUES (?, ?)"
        " ON CONFLICT DO NOTHING");
    if (!insert.ok()) return insert.status();
    const std::string name = webhook.Name();
    absl::Status status = insert->Text(name).Text(webhook.site).Run();
    if (!status.ok()) return status;
  }
  return connection_->Execute(
      "DELETE FROM deliveries WHERE hook NOT IN (SELECT hook FROM webhooks)");
}

absl::StatusOr<DueDeliveries> SqliteOutbox::Due(
    const Webhook& webhook, Time now, int limit,
    const std::set<int64_t>& in_flight) {
  if (companion_ != nullptr && !companion_->leads()) {
    DueDeliveries later;
    later.next = now + kStandBy;
    return later;
  }
  absl::StatusOr<ReadPool::Lease> reader = readers_->Borrow();
  if (!reader.ok()) return reader.status();
  const absl::StatusOr<Transaction> snapshot =
      Transaction::Begin(reader->get(), Transaction::Kind::kRead);
  if (!snapshot.ok()) return snapshot.status();
  absl::StatusOr<Query> query = reader->get()->Prepare(kUnblocked);
  if (!query.ok()) return query.status();
  const std::string name = webhook.Name();
  query->Text(name).Int(limit + static_cast<int>(in_flight.size()) + 1);
  DueDeliveries found;
  while (true) {
    const absl::StatusOr<bool> row = query->Step();
    if (!row.ok()) return row.status();
    if (!*row) return found;
    Delivery delivery;
    delivery.id = query->IntAt(0);
    if (in_flight.count(delivery.id) != 0) continue;
    const Time due{std::chrono::microseconds(query->IntAt(4))};
    if (due > now || static_cast<int>(found.due.size()) >= limit) {
      found.next = due;
      return found;
    }
    delivery.sequence = query->IntAt(2);
    delivery.attempts = static_cast<int>(query->IntAt(3));
    absl::StatusOr<Change> change =
        ReadChange(reader->get(), query->IntAt(1), delivery.sequence);
    if (absl::IsNotFound(change.status())) {
      found.gone.push_back(delivery.id);
      continue;
    }
    if (!change.ok()) return change.status();
    delivery.told = std::move(change->told);
    found.due.push_back(std::move(delivery));
  }
}

absl::Status SqliteOutbox::Settle(
    const std::vector<DeliveryOutcome>& outcomes) {
  return RunTask(writer_, [this, outcomes](EventLog*) {
    for (const DeliveryOutcome& outcome : outcomes) {
      absl::Status status = ApplyOutcome(outcome);
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  });
}

absl::Status SqliteOutbox::ApplyOutcome(const DeliveryOutcome& outcome) {
  if (outcome.delivered) {
    absl::StatusOr<Query> remove =
        connection_->Prepare("DELETE FROM deliveries WHERE id = ?");
    if (!remove.ok()) return remove.status();
    return remove->Int(outcome.id).Run();
  }
  absl::StatusOr<Query> update = connection_->Prepare(
      "UPDATE deliveries SET attempts = attempts + 1, dead = ?, next_time = ?,"
      " first_time = CASE first_time WHEN 0 THEN ? ELSE first_time END,"
      " last_time = ?, error = ? WHERE id = ?");
  if (!update.ok()) return update.status();
  update->Int(outcome.dead ? 1 : 0).Int(Micros(outcome.next_time));
  update->Int(Micros(outcome.first_time)).Int(Micros(outcome.last_time));
  return update->Text(outcome.error).Int(outcome.id).Run();
}

absl::StatusOr<DeadLetters> SqliteOutbox::ListDead(std::string_view site,
                                                   int limit) {
  const absl::StatusOr<ReadPool::Lease> reader = readers_->Borrow();
  if (!reader.ok()) return reader.status();
  absl::StatusOr<Query> query = reader->get()->Prepare(
      "SELECT d.id, d.hook, e.site, e.comment, d.attempts, d.error,"
      " d.first_time, d.last_time, count(*) OVER ()"
      " FROM deliveries d JOIN entries e ON e.id = d.entry"
      " WHERE d.dead = 1 AND e.site = ?"
      " ORDER BY d.last_time DESC, d.id DESC LIMIT ?");
  if (!query.ok()) return query.status();
  query->Text(site).Int(std::clamp(limit, 1, kMaxLetters));
  DeadLetters found;
  while (true) {
    const absl::StatusOr<bool> row = query->Step();
    if (!row.ok()) return row.status();
    if (!*row) return found;
    found.letters.push_back(LetterOf(*query));
    found.count = query->IntAt(8);
  }
}

void SqliteOutbox::Retry(std::string site, std::vector<int64_t> ids, Time now,
                         RetryDone done) {
  auto count = std::make_shared<int64_t>(0);
  const std::set<int64_t> wanted(ids.begin(), ids.end());
  SubmitTask(
      writer_,
      [this, site = std::move(site), wanted, now, count](EventLog* log) {
        const absl::StatusOr<int64_t> revived =
            Revive(site, wanted, Micros(now));
        if (!revived.ok()) return revived.status();
        *count = *revived;
        log->set_changed();
        return absl::OkStatus();
      },
      [done = std::move(done), count](const absl::Status& status) {
        if (status.ok())
          done(*count);
        else
          done(status);
      });
}

absl::StatusOr<int64_t> SqliteOutbox::Revive(const std::string& site,
                                             const std::set<int64_t>& ids,
                                             int64_t now) {
  std::vector<std::pair<int64_t, std::string>> letters;  // entry, webhook
  int64_t count = 0;
  {
    absl::StatusOr<Query> dead = connection_->Prepare(
        "SELECT d.id, d.entry, d.hook FROM deliveries d"
        " JOIN entries e ON e.id = d.entry WHERE d.dead = 1 AND e.site = ?");
    if (!dead.ok()) return dead.status();
    dead->Text(site);
    while (true) {
      const absl::StatusOr<bool> row = dead->Step();
      if (!row.ok()) return row.status();
      if (!*row) break;
      if (!ids.empty() && ids.count(dead->IntAt(0)) == 0) continue;
      ++count;
      letters.emplace_back(dead->IntAt(1), std::string(dead->BytesAt(2)));
    }
  }
  for (const auto& [entry, hook] : letters) {
    absl::StatusOr<Query> remove = connection_->Prepare(
        "DELETE FROM deliveries WHERE entry = ? AND hook = ? AND dead = 1");
    if (!remove.ok()) return remove.status();
    absl::Status status = remove->Int(entry).Text(hook).Run();
    if (!status.ok()) return status;
    absl::StatusOr<Query> insert = connection_->Prepare(
        "INSERT INTO deliveries (hook, entry, sequence, next_time)"
        " SELECT ?, entry, max(sequence), ? FROM changes WHERE entry = ?"
        " GROUP BY entry ON CONFLICT DO NOTHING");
    if (!insert.ok()) return insert.status();
    status = insert->Text(hook).Int(now).Int(entry).Run();
    if (!status.ok()) return status;
  }
  return count;
}

}  // namespace sluice::store
