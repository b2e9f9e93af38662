#include "service/store/event_log.h"

#include <utility>

#include "service/base/ascii.h"
#include "service/base/resource_name.h"
#include "service/store/changes.h"
#include "service/store/entry.h"
#include "service/store/queries.h"

namespace sluice::store {

struct EventLog::Row {
  int64_t id = 0;
  std::string site;
  std::string comment;
  v1::State state = v1::STATE_UNSPECIFIED;
  bool by_person = false;
  int64_t create_time = 0;
  int64_t events = 0;
  Identities identities;
};

EventLog::EventLog(Connection* connection, std::string key,
                   std::function<std::string(std::string_view)> fold_name)
    : connection_(connection),
      key_(std::move(key)),
      fold_name_(std::move(fold_name)) {}

absl::Status EventLog::Begin() {
  const absl::StatusOr<int64_t> last = ReadLastSequence(connection_);
  if (!last.ok()) return last.status();
  changed_ = false;
  first_sequence_ = next_sequence_ = *last + 1;
  return absl::OkStatus();
}

absl::Status EventLog::AddCheck(const v1::Checked& checked, int64_t now,
                                absl::StatusOr<CheckRecord>* result) {
  const ResourceName name = ParseResourceName(checked.comment().name());
  absl::StatusOr<v1::Entry> earlier =
      ReadEntry(connection_, name.site, name.comment);
  if (earlier.ok()) {
    *result = RepeatedCheck(*std::move(earlier), checked.request_hash());
    return absl::OkStatus();
  }
  if (!absl::IsNotFound(earlier.status())) return earlier.status();
  if (absl::Status status = InsertEntry(checked, now); !status.ok())
    return status;
  *result = CheckRecord{false, NewEntry(checked, now)};
  return absl::OkStatus();
}

absl::Status EventLog::InsertEntry(const v1::Checked& checked, int64_t now) {
  const ResourceName name = ParseResourceName(checked.comment().name());
  const v1::State state = StateOf(checked.decision().verdict());
  const Identities who = IdentitiesOf(name.site, checked.comment().author());
  absl::StatusOr<int64_t> last =
      connection_->ReadInt("SELECT max(id) FROM entries");
  if (!last.ok()) return last.status();

  v1::Event event;
  *event.mutable_checked() = checked;
  const absl::StatusOr<int64_t> sequence = Append(*last + 1, now, event);
  if (!sequence.ok()) return sequence.status();

  absl::StatusOr<Query> insert = connection_->Prepare(
      "INSERT INTO entries (id, site, comment, state, by_person, create_time,"
      " update_time, rank, events, check_event, author_id, author_email,"
      " author_name) VALUES (?, ?, ?, ?, 0, ?, ?, ?, 1, ?, ?, ?, ?)");
  if (!insert.ok()) return insert.status();
  insert->Int(*last + 1).Text(name.site).Text(name.comment).Int(state);
  insert->Int(now).Int(now).Real(-ScoreOf(checked)).Int(*sequence);
  insert->Blob(who.id).Blob(who.email).Blob(who.name);
  if (absl::Status status = insert->Run(); !status.ok()) return status;

  if (absl::Status status = AddToTotal(name.site, state, 1); !status.ok())
    return status;
  v1::AuthorRecord delta;
  CountInto(state, false, 1, &delta);
  return AddToAuthors(name.site, who, delta, now);
}

absl::Status EventLog::AddDecision(const v1::EntryDecision& decision,
                                   const std::string& moderator,
                                   const std::string& batch, int64_t now,
                                   absl::StatusOr<v1::Entry>* result) {
  if (absl::Status valid = ValidateDecision(decision); !valid.ok()) {
    *result = std::move(valid);
    return absl::OkStatus();
  }
  const absl::StatusOr<Row> row = FindRow(decision.name());
  if (absl::IsNotFound(row.status())) {
    *result = row.status();
    return absl::OkStatus();
  }
  if (!row.ok()) return row.status();
  if (!decision.etag().empty() &&
      decision.etag() != EtagOf(row->create_time, row->events)) {
    *result = EtagDiffers();
    return absl::OkStatus();
  }
  const absl::Status status =
      Review(*row, ReviewOf(decision, moderator, batch), now);
  if (!status.ok()) return status;
  *result = ReadEntry(connection_, row->site, row->comment);
  return result->status();
}

absl::Status EventLog::Review(const Row& row, const v1::Reviewed& review,
                              int64_t now) {
  v1::Event event;
  *event.mutable_reviewed() = review;
  const absl::StatusOr<int64_t> sequence = Append(row.id, now, event);
  if (!sequence.ok()) return sequence.status();

  const v1::State state = StateOf(review.verdict());
  absl::StatusOr<Query> update = connection_->Prepare(
      "UPDATE entries SET state = ?, by_person = 1, update_time = ?,"
      " events = events + 1, review_event = ?, claim_event = NULL"
      " WHERE id = ?");
  if (!update.ok()) return update.status();
  update->Int(state).Int(now).Int(*sequence).Int(row.id);
  if (absl::Status status = update->Run(); !status.ok()) return status;
  return Move(row, state, true);
}

// Moves an entry from one column of the totals and the author's records to
// another.
absl::Status EventLog::Move(const Row& row, v1::State state, bool by_person) {
  if (row.state != state) {
    absl::Status status = AddToTotal(row.site, row.state, -1);
    if (status.ok()) status = AddToTotal(row.site, state, 1);
    if (!status.ok()) return status;
  }
  v1::AuthorRecord delta;
  CountInto(row.state, row.by_person, -1, &delta);
  CountInto(state, by_person, 1, &delta);
  return AddToAuthors(row.site, row.identities, delta, row.create_time);
}

absl::Status EventLog::AddReport(std::string_view name,
                                 const v1::Reported& report, int64_t now,
                                 absl::Status* result) {
  const absl::StatusOr<Row> row = FindRow(name);
  *result = row.status();
  if (absl::IsNotFound(row.status())) return absl::OkStatus();
  if (!row.ok()) return row.status();

  v1::Event event;
  *event.mutable_reported() = report;
  const absl::StatusOr<int64_t> sequence = Append(row->id, now, event);
  if (!sequence.ok()) return sequence.status();
  absl::StatusOr<Query> update = connection_->Prepare(
      "UPDATE entries SET update_time = ?, events = events + 1 WHERE id = ?");
  if (!update.ok()) return update.status();
  return update->Int(now).Int(row->id).Run();
}

absl::Status EventLog::Probe() {
  absl::StatusOr<Query> query = connection_->Prepare(
      "INSERT INTO settings VALUES ('probe', 1)"
      " ON CONFLICT (name) DO UPDATE SET value = value + 1");
  if (!query.ok()) return query.status();
  return query->Run();
}

Identities EventLog::IdentitiesOf(std::string_view site,
                                  const v1::Author& author) const {
  return HashIdentities(
      key_, site,
      {author.id(), LowerAscii(author.email()), fold_name_(author.name())});
}

absl::StatusOr<EventLog::Row> EventLog::FindRow(std::string_view name) {
  const ResourceName parsed = ParseResourceName(name);
  absl::StatusOr<Query> query = connection_->Prepare(
      "SELECT id, state, by_person, create_time, events, author_id,"
      " author_email, author_name FROM entries WHERE site = ? AND comment = ?");
  if (!query.ok()) return query.status();
  const absl::StatusOr<bool> found =
      query->Text(parsed.site).Text(parsed.comment).Step();
  if (!found.ok()) return found.status();
  if (!*found) return absl::NotFoundError("no such comment");
  Row row;
  row.id = query->IntAt(0);
  row.site = parsed.site;
  row.comment = parsed.comment;
  row.state = static_cast<v1::State>(query->IntAt(1));
  row.by_person = query->IntAt(2) != 0;
  row.create_time = query->IntAt(3);
  row.events = query->IntAt(4);
  row.identities = {std::string(query->BytesAt(5)),
                    std::string(query->BytesAt(6)),
                    std::string(query->BytesAt(7))};
  return row;
}

absl::StatusOr<int64_t> EventLog::Append(int64_t entry, int64_t now,
                                         const v1::Event& event) {
  const std::string body = event.SerializeAsString();
  absl::StatusOr<Query> insert = connection_->Prepare(
      "INSERT INTO events (sequence, entry, time, body) VALUES (?, ?, ?, ?)");
  if (!insert.ok()) return insert.status();
  insert->Int(next_sequence_).Int(entry).Int(now).Blob(body);
  if (absl::Status status = insert->Run(); !status.ok()) return status;
  if (IsChange(event)) {
    absl::Status status = AddChange(entry, next_sequence_, now);
    if (!status.ok()) return status;
  }
  return next_sequence_++;
}

// What watchers and webhooks will be told.
absl::Status EventLog::AddChange(int64_t entry, int64_t sequence, int64_t now) {
  changed_ = true;
  absl::StatusOr<Query> change = connection_->Prepare(
      "INSERT INTO changes SELECT site, ?, id FROM entries WHERE id = ?");
  if (!change.ok()) return change.status();
  absl::Status status = change->Int(sequence).Int(entry).Run();
  if (!status.ok()) return status;
  absl::StatusOr<Query> delivery = connection_->Prepare(
      "INSERT INTO deliveries (hook, entry, sequence, next_time)"
      " SELECT w.hook, e.id, ?, ? FROM entries e JOIN webhooks w"
      " ON w.site = '' OR w.site = e.site WHERE e.id = ?");
  if (!delivery.ok()) return delivery.status();
  return delivery->Int(sequence).Int(now).Int(entry).Run();
}

absl::Status EventLog::AddToTotal(std::string_view site, v1::State state,
                                  int64_t delta) {
  absl::StatusOr<Query> query = connection_->Prepare(
      "INSERT INTO totals VALUES (?, ?, ?) ON CONFLICT (site, state)"
      " DO UPDATE SET entries = entries + excluded.entries");
  if (!query.ok()) return query.status();
  return query->Text(site).Int(state).Int(delta).Run();
}

absl::Status EventLog::AddToAuthors(std::string_view site,
                                    const Identities& identities,
                                    const v1::AuthorRecord& delta,
                                    int64_t now) {
  const std::pair<IdentityKind, std::string_view> kinds[] = {
      {IdentityKind::kId, identities.id},
      {IdentityKind::kEmail, identities.email},
      {IdentityKind::kName, identities.name}};
  for (const auto& [kind, identity] : kinds) {
    if (identity.empty()) continue;
    absl::StatusOr<Query> query = connection_->Prepare(
        "INSERT INTO authors VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (site, kind, identity) DO UPDATE SET"
        " accepted = accepted + excluded.accepted,"
        " held = held + excluded.held,"
        " rejected = rejected + excluded.rejected,"
        " rejected_by_person ="
        " rejected_by_person + excluded.rejected_by_person,"
        " first_time = min(first_time, excluded.first_time)");
    if (!query.ok()) return query.status();
    query->Text(site).Int(static_cast<int64_t>(kind)).Blob(identity);
    query->Int(delta.accepted()).Int(delta.held()).Int(delta.rejected());
    query->Int(delta.rejected_by_person()).Int(now);
    if (absl::Status status = query->Run(); !status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace sluice::store
