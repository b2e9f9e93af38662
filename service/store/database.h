#pragma once

#include <sqlite3.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace sluice::store {

// One statement of a connection, bound and stepped; see Query. SQL is what
// SQLite and PostgreSQL share, with parameters as SQLite writes them.
class Statement {
 public:
  virtual ~Statement() = default;
  virtual void BindInt(int64_t value) = 0;
  virtual void BindReal(double value) = 0;
  virtual void BindText(std::string_view value) = 0;
  virtual void BindBlob(std::string_view value) = 0;
  virtual void BindNull() = 0;
  virtual absl::StatusOr<bool> Step() = 0;
  virtual absl::Status Run() = 0;
  virtual int64_t IntAt(int column) const = 0;
  virtual double RealAt(int column) const = 0;
  virtual std::string_view BytesAt(int column) const = 0;
  virtual bool IsNullAt(int column) const = 0;
  // Ready to be bound anew.
  virtual void Reset() = 0;
};

// A statement that is being bound and stepped; a view into a Connection's
// cache, reset when it goes. Parameters are bound in order. An error while
// binding comes out of the next Step.
class Query {
 public:
  explicit Query(Statement* statement) : statement_(statement) {}
  Query(Query&& other) noexcept;
  Query& operator=(Query&&) = delete;
  ~Query();

  Query& Int(int64_t value);
  Query& Real(double value);
  Query& Text(std::string_view value);  // must live until the Query goes
  Query& Blob(std::string_view value);  // must live until the Query goes
  Query& Null();

  // True: there is a row. UNAVAILABLE where the disk, the network or a lock is
  // in the way, INTERNAL for what trying again cannot mend.
  absl::StatusOr<bool> Step() { return statement_->Step(); }
  // Steps until there is no row left. In a transaction that writes to a
  // database over the network an error may come out of a later statement, or of
  // the commit: nobody waits for an answer that has no rows.
  absl::Status Run() { return statement_->Run(); }

  // Of the row; valid until the next Step.
  int64_t IntAt(int column) const { return statement_->IntAt(column); }
  double RealAt(int column) const { return statement_->RealAt(column); }
  std::string_view BytesAt(int column) const {
    return statement_->BytesAt(column);
  }
  bool IsNullAt(int column) const { return statement_->IsNullAt(column); }

 private:
  Statement* statement_;
};

// One connection with its prepared statements. Used by one thread at a time.
class Connection {
 public:
  // Of a SQLite file.
  struct Options {
    std::string path;
    std::string vfs;
    std::chrono::milliseconds busy_timeout{0};
    bool read_only = false;  // also when the file could be written
  };
  enum class Kind { kRead, kWrite };

  static absl::StatusOr<std::unique_ptr<Connection>> Open(
      const Options& options);
  virtual ~Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Prepares `sql` once and keeps it. REQUIRES: `sql` is a literal.
  virtual absl::StatusOr<Query> Prepare(std::string_view sql) = 0;
  // Runs statements that give no rows.
  virtual absl::Status Execute(const char* sql) = 0;
  // The first column of the first row, 0 if there is none.
  absl::StatusOr<int64_t> ReadInt(std::string_view sql);

  // See Transaction.
  virtual absl::Status Begin(Kind kind) = 0;
  virtual absl::Status Commit() = 0;
  virtual void Rollback() = 0;

  // Whether other programs write to the database too: then the end of the log
  // is a row that each transaction locks (see EventLog::Begin), and an event
  // says who wrote it.
  bool shared() const { return writer() != 0; }
  virtual int64_t writer() const { return 0; }
  // False: it is lost, and another is to be opened in its place.
  virtual bool usable() { return true; }
  // Tells the others, if there are any, once the transaction is committed.
  virtual absl::Status Announce() { return absl::OkStatus(); }
  // After an error: whether the transaction is to be tried again now. `done`:
  // it was committed all the same.
  enum class Lost { kNo, kRetry, kDone };
  virtual Lost Recover() { return Lost::kNo; }
  // Null where it is not SQLite.
  virtual sqlite3* handle() { return nullptr; }

 protected:
  Connection() = default;
};

// What the last error on `database` was: UNAVAILABLE for what can pass by
// itself (disk, locks, memory), INTERNAL for the rest.
absl::Status DatabaseError(sqlite3* database);

// Commits when told to, else rolls back.
class Transaction {
 public:
  using Kind = Connection::Kind;
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
