#include "service/rpc/history_jobs.h"

#include <utility>

#include "service/rpc/status.h"

namespace sluice::rpc {
namespace {

constexpr std::chrono::seconds kRetryAfter{5};

}  // namespace

HistoryJobs::~HistoryJobs() {
  if (thread_.joinable()) thread_.join();
}

absl::Status HistoryJobs::Start(Job job) {
  const MutexLock lock(&mutex_);
  if (busy_) {
    return Overloaded(
        "the server is replaying its history for someone else; one at a time",
        kRetryAfter);
  }
  if (thread_.joinable()) thread_.join();  // it is but sending its answer
  busy_ = true;
  thread_ = std::thread([this, work = std::move(job)] {
    const std::function<void()> answer = work();
    {
      const MutexLock done(&mutex_);
      busy_ = false;
    }
    answer();
  });
  return absl::OkStatus();
}

}  // namespace sluice::rpc
