#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "service/base/mutex.h"
#include "service/store/group_writer.h"

namespace sluice::store {

// A job of the group writer made of two functions. `apply` may run again after
// a rollback.
class TaskJob : public GroupWriter::Job {
 public:
  TaskJob(std::function<absl::Status(EventLog*)> apply,
          std::function<void(const absl::Status&)> finish)
      : apply_(std::move(apply)), finish_(std::move(finish)) {}
  absl::Status Apply(EventLog* log) override { return apply_(log); }
  void Finish(const absl::Status& committed) override { finish_(committed); }

 private:
  const std::function<absl::Status(EventLog*)> apply_;
  const std::function<void(const absl::Status&)> finish_;
};

// Calls `finish` with the commit's status, or at once if there is no room.
inline void SubmitTask(GroupWriter* writer,
                       std::function<absl::Status(EventLog*)> apply,
                       std::function<void(const absl::Status&)> finish) {
  const absl::Status status =
      writer->Submit(std::make_unique<TaskJob>(std::move(apply), finish));
  if (!status.ok()) finish(status);
}

// Waits for the commit. Not to be called on the writer's thread.
inline absl::Status RunTask(GroupWriter* writer,
                            std::function<absl::Status(EventLog*)> apply) {
  struct Outcome {
    Mutex mutex;
    CondVar changed;
    bool finished SLUICE_GUARDED_BY(mutex) = false;
    absl::Status status SLUICE_GUARDED_BY(mutex);
  };
  auto outcome = std::make_shared<Outcome>();
  SubmitTask(writer, std::move(apply), [outcome](const absl::Status& status) {
    const MutexLock lock(&outcome->mutex);
    outcome->finished = true;
    outcome->status = status;
    outcome->changed.NotifyAll();
  });
  const MutexLock lock(&outcome->mutex);
  while (!outcome->finished) outcome->changed.Wait(&outcome->mutex);
  return outcome->status;
}

}  // namespace sluice::store
