#pragma once

#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/codegen/service_type.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "service/rpc/monitor.h"
#include "service/rpc/services.h"
#include "sluice/v1/config.pb.h"

namespace sluice::rpc {

// The gRPC server: the services, grpc.health.v1 and reflection on one port of
// its own; with `debug_listen`, channelz on another.
class Server {
 public:
  // Starts to serve. `context` must outlive the server. Errors: UNAVAILABLE if
  // the address cannot be listened on, INVALID_ARGUMENT for certificates that
  // do not fit; the message says what to do.
  static absl::StatusOr<std::unique_ptr<Server>> Start(
      const v1::ServerConfig& config, const ServiceContext* context);

  // `host:port` with the port that was really taken.
  const std::string& address() const { return address_; }

  // `host:port` of channelz; empty without it.
  const std::string& debug_address() const { return debug_address_; }

  // A channel to it within this process, for the doors of HTTP.
  std::shared_ptr<grpc::Channel> InProcessChannel();

  // Takes no new calls, lets those at work finish until the deadline, cancels
  // the rest. Returns when all are done.
  void Shutdown(std::chrono::seconds deadline);

 private:
  Server() = default;
  void SetServing(bool serving);
  absl::Status StartDebug(const std::string& listen);

  // Asked for certificates by the server as long as it is there.
  std::shared_ptr<grpc::ServerCredentials> credentials_;
  std::unique_ptr<WatchHub> hub_;  // outlives the services and their calls
  std::vector<std::unique_ptr<grpc::Service>> services_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<grpc::Server> debug_server_;
  std::unique_ptr<Monitor> monitor_;
  std::string address_;
  std::string debug_address_;
};

}  // namespace sluice::rpc
