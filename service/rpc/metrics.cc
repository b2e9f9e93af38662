#include "service/rpc/metrics.h"

#include <algorithm>

namespace sluice::rpc {
namespace {

// Names of unfinished checks are `history`, `network` and a rule's id with a
// word before it; those of rules are counted by that word.
std::string_view KindOf(std::string_view unfinished) {
  return unfinished.substr(0, unfinished.find('.'));
}

template <typename Map>
uint64_t* Find(Map* map, std::string_view key, bool may_add) {
  const auto found = map->find(key);
  if (found != map->end()) return &found->second;
  if (!may_add) return nullptr;
  return &map->emplace(std::string(key), 0).first->second;
}

}  // namespace

void Timing::Count(std::chrono::nanoseconds took) {
  const int64_t nanos = std::max<int64_t>(took.count(), 0);
  const auto* bound =
      std::find_if(kBounds.begin(), kBounds.end(),
                   [nanos](int64_t micros) { return nanos <= micros * 1000; });
  counts_[static_cast<size_t>(bound - kBounds.begin())].fetch_add(
      1, std::memory_order_relaxed);
  nanos_.fetch_add(static_cast<uint64_t>(nanos), std::memory_order_relaxed);
}

Timing::Read Timing::read() const {
  Read read;
  for (size_t i = 0; i < counts_.size(); ++i) {
    read.counts[i] = counts_[i].load(std::memory_order_relaxed);
    read.count += read.counts[i];
  }
  read.seconds =
      static_cast<double>(nanos_.load(std::memory_order_relaxed)) * 1e-9;
  return read;
}

Metrics::Metrics(const std::vector<std::string>& sites) {
  for (const std::string& site : sites) sites_[site];
}

void Metrics::CountCall(size_t method, absl::StatusCode code,
                        std::chrono::nanoseconds took) {
  at_work_.fetch_sub(1, std::memory_order_relaxed);
  if (method >= kMaxMethods) return;
  const size_t index = std::min(static_cast<size_t>(code), kCodes - 1);
  calls_[method][index].fetch_add(1, std::memory_order_relaxed);
  call_times_[method].Count(took);
}

void Metrics::CountVerdict(std::string_view site,
                           const v1::Decision& decision) {
  const auto found = sites_.find(site);
  if (found == sites_.end()) return;
  const auto verdict = static_cast<size_t>(decision.verdict());
  if (verdict < kVerdicts)
    found->second.verdicts[verdict].fetch_add(1, std::memory_order_relaxed);
  if (decision.degraded())
    found->second.degraded.fetch_add(1, std::memory_order_relaxed);
  if (decision.reasons().empty() && decision.unfinished().empty()) return;
  const MutexLock lock(&mutex_);
  auto at = hits_.find(site);
  if (at == hits_.end()) at = hits_.try_emplace(std::string(site)).first;
  for (const v1::Reason& reason : decision.reasons()) {
    const size_t before = at->second.size();
    uint64_t* hits = Find(&at->second, reason.id(), rules_ < kMaxRules);
    if (hits != nullptr) ++*hits;
    rules_ += at->second.size() - before;
  }
  for (const std::string& name : decision.unfinished())
    ++*Find(&unfinished_, KindOf(name), true);
}

void Metrics::CountSteps(const StepTimes& times) {
  for (size_t step = 0; step < kSteps; ++step) {
    if (times[step].count() != 0) step_times_[step].Count(times[step]);
  }
}

Metrics::Hits Metrics::rule_hits() const {
  Hits out;
  const MutexLock lock(&mutex_);
  for (const auto& [site, rules] : hits_) {
    for (const auto& [rule, hits] : rules) out[{site, rule}] = hits;
  }
  return out;
}

std::map<std::string, uint64_t> Metrics::unfinished() const {
  const MutexLock lock(&mutex_);
  return {unfinished_.begin(), unfinished_.end()};
}

}  // namespace sluice::rpc
