#pragma once

#include "client/connection.h"
#include "client/review/calls.h"

namespace sluice::client::review {

// Who answers calls; a fake in tests.
class Server {
 public:
  virtual ~Server() = default;
  // Waits for the answer.
  virtual absl::Status Ask(const Request& request, Response* response) = 0;
};

// The server that a connection leads to. The connection must outlive it.
class RemoteServer final : public Server {
 public:
  explicit RemoteServer(Connection* connection) : connection_(*connection) {}
  absl::Status Ask(const Request& request, Response* response) override;

 private:
  Connection& connection_;
};

}  // namespace sluice::client::review
