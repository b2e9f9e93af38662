#include "service/retention.h"

#include <memory>
#include <utility>

namespace sluice {
namespace {

constexpr uint32_t kPersonalDays = 30;
constexpr uint32_t kRejectedDays = 60;
constexpr uint32_t kEventDays = 730;
// Steps of one round at a site: what is more waits for the next.
constexpr int kMaxSteps = 100'000;

Time Before(uint32_t days, uint32_t unset, Time now) {
  return now - std::chrono::days(days == 0 ? unset : days);
}

}  // namespace

store::Cutoffs CutoffsOf(const v1::RetentionRules& rules, Time now) {
  return {Before(rules.personal_days(), kPersonalDays, now),
          Before(rules.rejected_days(), kRejectedDays, now),
          Before(rules.event_days(), kEventDays, now)};
}

void Retention::Run(Moderator* moderator, const Told& told,
                    const std::function<bool()>& stopped) {
  const std::shared_ptr<const Sites> sites = moderator->sites();
  for (const auto& [id, site] : *sites) {
    const Time now = moderator->clock().Now();
    const store::Cutoffs cutoffs =
        CutoffsOf(site.ruleset->policy().retention(), now);
    store::PurgeResult sum;
    sum.more = true;
    for (int i = 0; i < kMaxSteps && sum.more && !stopped(); ++i) {
      const absl::StatusOr<store::PurgeResult> step =
          moderator->store()->Purge(id, cutoffs, now);
      if (!step.ok()) {
        told(id, step);
        break;
      }
      sum.purged += step->purged;
      sum.removed += step->removed;
      sum.more = step->more;
    }
    if (sum.purged + sum.removed > 0) told(id, sum);
  }
}

Retention::Retention(Moderator* moderator, Told told,
                     std::chrono::seconds period) {
  thread_ = std::thread([this, moderator, told = std::move(told), period] {
    while (!stopped()) {
      Run(moderator, told, [this] { return stopped(); });
      const auto next = std::chrono::steady_clock::now() + period;
      const MutexLock lock(&mutex_);
      while (!stop_ && std::chrono::steady_clock::now() < next)
        wake_.WaitUntil(&mutex_, next);
    }
  });
}

Retention::~Retention() {
  {
    const MutexLock lock(&mutex_);
    stop_ = true;
    wake_.NotifyAll();
  }
  thread_.join();
}

bool Retention::stopped() const {
  const MutexLock lock(&mutex_);
  return stop_;
}

}  // namespace sluice
