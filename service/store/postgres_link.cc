#include "service/store/postgres_link.h"

#include <poll.h>

#include <algorithm>
#include <utility>

#include "service/store/postgres_sql.h"

namespace sluice::store {
namespace {

using Clock = std::chrono::steady_clock;

// Files and sockets that a dead machine holds open are found out by the kernel.
constexpr const char* kDefaults[][2] = {
    {"application_name", "sluiced"},        {"client_encoding", "UTF8"},
    {"target_session_attrs", "read-write"}, {"keepalives_idle", "5"},
    {"keepalives_interval", "2"},           {"keepalives_count", "3"},
    {"tcp_user_timeout", "10000"},
};

int MillisecondsUntil(Clock::time_point deadline) {
  if (deadline == Clock::time_point::max()) return -1;
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
  return static_cast<int>(std::clamp<int64_t>(left.count(), 0, 3'600'000));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Wire>> Wire::Open(const PostgresLink& link) {
  // Ours first: a later value of the same key is the one that counts.
  const char* keys[std::size(kDefaults) + 2] = {};
  const char* values[std::size(kDefaults) + 2] = {};
  size_t count = 0;
  for (const auto& [key, value] : kDefaults) {
    keys[count] = key;
    values[count++] = value;
  }
  keys[count] = "dbname";
  values[count++] = link.conninfo.c_str();
  std::unique_ptr<Wire> wire(new Wire(PQconnectStartParams(keys, values, 1)));
  PGconn* const connection = wire->connection_;
  if (connection == nullptr)
    return absl::ResourceExhaustedError("out of memory");
  const Clock::time_point deadline = Clock::now() + link.connect_timeout;
  PostgresPollingStatusType polling = PGRES_POLLING_WRITING;
  while (PQstatus(connection) != CONNECTION_BAD &&
         polling != PGRES_POLLING_OK && polling != PGRES_POLLING_FAILED) {
    const short events = polling == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    if (!wire->Poll(events, deadline))
      return PostgresError("", "no connection in time");
    polling = PQconnectPoll(connection);
  }
  if (PQstatus(connection) != CONNECTION_OK)
    return PostgresError("", wire->Error());
  PQsetNoticeProcessor(
      connection, [](void*, const char*) {}, nullptr);
  PQsetnonblocking(connection, 1);
  return wire;
}

bool Wire::Poll(short events, Clock::time_point deadline) {
  pollfd descriptor{PQsocket(connection_), events, 0};
  return poll(&descriptor, 1, MillisecondsUntil(deadline)) != 0;
}

bool Wire::Alive() {
  pollfd descriptor{PQsocket(connection_), POLLIN, 0};
  if (poll(&descriptor, 1, 0) > 0) PQconsumeInput(connection_);
  return PQstatus(connection_) == CONNECTION_OK;
}

bool Wire::Push() {
  if (PQflush(connection_) < 0) return false;
  return PQconsumeInput(connection_) == 1;
}

absl::StatusOr<Result> Wire::Next(Clock::time_point deadline) {
  while (true) {
    const int unsent = PQflush(connection_);
    if (unsent < 0) return PostgresError("", Error());
    if (unsent == 0 && PQisBusy(connection_) == 0)
      return Result(PQgetResult(connection_));
    const short events = unsent > 0 ? POLLIN | POLLOUT : POLLIN;
    if (!Poll(events, deadline)) return PostgresError("", "no answer in time");
    if (PQconsumeInput(connection_) == 0) return PostgresError("", Error());
  }
}

absl::StatusOr<Result> Wire::RunScript(const std::string& script,
                                       Clock::time_point deadline) {
  if (PQsendQuery(connection_, script.c_str()) == 0)
    return PostgresError("", Error());
  Result last;
  absl::Status status;
  while (true) {
    absl::StatusOr<Result> result = Next(deadline);
    if (!result.ok()) return result.status();
    if (*result == nullptr) break;
    const ExecStatusType kind = PQresultStatus(result->get());
    if (kind != PGRES_COMMAND_OK && kind != PGRES_TUPLES_OK && status.ok()) {
      const char* state = PQresultErrorField(result->get(), PG_DIAG_SQLSTATE);
      status = PostgresError(state == nullptr ? "" : state,
                             PQresultErrorMessage(result->get()));
    }
    last = *std::move(result);
  }
  if (!status.ok()) return status;
  return last;
}

absl::Status Wire::EnterPipeline() {
  if (PQenterPipelineMode(connection_) == 1) return absl::OkStatus();
  return absl::InternalError(Error());
}

void WaitForInput(Wire* wire, int interrupt, Clock::time_point deadline) {
  pollfd descriptors[] = {
      {interrupt, POLLIN, 0},
      {wire == nullptr ? -1 : PQsocket(wire->get()), POLLIN, 0}};
  poll(descriptors, 2, MillisecondsUntil(deadline));
}

}  // namespace sluice::store
