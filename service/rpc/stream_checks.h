#pragma once

#include <functional>

#include "service/moderator.h"
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
  explicit StreamChecksReactor(Check check);

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnDone() override { delete this; }

 private:
  const Check check_;
  v1::StreamChecksRequest request_;
  v1::StreamChecksResponse response_;
};

}  // namespace sluice::rpc
