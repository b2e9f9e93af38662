#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/store/postgres_connection.h"

// libpq with deadlines: nothing here waits for a server that does not answer
// longer than its caller said. For the .cc files that speak to PostgreSQL; the
// only header that shows libpq.
namespace sluice::store {

struct ClearResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Result = std::unique_ptr<PGresult, ClearResult>;

class Wire {
 public:
  // Connects, within the link's time.
  static absl::StatusOr<std::unique_ptr<Wire>> Open(const PostgresLink& link);
  ~Wire() { PQfinish(connection_); }
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  PGconn* get() const { return connection_; }
  std::string Error() const { return PQerrorMessage(connection_); }

  // False: the other side has hung up. Asks the socket, not the server.
  bool Alive();
  // Sends what libpq holds back as far as it goes without waiting.
  bool Push();
  // The next result, or null where libpq has one of its pauses.
  absl::StatusOr<Result> Next(std::chrono::steady_clock::time_point deadline);
  // Statements without parameters; the result of the last. Not in a pipeline.
  absl::StatusOr<Result> RunScript(
      const std::string& script,
      std::chrono::steady_clock::time_point deadline);
  absl::Status EnterPipeline();

 private:
  explicit Wire(PGconn* connection) : connection_(connection) {}
  // Waits for the socket; false: the deadline passed.
  bool Poll(short events, std::chrono::steady_clock::time_point deadline);

  PGconn* const connection_;
};

// Waits until something comes on the wire (null: none) or on a file descriptor.
void WaitForInput(Wire* wire, int interrupt,
                  std::chrono::steady_clock::time_point deadline);

}  // namespace sluice::store
