// How personal data leaves the log.

#include <utility>
#include <vector>

#include "service/store/entry.h"
#include "service/store/event_log.h"
#include "service/store/scrub.h"

namespace sluice::store {

absl::Status EventLog::AddPurge(std::string_view name, const v1::Purged& purged,
                                int64_t now) {
  const absl::StatusOr<Row> row = FindRow(name);
  if (absl::IsNotFound(row.status())) return absl::OkStatus();
  if (!row.ok()) return row.status();
  const bool content = purged.what() == "content";
  const absl::StatusOr<bool> changed = Scrub(row->id, content);
  if (!changed.ok()) return changed.status();
  int64_t event_sequence = 0;  // noted: there was nothing
  if (*changed) {
    v1::Event event;
    *event.mutable_purged() = purged;
    const absl::StatusOr<int64_t> sequence = Append(row->id, now, event);
    if (!sequence.ok()) return sequence.status();
    event_sequence = *sequence;
  }
  absl::StatusOr<Query> update = connection_->Prepare(
      "UPDATE entries SET purge_event = ?1,"
      " events = events + CASE ?1 WHEN 0 THEN 0 ELSE 1 END,"
      " update_time = CASE ?1 WHEN 0 THEN update_time ELSE ?2 END"
      " WHERE id = ?3");
  if (!update.ok()) return update.status();
  absl::Status status = update->Int(event_sequence).Int(now).Int(row->id).Run();
  return status.ok() && content ? ForgetIdentities(*row) : status;
}

// Rewrites the events of an entry. Says whether there was anything to take out.
absl::StatusOr<bool> EventLog::Scrub(int64_t entry, bool content) {
  std::vector<std::pair<int64_t, std::string>> changed;
  {
    absl::StatusOr<Query> query = connection_->Prepare(
        "SELECT sequence, body FROM events WHERE entry = ?");
    if (!query.ok()) return query.status();
    query->Int(entry);
    v1::Event event;
    while (true) {
      const absl::StatusOr<bool> row = query->Step();
      if (!row.ok()) return row.status();
      if (!*row) break;
      const std::string_view body = query->BytesAt(1);
      if (!event.ParseFromArray(body.data(), static_cast<int>(body.size())))
        return absl::InternalError("an event in the store cannot be read");
      if (content)
        ScrubContent(&event);
      else if (!ScrubAddresses(&event))
        continue;
      changed.emplace_back(query->IntAt(0), event.SerializeAsString());
    }
  }
  for (const auto& [sequence, body] : changed) {
    absl::StatusOr<Query> update =
        connection_->Prepare("UPDATE events SET body = ? WHERE sequence = ?");
    if (!update.ok()) return update.status();
    absl::Status status = update->Blob(body).Int(sequence).Run();
    if (!status.ok()) return status;
  }
  return !changed.empty();
}

absl::Status EventLog::ForgetIdentities(const Row& row) {
  v1::AuthorRecord delta;
  CountInto(row.state, row.by_person, -1, &delta);
  absl::Status status =
      AddToAuthors(row.site, row.identities, delta, row.create_time);
  if (!status.ok()) return status;
  for (const std::string* identity :
       {&row.identities.id, &row.identities.email, &row.identities.name}) {
    absl::StatusOr<Query> empty = connection_->Prepare(
        "DELETE FROM authors WHERE site = ? AND kind IN (1, 2, 3)"
        " AND identity = ? AND accepted = 0 AND held = 0 AND rejected = 0");
    if (!empty.ok()) return empty.status();
    status = empty->Text(row.site).Blob(*identity).Run();
    if (!status.ok()) return status;
  }
  for (std::string_view sql :
       {std::string_view("DELETE FROM link_domains WHERE entry = ?"),
        std::string_view("UPDATE entries SET author_id = x'',"
                         " author_email = x'', author_name = x''"
                         " WHERE id = ?")}) {
    absl::StatusOr<Query> query = connection_->Prepare(sql);
    if (!query.ok()) return query.status();
    if (status = query->Int(row.id).Run(); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status EventLog::RemoveEntry(std::string_view name) {
  const absl::StatusOr<Row> row = FindRow(name);
  if (absl::IsNotFound(row.status())) return absl::OkStatus();
  if (!row.ok()) return row.status();
  v1::DayCounts day;
  CountInto(row->verdict, -1, &day);
  CountPersonInto(row->state, row->by_person, -1, &day);
  absl::Status status = KeepLastSequence();
  if (status.ok()) status = ForgetIdentities(*row);
  if (status.ok()) status = AddToTotal(row->site, row->state, -1);
  if (status.ok()) status = AddToCampaign(*row, row->state, -1);
  if (status.ok()) status = AddToDay(row->site, row->create_time, day);
  for (std::string_view sql :
       {std::string_view("DELETE FROM deliveries WHERE entry = ?"),
        std::string_view(
            "DELETE FROM changes WHERE sequence IN"
            " (SELECT sequence FROM events WHERE entry = ?1)"
            " AND site = (SELECT site FROM entries WHERE id = ?1)"),
        std::string_view("DELETE FROM events WHERE entry = ?"),
        std::string_view("DELETE FROM entries WHERE id = ?")}) {
    if (!status.ok()) return status;
    absl::StatusOr<Query> query = connection_->Prepare(sql);
    if (!query.ok()) return query.status();
    status = query->Int(row->id).Run();
  }
  return status;
}

absl::Status EventLog::KeepLastSequence() {
  if (connection_->shared()) return absl::OkStatus();  // log_end has it
  absl::StatusOr<Query> query = connection_->Prepare(
      "INSERT INTO settings VALUES ('last_sequence', ?) ON CONFLICT (name)"
      " DO UPDATE SET value = max(value, excluded.value)");
  if (!query.ok()) return query.status();
  return query->Int(next_sequence_ - 1).Run();
}

}  // namespace sluice::store
