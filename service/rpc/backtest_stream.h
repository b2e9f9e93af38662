#pragma once

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <utility>

#include "absl/status/status.h"
#include "service/base/mutex.h"
#include "service/rpc/gate.h"
#include "sluice/v1/ruleset_service.pb.h"

namespace sluice::rpc {

// The answers of one BacktestRuleset call, written by the thread that replays.
// One message is on its way at a time, so that a slow reader slows the replay
// and nothing piles up; one who takes nothing for kMaxStall loses the call, and
// others get the server's one replay. Deletes itself after End, when gRPC has
// done with it.
class BacktestStream final
    : public grpc::ServerWriteReactor<v1::BacktestRulesetResponse> {
 public:
  static constexpr std::chrono::seconds kMaxStall{60};

  // `gate` let the visit in, and outlives the call.
  BacktestStream(const Gate* gate, Visit visit,
                 grpc::CallbackServerContext* context)
      : gate_(gate), visit_(std::move(visit)), context_(context) {}

  // Waits until the message before is written. False: nobody reads any more.
  bool Write(v1::BacktestRulesetResponse message);

  bool cancelled();

  // Waits until the last message is written, or nobody reads any more.
  void Drain();

  // Ends the call. REQUIRES: Drain was called, unless nothing was written; the
  // last thing that is done with it.
  void End(const absl::Status& status);

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override { delete this; }

 private:
  ~BacktestStream() override = default;
  void WaitForWrite() SLUICE_REQUIRES(mutex_);

  const Gate* const gate_;
  const Visit visit_;
  grpc::CallbackServerContext* const context_;
  Mutex mutex_;
  CondVar changed_;
  v1::BacktestRulesetResponse message_;
  bool writing_ SLUICE_GUARDED_BY(mutex_) = false;
  bool cancelled_ SLUICE_GUARDED_BY(mutex_) = false;
};

}  // namespace sluice::rpc
