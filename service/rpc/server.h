#pragma once

#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/codegen/service_type.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "service/rpc/services.h"
#include "sluice/v1/config.pb.h"

namespace sluice::rpc {

// The gRPC server: the three services, grpc.health.v1 and reflection on one
// port of its own.
class Server {
 public:
  // Starts to serve. `context` must outlive the server. Errors: UNAVAILABLE if
  // the address cannot be listened on; the message says what to do.
  static absl::StatusOr<std::unique_ptr<Server>> Start(
      const v1::ServerConfig& config, const ServiceContext* context);

  // `host:port` with the port that was really taken.
  const std::string& address() const { return address_; }

  // A channel to it within this process, for the doors of HTTP.
  std::shared_ptr<grpc::Channel> InProcessChannel();

  // What grpc.health.v1 answers for the server and each service.
  void SetServing(bool serving);

  // Takes no new calls, lets those at work finish until the deadline, cancels
  // the rest. Returns when all are done.
  void Shutdown(std::chrono::seconds deadline);

 private:
  Server() = default;

  std::unique_ptr<WatchHub> hub_;  // outlives the services and their calls
  std::vector<std::unique_ptr<grpc::Service>> services_;
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
};

}  // namespace sluice::rpc
