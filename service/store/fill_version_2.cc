#include "service/store/fill_version_2.h"

#include <string>
#include <string_view>

#include "service/base/resource_name.h"
#include "service/store/entry.h"
#include "service/store/link_domains.h"
#include "sluice/v1/event.pb.h"

namespace sluice::store {
namespace {

// Indexes are made after the rows are there: sorted once, not inserted one by
// one. Those of authors leave out who gave nothing to be known by.
constexpr char kIndexes[] = R"sql(
CREATE INDEX entries_by_campaign
  ON entries (site, state, campaign, create_time, check_event);
CREATE INDEX entries_by_batch ON entries (site, review_batch)
  WHERE review_batch != '';
CREATE INDEX entries_by_author_id
  ON entries (site, author_id, create_time, check_event)
  WHERE author_id != x'';
CREATE INDEX entries_by_author_email
  ON entries (site, author_email, create_time, check_event)
  WHERE author_email != x'';
CREATE INDEX entries_by_author_name
  ON entries (site, author_name, create_time, check_event)
  WHERE author_name != x'';
INSERT INTO campaigns
  SELECT site, state, campaign, -count(*),
    min(min(check_event)) OVER (PARTITION BY site, campaign) FROM entries
  GROUP BY site, state, campaign;
CREATE INDEX campaigns_by_rank ON campaigns (site, state, rank, since);
INSERT INTO days
  SELECT site, create_time / 86400000000 AS day, sum(verdict = 1),
    sum(verdict = 2), sum(verdict = 3), sum(by_person AND state = 1),
    sum(by_person AND state = 3) FROM entries GROUP BY site, day;
)sql";

absl::Status FillCheck(Connection* connection, const MigrationHelp& help,
                       int64_t entry, const v1::Checked& checked) {
  absl::StatusOr<Query> update = connection->Prepare(
      "UPDATE entries SET campaign = ?, verdict = ? WHERE id = ?");
  if (!update.ok()) return update.status();
  const std::string campaign = CampaignOf(checked, help.begun_by);
  update->Text(campaign).Int(checked.decision().verdict()).Int(entry);
  if (absl::Status status = update->Run(); !status.ok()) return status;
  for (const std::string& domain : LinkDomains(checked)) {
    absl::StatusOr<Query> insert = connection->Prepare(
        "INSERT INTO link_domains SELECT site, ?, create_time, check_event, id"
        " FROM entries WHERE id = ?");
    if (!insert.ok()) return insert.status();
    if (absl::Status status = insert->Text(domain).Int(entry).Run();
        !status.ok()) {
      return status;
    }
  }
  return absl::OkStatus();
}

absl::Status FillReview(Connection* connection, int64_t entry, int64_t sequence,
                        const v1::Reviewed& review) {
  absl::StatusOr<Query> update = connection->Prepare(
      "UPDATE entries SET review_batch = ? WHERE id = ? AND review_event = ?");
  if (!update.ok()) return update.status();
  return update->Text(review.batch()).Int(entry).Int(sequence).Run();
}

absl::Status FillReport(Connection* connection, int64_t entry, bool spam) {
  absl::StatusOr<Query> update = connection->Prepare(
      "UPDATE entries SET spam_reports = spam_reports + ?,"
      " ham_reports = ham_reports + ? WHERE id = ?");
  if (!update.ok()) return update.status();
  return update->Int(spam).Int(!spam).Int(entry).Run();
}

}  // namespace

absl::Status FillVersion2(Connection* connection, const MigrationHelp& help) {
  absl::StatusOr<Query> events = connection->Prepare(
      "SELECT sequence, entry, body FROM events ORDER BY sequence");
  if (!events.ok()) return events.status();
  v1::Event event;
  while (true) {
    const absl::StatusOr<bool> row = events->Step();
    if (!row.ok()) return row.status();
    if (!*row) break;
    const std::string_view body = events->BytesAt(2);
    if (!event.ParseFromArray(body.data(), static_cast<int>(body.size()))) {
      return absl::InternalError(
          "an event in the store cannot be read; restore a backup");
    }
    const int64_t entry = events->IntAt(1);
    absl::Status status;
    if (event.has_checked())
      status = FillCheck(connection, help, entry, event.checked());
    else if (event.has_reviewed())
      status =
          FillReview(connection, entry, events->IntAt(0), event.reviewed());
    else if (event.has_reported())
      status = FillReport(connection, entry, event.reported().spam());
    if (!status.ok()) return status;
  }
  return connection->Execute(kIndexes);
}

}  // namespace sluice::store
