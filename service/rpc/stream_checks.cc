#include "service/rpc/stream_checks.h"

#include <utility>

#include "google/rpc/status.pb.h"
#include "service/rpc/status.h"

namespace sluice::rpc {

StreamChecksReactor::StreamChecksReactor(const Gate* gate, Visit visit,
                                         Check check)
    : gate_(gate), visit_(std::move(visit)), check_(std::move(check)) {
  StartRead(&request_);
}

void StreamChecksReactor::OnReadDone(bool ok) {
  if (!ok) {  // the client has said all, or is gone
    Finish(grpc::Status::OK);
    return;
  }
  ++comments_;
  if (absl::Status status = gate_->AllowNext(visit_, request_); !status.ok()) {
    if (!absl::IsUnauthenticated(status)) return Answer(status);
    end_ = status;
    Finish(ToGrpc(status));
    return;
  }
  check_(request_.mutable_request(),
         [this](absl::StatusOr<v1::CheckCommentResponse> answer) {
           Answer(std::move(answer));
         });
}

void StreamChecksReactor::Answer(
    absl::StatusOr<v1::CheckCommentResponse> answer) {
  response_.Clear();
  if (answer.ok()) {
    *response_.mutable_result()->mutable_response() = *std::move(answer);
  } else {
    response_.mutable_result()->mutable_error()->ParseFromString(
        ToGrpc(answer.status()).error_details());
  }
  StartWrite(&response_);
}

void StreamChecksReactor::OnDone() {
  gate_->Leave(visit_, end_, {{"comments", std::to_string(comments_)}});
  delete this;
}

void StreamChecksReactor::OnWriteDone(bool ok) {
  if (!ok) {
    end_ = absl::CancelledError("");
    Finish(grpc::Status::CANCELLED);
    return;
  }
  request_.Clear();
  StartRead(&request_);
}

}  // namespace sluice::rpc
