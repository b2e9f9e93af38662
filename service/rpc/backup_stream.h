#pragma once

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <functional>
#include <thread>

#include "absl/status/status.h"
#include "service/base/mutex.h"
#include "service/store/store.h"
#include "sluice/v1/admin_service.pb.h"

namespace sluice::rpc {

// The one backup at a time of a server, made and sent on a thread of its own.
// Outlives its calls; thread-safe.
class Backups {
 public:
  explicit Backups(store::Store* store) : store_(store) {}
  Backups(const Backups&) = delete;
  Backups& operator=(const Backups&) = delete;
  ~Backups();  // stops the one at work

  // Called once, when the call is over: how it ended.
  using OnEnd = std::function<void(const absl::Status&)>;
  // Answers a CreateBackup call. The reactor deletes itself.
  grpc::ServerWriteReactor<v1::CreateBackupResponse>* Create(
      grpc::CallbackServerContext* context, OnEnd on_end);

 private:
  class Stream;
  absl::Status Start(Stream* stream);

  store::Store* const store_;
  std::atomic<bool> stop_{false};
  Mutex mutex_;
  bool busy_ SLUICE_GUARDED_BY(mutex_) = false;
  std::thread thread_ SLUICE_GUARDED_BY(mutex_);
};

}  // namespace sluice::rpc
