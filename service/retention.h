#pragma once

#include <chrono>
#include <functional>
#include <string_view>
#include <thread>

#include "absl/status/statusor.h"
#include "service/base/clock.h"
#include "service/base/mutex.h"
#include "service/moderator.h"
#include "service/store/store.h"
#include "sluice/v1/ruleset.pb.h"

namespace sluice {

// What is older than a policy keeps it; days that it does not say are 30 for
// addresses, 60 for rejected comments, 730 for all.
store::Cutoffs CutoffsOf(const v1::RetentionRules& rules, Time now);

// Removes what the sites' policies do not keep any more: at the start and every
// hour, on a thread of its own, in small steps. The moderator must outlive it.
class Retention {
 public:
  // What was removed of a site, or the store's error.
  using Told = std::function<void(std::string_view site,
                                  const absl::StatusOr<store::PurgeResult>&)>;

  Retention(Moderator* moderator, Told told,
            std::chrono::seconds period = std::chrono::hours(1));
  ~Retention();

  // One round over all sites. `pause` waits between two steps of a site.
  using Pause = std::function<void(std::chrono::microseconds)>;
  static void Run(Moderator* moderator, const Told& told,
                  const std::function<bool()>& stopped,
                  const Pause& pause = {});

 private:
  bool stopped() const;
  void Wait(std::chrono::steady_clock::duration time);

  mutable Mutex mutex_;
  CondVar wake_;
  bool stop_ SLUICE_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace sluice
