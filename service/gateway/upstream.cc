#include "service/gateway/upstream.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <string_view>
#include <utility>

namespace sluice::gateway {
namespace {

struct Pending {
  grpc::ClientContext context;
  grpc::ByteBuffer request, response;
};

// What of a call's metadata is the server's own.
void Copy(const std::multimap<grpc::string_ref, grpc::string_ref>& from,
          Headers* to) {
  for (const auto& [key, value] : from) {
    const std::string_view name(key.data(), key.size());
    if (name.substr(0, 5) == "grpc-" || name == "user-agent" ||
        name == "content-type" || name == "accept-encoding")
      continue;
    to->emplace_back(name, std::string(value.data(), value.size()));
  }
}

RpcAnswer AnswerOf(const grpc::Status& status, Pending* pending) {
  RpcAnswer answer;
  Copy(pending->context.GetServerInitialMetadata(), &answer.headers);
  Copy(pending->context.GetServerTrailingMetadata(), &answer.trailers);
  answer.code = static_cast<absl::StatusCode>(status.error_code());
  if (!status.ok()) {
    answer.message = status.error_message();
    answer.details = status.error_details();
    return answer;
  }
  grpc::Slice slice;
  if (!pending->response.DumpToSingleSlice(&slice).ok()) {
    answer.code = absl::StatusCode::kInternal;
    answer.message = "the answer could not be read";
    return answer;
  }
  answer.response.assign(reinterpret_cast<const char*>(slice.begin()),
                         slice.size());
  return answer;
}

class ChannelUpstream final : public Upstream {
 public:
  explicit ChannelUpstream(std::shared_ptr<grpc::Channel> channel)
      : stub_(std::move(channel)) {}

  void Call(RpcCall call, Done done) override {
    auto pending = std::make_shared<Pending>();
    pending->context.set_deadline(std::chrono::system_clock::now() +
                                  call.timeout);
    for (auto& [name, value] : call.metadata)
      pending->context.AddMetadata(name, value);
    const grpc::Slice slice(call.request);
    pending->request = grpc::ByteBuffer(&slice, 1);
    stub_.UnaryCall(&pending->context, call.method, grpc::StubOptions{},
                    &pending->request, &pending->response,
                    [pending, done = std::move(done)](grpc::Status status) {
                      done(AnswerOf(status, pending.get()));
                    });
  }

 private:
  grpc::GenericStub stub_;
};

}  // namespace

std::unique_ptr<Upstream> MakeUpstream(std::shared_ptr<grpc::Channel> channel) {
  return std::make_unique<ChannelUpstream>(std::move(channel));
}

Headers Authorization(std::string_view key) {
  if (key.empty()) return {};
  return {{"authorization", "Bearer " + std::string(key)}};
}

}  // namespace sluice::gateway
