#include "service/store/database.h"

#include <fmt/format.h>

#include <unordered_map>
#include <utility>

namespace sluice::store {
namespace {

// Errors that can pass by themselves: space returns, a lock is given up, a disk
// comes back.
bool CanPass(int code) {
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_NOMEM:
    case SQLITE_PERM:
    case SQLITE_PROTOCOL:
    case SQLITE_CORRUPT:  // of a page read back wrong: the next try may differ
      return true;
    default:
      return false;
  }
}

const char* Advice(int code) {
  switch (code & 0xff) {
    case SQLITE_FULL:
      return "the disk is full; free some space";
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return "the file or its folder is read-only; make both writable";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "another program has the file locked; close it";
    case SQLITE_CORRUPT:
      return "the file is damaged; restore a backup";
    case SQLITE_NOTADB:
      return "the file is not a SQLite database; choose another file";
    case SQLITE_CANTOPEN:
      return "cannot open the file; check that its folder exists and that "
             "sluiced may write there";
    default:
      return nullptr;
  }
}

class SqliteStatement final : public Statement {
 public:
  explicit SqliteStatement(sqlite3_stmt* statement) : statement_(statement) {}
  ~SqliteStatement() override { sqlite3_finalize(statement_); }

  void BindInt(int64_t value) override {
    Keep(sqlite3_bind_int64(statement_, ++bound_, value));
  }
  void BindReal(double value) override {
    Keep(sqlite3_bind_double(statement_, ++bound_, value));
  }
  void BindText(std::string_view value) override {
    Keep(sqlite3_bind_text64(statement_, ++bound_,
                             value.empty() ? "" : value.data(), value.size(),
                             SQLITE_STATIC, SQLITE_UTF8));
  }
  void BindBlob(std::string_view value) override {
    Keep(sqlite3_bind_blob64(statement_, ++bound_,
                             value.empty() ? "" : value.data(), value.size(),
                             SQLITE_STATIC));
  }
  void BindNull() override { Keep(sqlite3_bind_null(statement_, ++bound_)); }

  absl::StatusOr<bool> Step() override {
    sqlite3* database = sqlite3_db_handle(statement_);
    if (bind_error_ != SQLITE_OK) return DatabaseError(database);
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    return DatabaseError(database);
  }
  absl::Status Run() override {
    while (true) {
      const absl::StatusOr<bool> row = Step();
      if (!row.ok()) return row.status();
      if (!*row) return absl::OkStatus();
    }
  }

  int64_t IntAt(int column) const override {
    return sqlite3_column_int64(statement_, column);
  }
  double RealAt(int column) const override {
    return sqlite3_column_double(statement_, column);
  }
  std::string_view BytesAt(int column) const override {
    const void* data = sqlite3_column_blob(statement_, column);
    const int size = sqlite3_column_bytes(statement_, column);
    if (data == nullptr || size <= 0) return {};
    return {static_cast<const char*>(data), static_cast<size_t>(size)};
  }
  bool IsNullAt(int column) const override {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
  }

  void Reset() override {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
    bound_ = 0;
    bind_error_ = SQLITE_OK;
  }

 private:
  void Keep(int code) {
    if (bind_error_ == SQLITE_OK) bind_error_ = code;
  }

  sqlite3_stmt* const statement_;
  int bound_ = 0;
  int bind_error_ = SQLITE_OK;
};

class SqliteConnection final : public Connection {
 public:
  explicit SqliteConnection(sqlite3* database) : database_(database) {}
  ~SqliteConnection() override {
    statements_.clear();
    sqlite3_close_v2(database_);
  }

  absl::StatusOr<Query> Prepare(std::string_view sql) override {
    std::unique_ptr<SqliteStatement>& cached = statements_[sql];
    if (cached == nullptr) {
      sqlite3_stmt* statement = nullptr;
      const int code = sqlite3_prepare_v3(
          database_, sql.data(), static_cast<int>(sql.size()),
          SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
      if (code != SQLITE_OK) return DatabaseError(database_);
      cached = std::make_unique<SqliteStatement>(statement);
    }
    return Query(cached.get());
  }
  absl::Status Execute(const char* sql) override {
    if (sqlite3_exec(database_, sql, nullptr, nullptr, nullptr) == SQLITE_OK)
      return absl::OkStatus();
    return DatabaseError(database_);
  }

  absl::Status Begin(Kind kind) override {
    return RunOne(kind == Kind::kWrite ? "BEGIN IMMEDIATE" : "BEGIN DEFERRED");
  }
  absl::Status Commit() override { return RunOne("COMMIT"); }
  void Rollback() override {
    // SQLite has rolled back by itself after some errors.
    if (sqlite3_get_autocommit(database_) == 0) (void)Execute("ROLLBACK");
  }

  sqlite3* handle() override { return database_; }

 private:
  absl::Status RunOne(std::string_view sql) {
    absl::StatusOr<Query> query = Prepare(sql);
    if (!query.ok()) return query.status();
    return query->Run();
  }

  sqlite3* const database_;
  std::unordered_map<std::string_view, std::unique_ptr<SqliteStatement>>
      statements_;
};

}  // namespace

absl::Status DatabaseError(sqlite3* database) {
  const int code = sqlite3_extended_errcode(database);
  const char* advice = Advice(code);
  const std::string message =
      advice != nullptr
          ? std::string(advice)
          : fmt::format("{} (SQLite error {})", sqlite3_errmsg(database), code);
  return CanPass(code) ? absl::UnavailableError(message)
                       : absl::InternalError(message);
}

Query::Query(Query&& other) noexcept
    : statement_(std::exchange(other.statement_, nullptr)) {}

Query::~Query() {
  if (statement_ != nullptr) statement_->Reset();
}

Query& Query::Int(int64_t value) {
  statement_->BindInt(value);
  return *this;
}

Query& Query::Real(double value) {
  statement_->BindReal(value);
  return *this;
}

Query& Query::Text(std::string_view value) {
  statement_->BindText(value);
  return *this;
}

Query& Query::Blob(std::string_view value) {
  statement_->BindBlob(value);
  return *this;
}

Query& Query::Null() {
  statement_->BindNull();
  return *this;
}

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(
    const Options& options) {
  sqlite3* database = nullptr;
  // A reader is opened for writing too: the first to open a WAL file after a
  // crash must be able to recover it. query_only keeps it from writing.
  const int flags =
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  const int code =
      sqlite3_open_v2(options.path.c_str(), &database, flags,
                      options.vfs.empty() ? nullptr : options.vfs.c_str());
  if (code != SQLITE_OK) {
    absl::Status error = database == nullptr
                             ? absl::ResourceExhaustedError("out of memory")
                             : DatabaseError(database);
    sqlite3_close_v2(database);
    return error;
  }
  auto connection = std::make_unique<SqliteConnection>(database);
  sqlite3_extended_result_codes(database, 1);
  sqlite3_busy_timeout(database,
                       static_cast<int>(options.busy_timeout.count()));
  // Someone may have handed us a file of their making: its schema must not be
  // able to call anything.
  sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  if (options.read_only) {
    // Room for the inner pages of every index at ten million entries, so that
    // only leaves are read for a page of a listing.
    const absl::Status status = connection->Execute(
        "PRAGMA query_only = ON; PRAGMA cache_size = -64000");
    if (!status.ok()) return status;
  }
  return connection;
}

absl::StatusOr<int64_t> Connection::ReadInt(std::string_view sql) {
  absl::StatusOr<Query> query = Prepare(sql);
  if (!query.ok()) return query.status();
  const absl::StatusOr<bool> row = query->Step();
  if (!row.ok()) return row.status();
  return *row ? query->IntAt(0) : 0;
}

absl::StatusOr<Transaction> Transaction::Begin(Connection* connection,
                                               Kind kind) {
  if (absl::Status status = connection->Begin(kind); !status.ok())
    return status;
  return Transaction(connection);
}

Transaction::Transaction(Transaction&& other) noexcept
    : connection_(std::exchange(other.connection_, nullptr)) {}

Transaction::~Transaction() {
  if (connection_ != nullptr) connection_->Rollback();
}

absl::Status Transaction::Commit() {
  const absl::Status status = connection_->Commit();
  if (status.ok()) connection_ = nullptr;
  return status;
}

}  // namespace sluice::store
