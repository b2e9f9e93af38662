#include "service/rpc/backtest_stream.h"

#include <utility>

#include "service/rpc/status.h"

namespace sluice::rpc {

bool BacktestStream::Write(v1::BacktestRulesetResponse message) {
  {
    const MutexLock lock(&mutex_);
    WaitForWrite();
    if (cancelled_) return false;
    writing_ = true;
  }
  message_ = std::move(message);
  StartWrite(&message_);
  return true;
}

void BacktestStream::WaitForWrite() {
  const auto end = std::chrono::steady_clock::now() + kMaxStall;
  while (writing_ && !cancelled_) {
    changed_.WaitUntil(&mutex_, end);
    if (writing_ && !cancelled_ && std::chrono::steady_clock::now() >= end) {
      cancelled_ = true;
      context_->TryCancel();
    }
  }
}

void BacktestStream::Drain() {
  const MutexLock lock(&mutex_);
  WaitForWrite();
}

bool BacktestStream::cancelled() {
  const MutexLock lock(&mutex_);
  return cancelled_;
}

void BacktestStream::End(const absl::Status& status) {
  {
    // gRPC answers every write, also of a call that was cancelled.
    const MutexLock lock(&mutex_);
    while (writing_) changed_.Wait(&mutex_);
  }
  gate_->Leave(visit_, status, {});
  Finish(ToGrpc(status));
}

void BacktestStream::OnWriteDone(bool ok) {
  const MutexLock lock(&mutex_);
  writing_ = false;
  cancelled_ = cancelled_ || !ok;
  changed_.NotifyAll();
}

void BacktestStream::OnCancel() {
  const MutexLock lock(&mutex_);
  cancelled_ = true;
  changed_.NotifyAll();
}

}  // namespace sluice::rpc
