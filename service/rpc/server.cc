#include "service/rpc/server.h"

#include <fmt/format.h>
#include <google/protobuf/stubs/logging.h>
#include <grpc/support/log.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>

#include "service/rpc/log.h"

namespace sluice::rpc {
namespace {

constexpr std::array<const char*, 6> kServices = {
    "", "sluice.v1.ModerationService", "sluice.v1.ReviewService",
    "sluice.v1.RulesetService", "sluice.v1.AdminService",
    "sluice.v1.LearningService"};

// gRPC's own lines go to the one log, where only someone who debugs wants them.
void LogOfGrpc(gpr_log_func_args* args) {
  Log(v1::LogConfig::LEVEL_DEBUG, "grpc", {{"message", args->message}});
}

// So do protobuf's, which name a field that was not UTF-8, never its text.
void LogOfProtobuf(google::protobuf::LogLevel, const char*, int,
                   const std::string& message) {
  Log(v1::LogConfig::LEVEL_DEBUG, "protobuf", {{"message", message}});
}

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Start(
    const v1::ServerConfig& config, const ServiceContext* context) {
  gpr_set_log_function(LogOfGrpc);
  google::protobuf::SetLogHandler(LogOfProtobuf);
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();

  std::unique_ptr<Server> server(new Server);
  server->hub_ = std::make_unique<WatchHub>(context->moderator->store(),
                                            WatchHub::Options{});
  server->services_.push_back(
      MakeModerationService(context, server->hub_.get()));
  server->services_.push_back(MakeReviewService(context));
  server->services_.push_back(MakeRulesetService(context));
  server->services_.push_back(MakeAdminService(context));
  server->services_.push_back(MakeLearningService(context));

  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(config.listen(), grpc::InsecureServerCredentials(),
                           &port);
  builder.AddChannelArgument(
      GRPC_ARG_ALLOW_REUSEPORT,
      0);  // else a second server would quietly share the port
  builder.SetMaxReceiveMessageSize(
      static_cast<int>(config.limits().max_message_bytes()));
  for (const auto& service : server->services_)
    builder.RegisterService(service.get());
  server->server_ = builder.BuildAndStart();
  if (server->server_ == nullptr || port == 0) {
    return absl::UnavailableError(
        fmt::format("cannot listen on {}: another program has the port, or the "
                    "address is not of this machine; stop "
                    "the other one or choose another address with --listen",
                    config.listen()));
  }
  server->address_ = fmt::format(
      "{}:{}", config.listen().substr(0, config.listen().rfind(':')), port);
  server->SetServing(true);
  return server;
}

std::shared_ptr<grpc::Channel> Server::InProcessChannel() {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(-1);  // what the services send is bounded
  return server_->InProcessChannel(arguments);
}

void Server::SetServing(bool serving) {
  for (const char* service : kServices)
    server_->GetHealthCheckService()->SetServingStatus(service, serving);
}

void Server::Shutdown(std::chrono::seconds deadline) {
  // An open health.Watch would hold a shutdown without a deadline for ever.
  SetServing(false);
  hub_->Stop();  // so would every watcher
  server_->Shutdown(std::chrono::system_clock::now() + deadline);
  server_->Wait();
}

}  // namespace sluice::rpc
