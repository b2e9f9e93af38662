#include "service/rpc/server.h"

#include <fmt/format.h>
#include <google/protobuf/stubs/logging.h>
#include <grpc/support/log.h>
#include <grpcpp/ext/channelz_service_plugin.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>

#include <array>
#include <utility>

#include "service/rpc/log.h"
#include "service/rpc/tls_credentials.h"
#include "service/rpc/tls_files.h"

namespace sluice::rpc {
namespace {

constexpr std::array<const char*, 8> kServices = {"",
                                                  "live",
                                                  "sluice.v1.ModerationService",
                                                  "sluice.v1.ReviewService",
                                                  "sluice.v1.RulesetService",
                                                  "sluice.v1.KeyService",
                                                  "sluice.v1.AdminService",
                                                  "sluice.v1.LearningService"};

// One connection cannot have more than this many calls open, so that a flood
// on one leaves room for others.
constexpr int kMaxStreams = 256;
// Who connects and then says nothing is dropped after this; else a flood of
// half-open connections would hold their memory for two minutes.
constexpr int kHandshakeMs = 10'000;
// A peer that is gone without a word (a cable, a firewall that forgot) is found
// by a ping, and its open streams end.
constexpr int kKeepaliveMs = 60'000;
constexpr int kKeepaliveTimeoutMs = 20'000;

void SetLimits(const v1::Limits& limits, grpc::ServerBuilder* builder) {
  builder->SetMaxReceiveMessageSize(
      static_cast<int>(limits.max_message_bytes()));
  builder->AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMaxStreams);
  builder->AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS,
                              kHandshakeMs);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS,
                              kKeepaliveTimeoutMs);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  // Else a second server would quietly share the port.
  builder->AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
}

std::string WithPort(const std::string& listen, int port) {
  return fmt::format("{}:{}", listen.substr(0, listen.rfind(':')), port);
}

absl::Status CannotListen(const std::string& listen) {
  return absl::UnavailableError(
      fmt::format("cannot listen on {}: another program has the port, or the "
                  "address is not of this machine; stop the other one or "
                  "choose another address with --listen",
                  listen));
}

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
  server->services_.push_back(MakeKeyService(context));
  server->services_.push_back(MakeAdminService(context));
  server->services_.push_back(MakeReflectionService());
  server->services_.push_back(MakeLearningService(context));

  auto credentials = grpc::InsecureServerCredentials();
  if (!config.tls().cert_file().empty()) {
    // gRPC would listen all the same, and refuse every connection.
    const absl::StatusOr<TlsFiles> files = ReadTlsFiles(config.tls());
    if (!files.ok()) return files.status();
    server->credentials_ = MakeTlsCredentials(config.tls());
    credentials = server->credentials_;
  }
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(config.listen(), std::move(credentials), &port);
  SetLimits(config.limits(), &builder);
  for (const auto& service : server->services_)
    builder.RegisterService(service.get());
  server->server_ = builder.BuildAndStart();
  if (server->server_ == nullptr || port == 0)
    return CannotListen(config.listen());
  server->address_ = WithPort(config.listen(), port);
  server->SetServing(true);
  server->monitor_ = std::make_unique<Monitor>(
      context, server->server_->GetHealthCheckService());
  if (!config.debug_listen().empty()) {
    absl::Status status = server->StartDebug(config.debug_listen());
    if (!status.ok()) return status;
  }
  return server;
}

// Channelz tells the addresses of all who are connected, and asks for no key:
// it gets a server of its own, on loopback. The plug-in adds it to every server
// that is built from then on.
absl::Status Server::StartDebug(const std::string& listen) {
  static const bool initialised = [] {
    grpc::channelz::experimental::InitChannelzService();
    return true;
  }();
  (void)initialised;
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(listen, grpc::InsecureServerCredentials(), &port);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  debug_server_ = builder.BuildAndStart();
  if (debug_server_ == nullptr || port == 0) return CannotListen(listen);
  debug_address_ = WithPort(listen, port);
  return absl::OkStatus();
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
  monitor_.reset();
  if (debug_server_) debug_server_->Shutdown(std::chrono::system_clock::now());
  // An open health.Watch would hold a shutdown without a deadline for ever.
  SetServing(false);
  hub_->Stop();  // so would every watcher
  server_->Shutdown(std::chrono::system_clock::now() + deadline);
  server_->Wait();
}

}  // namespace sluice::rpc
