#include "service/rpc/stream_checks.h"

#include <utility>

#include "google/rpc/status.pb.h"
#include "service/rpc/status.h"

namespace sluice::rpc {

StreamChecksReactor::StreamChecksReactor(Check check)
    : check_(std::move(check)) {
  StartRead(&request_);
}

void StreamChecksReactor::OnReadDone(bool ok) {
  if (!ok) {  // the client has said all, or is gone
    Finish(grpc::Status::OK);
    return;
  }
  check_(request_.mutable_request(),
         [this](absl::StatusOr<v1::CheckCommentResponse> answer) {
           response_.Clear();
           if (answer.ok()) {
             *response_.mutable_result()->mutable_response() =
                 *std::move(answer);
           } else {
             response_.mutable_result()->mutable_error()->ParseFromString(
                 ToGrpc(answer.status()).error_details());
           }
           StartWrite(&response_);
         });
}

void StreamChecksReactor::OnWriteDone(bool ok) {
  if (!ok) {
    Finish(grpc::Status::CANCELLED);
    return;
  }
  request_.Clear();
  StartRead(&request_);
}

}  // namespace sluice::rpc
