#pragma once

#include <google/protobuf/arena.h>
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "service/rpc/gate.h"
#include "service/rpc/log.h"
#include "service/rpc/status.h"
#include "service/rpc/wire_utf8.h"

namespace sluice::rpc {

// One unary call: its two messages on one arena, its answer sent once, its log
// line written then.
//
// Methods take raw bytes so that a string that is not UTF-8 is an
// INVALID_ARGUMENT that names its field: protobuf's own parsing would only say
// that it failed. A handler keeps the shared pointer until it has called
// Finish; Finish may be called on any thread.
template <typename Request, typename Response>
class Call {
 public:
  using Ptr = std::shared_ptr<Call>;

  // Lets the call in, parses the request, and hands the call to
  // `handle(Ptr)`.
  template <typename Handle>
  static grpc::ServerUnaryReactor* Start(const Gate* gate,
                                         std::string_view method,
                                         grpc::CallbackServerContext* context,
                                         const grpc::ByteBuffer* in,
                                         grpc::ByteBuffer* out,
                                         Handle&& handle) {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    auto call = std::make_shared<Call>(gate, context, reactor, out);
    if (absl::Status open = call->Open(method, in); !open.ok()) {
      call->Finish(open);
    } else {
      handle(std::move(call));
    }
    return reactor;
  }

  Call(const Gate* gate, grpc::CallbackServerContext* context,
       grpc::ServerUnaryReactor* reactor, grpc::ByteBuffer* out)
      : gate_(gate),
        context_(context),
        reactor_(reactor),
        out_(out),
        request_(google::protobuf::Arena::CreateMessage<Request>(&arena_)),
        response_(google::protobuf::Arena::CreateMessage<Response>(&arena_)) {}

  Request* request() { return request_; }
  Response* response() { return response_; }
  const access::Caller& caller() const { return visit_.caller(); }

  // Whether nobody waits for the answer any more. For handlers that do one
  // thing after the other: they finish with DEADLINE_EXCEEDED.
  bool expired() const {
    return context_->IsCancelled() ||
           context_->deadline() <= std::chrono::system_clock::now();
  }

  // Adds to the call's log line. REQUIRES: before Finish.
  void Note(std::string_view key, std::string value) {
    notes_.emplace_back(key, std::move(value));
  }

  // Sends the response, or the error. REQUIRES: called exactly once.
  void Finish(const absl::Status& status) {
    grpc::Status result = ToGrpc(status);
    if (status.ok()) {
      const grpc::Slice slice(response_->SerializeAsString());
      *out_ = grpc::ByteBuffer(&slice, 1);
    }
    gate_->Leave(visit_, status, std::move(notes_));
    visit_.permit = {};  // before the caller knows, and may call again
    reactor_->Finish(std::move(result));
  }

 private:
  absl::Status Open(std::string_view method, const grpc::ByteBuffer* in) {
    absl::Status status = gate_->Enter(method, *context_, &visit_);
    if (status.ok()) status = Parse(in);
    if (status.ok()) status = gate_->Allow(visit_, *request_);
    return status;
  }

  absl::Status Parse(const grpc::ByteBuffer* in) {
    grpc::Slice slice;
    if (!in->DumpToSingleSlice(&slice).ok())
      return absl::InternalError("the request could not be read");
    const std::string_view wire(reinterpret_cast<const char*>(slice.begin()),
                                slice.size());
    if (request_->ParseFromArray(wire.data(), static_cast<int>(wire.size())))
      return absl::OkStatus();
    std::string field = FindInvalidUtf8(Request::descriptor(), wire);
    if (field.empty())
      return absl::InvalidArgumentError(
          "the request is not a message of this method");
    return InvalidArgument({{std::move(field), "is not well-formed UTF-8"}});
  }

  const Gate* const gate_;
  grpc::CallbackServerContext* const context_;
  Visit visit_;
  grpc::ServerUnaryReactor* const reactor_;
  grpc::ByteBuffer* const out_;
  google::protobuf::Arena arena_;
  Request* const request_;
  Response* const response_;
  LogFields notes_;
};

}  // namespace sluice::rpc
