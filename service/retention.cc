#include "service/retention.h"

#include <algorithm>
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

// At most kMaxPause: a disk that was slow once must not stop retention.
static std::chrono::microseconds PauseAfter(
    std::chrono::steady_clock::duration step) {
  constexpr std::chrono::microseconds kMaxPause{5'000'000};
  return std::min(kMaxPause,
                  std::chrono::duration_cast<std::chrono::microseconds>(step) *
                      store::Store::kPurgePause);
}

void Retention::Run(Moderator* moderator, const Told& told,
                    const std::function<bool()>& stopped, const Pause& pause) {
  const std::shared_ptr<const Sites> sites = moderator->sites();
  for (const auto& [id, site] : *sites) {
    const Time now = moderator->clock().Now();
    const store::Cutoffs cutoffs =
        CutoffsOf(site.ruleset->policy().retention(), now);
    store::PurgeResult sum;
    sum.more = true;
    for (int i = 0; i < kMaxSteps && sum.more && !stopped(); ++i) {
      const auto begin = std::chrono::steady_clock::now();
      const absl::StatusOr<store::PurgeResult> step =
          moderator->store()->Purge(id, cutoffs, now);
      if (!step.ok()) {
        told(id, step);
        break;
      }
      sum.purged += step->purged;
      sum.removed += step->removed;
      sum.more = step->more;
      const auto took = std::chrono::steady_clock::now() - begin;
      if (sum.more && pause) pause(PauseAfter(took));
    }
    if (sum.purged + sum.removed > 0) told(id, sum);
  }
}

Retention::Retention(Moderator* moderator, Told told,
                     std::chrono::seconds period) {
  thread_ = std::thread([this, moderator, told = std::move(told), period] {
    while (!stopped()) {
      Run(
          moderator, told, [this] { return stopped(); },
          [this](std::chrono::microseconds time) { Wait(time); });
      Wait(period);
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

// Less, if it is to stop.
void Retention::Wait(std::chrono::steady_clock::duration time) {
  const auto end = std::chrono::steady_clock::now() + time;
  const MutexLock lock(&mutex_);
  while (!stop_ && std::chrono::steady_clock::now() < end)
    wake_.WaitUntil(&mutex_, end);
}

bool Retention::stopped() const {
  const MutexLock lock(&mutex_);
  return stop_;
}

}  // namespace sluice
