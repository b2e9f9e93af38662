#pragma once

#include <google/protobuf/message_lite.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/gateway/http.h"

namespace grpc {
class Channel;
}

namespace sluice::gateway {

// One unary call of a service of the server's.
struct RpcCall {
  std::string method;   // `/sluice.v1.ModerationService/CheckComment`
  std::string request;  // on the wire
  Headers metadata;     // names in lower case
  std::chrono::milliseconds timeout{30'000};
};

struct RpcAnswer {
  absl::StatusCode code = absl::StatusCode::kOk;
  std::string message;   // why it failed
  std::string details;   // google.rpc.Status on the wire; empty: none
  std::string response;  // on the wire
  Headers headers;       // the server's own metadata, without gRPC's
  Headers trailers;
};

// The services behind the gateway. An interface because tests have a fake.
class Upstream {
 public:
  virtual ~Upstream() = default;
  // Calls `done` exactly once, within the timeout, on any thread. Thread-safe.
  using Done = std::function<void(RpcAnswer)>;
  virtual void Call(RpcCall call, Done done) = 0;
};

// Through a channel, which goes to the server within this process: admission,
// keys, limits and the log are those of every other caller.
std::unique_ptr<Upstream> MakeUpstream(std::shared_ptr<grpc::Channel> channel);

// The headers that make a call one of the caller with this key.
Headers Authorization(std::string_view key);

// `call` with `request`, its answer parsed.
template <typename Response>
void CallFor(Upstream* upstream, std::string method,
             const google::protobuf::MessageLite& request, Headers metadata,
             std::function<void(absl::StatusOr<Response>)> done) {
  RpcCall call;
  call.method = std::move(method);
  call.request = request.SerializeAsString();
  call.metadata = std::move(metadata);
  upstream->Call(std::move(call), [done = std::move(done)](RpcAnswer answer) {
    if (answer.code != absl::StatusCode::kOk)
      return done(absl::Status(answer.code, answer.message));
    Response response;
    if (!response.ParseFromString(answer.response))
      return done(absl::InternalError("the answer could not be read"));
    done(std::move(response));
  });
}

}  // namespace sluice::gateway
