#include "service/store/scan.h"

#include <algorithm>
#include <limits>
#include <string>

#include "service/store/entry.h"

// The index of a queue begins with site and state, so a scan is three walks,
// merged. A comment that changes its state between two chunks keeps its place:
// neither its time nor the number of its check ever changes.

namespace sluice::store {
namespace {

#define SLUICE_SCAN_OF(state)                                       \
  "SELECT * FROM (SELECT create_time, check_event, id FROM entries" \
  " WHERE site = ?1 AND state = " state                             \
  " AND (create_time, check_event) > (?2, ?3)"                      \
  " ORDER BY create_time, check_event LIMIT ?4) AS of" state

constexpr std::string_view kKeys =
    SLUICE_SCAN_OF("1") " UNION ALL " SLUICE_SCAN_OF("2") " UNION ALL "
    SLUICE_SCAN_OF("3") " ORDER BY create_time, check_event LIMIT ?4";
static_assert(v1::STATE_ACCEPTED == 1 && v1::STATE_HELD == 2 &&
              v1::STATE_REJECTED == 3);

constexpr std::string_view kRow =
    "SELECT c.body, r.body FROM entries e"
    " JOIN events c ON c.sequence = e.check_event"
    " LEFT JOIN events r ON r.sequence = e.review_event WHERE e.id = ?";

constexpr std::string_view kCount =
    "SELECT count(*) FROM entries WHERE site = ?1 AND state IN (1, 2, 3)"
    " AND (create_time, check_event) > (?2, ?3)";

struct Key {
  ScanPosition at;
  int64_t entry;
};

// The position before the first that is asked for.
ScanPosition StartOf(const ScanQuery& query) {
  if (query.after) return *query.after;
  constexpr int64_t kFirst = std::numeric_limits<int64_t>::min();
  if (!query.since) return {kFirst, kFirst};
  return {Micros(*query.since), kFirst};
}

absl::StatusOr<std::vector<Key>> ReadKeys(Connection* connection,
                                          const ScanQuery& query, int limit) {
  absl::StatusOr<Query> keys = connection->Prepare(kKeys);
  if (!keys.ok()) return keys.status();
  const ScanPosition start = StartOf(query);
  keys->Text(query.site).Int(start.micros).Int(start.sequence).Int(limit);
  std::vector<Key> out;
  while (true) {
    const absl::StatusOr<bool> row = keys->Step();
    if (!row.ok()) return row.status();
    if (!*row) return out;
    out.push_back({{keys->IntAt(0), keys->IntAt(1)}, keys->IntAt(2)});
  }
}

absl::StatusOr<int64_t> CountFrom(Connection* connection,
                                  const ScanQuery& query) {
  absl::StatusOr<Query> count = connection->Prepare(kCount);
  if (!count.ok()) return count.status();
  const ScanPosition start = StartOf(query);
  const absl::StatusOr<bool> row =
      count->Text(query.site).Int(start.micros).Int(start.sequence).Step();
  if (!row.ok()) return row.status();
  return count->IntAt(0);
}

absl::StatusOr<ScannedCheck> ReadRow(Connection* connection, const Key& key) {
  absl::StatusOr<Query> query = connection->Prepare(kRow);
  if (!query.ok()) return query.status();
  const absl::StatusOr<bool> row = query->Int(key.entry).Step();
  if (!row.ok()) return row.status();
  if (!*row) return absl::InternalError("an entry has lost its check");
  ScannedCheck out;
  out.create_time = Time(std::chrono::microseconds(key.at.micros));
  out.event = std::string(query->BytesAt(0));
  if (query->IsNullAt(1)) return out;
  v1::Event review;
  const std::string_view bytes = query->BytesAt(1);
  if (!review.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return absl::InternalError("a decision in the store cannot be read");
  out.human = review.reviewed().verdict();
  return out;
}

}  // namespace

int ScanLimitOf(const ScanQuery& query) {
  return std::clamp(query.limit, 1, kMaxScanChunk);
}

absl::StatusOr<ScanChunk> ReadScan(Connection* connection,
                                   const ScanQuery& query) {
  const absl::StatusOr<Transaction> snapshot =
      Transaction::Begin(connection, Transaction::Kind::kRead);
  if (!snapshot.ok()) return snapshot.status();
  ScanChunk chunk;
  if (query.count) {
    const absl::StatusOr<int64_t> total = CountFrom(connection, query);
    if (!total.ok()) return total.status();
    chunk.total = *total;
  }
  const int limit = ScanLimitOf(query);
  const absl::StatusOr<std::vector<Key>> keys =
      ReadKeys(connection, query, limit);
  if (!keys.ok()) return keys.status();
  chunk.checks.reserve(keys->size());
  for (const Key& key : *keys) {
    absl::StatusOr<ScannedCheck> row = ReadRow(connection, key);
    if (!row.ok()) return row.status();
    chunk.checks.push_back(*std::move(row));
  }
  if (static_cast<int>(keys->size()) == limit) chunk.next = keys->back().at;
  return chunk;
}

absl::Status ParseScanned(const ScannedCheck& row, v1::Event* event) {
  if (event->ParseFromArray(row.event.data(),
                            static_cast<int>(row.event.size())) &&
      event->has_checked()) {
    return absl::OkStatus();
  }
  return absl::InternalError(
      "a check in the store cannot be read; restore a backup");
}

}  // namespace sluice::store
