#include "service/store/purge.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "service/base/ascii.h"
#include "service/base/resource_name.h"
#include "service/store/entry.h"
#include "service/store/identity.h"
#include "service/store/queries.h"

namespace sluice::store {
namespace {

constexpr int kMaxNames = 1000;
constexpr int kAll = std::numeric_limits<int>::max();

// Names that a statement of one column gives. `query` is bound.
absl::StatusOr<std::vector<std::string>> NamesOf(Query* query,
                                                 std::string_view site) {
  std::vector<std::string> names;
  while (true) {
    const absl::StatusOr<bool> row = query->Step();
    if (!row.ok()) return row.status();
    if (!*row) return names;
    names.push_back(CommentName(site, query->BytesAt(0)));
  }
}

// A rejected comment's days begin anew when a person decided about it.
constexpr std::string_view kOld =
    "SELECT e.comment FROM entries e"
    " LEFT JOIN events r ON r.sequence = e.review_event"
    " WHERE e.site = ? AND e.state = ? AND e.create_time < ?"
    " AND (r.time IS NULL OR r.time < ?) ORDER BY e.create_time LIMIT ?";

absl::StatusOr<int64_t> RemoveOld(Connection* connection, EventLog* log,
                                  const std::string& site, v1::State state,
                                  Time before) {
  absl::StatusOr<Query> query = connection->Prepare(kOld);
  if (!query.ok()) return query.status();
  query->Text(site).Int(state).Int(Micros(before)).Int(Micros(before));
  query->Int(kPurgeStep);
  const absl::StatusOr<std::vector<std::string>> names = NamesOf(&*query, site);
  if (!names.ok()) return names.status();
  for (const std::string& name : *names) {
    if (absl::Status status = log->RemoveEntry(name); !status.ok())
      return status;
  }
  return static_cast<int64_t>(names->size());
}

absl::StatusOr<int64_t> PurgeAddresses(Connection* connection, EventLog* log,
                                       const std::string& site, Time before,
                                       int64_t now) {
  absl::StatusOr<Query> query = connection->Prepare(
      "SELECT comment FROM entries WHERE site = ? AND create_time < ?"
      " AND purge_event IS NULL ORDER BY create_time LIMIT ?");
  if (!query.ok()) return query.status();
  query->Text(site).Int(Micros(before)).Int(kPurgeStep);
  const absl::StatusOr<std::vector<std::string>> names = NamesOf(&*query, site);
  if (!names.ok()) return names.status();
  v1::Purged purged;
  purged.set_cause("retention");
  purged.set_what("personal");
  for (const std::string& name : *names) {
    if (absl::Status status = log->AddPurge(name, purged, now); !status.ok()) {
      return status;
    }
  }
  return static_cast<int64_t>(names->size());
}

// Comments under the target's identities, the oldest first.
absl::StatusOr<std::vector<std::string>> NamesOfTarget(
    Connection* connection, const ErasureTarget& target, int limit) {
  absl::StatusOr<Query> query = connection->Prepare(
      "SELECT comment FROM (SELECT comment, check_event FROM entries"
      " WHERE site = ?1 AND author_id = ?2 AND author_id != x''"
      " UNION SELECT comment, check_event FROM entries"
      " WHERE site = ?1 AND author_email = ?3 AND author_email != x'') AS named"
      " ORDER BY check_event LIMIT ?4");
  if (!query.ok()) return query.status();
  query->Text(target.site).Blob(target.id).Blob(target.email).Int(limit);
  return NamesOf(&*query, target.site);
}

absl::StatusOr<std::vector<std::string>> NextNames(Connection* connection,
                                                   const ErasureTarget& target,
                                                   int limit) {
  if (target.comment.empty()) return NamesOfTarget(connection, target, limit);
  const ResourceName name = ParseResourceName(target.comment);
  const absl::StatusOr<v1::Entry> entry =
      ReadEntry(connection, name.site, name.comment);
  if (!entry.ok()) return entry.status();
  if (entry->purged().what() == "content") return std::vector<std::string>();
  return std::vector<std::string>{target.comment};
}

absl::Status CountRecords(Connection* connection, const ErasureTarget& target,
                          v1::EraseAuthorResponse* response) {
  absl::StatusOr<Query> query = connection->Prepare(
      "SELECT count(*) FROM authors WHERE site = ?1"
      " AND ((kind = 1 AND identity = ?2) OR (kind = 2 AND identity = ?3))");
  if (!query.ok()) return query.status();
  const absl::StatusOr<bool> row =
      query->Text(target.site).Blob(target.id).Blob(target.email).Step();
  if (!row.ok()) return row.status();
  response->set_records(query->IntAt(0));
  return absl::OkStatus();
}

absl::StatusOr<int64_t> CountEvents(Connection* connection,
                                    const std::string& name) {
  const ResourceName parsed = ParseResourceName(name);
  absl::StatusOr<Query> query = connection->Prepare(
      "SELECT events FROM entries WHERE site = ? AND comment = ?");
  if (!query.ok()) return query.status();
  const absl::StatusOr<bool> row =
      query->Text(parsed.site).Text(parsed.comment).Step();
  if (!row.ok()) return row.status();
  return *row ? query->IntAt(0) : 0;
}

}  // namespace

absl::StatusOr<PurgeResult> PurgeStep(Connection* connection, EventLog* log,
                                      const std::string& site,
                                      const Cutoffs& cutoffs, int64_t now) {
  PurgeResult result;
  const std::pair<v1::State, Time> removals[] = {
      {v1::STATE_REJECTED, std::max(cutoffs.rejected, cutoffs.events)},
      {v1::STATE_HELD, cutoffs.events},
      {v1::STATE_ACCEPTED, cutoffs.events}};
  for (const auto& [state, before] : removals) {
    const absl::StatusOr<int64_t> removed =
        RemoveOld(connection, log, site, state, before);
    if (!removed.ok()) return removed.status();
    result.removed += *removed;
    result.more |= *removed == kPurgeStep;
  }
  const absl::StatusOr<int64_t> purged =
      PurgeAddresses(connection, log, site, cutoffs.personal, now);
  if (!purged.ok()) return purged.status();
  result.purged = *purged;
  result.more |= *purged == kPurgeStep;
  return result;
}

absl::StatusOr<ErasureTarget> FindTarget(
    Connection* connection, const std::string& key,
    const v1::EraseAuthorRequest& request) {
  ErasureTarget target;
  target.site = ParseResourceName(request.parent()).site;
  if (request.has_id()) {
    target.id = HashIdentity(key, target.site, IdentityKind::kId, request.id());
  } else if (request.has_email()) {
    target.email = HashIdentity(key, target.site, IdentityKind::kEmail,
                                LowerAscii(request.email()));
  } else {
    const ResourceName name = ParseResourceName(request.comment());
    absl::StatusOr<Query> query = connection->Prepare(
        "SELECT author_id, author_email FROM entries"
        " WHERE site = ? AND comment = ?");
    if (!query.ok()) return query.status();
    const absl::StatusOr<bool> row =
        query->Text(name.site).Text(name.comment).Step();
    if (!row.ok()) return row.status();
    if (!*row) return absl::NotFoundError("no such comment");
    target.id = std::string(query->BytesAt(0));
    target.email = std::string(query->BytesAt(1));
    // Nothing tells whose else the name is: only this one.
    if (target.id.empty() && target.email.empty())
      target.comment = request.comment();
  }
  return target;
}

absl::StatusOr<bool> EraseStep(Connection* connection, EventLog* log,
                               const ErasureTarget& target,
                               const v1::EraseAuthorRequest& request,
                               int64_t now, v1::EraseAuthorResponse* response) {
  if (response->comments() == 0) {
    absl::Status status = CountRecords(connection, target, response);
    if (!status.ok()) return status;
  }
  const absl::StatusOr<std::vector<std::string>> names =
      NextNames(connection, target, request.dry_run() ? kAll : kPurgeStep);
  if (!names.ok()) return names.status();
  v1::Purged purged;
  purged.set_cause("erasure");
  purged.set_what("content");
  purged.set_moderator(request.moderator());
  for (const std::string& name : *names) {
    const absl::StatusOr<int64_t> events = CountEvents(connection, name);
    if (!events.ok()) return events.status();
    response->set_events(response->events() + *events);
    response->set_comments(response->comments() + 1);
    if (response->names_size() < kMaxNames) response->add_names(name);
    if (request.dry_run()) continue;
    if (absl::Status status = log->AddPurge(name, purged, now); !status.ok())
      return status;
  }
  return !request.dry_run() && target.comment.empty() &&
         static_cast<int>(names->size()) == kPurgeStep;
}

}  // namespace sluice::store
