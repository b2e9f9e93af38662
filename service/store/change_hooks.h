#pragma once

#include <functional>
#include <map>
#include <utility>

#include "service/base/mutex.h"

namespace sluice::store {

// Who wants to know that there are new changes to read. Thread-safe.
class ChangeHooks {
 public:
  // `hook` is called on a thread of the store after a commit that added
  // changes, or that made deliveries due. It must not block, nor call the
  // store or this class. Returns what Remove takes.
  int Add(std::function<void()> hook) SLUICE_EXCLUDES(mutex_) {
    const MutexLock lock(&mutex_);
    hooks_[++last_] = std::move(hook);
    return last_;
  }

  // When it returns, the hook is not being called and never will be.
  void Remove(int id) SLUICE_EXCLUDES(mutex_) {
    const MutexLock lock(&mutex_);
    hooks_.erase(id);
  }

  void Call() SLUICE_EXCLUDES(mutex_) {
    const MutexLock lock(&mutex_);
    for (const auto& [id, hook] : hooks_) hook();
  }

 private:
  Mutex mutex_;
  std::map<int, std::function<void()>> hooks_ SLUICE_GUARDED_BY(mutex_);
  int last_ SLUICE_GUARDED_BY(mutex_) = 0;
};

}  // namespace sluice::store
