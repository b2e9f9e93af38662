#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "service/base/file_descriptor.h"

namespace sluice {

// When a burst of events is over: nothing for `quiet`, or `longest` since its
// first event, so that a file that is written to for ever cannot put a reload
// off for ever. Knows no clock; for one thread.
class Burst {
 public:
  using Time = std::chrono::steady_clock::time_point;

  Burst(std::chrono::milliseconds quiet, std::chrono::milliseconds longest)
      : quiet_(quiet), longest_(longest) {}

  void OnEvent(Time now);
  bool open() const { return open_; }
  // REQUIRES: open().
  Time end() const;
  void Close() { open_ = false; }

 private:
  const std::chrono::milliseconds quiet_;
  const std::chrono::milliseconds longest_;
  bool open_ = false;
  Time first_;
  Time last_;
};

// Watches folders of rule files with inotify, and calls back once a burst of
// changes is over: an editor's write or rename, a checkout of many files, the
// swap of a symbolic link on the way to a folder or a file (a Kubernetes
// ConfigMap's `..data`) are one call each. The call may come without a change;
// what is read after it began is complete. Whether anything differs is for the
// callee to find out (RulesKeeper::LoadIfChanged). A folder that is missing is
// waited for. Besides, it calls every `sweep`: where inotify is blind (network
// file systems, a parent folder moved away), and for rules that lapse.
class RulesWatcher {
 public:
  struct Options {
    std::chrono::milliseconds quiet{300};
    std::chrono::milliseconds longest{10'000};
    std::chrono::milliseconds sweep{60'000};
  };

  // `changed` is called on the watcher's own thread, the first time at once.
  // Errors: RESOURCE_EXHAUSTED if the kernel gives no inotify instance.
  static absl::StatusOr<std::unique_ptr<RulesWatcher>> Start(
      std::vector<std::string> folders, const Options& options,
      std::function<void()> changed);

  // Waits for a call that is under way.
  ~RulesWatcher();

  RulesWatcher(const RulesWatcher&) = delete;
  RulesWatcher& operator=(const RulesWatcher&) = delete;

 private:
  RulesWatcher(std::vector<std::string> folders, const Options& options,
               std::function<void()> changed, FileDescriptor stop);
  void Run();

  const std::vector<std::string> folders_;
  const Options options_;
  const std::function<void()> changed_;
  const FileDescriptor stop_;  // an eventfd
  std::thread thread_;
};

}  // namespace sluice
