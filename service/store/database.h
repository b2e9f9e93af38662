#pragma once

#include <sqlite3.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace sluice::store {

// A statement that is being bound and stepped; a view into a Connection's
// cache, reset when it goes. Parameters are bound in order. An error while
// binding comes out of the next Step.
class Query {
 public:
  explicit Query(sqlite3_stmt* statement) : statement_(statement) {}
  Query(Query&& other) noexcept;
  Query& operator=(Query&&) = delete;
  ~Query();

  Query& Int(int64_t value);
  Query& Real(double value);
  Query& Text(std::string_view value);  // must live until the Query goes
  Query& Blob(std::string_view value);  // must live until the Query goes
  Query& Null();

  // True: there is a row. UNAVAILABLE where the disk or a lock is in the way,
  // INTERNAL for what trying again cannot mend.
  absl::StatusOr<bool> Step();
  // Steps until there is no row left.
  absl::Status Run();

  // Of the row; valid until the next Step.
  int64_t IntAt(int column) const;
  double RealAt(int column) const;
  std::string_view BytesAt(int column) const;
  bool IsNullAt(int column) const;

 private:
  void Keep(int code);

  sqlite3_stmt* statement_;
  int bound_ = 0;
  int bind_error_ = SQLITE_OK;
};

// One SQLite connection with its prepared statements. Used by one thread at a
// time.
class Connection {
 public:
  struct Options {
    std::string path;
    std::string vfs;
    std::chrono::milliseconds busy_timeout{0};
    bool read_only = false;  // also when the file could be written
  };

  static absl::StatusOr<std::unique_ptr<Connection>> Open(
      const Options& options);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Prepares `sql` once and keeps it. REQUIRES: `sql` is a literal.
  absl::StatusOr<Query> Prepare(std::string_view sql);
  // Runs statements that give no rows.
  absl::Status Execute(const char* sql);
  // The first column of the first row, 0 if there is none.
  absl::StatusOr<int64_t> ReadInt(std::string_view sql);

  sqlite3* handle() { return database_; }

 private:
  explicit Connection(sqlite3* database) : database_(database) {}

  sqlite3* database_;
  std::unordered_map<std::string_view, sqlite3_stmt*> statements_;
};

// What the last error on `database` was: UNAVAILABLE for what can pass by
// itself (disk, locks, memory), INTERNAL for the rest.
absl::Status DatabaseError(sqlite3* database);

// Commits when told to, else rolls back.
class Transaction {
 public:
  enum class Kind { kRead, kWrite };
  static absl::StatusOr<Transaction> Begin(Connection* connection, Kind kind);
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  absl::Status Commit();

 private:
  explicit Transaction(Connection* connection) : connection_(connection) {}
  Connection* connection_;  // null: ended
};

}  // namespace sluice::store
