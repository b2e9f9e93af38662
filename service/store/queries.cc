#include "service/store/queries.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "service/base/resource_name.h"
#include "service/store/entry.h"
#include "service/store/page_token.h"

namespace sluice::store {
namespace {

constexpr int kMaxPage = 200;

// Columns of every statement that reads entries.
#define SLUICE_ENTRY_COLUMNS                                         \
  "SELECT e.check_event, e.site, e.comment, e.state, e.create_time," \
  " e.update_time, e.events, e.rank, e.campaign, e.spam_reports,"    \
  " e.ham_reports, c.body, r.body, r.time, k.body, p.body"           \
  " FROM entries e JOIN events c ON c.sequence = e.check_event"      \
  " LEFT JOIN events r ON r.sequence = e.review_event"               \
  " LEFT JOIN events k ON k.sequence = e.claim_event"                \
  " LEFT JOIN events p ON p.sequence = e.purge_event "

enum Column {
  kCheckEvent,
  kSite,
  kComment,
  kState,
  kCreateTime,
  kUpdateTime,
  kEvents,
  kRank,
  kCampaign,
  kSpamReports,
  kHamReports,
  kCheck,
  kReview,
  kReviewTime,
  kClaim,
  kPurge
};

// First page and next pages of each order, by Order.
constexpr std::string_view kFirstPage[] = {
    SLUICE_ENTRY_COLUMNS
    "WHERE e.site = ? AND e.state = ?"
    " ORDER BY e.create_time, e.check_event LIMIT ?",
    SLUICE_ENTRY_COLUMNS
    "WHERE e.site = ? AND e.state = ?"
    " ORDER BY e.create_time DESC, e.check_event DESC LIMIT ?",
    SLUICE_ENTRY_COLUMNS
    "WHERE e.site = ? AND e.state = ?"
    " ORDER BY e.rank, e.check_event LIMIT ?",
};
constexpr std::string_view kNextPage[] = {
    SLUICE_ENTRY_COLUMNS
    "WHERE e.site = ? AND e.state = ? AND (e.create_time, e.check_event) > (?, "
    "?)"
    " ORDER BY e.create_time, e.check_event LIMIT ?",
    SLUICE_ENTRY_COLUMNS
    "WHERE e.site = ? AND e.state = ? AND (e.create_time, e.check_event) < (?, "
    "?)"
    " ORDER BY e.create_time DESC, e.check_event DESC LIMIT ?",
    SLUICE_ENTRY_COLUMNS
    "WHERE e.site = ? AND e.state = ? AND (e.rank, e.check_event) > (?, ?)"
    " ORDER BY e.rank, e.check_event LIMIT ?",
};

absl::Status Parse(std::string_view bytes, google::protobuf::Message* message) {
  if (message->ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return absl::OkStatus();
  return absl::InternalError(
      "an event in the store cannot be read; restore a backup");
}

absl::StatusOr<v1::Entry> EntryOf(const Query& row) {
  v1::Event event;
  if (absl::Status status = Parse(row.BytesAt(kCheck), &event); !status.ok())
    return status;
  const int64_t created = row.IntAt(kCreateTime);
  v1::Entry entry;
  *entry.mutable_checked() = std::move(*event.mutable_checked());
  entry.set_name(CommentName(row.BytesAt(kSite), row.BytesAt(kComment)));
  entry.set_state(static_cast<v1::State>(row.IntAt(kState)));
  *entry.mutable_create_time() = TimestampOf(created);
  *entry.mutable_update_time() = TimestampOf(row.IntAt(kUpdateTime));
  entry.set_etag(EtagOf(created, row.IntAt(kEvents)));
  entry.set_spam_reports(static_cast<int32_t>(row.IntAt(kSpamReports)));
  entry.set_ham_reports(static_cast<int32_t>(row.IntAt(kHamReports)));
  if (!row.IsNullAt(kReview)) {
    if (absl::Status status = Parse(row.BytesAt(kReview), &event); !status.ok())
      return status;
    *entry.mutable_review() = std::move(*event.mutable_reviewed());
    *entry.mutable_review_time() = TimestampOf(row.IntAt(kReviewTime));
  }
  if (!row.IsNullAt(kClaim)) {
    if (absl::Status status = Parse(row.BytesAt(kClaim), &event); !status.ok())
      return status;
    *entry.mutable_claim() = std::move(*event.mutable_claimed());
  }
  if (!row.IsNullAt(kPurge)) {
    if (absl::Status status = Parse(row.BytesAt(kPurge), &event); !status.ok())
      return status;
    *entry.mutable_purged() = std::move(*event.mutable_purged());
  }
  return entry;
}

absl::Status BindPosition(const ListQuery& query, Query* statement) {
  if (query.page_token.empty()) return absl::OkStatus();
  const absl::StatusOr<PagePosition> position = DecodePageToken(query);
  if (!position.ok()) return position.status();
  if (query.order == Order::kHighestScoreFirst)
    statement->Real(position->rank);
  else
    statement->Int(position->time);
  statement->Int(position->sequence);
  return absl::OkStatus();
}

PagePosition PositionOf(const ListQuery& query, const Query& row) {
  PagePosition position;
  position.sequence = row.IntAt(kCheckEvent);
  if (query.order == Order::kHighestScoreFirst)
    position.rank = row.RealAt(kRank);
  else
    position.time = row.IntAt(kCreateTime);
  return position;
}

}  // namespace

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
    if (absl::Status status = Parse(query->BytesAt(2), &event); !status.ok())
      return status;
    event.set_sequence(query->IntAt(0));
    event.set_comment(CommentName(site, comment));
    *event.mutable_time() = TimestampOf(query->IntAt(1));
  }
}

absl::StatusOr<EntryPage> ReadPage(Connection* connection,
                                   const ListQuery& query) {
  const auto order = static_cast<size_t>(query.order);
  const bool first = query.page_token.empty();
  absl::StatusOr<Query> statement =
      connection->Prepare(first ? kFirstPage[order] : kNextPage[order]);
  if (!statement.ok()) return statement.status();
  statement->Text(query.site).Int(query.state);
  if (absl::Status status = BindPosition(query, &*statement); !status.ok())
    return status;
  const int size = std::clamp(query.page_size, 1, kMaxPage);
  statement->Int(size + 1);  // one more tells whether a page follows

  EntryPage page;
  PagePosition last;
  while (true) {
    const absl::StatusOr<bool> row = statement->Step();
    if (!row.ok()) return row.status();
    if (!*row) return page;
    if (static_cast<int>(page.entries.size()) == size) break;
    absl::StatusOr<v1::Entry> entry = EntryOf(*statement);
    if (!entry.ok()) return entry.status();
    page.entries.push_back(*std::move(entry));
    last = PositionOf(query, *statement);
  }
  page.next_page_token = EncodePageToken(query, last);
  return page;
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
