#pragma once

// The schema of version 1 as it was released, so that a change to what we ship
// cannot change what we can read.
namespace sluice::store {

inline constexpr char kSchema1[] = R"sql(
PRAGMA application_id = 1399616873;
PRAGMA user_version = 1;
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

}  // namespace sluice::store
