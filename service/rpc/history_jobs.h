#pragma once

#include <functional>
#include <thread>

#include "absl/status/status.h"
#include "service/base/mutex.h"

namespace sluice::rpc {

// One long job at a time beside the calls: each takes every processor that is
// idle, so that two at once would only both be late. Thread-safe.
class HistoryJobs {
 public:
  // Does the work on a thread of its own and returns how to answer, which is
  // done once the next job may begin: who has an answer is not refused.
  using Job = std::function<std::function<void()>()>;

  HistoryJobs() = default;
  HistoryJobs(const HistoryJobs&) = delete;
  HistoryJobs& operator=(const HistoryJobs&) = delete;
  ~HistoryJobs();  // waits for the job at work

  // RESOURCE_EXHAUSTED with a time to retry after, while another is at work.
  absl::Status Start(Job job);

 private:
  Mutex mutex_;
  bool busy_ SLUICE_GUARDED_BY(mutex_) = false;
  std::thread thread_ SLUICE_GUARDED_BY(mutex_);
};

}  // namespace sluice::rpc
