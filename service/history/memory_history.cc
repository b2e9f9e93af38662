#include "service/history/memory_history.h"

#include <algorithm>

namespace sluice::history {
namespace {

uint32_t SecondsOf(Time time) {
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch())
          .count();
  return static_cast<uint32_t>(std::clamp<int64_t>(seconds, 0, UINT32_MAX));
}

// The larger of what is there and what was counted, less `own`.
void Put(const SlidingCounts::Counts& counts, int32_t own, v1::Windows* out) {
  out->set_minute(std::max(out->minute(), counts.minute - own));
  out->set_hour(std::max(out->hour(), counts.hour - own));
  out->set_day(std::max(out->day(), counts.day - own));
}

}  // namespace

MemoryHistory::MemoryHistory(const MemoryHistoryOptions& options)
    : comments_(options.max_comments),
      counts_(options.max_keys),
      pages_(options.max_keys) {}

size_t MemoryHistory::max_bytes() const {
  const MutexLock lock(&mutex_);
  return comments_.bytes() + counts_.bytes() + pages_.bytes();
}

absl::StatusOr<signals::Past> MemoryHistory::Recall(
    const signals::Traces& traces) {
  const uint32_t now = SecondsOf(traces.time);
  signals::Past past;
  const MutexLock lock(&mutex_);
  RecallVelocity(traces, &past.velocity);
  if (const uint32_t* last = pages_.Find(traces.page); last != nullptr)
    past.silent_seconds = now > *last ? now - *last : 0;
  return past;
}

void MemoryHistory::RecallVelocity(const signals::Traces& traces,
                                   v1::VelocitySignals* out) const {
  const uint32_t now = SecondsOf(traces.time);
  // A check that could not be stored and is tried again was counted already.
  const int32_t own = comments_.Find(traces.name) == nullptr ? 0 : 1;
  const auto put = [this, now, own](uint64_t key, auto windows) {
    const SlidingCounts* counts = counts_.Find(key);
    if (counts != nullptr) Put(counts->At(now), own, windows());
  };
  put(traces.ip, [out] { return out->mutable_ip(); });
  put(traces.ip_prefix, [out] { return out->mutable_ip_prefix(); });
  put(traces.email, [out] { return out->mutable_email(); });
  put(traces.page, [out] { return out->mutable_page(); });
  for (uint64_t domain : traces.domains)
    put(domain, [out] { return out->mutable_domain(); });
}

void MemoryHistory::Remember(const signals::Traces& traces, v1::State state) {
  const uint32_t seconds = SecondsOf(traces.time);
  const MutexLock lock(&mutex_);
  if (comments_.Find(traces.name) != nullptr) return;
  comments_.Touch(traces.name, seconds) = {traces.page, seconds,
                                           static_cast<uint8_t>(state)};
  for (uint64_t key :
       {traces.ip, traces.ip_prefix, traces.email, traces.page}) {
    if (key != 0) counts_.Touch(key, seconds).Add(seconds);
  }
  for (uint64_t domain : traces.domains)
    counts_.Touch(domain, seconds).Add(seconds);
  if (state == v1::STATE_ACCEPTED) NoteAccepted(traces.page, seconds);
}

void MemoryHistory::Follow(uint64_t name, v1::State state) {
  const MutexLock lock(&mutex_);
  Comment* comment = comments_.Find(name);
  if (comment == nullptr || comment->state == static_cast<uint8_t>(state))
    return;
  comment->state = static_cast<uint8_t>(state);
  if (state == v1::STATE_ACCEPTED)
    NoteAccepted(comment->page, comment->seconds);
}

void MemoryHistory::NoteAccepted(uint64_t page, uint32_t seconds) {
  if (page == 0) return;
  uint32_t& last = pages_.Touch(page, seconds);
  last = std::max(last, seconds);
}

}  // namespace sluice::history
