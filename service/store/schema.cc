#include "service/store/schema.h"

#include <fmt/format.h>

#include <string>

#include "service/store/fill_version_2.h"

namespace sluice::store {
namespace {

// "Slui": what `file` and other tools can tell our files by.
constexpr int64_t kApplicationId = 0x536c7569;

// Times are microseconds since 1970. Identities are keyed hashes
// (identity.h). `rank` is the score negated, so that every listing is one walk
// of an index in one direction. Ties are broken by `check_event`, not by `id`:
// SQLite seeks by a row value in an index only as far as its columns are not
// the rowid, and a queue of equal scores would be walked from its start for
// every page.
constexpr std::string_view kVersion1 = R"sql(
CREATE TABLE settings (
  name TEXT PRIMARY KEY,
  value BLOB NOT NULL
) WITHOUT ROWID;
INSERT INTO settings VALUES ('identity_key', randomblob(32));

CREATE TABLE events (
  sequence INTEGER PRIMARY KEY,
  entry INTEGER NOT NULL,
  time INTEGER NOT NULL,
  body BLOB NOT NULL
);
CREATE INDEX events_by_entry ON events (entry, sequence);

CREATE TABLE entries (
  id INTEGER PRIMARY KEY,
  site TEXT NOT NULL,
  comment TEXT NOT NULL,
  state INTEGER NOT NULL,
  by_person INTEGER NOT NULL,
  create_time INTEGER NOT NULL,
  update_time INTEGER NOT NULL,
  rank REAL NOT NULL,
  events INTEGER NOT NULL,
  check_event INTEGER NOT NULL,
  review_event INTEGER,
  claim_event INTEGER,
  author_id BLOB,
  author_email BLOB,
  author_name BLOB
);
CREATE UNIQUE INDEX entries_by_name ON entries (site, comment);
CREATE INDEX entries_by_time ON entries (site, state, create_time, check_event);
CREATE INDEX entries_by_rank ON entries (site, state, rank, check_event);

CREATE TABLE totals (
  site TEXT NOT NULL,
  state INTEGER NOT NULL,
  entries INTEGER NOT NULL,
  PRIMARY KEY (site, state)
) WITHOUT ROWID;

CREATE TABLE authors (
  site TEXT NOT NULL,
  kind INTEGER NOT NULL,
  identity BLOB NOT NULL,
  accepted INTEGER NOT NULL,
  held INTEGER NOT NULL,
  rejected INTEGER NOT NULL,
  rejected_by_person INTEGER NOT NULL,
  first_time INTEGER NOT NULL,
  PRIMARY KEY (site, kind, identity)
) WITHOUT ROWID;
)sql";

// Version 2: the queue by campaign and by author, undoing by batch, counts by
// day. `verdict` is what the check answered; `review_batch` that of the
// decision in force, empty without one. `campaigns.rank` is the size negated,
// `since` the check_event of the entry that began the row, so that campaigns of
// one size have an order and a page token needs no text.
constexpr std::string_view kVersion2 = R"sql(
ALTER TABLE entries ADD COLUMN campaign TEXT NOT NULL DEFAULT '';
ALTER TABLE entries ADD COLUMN verdict INTEGER NOT NULL DEFAULT 0;
ALTER TABLE entries ADD COLUMN review_batch TEXT NOT NULL DEFAULT '';
ALTER TABLE entries ADD COLUMN spam_reports INTEGER NOT NULL DEFAULT 0;
ALTER TABLE entries ADD COLUMN ham_reports INTEGER NOT NULL DEFAULT 0;

CREATE TABLE campaigns (
  site TEXT NOT NULL,
  state INTEGER NOT NULL,
  campaign TEXT NOT NULL,
  rank INTEGER NOT NULL,
  since INTEGER NOT NULL,
  PRIMARY KEY (site, state, campaign)
) WITHOUT ROWID;

CREATE TABLE days (
  site TEXT NOT NULL,
  day INTEGER NOT NULL,
  accepted INTEGER NOT NULL,
  held INTEGER NOT NULL,
  rejected INTEGER NOT NULL,
  accepted_by_person INTEGER NOT NULL,
  rejected_by_person INTEGER NOT NULL,
  PRIMARY KEY (site, day)
) WITHOUT ROWID;

CREATE TABLE link_domains (
  site TEXT NOT NULL,
  domain TEXT NOT NULL,
  create_time INTEGER NOT NULL,
  check_event INTEGER NOT NULL,
  entry INTEGER NOT NULL,
  PRIMARY KEY (site, domain, create_time, check_event)
) WITHOUT ROWID;
)sql";

// `changes`: the events that watchers are told, by site. An event's body begins
// with the tag of its kind: those of reviewed and undone, 5 and 7.
// `deliveries`: what a webhook is still to be told, or was told in vain
// (`dead`); written with the change itself, so that none is ever missed.
// `purge_event`: set once personal data was removed.
constexpr std::string_view kVersion3 = R"sql(
CREATE TABLE changes (
  site TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  entry INTEGER NOT NULL,
  PRIMARY KEY (site, sequence)
) WITHOUT ROWID;
CREATE INDEX changes_by_entry ON changes (entry, sequence);
INSERT INTO changes SELECT e.site, v.sequence, v.entry
  FROM events v JOIN entries e ON e.id = v.entry
  WHERE substr(v.body, 1, 1) IN (x'2a', x'3a');

CREATE TABLE webhooks (
  hook TEXT PRIMARY KEY,
  site TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE deliveries (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  hook TEXT NOT NULL,
  entry INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  next_time INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  dead INTEGER NOT NULL DEFAULT 0,
  first_time INTEGER NOT NULL DEFAULT 0,
  last_time INTEGER NOT NULL DEFAULT 0,
  error TEXT NOT NULL DEFAULT ''
);
CREATE INDEX deliveries_due ON deliveries (hook, dead, next_time, sequence);
CREATE UNIQUE INDEX deliveries_by_entry ON deliveries (entry, hook, sequence);

ALTER TABLE entries ADD COLUMN purge_event INTEGER;
CREATE INDEX entries_to_purge ON entries (site, create_time)
  WHERE purge_event IS NULL;
)sql";

// Keys of callers. `body` is the v1::Key as it was made; what changes later has
// columns of its own, so that a late note of a use never undoes a revocation.
constexpr std::string_view kVersion4 = R"sql(
CREATE TABLE api_keys (
  id TEXT PRIMARY KEY,
  hash BLOB NOT NULL UNIQUE,
  body BLOB NOT NULL,
  create_time INTEGER NOT NULL,
  revoke_time INTEGER NOT NULL DEFAULT 0,
  last_used_time INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
)sql";

// Version 5 belongs to another part of the store; see Migrations.
constexpr std::string_view kNothing = "";

// Version 6: a page of the queue is one walk of an index that has all a listing
// shows of an entry. Without it each entry of a page in the order of scores, or
// of a state that is rare, cost a page of `entries` beside the page of its
// event; measured in docs/performance.md.
#define SLUICE_LISTED                                         \
  " comment, update_time, events, spam_reports, ham_reports," \
  " review_event, claim_event, purge_event"
constexpr std::string_view kVersion6 =
    "DROP INDEX entries_by_time;"
    "DROP INDEX entries_by_rank;"
    "DROP INDEX entries_by_campaign;"
    "CREATE INDEX entries_by_time ON entries"
    " (site, state, create_time, check_event, rank, campaign," SLUICE_LISTED
    ");"
    "CREATE INDEX entries_by_rank ON entries"
    " (site, state, rank, check_event, create_time, campaign," SLUICE_LISTED
    ");"
    "CREATE INDEX entries_by_campaign ON entries"
    " (site, state, campaign, create_time, check_event, rank," SLUICE_LISTED
    ");";
#undef SLUICE_LISTED

absl::Status CheckOwner(Connection* connection) {
  const absl::StatusOr<int64_t> owner =
      connection->ReadInt("PRAGMA application_id");
  if (!owner.ok()) return owner.status();
  const absl::StatusOr<int64_t> objects =
      connection->ReadInt("SELECT count(*) FROM sqlite_schema");
  if (!objects.ok()) return objects.status();
  if (*owner == kApplicationId || (*owner == 0 && *objects == 0))
    return absl::OkStatus();
  return absl::FailedPreconditionError(
      "is another program's SQLite database; choose another file");
}

absl::Status WrittenByNewer(int64_t version, size_t known) {
  return absl::FailedPreconditionError(fmt::format(
      "was written by a newer sluiced (schema {}; this one knows up to {}); "
      "run that one, or restore a backup",
      version, known));
}

absl::Status Step(Connection* connection, const Migration& migration,
                  const MigrationHelp& help, size_t version) {
  absl::StatusOr<Transaction> transaction =
      Transaction::Begin(connection, Transaction::Kind::kWrite);
  if (!transaction.ok()) return transaction.status();
  const std::string script =
      fmt::format("{}\nPRAGMA application_id = {};\nPRAGMA user_version = {};",
                  migration.sql, kApplicationId, version);
  absl::Status status = connection->Execute(script.c_str());
  if (status.ok() && migration.fill != nullptr)
    status = migration.fill(connection, help);
  return status.ok() ? transaction->Commit() : status;
}

}  // namespace

const std::vector<Migration>& Migrations() {
  static const std::vector<Migration> migrations = {
      {kVersion1}, {kVersion2, FillVersion2},
      {kVersion3}, {kVersion4},
      {kNothing},  {kVersion6}};
  return migrations;
}

absl::Status CheckSchema(Connection* connection) {
  const absl::StatusOr<int64_t> version =
      connection->ReadInt("PRAGMA user_version");
  if (!version.ok()) return version.status();
  const absl::StatusOr<int64_t> owner =
      connection->ReadInt("PRAGMA application_id");
  if (!owner.ok()) return owner.status();
  if (*owner != kApplicationId || *version < 1)
    return absl::FailedPreconditionError("it is no store of sluiced");
  if (*version > static_cast<int64_t>(Migrations().size()))
    return WrittenByNewer(*version, Migrations().size());
  const absl::StatusOr<int64_t> keys = connection->ReadInt(
      "SELECT count(*) FROM settings WHERE name = 'identity_key'");
  if (!keys.ok()) return keys.status();
  if (*keys == 1) return absl::OkStatus();
  return absl::DataLossError("it has lost its key; use another backup");
}

absl::Status Migrate(Connection* connection,
                     const std::vector<Migration>& migrations,
                     const MigrationHelp& help) {
  if (absl::Status status = CheckOwner(connection); !status.ok()) return status;
  const absl::StatusOr<int64_t> version =
      connection->ReadInt("PRAGMA user_version");
  if (!version.ok()) return version.status();
  if (*version < 0 || *version > static_cast<int64_t>(migrations.size())) {
    return WrittenByNewer(*version, migrations.size());
  }
  for (size_t next = static_cast<size_t>(*version); next < migrations.size();
       ++next) {
    const absl::Status status =
        Step(connection, migrations[next], help, next + 1);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace sluice::store
