#pragma once

#include <google/protobuf/arena.h>
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
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

  // Parses the request and hands the call to `handle(Ptr)`.
  template <typename Handle>
  static grpc::ServerUnaryReactor* Start(std::string_view method,
                                         grpc::CallbackServerContext* context,
                                         const grpc::ByteBuffer* in,
                                         grpc::ByteBuffer* out,
                                         Handle&& handle) {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    auto call = std::make_shared<Call>(method, reactor, out);
    if (absl::Status parsed = call->Parse(in); !parsed.ok()) {
      call->Finish(parsed);
    } else {
      handle(std::move(call));
    }
    return reactor;
  }

  Call(std::string_view method, grpc::ServerUnaryReactor* reactor,
       grpc::ByteBuffer* out)
      : method_(method),
        begin_(std::chrono::steady_clock::now()),
        reactor_(reactor),
        out_(out),
        request_(google::protobuf::Arena::CreateMessage<Request>(&arena_)),
        response_(google::protobuf::Arena::CreateMessage<Response>(&arena_)) {}

  Request* request() { return request_; }
  Response* response() { return response_; }

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
    WriteLog(status);
    reactor_->Finish(std::move(result));
  }

 private:
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

  void WriteLog(const absl::Status& status) {
    using std::chrono::duration_cast;
    using std::chrono::microseconds;
    const auto took =
        duration_cast<microseconds>(std::chrono::steady_clock::now() - begin_)
            .count();
    LogFields fields = {
        {"method", std::string(method_)},
        {"code", std::string(absl::StatusCodeToString(status.code()))}};
    for (auto& note : notes_) fields.push_back(std::move(note));
    fields.emplace_back("us", std::to_string(took));
    const bool ours = status.code() == absl::StatusCode::kInternal ||
                      status.code() == absl::StatusCode::kUnavailable;
    Log(ours ? v1::LogConfig::LEVEL_ERROR : v1::LogConfig::LEVEL_INFO, "call",
        fields);
  }

  const std::string_view method_;
  const std::chrono::steady_clock::time_point begin_;
  grpc::ServerUnaryReactor* const reactor_;
  grpc::ByteBuffer* const out_;
  google::protobuf::Arena arena_;
  Request* const request_;
  Response* const response_;
  LogFields notes_;
};

}  // namespace sluice::rpc
