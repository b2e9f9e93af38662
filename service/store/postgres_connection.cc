#include "service/store/postgres_connection.h"

#include <fmt/format.h>

#include <bit>
#include <cstring>
#include <deque>
#include <unordered_map>
#include <utility>
#include <vector>

#include "service/store/postgres_link.h"
#include "service/store/postgres_sql.h"

// Everything goes through a pipeline: statements are sent as they come, and an
// answer is waited for only where there are rows to read, or at the commit. A
// check costs one round trip and its share of the commit's, however many
// statements it is made of.

namespace sluice::store {
namespace {

// From PostgreSQL's catalogue (pg_type.dat), the same everywhere.
constexpr Oid kBool = 16;
constexpr Oid kBytes = 17;
constexpr Oid kInt8 = 20;
constexpr Oid kInt2 = 21;
constexpr Oid kInt4 = 23;
constexpr Oid kText = 25;
constexpr Oid kFloat8 = 701;

// What a transaction that writes may cost the others while its program is
// frozen: until then it holds the end of the log.
constexpr const char* kSettings[] = {
    "SET statement_timeout = 10000", "SET lock_timeout = 4000",
    "SET idle_in_transaction_session_timeout = 3000"};

// Of the advisory locks of a database: the queue before the end of the log, and
// one to find out whether there are any. Who waits for a row is not served in
// turn: a program with much to write would have its next transaction at the row
// before another was woken, and so on for seconds.
constexpr const char* kQueue = "SELECT pg_advisory_xact_lock(91645196264294)";
constexpr const char* kTryQueue =
    "SELECT pg_try_advisory_xact_lock(91645196264295)";

struct Parameter {
  Oid type = 0;
  std::string bytes;
  bool null = false;
};

std::string BigEndian(uint64_t value) {
  std::string out(8, '\0');
  for (int i = 7; i >= 0; --i, value >>= 8)
    out[static_cast<size_t>(i)] = static_cast<char>(value & 0xff);
  return out;
}

class PostgresConnection;

class PostgresStatement final : public Statement {
 public:
  PostgresStatement(PostgresConnection* connection, std::string_view sql,
                    size_t number)
      : connection_(connection),
        sql_(PostgresSql(sql)),
        name_(fmt::format("s{}", number)) {}

  void BindInt(int64_t value) override {
    Add({kInt8, BigEndian(static_cast<uint64_t>(value))});
  }
  void BindReal(double value) override {
    Add({kFloat8, BigEndian(std::bit_cast<uint64_t>(value))});
  }
  void BindText(std::string_view value) override {
    Add({kText, PostgresText(value)});
  }
  void BindBlob(std::string_view value) override {
    Add({kBytes, std::string(value)});
  }
  void BindNull() override { Add({0, "", true}); }

  absl::StatusOr<bool> Step() override;
  absl::Status Run() override;

  int64_t IntAt(int column) const override;
  double RealAt(int column) const override;
  std::string_view BytesAt(int column) const override;
  bool IsNullAt(int column) const override {
    return PQgetisnull(rows_.get(), row_, column) == 1;
  }

  void Reset() override {
    parameters_.clear();
    rows_.reset();
    row_ = -1;
  }

 private:
  friend class PostgresConnection;
  enum class Prepared { kNo, kSent, kYes };

  void Add(Parameter parameter) { parameters_.push_back(std::move(parameter)); }

  PostgresConnection* const connection_;
  const std::string sql_;
  const std::string name_;
  Prepared prepared_ = Prepared::kNo;
  std::vector<Parameter> parameters_;
  Result rows_;
  int row_ = -1;
};

class PostgresConnection final : public Connection {
 public:
  PostgresConnection(PostgresLink link, PostgresUse use)
      : link_(std::move(link)), use_(use) {}

  absl::Status Open();

  absl::StatusOr<Query> Prepare(std::string_view sql) override {
    std::unique_ptr<PostgresStatement>& cached = statements_[sql];
    if (cached == nullptr) {
      cached =
          std::make_unique<PostgresStatement>(this, sql, statements_.size());
    }
    return Query(cached.get());
  }
  absl::Status Execute(const char* sql) override {
    if (absl::Status status = Send(sql); !status.ok()) return status;
    return Wait(nullptr);
  }

  absl::Status Begin(Kind kind) override;
  absl::Status Commit() override;
  void Rollback() override;

  int64_t writer() const override { return use_.writer; }
  bool usable() override { return wire_ != nullptr && wire_->Alive(); }
  absl::Status Announce() override;
  Lost Recover() override;

  // Sends a statement; its answer is still to come.
  absl::Status Send(PostgresStatement* statement);
  // Sends a statement without parameters that is not prepared.
  absl::Status Send(const char* sql);
  // Waits for the answers to all that was sent; `rows`, if not null, is that of
  // the last statement. The first error of them is returned.
  absl::Status Wait(Result* rows);

  bool deferring() const { return writing_; }

 private:
  struct Sent {
    PostgresStatement* statement;  // null: none of the prepared ones
    bool prepares;
  };

  absl::Status Lose(absl::Status error);
  absl::Status Sending(int accepted);
  absl::Status NoteCommit();

  const PostgresLink link_;
  const PostgresUse use_;
  std::unique_ptr<Wire> wire_;  // null: lost
  std::deque<Sent> sent_;       // whose answers are still to come
  std::unordered_map<std::string_view, std::unique_ptr<PostgresStatement>>
      statements_;
  bool in_transaction_ = false;
  bool writing_ = false;   // in a transaction of Kind::kWrite
  int64_t commit_ = 0;     // the number of the last one that was tried
  bool in_doubt_ = false;  // whether that happened
  bool queues_ = true;
  bool announces_ = true;
  bool again_ = false;  // the last error was of a clash
};

absl::StatusOr<bool> PostgresStatement::Step() {
  if (rows_ == nullptr) {
    if (absl::Status status = connection_->Send(this); !status.ok())
      return status;
    if (absl::Status status = connection_->Wait(&rows_); !status.ok())
      return status;
    row_ = -1;
  }
  return ++row_ < PQntuples(rows_.get());
}

absl::Status PostgresStatement::Run() {
  if (absl::Status status = connection_->Send(this); !status.ok())
    return status;
  return connection_->deferring() ? absl::OkStatus()
                                  : connection_->Wait(nullptr);
}

int64_t PostgresStatement::IntAt(int column) const {
  const std::string_view bytes = BytesAt(column);
  if (PQftype(rows_.get(), column) == kFloat8)
    return static_cast<int64_t>(RealAt(column));
  // Of 1, 2, 4 or 8 bytes, signed, the first byte is the highest.
  int64_t value = 0;
  for (size_t i = 0; i < bytes.size() && i < 8; ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    value =
        i == 0 ? static_cast<int64_t>(static_cast<signed char>(byte))
               : static_cast<int64_t>(static_cast<uint64_t>(value) << 8 | byte);
  }
  return value;
}

double PostgresStatement::RealAt(int column) const {
  const std::string_view bytes = BytesAt(column);
  if (PQftype(rows_.get(), column) != kFloat8)
    return static_cast<double>(IntAt(column));
  uint64_t value = 0;
  for (char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  return std::bit_cast<double>(value);
}

std::string_view PostgresStatement::BytesAt(int column) const {
  if (IsNullAt(column)) return {};
  return {PQgetvalue(rows_.get(), row_, column),
          static_cast<size_t>(PQgetlength(rows_.get(), row_, column))};
}

absl::Status PostgresConnection::Open() {
  absl::StatusOr<std::unique_ptr<Wire>> wire = Wire::Open(link_);
  if (!wire.ok()) return wire.status();
  if (absl::Status status = (*wire)->EnterPipeline(); !status.ok())
    return status;
  wire_ = *std::move(wire);
  sent_.clear();
  in_transaction_ = writing_ = false;
  for (auto& [sql, statement] : statements_)
    statement->prepared_ = PostgresStatement::Prepared::kNo;
  for (const char* setting : kSettings) {
    if (absl::Status status = Send(setting); !status.ok()) return status;
  }
  absl::Status status = Wait(nullptr);
  if (!status.ok()) return Lose(std::move(status));
  if (use_.writer == 0) return status;
  status = Send(kTryQueue);
  if (status.ok()) status = Wait(nullptr);
  queues_ = status.ok();
  if (absl::IsUnavailable(status)) return status;
  // Some relatives of PostgreSQL have none; others look from time to time.
  status = Announce();
  if (status.ok()) status = Wait(nullptr);
  announces_ = status.ok();
  return absl::IsInternal(status) ? absl::OkStatus() : status;
}

absl::Status PostgresConnection::Announce() {
  if (!announces_) return absl::OkStatus();
  absl::StatusOr<Query> notify =
      Prepare("SELECT pg_notify('sluice_log', CAST(? AS TEXT))");
  if (!notify.ok()) return notify.status();
  return notify->Text(std::to_string(use_.writer)).Run();
}

absl::Status PostgresConnection::Lose(absl::Status error) {
  wire_.reset();
  sent_.clear();
  in_transaction_ = writing_ = false;
  return error;
}

absl::Status PostgresConnection::Sending(int accepted) {
  if (accepted == 1) return absl::OkStatus();
  return Lose(PostgresError("", wire_->Error()));
}

absl::Status PostgresConnection::Send(const char* sql) {
  if (wire_ == nullptr) return PostgresError("", "the connection was lost");
  absl::Status status = Sending(PQsendQueryParams(
      wire_->get(), sql, 0, nullptr, nullptr, nullptr, nullptr, 1));
  if (status.ok()) sent_.push_back({nullptr, false});
  return status;
}

absl::Status PostgresConnection::Send(PostgresStatement* statement) {
  if (wire_ == nullptr) return PostgresError("", "the connection was lost");
  const std::vector<Parameter>& parameters = statement->parameters_;
  const int count = static_cast<int>(parameters.size());
  if (statement->prepared_ == PostgresStatement::Prepared::kNo) {
    std::vector<Oid> types;
    for (const Parameter& parameter : parameters)
      types.push_back(parameter.type);
    absl::Status status =
        Sending(PQsendPrepare(wire_->get(), statement->name_.c_str(),
                              statement->sql_.c_str(), count, types.data()));
    if (!status.ok()) return status;
    statement->prepared_ = PostgresStatement::Prepared::kSent;
    sent_.push_back({statement, true});
  }
  std::vector<const char*> values;
  std::vector<int> lengths;
  for (const Parameter& parameter : parameters) {
    values.push_back(parameter.null ? nullptr : parameter.bytes.data());
    lengths.push_back(static_cast<int>(parameter.bytes.size()));
  }
  const std::vector<int> formats(parameters.size(), 1);
  absl::Status status = Sending(
      PQsendQueryPrepared(wire_->get(), statement->name_.c_str(), count,
                          values.data(), lengths.data(), formats.data(), 1));
  if (status.ok()) sent_.push_back({statement, false});
  // So that neither side's buffers fill while the other one waits.
  return status.ok() && !wire_->Push() ? Lose(PostgresError("", wire_->Error()))
                                       : status;
}

absl::Status PostgresConnection::Wait(Result* rows) {
  if (wire_ == nullptr) return PostgresError("", "the connection was lost");
  absl::Status first;
  bool ends = false;
  const auto deadline = std::chrono::steady_clock::now() + link_.timeout;
  if (absl::Status status = Sending(PQpipelineSync(wire_->get()));
      !status.ok()) {
    return status;
  }
  while (true) {
    absl::StatusOr<Result> result = wire_->Next(deadline);
    if (!result.ok()) return Lose(result.status());
    if (*result == nullptr) continue;  // between two statements
    const ExecStatusType kind = PQresultStatus(result->get());
    if (kind == PGRES_PIPELINE_SYNC) break;
    if (sent_.empty())
      return Lose(PostgresError("", "an answer to nothing that was asked"));
    const Sent sent = sent_.front();
    sent_.pop_front();
    const bool good = kind == PGRES_COMMAND_OK || kind == PGRES_TUPLES_OK;
    if (sent.prepares) {
      sent.statement->prepared_ = good ? PostgresStatement::Prepared::kYes
                                       : PostgresStatement::Prepared::kNo;
    }
    if (!good && kind != PGRES_PIPELINE_ABORTED && first.ok()) {
      const char* state = PQresultErrorField(result->get(), PG_DIAG_SQLSTATE);
      const std::string code = state == nullptr ? "" : state;
      first = PostgresError(code, PQresultErrorMessage(result->get()));
      ends = EndsConnection(code);
      // Two that wanted the same: the loser is to try again.
      again_ = code.rfind("40", 0) == 0;
    }
    if (good && rows != nullptr) *rows = *std::move(result);
  }
  if (ends) return Lose(std::move(first));
  return first;
}

absl::Status PostgresConnection::Begin(Kind kind) {
  // Before anything can fail: a doubt about the transaction before is not one
  // about this.
  in_doubt_ = again_ = false;
  if (!usable()) {
    if (kind == Kind::kRead || in_transaction_)
      return Lose(PostgresError("", "the connection was lost"));
    if (absl::Status status = Open(); !status.ok()) return status;
  }
  writing_ = kind == Kind::kWrite;
  in_transaction_ = true;
  absl::Status status =
      Send(writing_ ? "BEGIN ISOLATION LEVEL READ COMMITTED"
                    : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  return status.ok() && writing_ && queues_ ? Send(kQueue) : status;
}

// One row a program, so that a commit whose answer was lost can be asked for.
absl::Status PostgresConnection::NoteCommit() {
  absl::StatusOr<Query> note = Prepare(
      "INSERT INTO writers (writer, last_commit) VALUES (?, ?)"
      " ON CONFLICT (writer) DO UPDATE SET last_commit = excluded.last_commit");
  if (!note.ok()) return note.status();
  return note->Int(use_.writer).Int(++commit_).Run();
}

absl::Status PostgresConnection::Commit() {
  if (writing_) {
    if (absl::Status status = NoteCommit(); !status.ok()) return status;
  }
  // What went wrong before is found out before COMMIT is sent: else a failure
  // would look like one of the commit.
  absl::Status status = writing_ ? Wait(nullptr) : absl::OkStatus();
  if (status.ok()) status = Send("COMMIT");
  if (!status.ok()) return status;
  in_doubt_ = writing_;
  status = Wait(nullptr);
  if (status.ok() || wire_ != nullptr) in_doubt_ = false;
  if (status.ok()) in_transaction_ = writing_ = false;
  return status;
}

void PostgresConnection::Rollback() {
  if (wire_ == nullptr || !in_transaction_) return;
  // What was sent before may have failed: that is why this is called. A reader
  // has waited for all it sent; the answer to this is taken with the next.
  absl::Status status = sent_.empty() ? absl::OkStatus() : Wait(nullptr);
  if (wire_ == nullptr) return;
  const bool wait = std::exchange(writing_, false);
  in_transaction_ = false;
  status = Send("ROLLBACK");
  if (status.ok() && !wait && !wire_->Push())
    status = PostgresError("", wire_->Error());
  if (status.ok() && wait) status = Wait(nullptr);
  if (!status.ok()) (void)Lose(status);
}

Connection::Lost PostgresConnection::Recover() {
  if (wire_ != nullptr && wire_->Alive())
    return std::exchange(again_, false) ? Lost::kRetry : Lost::kNo;
  if (!Open().ok()) return Lost::kNo;
  if (!in_doubt_) return Lost::kRetry;
  // The old session may still be at its commit: whoever has the end of the log
  // has seen it out.
  if (absl::Status status = Begin(Kind::kWrite); !status.ok()) return Lost::kNo;
  const absl::StatusOr<int64_t> end =
      ReadInt("SELECT sequence FROM log_end FOR UPDATE");
  absl::StatusOr<int64_t> last = absl::UnknownError("not asked");
  if (end.ok()) {
    absl::StatusOr<Query> query =
        Prepare("SELECT last_commit FROM writers WHERE writer = ?");
    const absl::StatusOr<bool> row = query->Int(use_.writer).Step();
    if (row.ok()) last = *row ? query->IntAt(0) : 0;
  }
  Rollback();
  if (!last.ok()) return Lost::kNo;
  return *last == commit_ ? Lost::kDone : Lost::kRetry;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Connection>> OpenPostgres(
    const PostgresLink& link, const PostgresUse& use) {
  auto connection = std::make_unique<PostgresConnection>(link, use);
  if (absl::Status status = connection->Open(); !status.ok()) return status;
  return connection;
}

}  // namespace sluice::store
