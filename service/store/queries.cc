#include "service/store/queries.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "service/base/resource_name.h"
#include "service/store/entry.h"
#include "service/store/entry_row.h"

namespace sluice::store {
absl::StatusOr<v1::Entry> ReadEntry(Connection* connection,
                                    std::string_view site,
                                    std::string_view comment) {
  absl::StatusOr<Query> query = connection->Prepare(
      SLUICE_ENTRY_COLUMNS "WHERE e.site = ? AND e.comment = ?");
  if (!query.ok()) return query.status();
  const absl::StatusOr<bool> row = query->Text(site).Text(comment).Step();
  if (!row.ok()) return row.status();
  if (!*row) return absl::NotFoundError("no such comment");
  return EntryOf(*query);
}

absl::StatusOr<bool> EntryExists(Connection* connection, std::string_view site,
                                 std::string_view comment) {
  absl::StatusOr<Query> query = connection->Prepare(
      "SELECT 1 FROM entries WHERE site = ? AND comment = ?");
  if (!query.ok()) return query.status();
  return query->Text(site).Text(comment).Step();
}

absl::StatusOr<std::vector<v1::Event>> ReadEvents(Connection* connection,
                                                  std::string_view site,
                                                  std::string_view comment) {
  absl::StatusOr<Query> query = connection->Prepare(
      "SELECT v.sequence, v.time, v.body FROM entries e"
      " JOIN events v ON v.entry = e.id"
      " WHERE e.site = ? AND e.comment = ? ORDER BY v.sequence");
  if (!query.ok()) return query.status();
  query->Text(site).Text(comment);
  std::vector<v1::Event> events;
  while (true) {
    const absl::StatusOr<bool> row = query->Step();
    if (!row.ok()) return row.status();
    if (!*row) return events;
    v1::Event& event = events.emplace_back();
    if (absl::Status status = ParseStored(query->BytesAt(2), &event);
        !status.ok())
      return status;
    event.set_sequence(query->IntAt(0));
    event.set_comment(CommentName(site, comment));
    *event.mutable_time() = TimestampOf(query->IntAt(1));
  }
}

absl::StatusOr<Counts> ReadCounts(Connection* connection,
                                  std::string_view site) {
  absl::StatusOr<Query> totals =
      connection->Prepare("SELECT state, entries FROM totals WHERE site = ?");
  if (!totals.ok()) return totals.status();
  totals->Text(site);
  Counts counts;
  while (true) {
    const absl::StatusOr<bool> row = totals->Step();
    if (!row.ok()) return row.status();
    if (!*row) break;
    const int64_t entries = totals->IntAt(1);
    if (totals->IntAt(0) == v1::STATE_HELD) counts.held = entries;
    if (totals->IntAt(0) == v1::STATE_ACCEPTED) counts.accepted = entries;
    if (totals->IntAt(0) == v1::STATE_REJECTED) counts.rejected = entries;
  }
  absl::StatusOr<Query> oldest = connection->Prepare(
      "SELECT create_time FROM entries WHERE site = ? AND state = ?"
      " ORDER BY create_time LIMIT 1");
  if (!oldest.ok()) return oldest.status();
  const absl::StatusOr<bool> row =
      oldest->Text(site).Int(v1::STATE_HELD).Step();
  if (!row.ok()) return row.status();
  if (*row)
    counts.oldest_held = Time(std::chrono::microseconds(oldest->IntAt(0)));
  return counts;
}

absl::StatusOr<std::vector<v1::DayCounts>> ReadDays(Connection* connection,
                                                    std::string_view site,
                                                    int64_t last, int days) {
  std::vector<v1::DayCounts> counts(static_cast<size_t>(days));
  const int64_t first = last - days + 1;
  for (int i = 0; i < days; ++i)
    counts[static_cast<size_t>(i)].set_date(DateOf(first + i));
  absl::StatusOr<Query> query = connection->Prepare(
      "SELECT day, accepted, held, rejected, accepted_by_person,"
      " rejected_by_person FROM days"
      " WHERE site = ? AND day BETWEEN ? AND ?");
  if (!query.ok()) return query.status();
  query->Text(site).Int(first).Int(last);
  while (true) {
    const absl::StatusOr<bool> row = query->Step();
    if (!row.ok()) return row.status();
    if (!*row) return counts;
    v1::DayCounts& day = counts[static_cast<size_t>(query->IntAt(0) - first)];
    day.set_accepted(query->IntAt(1));
    day.set_held(query->IntAt(2));
    day.set_rejected(query->IntAt(3));
    day.set_accepted_by_person(query->IntAt(4));
    day.set_rejected_by_person(query->IntAt(5));
  }
}

absl::StatusOr<v1::AuthorRecord> ReadAuthor(Connection* connection,
                                            std::string_view site,
                                            IdentityKind kind,
                                            std::string_view identity,
                                            int64_t* first_micros) {
  v1::AuthorRecord record;
  absl::StatusOr<Query> query = connection->Prepare(
      "SELECT accepted, held, rejected, rejected_by_person, first_time"
      " FROM authors WHERE site = ? AND kind = ? AND identity = ?");
  if (!query.ok()) return query.status();
  query->Text(site).Int(static_cast<int64_t>(kind)).Blob(identity);
  const absl::StatusOr<bool> row = query->Step();
  if (!row.ok()) return row.status();
  if (!*row) return record;
  record.set_accepted(query->IntAt(0));
  record.set_held(query->IntAt(1));
  record.set_rejected(query->IntAt(2));
  record.set_rejected_by_person(query->IntAt(3));
  *first_micros = query->IntAt(4);
  return record;
}

}  // namespace sluice::store
