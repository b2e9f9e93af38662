#include "service/store/event_log.h"

#include <utility>
#include <vector>

#include "service/base/ascii.h"
#include "service/base/resource_name.h"
#include "service/store/changes.h"
#include "service/store/entry.h"
#include "service/store/link_domains.h"
#include "service/store/queries.h"

namespace sluice::store {

struct EventLog::ReviewInForce {
  int64_t event = 0;
  v1::State state = v1::STATE_UNSPECIFIED;
  std::string batch;
};

EventLog::EventLog(Connection* connection, std::string key,
                   std::function<std::string(std::string_view)> fold_name,
                   CampaignNamer begun_by)
    : connection_(connection),
      key_(std::move(key)),
      fold_name_(std::move(fold_name)),
      begun_by_(std::move(begun_by)) {}

// Where several programs write, the row of the log's end is held until the
// commit: events are numbered in the order in which they become visible, and
// what was read stays as it was read.
absl::Status EventLog::Begin() {
  const absl::StatusOr<int64_t> last =
      connection_->shared()
          ? connection_->ReadInt("SELECT sequence FROM log_end FOR UPDATE")
          : ReadLastSequence(connection_);
  if (!last.ok()) return last.status();
  changed_ = false;
  first_sequence_ = next_sequence_ = *last + 1;
  return absl::OkStatus();
}

absl::Status EventLog::End() {
  if (!connection_->shared() || added() == 0) return absl::OkStatus();
  absl::StatusOr<Query> end =
      connection_->Prepare("UPDATE log_end SET sequence = ?");
  if (!end.ok()) return end.status();
  absl::Status status = end->Int(next_sequence_ - 1).Run();
  return status.ok() ? connection_->Announce() : status;
}

// SQLite's are as near to each other as the rows of its tree want to be; where
// it is more than a look at the last row, the number of the check will do.
absl::StatusOr<int64_t> EventLog::NextEntry() {
  if (connection_->shared()) return next_sequence_;
  const absl::StatusOr<int64_t> last =
      connection_->ReadInt("SELECT max(id) FROM entries");
  if (!last.ok()) return last.status();
  return *last + 1;
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
  const absl::StatusOr<int64_t> entry = NextEntry();
  if (!entry.ok()) return entry.status();

  v1::Event event;
  *event.mutable_checked() = checked;
  const absl::StatusOr<int64_t> sequence = Append(*entry, now, event);
  if (!sequence.ok()) return sequence.status();

  Row row;
  row.id = *entry;
  row.site = name.site;
  row.check_event = *sequence;
  row.campaign = CampaignOf(checked, begun_by_);
  absl::StatusOr<Query> insert = connection_->Prepare(
      "INSERT INTO entries (id, site, comment, state, by_person, create_time,"
      " update_time, rank, events, check_event, author_id, author_email,"
      " author_name, campaign, verdict)"
      " VALUES (?, ?, ?, ?, 0, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?)");
  if (!insert.ok()) return insert.status();
  insert->Int(row.id).Text(name.site).Text(name.comment).Int(state);
  insert->Int(now).Int(now).Real(-ScoreOf(checked)).Int(*sequence);
  insert->Blob(who.id).Blob(who.email).Blob(who.name).Text(row.campaign);
  insert->Int(checked.decision().verdict());
  if (absl::Status status = insert->Run(); !status.ok()) return status;

  v1::AuthorRecord author;
  CountInto(state, false, 1, &author);
  v1::DayCounts day;
  CountInto(checked.decision().verdict(), 1, &day);
  absl::Status status = InsertLinks(name.site, row.id, *sequence, checked, now);
  if (status.ok()) status = AddToTotal(name.site, state, 1);
  if (status.ok()) status = AddToCampaign(row, state, 1);
  if (status.ok()) status = AddToDay(name.site, now, day);
  if (!status.ok()) return status;
  return AddToAuthors(name.site, who, author, now);
}

absl::Status EventLog::InsertLinks(std::string_view site, int64_t entry,
                                   int64_t sequence, const v1::Checked& checked,
                                   int64_t now) {
  for (const std::string& domain : LinkDomains(checked)) {
    absl::StatusOr<Query> insert =
        connection_->Prepare("INSERT INTO link_domains VALUES (?, ?, ?, ?, ?)");
    if (!insert.ok()) return insert.status();
    insert->Text(site).Text(domain).Int(now).Int(sequence).Int(entry);
    if (absl::Status status = insert->Run(); !status.ok()) return status;
  }
  return absl::OkStatus();
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

  return PutInForce(row, {*sequence, StateOf(review.verdict()), review.batch()},
                    now);
}

// A decision ends a claim, also one that is undone at once.
absl::Status EventLog::PutInForce(const Row& row, const ReviewInForce& review,
                                  int64_t now) {
  const bool by_person = review.event != 0;
  absl::StatusOr<Query> update = connection_->Prepare(
      "UPDATE entries SET state = ?, by_person = ?, update_time = ?,"
      " events = events + 1, review_event = nullif(?, 0), review_batch = ?,"
      " claim_event = CASE WHEN ? != 0 THEN NULL ELSE claim_event END"
      " WHERE id = ?");
  if (!update.ok()) return update.status();
  const bool decided = review.event > row.review_event;
  update->Int(review.state).Int(by_person).Int(now).Int(review.event);
  update->Text(review.batch).Int(decided).Int(row.id);
  if (absl::Status status = update->Run(); !status.ok()) return status;
  return Move(row, review.state, by_person);
}

absl::Status EventLog::AddUndo(std::string_view name, const std::string& etag,
                               const v1::Undone& undone, int64_t now,
                               absl::StatusOr<v1::Entry>* result) {
  const absl::StatusOr<Row> row = FindRow(name);
  if (absl::IsNotFound(row.status())) {
    *result = row.status();
    return absl::OkStatus();
  }
  if (!row.ok()) return row.status();
  if (!etag.empty() && etag != EtagOf(row->create_time, row->events)) {
    *result = EtagDiffers();
    return absl::OkStatus();
  }
  if (row->review_event == 0) {
    *result = NothingToUndo();
    return absl::OkStatus();
  }
  const absl::StatusOr<ReviewInForce> below = ReviewBelow(*row);
  if (!below.ok()) return below.status();
  v1::Event event;
  *event.mutable_undone() = undone;
  event.mutable_undone()->set_sequence(row->review_event);
  const absl::StatusOr<int64_t> sequence = Append(row->id, now, event);
  if (!sequence.ok()) return sequence.status();
  if (absl::Status status = PutInForce(*row, *below, now); !status.ok())
    return status;
  *result = ReadEntry(connection_, row->site, row->comment);
  return result->status();
}

// The decision that is in force once the one that is now is taken back. Walks
// the comment's own events, which people made one by one.
absl::StatusOr<EventLog::ReviewInForce> EventLog::ReviewBelow(const Row& row) {
  absl::StatusOr<Query> query = connection_->Prepare(
      "SELECT sequence, body FROM events WHERE entry = ? AND sequence > ?"
      " AND sequence < ? ORDER BY sequence");
  if (!query.ok()) return query.status();
  query->Int(row.id).Int(row.check_event).Int(row.review_event);
  std::vector<ReviewInForce> reviews = {{0, StateOf(row.verdict), ""}};
  v1::Event event;
  while (true) {
    const absl::StatusOr<bool> found = query->Step();
    if (!found.ok()) return found.status();
    if (!*found) return reviews.back();
    const std::string_view body = query->BytesAt(1);
    if (!event.ParseFromArray(body.data(), static_cast<int>(body.size())))
      return absl::InternalError("an event in the store cannot be read");
    if (event.has_reviewed()) {
      reviews.push_back({query->IntAt(0), StateOf(event.reviewed().verdict()),
                         event.reviewed().batch()});
    } else if (event.has_undone() && reviews.size() > 1) {
      reviews.pop_back();
    }
  }
}

absl::StatusOr<std::string> EventLog::FindInBatch(std::string_view site,
                                                  std::string_view batch) {
  absl::StatusOr<Query> query = connection_->Prepare(
      "SELECT comment FROM entries WHERE site = ? AND review_batch = ?"
      " AND review_batch != '' ORDER BY id LIMIT 1");
  if (!query.ok()) return query.status();
  const absl::StatusOr<bool> found = query->Text(site).Text(batch).Step();
  if (!found.ok()) return found.status();
  if (!*found) return std::string();
  return CommentName(site, query->BytesAt(0));
}

absl::Status EventLog::AddClaim(std::string_view name,
                                std::string_view moderator,
                                const v1::Claimed& claim, int64_t now,
                                absl::StatusOr<v1::Entry>* result) {
  const absl::StatusOr<Row> row = FindRow(name);
  if (absl::IsNotFound(row.status())) {
    *result = row.status();
    return absl::OkStatus();
  }
  if (!row.ok()) return row.status();
  *result = ReadEntry(connection_, row->site, row->comment);
  if (!result->ok()) return result->status();
  const bool release = claim.moderator().empty();
  if (!MayClaim(**result, moderator, release, now)) {
    *result = absl::NotFoundError("another has it, or it is not held");
    return absl::OkStatus();
  }
  if (release && !(*result)->has_claim()) return absl::OkStatus();
  v1::Event event;
  *event.mutable_claimed() = claim;
  const absl::StatusOr<int64_t> sequence = Append(row->id, now, event);
  if (!sequence.ok()) return sequence.status();
  absl::StatusOr<Query> update = connection_->Prepare(
      "UPDATE entries SET update_time = ?, events = events + 1,"
      " claim_event = nullif(?, 0) WHERE id = ?");
  if (!update.ok()) return update.status();
  update->Int(now).Int(release ? 0 : *sequence).Int(row->id);
  if (absl::Status status = update->Run(); !status.ok()) return status;
  *result = ReadEntry(connection_, row->site, row->comment);
  return result->status();
}

// Moves an entry from one column of the totals and the author's records to
// another.
absl::Status EventLog::Move(const Row& row, v1::State state, bool by_person) {
  if (row.state != state) {
    absl::Status status = AddToTotal(row.site, row.state, -1);
    if (status.ok()) status = AddToTotal(row.site, state, 1);
    // In this order: a campaign never loses its last row, which says since when
    // it is.
    if (status.ok()) status = AddToCampaign(row, state, 1);
    if (status.ok()) status = AddToCampaign(row, row.state, -1);
    if (!status.ok()) return status;
  }
  v1::DayCounts day;
  CountPersonInto(row.state, row.by_person, -1, &day);
  CountPersonInto(state, by_person, 1, &day);
  if (absl::Status status = AddToDay(row.site, row.create_time, day);
      !status.ok()) {
    return status;
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
      "UPDATE entries SET update_time = ?, events = events + 1,"
      " spam_reports = spam_reports + ?, ham_reports = ham_reports + ?"
      " WHERE id = ?");
  if (!update.ok()) return update.status();
  update->Int(now).Int(report.spam()).Int(!report.spam()).Int(row->id);
  return update->Run();
}

absl::Status EventLog::Probe() {
  absl::StatusOr<Query> query = connection_->Prepare(
      connection_->shared()
          ? "UPDATE log_end SET sequence = sequence"
          : "INSERT INTO settings VALUES ('probe', 1)"
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
      " author_email, author_name, check_event, review_event, verdict, campaign"
      " FROM entries WHERE site = ? AND comment = ?");
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
  row.check_event = query->IntAt(8);
  row.review_event = query->IntAt(9);
  row.verdict = static_cast<v1::Verdict>(query->IntAt(10));
  row.campaign = std::string(query->BytesAt(11));
  return row;
}

absl::StatusOr<int64_t> EventLog::Append(int64_t entry, int64_t now,
                                         const v1::Event& event) {
  const std::string body = event.SerializeAsString();
  absl::StatusOr<Query> insert = connection_->Prepare(
      connection_->shared()
          ? "INSERT INTO events (sequence, entry, time, body, writer)"
            " VALUES (?, ?, ?, ?, ?)"
          : "INSERT INTO events (sequence, entry, time, body)"
            " VALUES (?, ?, ?, ?)");
  if (!insert.ok()) return insert.status();
  insert->Int(next_sequence_).Int(entry).Int(now).Blob(body);
  if (connection_->shared()) insert->Int(connection_->writer());
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
      " DO UPDATE SET entries = totals.entries + excluded.entries");
  if (!query.ok()) return query.status();
  return query->Text(site).Int(state).Int(delta).Run();
}

absl::Status EventLog::AddToCampaign(const Row& row, v1::State state,
                                     int delta) {
  absl::StatusOr<Query> query = connection_->Prepare(
      "INSERT INTO campaigns VALUES (?1, ?2, ?3, ?4, coalesce("
      "(SELECT since FROM campaigns WHERE site = ?1 AND state IN (1, 2, 3)"
      " AND campaign = ?3 LIMIT 1), ?5))"
      " ON CONFLICT (site, state, campaign)"
      " DO UPDATE SET rank = campaigns.rank + excluded.rank");
  if (!query.ok()) return query.status();
  query->Text(row.site).Int(state).Text(row.campaign).Int(-delta);
  query->Int(row.check_event);
  if (absl::Status status = query->Run(); !status.ok() || delta > 0)
    return status;
  absl::StatusOr<Query> end = connection_->Prepare(
      "DELETE FROM campaigns WHERE site = ? AND state = ? AND campaign = ?"
      " AND rank = 0");
  if (!end.ok()) return end.status();
  return end->Text(row.site).Int(state).Text(row.campaign).Run();
}

absl::Status EventLog::AddToDay(std::string_view site, int64_t create_time,
                                const v1::DayCounts& delta) {
  if (delta.ByteSizeLong() == 0) return absl::OkStatus();
  absl::StatusOr<Query> query = connection_->Prepare(
      "INSERT INTO days VALUES (?, ?, ?, ?, ?, ?, ?)"
      " ON CONFLICT (site, day) DO UPDATE SET"
      " accepted = days.accepted + excluded.accepted,"
      " held = days.held + excluded.held,"
      " rejected = days.rejected + excluded.rejected,"
      " accepted_by_person ="
      " days.accepted_by_person + excluded.accepted_by_person,"
      " rejected_by_person ="
      " days.rejected_by_person + excluded.rejected_by_person");
  if (!query.ok()) return query.status();
  query->Text(site).Int(DayOf(create_time));
  query->Int(delta.accepted()).Int(delta.held()).Int(delta.rejected());
  query->Int(delta.accepted_by_person()).Int(delta.rejected_by_person());
  return query->Run();
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
        " accepted = authors.accepted + excluded.accepted,"
        " held = authors.held + excluded.held,"
        " rejected = authors.rejected + excluded.rejected,"
        " rejected_by_person ="
        " authors.rejected_by_person + excluded.rejected_by_person,"
        " first_time = CASE WHEN excluded.first_time < authors.first_time"
        " THEN excluded.first_time ELSE authors.first_time END");
    if (!query.ok()) return query.status();
    query->Text(site).Int(static_cast<int64_t>(kind)).Blob(identity);
    query->Int(delta.accepted()).Int(delta.held()).Int(delta.rejected());
    query->Int(delta.rejected_by_person()).Int(now);
    if (absl::Status status = query->Run(); !status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace sluice::store
