// Retention and erasure in the store that forgets anyway.

#include <algorithm>
#include <utility>

#include "service/base/ascii.h"
#include "service/base/resource_name.h"
#include "service/store/entry.h"
#include "service/store/memory_store.h"
#include "service/store/scrub.h"

namespace sluice::store {
namespace {

Time TimeOf(const google::protobuf::Timestamp& time) {
  return Time(std::chrono::microseconds(time.seconds() * 1'000'000 +
                                        time.nanos() / 1000));
}

// The check and the decision in force are from before.
bool IsOld(const v1::Entry& entry, Time before) {
  return TimeOf(entry.create_time()) < before &&
         (!entry.has_review() || TimeOf(entry.review_time()) < before);
}

}  // namespace

void MemoryStore::PurgeOne(const v1::Purged& purged, Time now, Stored* stored) {
  const bool content = purged.what() == "content";
  stored->noted = true;
  bool changed = content;
  for (v1::Event& event : stored->events) {
    if (content)
      ScrubContent(&event);
    else
      changed |= ScrubAddresses(&event);
  }
  if (content) stored->author.Clear();
  if (!changed) return;
  v1::Event event;
  *event.mutable_purged() = purged;
  (void)Append(std::move(event), now, stored);
}

absl::StatusOr<PurgeResult> MemoryStore::Purge(const std::string& site,
                                               const Cutoffs& cutoffs,
                                               Time now) {
  const MutexLock lock(&mutex_);
  if (!failing_.ok()) return failing_;
  PurgeResult result;
  v1::Purged purged;
  purged.set_cause("retention");
  purged.set_what("personal");
  for (auto at = entries_.begin(); at != entries_.end();) {
    Stored& stored = at->second;
    const Time before = stored.entry.state() == v1::STATE_REJECTED
                            ? std::max(cutoffs.rejected, cutoffs.events)
                            : cutoffs.events;
    if (stored.site == site && IsOld(stored.entry, before)) {
      ++result.removed;
      for (auto letter = letters_.begin(); letter != letters_.end();) {
        letter = letter->second.comment == at->first ? letters_.erase(letter)
                                                     : std::next(letter);
      }
      at = entries_.erase(at);
      continue;
    }
    if (stored.site == site && !stored.noted &&
        TimeOf(stored.entry.create_time()) < cutoffs.personal) {
      ++result.purged;
      PurgeOne(purged, now, &stored);
    }
    ++at;
  }
  return result;
}

void MemoryStore::Erase(v1::EraseAuthorRequest request, Time now,
                        EraseDone done) {
  done(EraseAll(request, now));
}

absl::StatusOr<v1::EraseAuthorResponse> MemoryStore::EraseAll(
    const v1::EraseAuthorRequest& request, Time now) {
  const MutexLock lock(&mutex_);
  if (!failing_.ok()) return failing_;
  std::string id = request.id();
  std::string email = LowerAscii(request.email());
  if (request.has_comment()) {
    const Stored* named = Find(request.comment());
    if (named == nullptr) return absl::NotFoundError("no such comment");
    id = named->author.id();
    email = LowerAscii(named->author.email());
  }
  const bool alone = id.empty() && email.empty();
  const std::string site(ParseResourceName(request.parent()).site);
  v1::Purged purged;
  purged.set_cause("erasure");
  purged.set_what("content");
  purged.set_moderator(request.moderator());
  std::vector<std::pair<int64_t, std::string>> found;
  for (const auto& [name, stored] : entries_) {
    const bool same = alone ? name == request.comment() &&
                                  stored.entry.purged().what() != "content"
                            : (!id.empty() && stored.author.id() == id) ||
                                  (!email.empty() &&
                                   LowerAscii(stored.author.email()) == email);
    if (stored.site == site && same)
      found.emplace_back(stored.events.front().sequence(), name);
  }
  std::sort(found.begin(), found.end());
  v1::EraseAuthorResponse response;
  if (!found.empty())
    response.set_records(static_cast<int>(!id.empty()) +
                         static_cast<int>(!email.empty()));
  for (const auto& [sequence, name] : found) {
    Stored* stored = Find(name);
    response.set_comments(response.comments() + 1);
    response.set_events(response.events() +
                        static_cast<int64_t>(stored->events.size()));
    response.add_names(name);
    if (!request.dry_run()) PurgeOne(purged, now, stored);
  }
  return response;
}

}  // namespace sluice::store
