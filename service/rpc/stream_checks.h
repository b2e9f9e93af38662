#pragma once

#include <functional>

#include "service/moderator.h"
#include "service/rpc/gate.h"
#include "sluice/v1/moderation_service.grpc.pb.h"

namespace sluice::rpc {

// One StreamChecks call: reads a comment, has it judged, writes the answer,
// reads the next. One comment is at work at a time, so that answers stay in
// order and a slow reader holds back only itself. Deletes itself when done.
class StreamChecksReactor final
    : public grpc::ServerBidiReactor<v1::StreamChecksRequest,
                                     v1::StreamChecksResponse> {
 public:
  using Check =
      std::function<void(v1::CheckCommentRequest*, Moderator::CheckDone)>;
  // `gate` let the visit in, and outlives the call.
  StreamChecksReactor(const Gate* gate, Visit visit, Check check);

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnDone() override;

 private:
  void Answer(absl::StatusOr<v1::CheckCommentResponse> answer);

  const Gate* const gate_;
  const Visit visit_;
  const Check check_;
  absl::Status end_;
  int64_t comments_ = 0;
  v1::StreamChecksRequest request_;
  v1::StreamChecksResponse response_;
};

}  // namespace sluice::rpc
