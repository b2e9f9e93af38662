#include "service/store/changes.h"

#include <algorithm>
#include <string>
#include <utility>

#include "service/base/resource_name.h"
#include "service/store/entry.h"

namespace sluice::store {
namespace {

// Events of one entry up to a sequence, with the comment's name.
absl::StatusOr<std::vector<v1::Event>> EventsUpTo(Connection* connection,
                                                  int64_t entry,
                                                  int64_t sequence) {
  absl::StatusOr<Query> query = connection->Prepare(
      "SELECT v.sequence, v.time, v.body, e.site, e.comment FROM entries e"
      " JOIN events v ON v.entry = e.id"
      " WHERE e.id = ? AND v.sequence <= ? ORDER BY v.sequence");
  if (!query.ok()) return query.status();
  query->Int(entry).Int(sequence);
  std::vector<v1::Event> events;
  while (true) {
    const absl::StatusOr<bool> row = query->Step();
    if (!row.ok()) return row.status();
    if (!*row) break;
    v1::Event& event = events.emplace_back();
    const std::string_view body = query->BytesAt(2);
    if (!event.ParseFromArray(body.data(), static_cast<int>(body.size()))) {
      return absl::InternalError(
          "an event in the store cannot be read; restore a backup");
    }
    event.set_sequence(query->IntAt(0));
    *event.mutable_time() = TimestampOf(query->IntAt(1));
    event.set_comment(CommentName(query->BytesAt(3), query->BytesAt(4)));
  }
  if (events.empty() || events.back().sequence() != sequence)
    return absl::NotFoundError("the event is not there any more");
  return events;
}

}  // namespace

bool IsChange(const v1::Event& event) {
  if (event.has_reviewed())
    return event.reviewed().batch().rfind(kImportBatch, 0) != 0;
  return event.has_undone();
}

absl::StatusOr<Change> ChangeOf(const std::vector<v1::Event>& events) {
  absl::StatusOr<v1::Entry> entry = DeriveEntry(events);
  if (!entry.ok()) return entry.status();
  const v1::Event& event = events.back();
  Change change;
  change.sequence = event.sequence();
  change.told.set_name(event.comment());
  change.told.set_state(entry->state());
  if (entry->state() == v1::STATE_ACCEPTED)
    change.told.set_html(entry->checked().html());
  *change.told.mutable_time() = event.time();
  if (event.has_reviewed())
    change.told.set_reason_code(event.reviewed().reason_code());
  change.told.set_undone(event.has_undone());
  return change;
}

absl::StatusOr<Change> ReadChange(Connection* connection, int64_t entry,
                                  int64_t sequence) {
  const absl::StatusOr<std::vector<v1::Event>> events =
      EventsUpTo(connection, entry, sequence);
  if (!events.ok()) return events.status();
  return ChangeOf(*events);
}

absl::StatusOr<std::vector<Change>> ReadChanges(Connection* connection,
                                                std::string_view site,
                                                int64_t after, int limit) {
  absl::StatusOr<Query> query = connection->Prepare(
      "SELECT sequence, entry FROM changes WHERE site = ? AND sequence > ?"
      " ORDER BY sequence LIMIT ?");
  if (!query.ok()) return query.status();
  query->Text(site).Int(after).Int(std::clamp(limit, 1, kMaxChanges));
  std::vector<Change> changes;
  size_t bytes = 0;
  while (bytes < kMaxChangeBytes) {
    const absl::StatusOr<bool> row = query->Step();
    if (!row.ok()) return row.status();
    if (!*row) break;
    absl::StatusOr<Change> change =
        ReadChange(connection, query->IntAt(1), query->IntAt(0));
    if (!change.ok()) return change.status();
    bytes += change->told.html().size();
    changes.push_back(*std::move(change));
  }
  return changes;
}

absl::StatusOr<int64_t> ReadLastSequence(Connection* connection) {
  if (connection->shared())
    return connection->ReadInt("SELECT sequence FROM log_end");
  // Events that went may have been the last ones; their numbers are not given
  // again.
  return connection->ReadInt(
      "SELECT max(coalesce((SELECT max(sequence) FROM events), 0),"
      " coalesce((SELECT value FROM settings WHERE name = 'last_sequence'),"
      " 0))");
}

}  // namespace sluice::store
