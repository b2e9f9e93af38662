// What a call costs when there is nothing to do: the same service, API and
// options as sluiced, answers a constant. Prints where it listens.

#include <fmt/format.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <signal.h>

#include <cstdio>
#include <memory>

#include "sluice/v1/moderation_service.grpc.pb.h"

namespace {

namespace v1 = sluice::v1;

v1::CheckCommentResponse Constant(const v1::Comment& comment) {
  v1::CheckCommentResponse response;
  response.set_name("sites/default/comments/0123456789abcdef");
  response.mutable_decision()->set_verdict(v1::VERDICT_ACCEPT);
  response.mutable_decision()->set_ruleset_version("0123456789ab");
  response.set_html("<p>" + comment.body() + "</p>");
  return response;
}

class EmptyService final : public v1::ModerationService::CallbackService {
  grpc::ServerUnaryReactor* CheckComment(
      grpc::CallbackServerContext* context,
      const v1::CheckCommentRequest* request,
      v1::CheckCommentResponse* response) override {
    *response = Constant(request->comment());
    auto* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

}  // namespace

int main() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  grpc::EnableDefaultHealthCheckService(true);
  EmptyService service;
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                           &port);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.SetMaxReceiveMessageSize(1 << 20);
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) return 1;
  fmt::print(stderr, "listening on 127.0.0.1:{}\n", port);
  int signal = 0;
  sigwait(&signals, &signal);
  server->Shutdown();
  return 0;
}
