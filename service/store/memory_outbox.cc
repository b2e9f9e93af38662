// The outbox of the store that forgets.

#include <algorithm>
#include <utility>

#include "service/base/resource_name.h"
#include "service/store/changes.h"
#include "service/store/entry.h"
#include "service/store/memory_store.h"

namespace sluice::store {

absl::Status MemoryStore::SetWebhooks(const std::vector<Webhook>& webhooks) {
  const MutexLock lock(&mutex_);
  if (!failing_.ok()) return failing_;
  webhooks_ = webhooks;
  for (auto at = letters_.begin(); at != letters_.end();) {
    const bool kept = std::any_of(
        webhooks.begin(), webhooks.end(),
        [&at](const Webhook& hook) { return hook.Name() == at->second.hook; });
    at = kept ? std::next(at) : letters_.erase(at);
  }
  return absl::OkStatus();
}

void MemoryStore::AddLetters(const v1::Event& event, Time now) {
  const std::string site(ParseResourceName(event.comment()).site);
  for (const Webhook& webhook : webhooks_) {
    if (!webhook.site.empty() && webhook.site != site) continue;
    Letter letter;
    letter.hook = webhook.Name();
    letter.comment = event.comment();
    letter.sequence = event.sequence();
    letter.state.next_time = now;
    letters_[++last_letter_] = std::move(letter);
  }
}

// By an earlier change of the same comment.
bool MemoryStore::IsBlocked(const Letter& letter) const {
  return std::any_of(letters_.begin(), letters_.end(), [&](const auto& other) {
    return other.second.hook == letter.hook &&
           other.second.comment == letter.comment &&
           other.second.sequence < letter.sequence && !other.second.state.dead;
  });
}

absl::StatusOr<Change> MemoryStore::FindChange(const std::string& comment,
                                               int64_t sequence) {
  const Stored* stored = Find(comment);
  if (stored == nullptr) return absl::NotFoundError("no such comment");
  std::vector<v1::Event> events;
  for (const v1::Event& event : stored->events) {
    if (event.sequence() <= sequence) events.push_back(event);
  }
  return ChangeOf(events);
}

absl::StatusOr<DueDeliveries> MemoryStore::Due(
    const Webhook& webhook, Time now, int limit,
    const std::set<int64_t>& in_flight) {
  const MutexLock lock(&mutex_);
  if (!failing_.ok()) return failing_;
  std::vector<std::pair<int64_t, const Letter*>> waiting;
  for (const auto& [id, letter] : letters_) {
    if (letter.hook == webhook.Name() && !letter.state.dead &&
        in_flight.count(id) == 0 && !IsBlocked(letter))
      waiting.emplace_back(id, &letter);
  }
  std::stable_sort(
      waiting.begin(), waiting.end(), [](const auto& a, const auto& b) {
        return a.second->state.next_time < b.second->state.next_time;
      });
  DueDeliveries found;
  for (const auto& [id, letter] : waiting) {
    if (letter->state.next_time > now ||
        static_cast<int>(found.due.size()) >= limit) {
      found.next = letter->state.next_time;
      break;
    }
    absl::StatusOr<Change> change =
        FindChange(letter->comment, letter->sequence);
    if (!change.ok()) {
      found.gone.push_back(id);
      continue;
    }
    found.due.push_back(
        {id, letter->attempts, letter->sequence, std::move(change->told)});
  }
  return found;
}

absl::Status MemoryStore::Settle(const std::vector<DeliveryOutcome>& outcomes) {
  const MutexLock lock(&mutex_);
  if (!failing_.ok()) return failing_;
  for (const DeliveryOutcome& outcome : outcomes) {
    const auto found = letters_.find(outcome.id);
    if (found == letters_.end()) continue;
    if (outcome.delivered) {
      letters_.erase(found);
      continue;
    }
    Letter& letter = found->second;
    const Time first =
        letter.attempts++ == 0 ? outcome.first_time : letter.state.first_time;
    letter.state = outcome;
    letter.state.first_time = first;
  }
  return absl::OkStatus();
}

absl::StatusOr<DeadLetters> MemoryStore::ListDead(std::string_view site,
                                                  int limit) {
  const MutexLock lock(&mutex_);
  if (!failing_.ok()) return failing_;
  DeadLetters found;
  std::vector<std::pair<std::pair<Time, int64_t>, const Letter*>> dead;
  for (const auto& [id, letter] : letters_) {
    if (letter.state.dead && ParseResourceName(letter.comment).site == site)
      dead.emplace_back(std::pair(letter.state.last_time, id), &letter);
  }
  std::sort(dead.rbegin(), dead.rend());
  found.count = static_cast<int64_t>(dead.size());
  for (const auto& [place, letter] : dead) {
    if (static_cast<int>(found.letters.size()) >= limit) break;
    v1::DeadLetter& out = found.letters.emplace_back();
    out.set_id(std::to_string(place.second));
    out.set_url(letter->hook.substr(letter->hook.find(' ') + 1));
    out.set_name(letter->comment);
    out.set_attempts(letter->attempts);
    out.set_error(letter->state.error);
    *out.mutable_create_time() = TimestampOf(Micros(letter->state.first_time));
    *out.mutable_last_time() = TimestampOf(Micros(letter->state.last_time));
  }
  return found;
}

void MemoryStore::Retry(std::string site, std::vector<int64_t> ids, Time now,
                        RetryDone done) {
  absl::Status failing;
  std::map<std::pair<std::string, std::string>, int64_t> wanted;
  int64_t count = 0;
  {
    const MutexLock lock(&mutex_);
    failing = failing_;
    for (auto& [id, letter] : letters_) {
      if (!failing.ok() || !letter.state.dead ||
          ParseResourceName(letter.comment).site != site)
        continue;
      if (!ids.empty() && std::find(ids.begin(), ids.end(), id) == ids.end())
        continue;
      ++count;
      wanted[{letter.hook, letter.comment}] = 0;
    }
    for (auto& [key, newest] : wanted) {
      for (const v1::Event& event : Find(key.second)->events) {
        if (IsChange(event)) newest = event.sequence();
      }
      bool pending = false;
      for (auto at = letters_.begin(); at != letters_.end();) {
        const bool same =
            at->second.hook == key.first && at->second.comment == key.second;
        pending |=
            same && !at->second.state.dead && at->second.sequence == newest;
        at = same && at->second.state.dead ? letters_.erase(at) : std::next(at);
      }
      if (pending) continue;
      Letter letter;
      letter.hook = key.first;
      letter.comment = key.second;
      letter.sequence = newest;
      letter.state.next_time = now;
      letters_[++last_letter_] = std::move(letter);
    }
  }
  if (!failing.ok()) return done(failing);
  done(count);
  change_hooks().Call();
}

}  // namespace sluice::store
