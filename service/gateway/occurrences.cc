#include "service/gateway/occurrences.h"

namespace sluice::gateway {

Occurrences::Guess Occurrences::Find(std::string_view id, Time now) {
  const MutexLock lock(&mutex_);
  const auto found = known_.find(std::string(id));
  if (found == known_.end()) return {};
  const bool same = now - found->second.time <= kSame;
  return {found->second.occurrence, same, true};
}

void Occurrences::Set(const std::string& id, uint64_t occurrence, Time now) {
  const MutexLock lock(&mutex_);
  const auto found = known_.find(id);
  if (found != known_.end()) {
    newest_first_.splice(newest_first_.begin(), newest_first_,
                         found->second.place);
    found->second = {occurrence, now, newest_first_.begin()};
    return;
  }
  if (known_.size() >= kMaxKnown) {
    known_.erase(newest_first_.back());
    newest_first_.pop_back();
  }
  newest_first_.push_front(id);
  known_[id] = {occurrence, now, newest_first_.begin()};
}

}  // namespace sluice::gateway
