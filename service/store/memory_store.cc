#include "service/store/memory_store.h"

#include <algorithm>
#include <cstring>
#include <tuple>
#include <utility>

#include "service/base/ascii.h"
#include "service/base/resource_name.h"
#include "service/store/changes.h"
#include "service/store/entry.h"
#include "service/store/identity.h"
#include "service/store/link_domains.h"
#include "service/store/page_token.h"
#include "service/store/scan.h"

namespace sluice::store {
namespace {

constexpr int kMaxPage = 200;

int64_t MicrosOf(const google::protobuf::Timestamp& time) {
  return time.seconds() * 1'000'000 + time.nanos() / 1000;
}

// By site and campaign: how many entries of each state, and since when.
struct Campaign {
  std::map<v1::State, int> sizes;
  int64_t since = 0;
};

PagePosition PositionOf(const ListQuery& query, const v1::Entry& entry,
                        int64_t sequence, const Campaign& campaign) {
  PagePosition position;
  position.sequence = sequence;
  if (query.order == Order::kHighestScoreFirst)
    position.rank = -ScoreOf(entry.checked());
  else
    position.time = MicrosOf(entry.create_time());
  if (query.order == Order::kLargestCampaignFirst) {
    position.rank = -campaign.sizes.at(entry.state());
    position.since = campaign.since;
  }
  return position;
}

// As the SQLite store knows an author.
bool IsBy(const v1::Author& asked, const v1::Author& author) {
  if (!asked.id().empty()) return asked.id() == author.id();
  if (!asked.email().empty())
    return LowerAscii(asked.email()) == LowerAscii(author.email());
  return !asked.name().empty() &&
         LowerAscii(asked.name()) == LowerAscii(author.name());
}

}  // namespace

void MemoryStore::FailWith(absl::Status status) {
  const MutexLock lock(&mutex_);
  failing_ = std::move(status);
}

void MemoryStore::RecordCheck(v1::Checked checked, Time now, Durability,
                              CheckDone done) {
  absl::Status valid = ValidateCheck(checked);
  if (!valid.ok()) return done(std::move(valid));
  done(AddCheck(std::move(checked), now));
}

absl::StatusOr<CheckRecord> MemoryStore::AddCheck(v1::Checked checked,
                                                  Time now) {
  const MutexLock lock(&mutex_);
  if (!failing_.ok()) return failing_;
  const std::string name = checked.comment().name();
  if (const Stored* earlier = Find(name))
    return RepeatedCheck(earlier->entry, checked.request_hash());
  Stored& stored = entries_[name];
  stored.site = ParseResourceName(name).site;
  stored.author = checked.comment().author();
  v1::Event event;
  *event.mutable_checked() = std::move(checked);
  if (absl::Status status = Append(std::move(event), now, &stored);
      !status.ok()) {
    return status;
  }
  return CheckRecord{false, stored.entry};
}

void MemoryStore::Decide(std::vector<v1::EntryDecision> decisions,
                         std::string moderator, std::string batch, Time now,
                         DecideDone done) {
  DecideResults results;
  absl::Status failing;
  {
    const MutexLock lock(&mutex_);
    failing = failing_;
    for (const v1::EntryDecision& decision : decisions) {
      if (!failing.ok()) break;
      results.push_back(AddDecision(decision, moderator, batch, now));
    }
  }
  if (failing.ok()) {
    done(std::move(results));
    change_hooks().Call();
  } else {
    done(std::move(failing));
  }
}

absl::StatusOr<v1::Entry> MemoryStore::AddDecision(
    const v1::EntryDecision& decision, const std::string& moderator,
    const std::string& batch, Time now) {
  if (absl::Status valid = ValidateDecision(decision); !valid.ok())
    return valid;
  Stored* stored = Find(decision.name());
  if (stored == nullptr) return absl::NotFoundError("no such comment");
  if (!decision.etag().empty() && decision.etag() != stored->entry.etag())
    return EtagDiffers();
  v1::Event event;
  *event.mutable_reviewed() = ReviewOf(decision, moderator, batch);
  if (absl::Status status = Append(std::move(event), now, stored); !status.ok())
    return status;
  return stored->entry;
}

void MemoryStore::Undo(v1::UndoDecisionRequest target, std::string batch,
                       Time now, UndoDone done) {
  done(UndoAll(target, batch, now));
  change_hooks().Call();
}

absl::StatusOr<UndoResult> MemoryStore::UndoAll(
    const v1::UndoDecisionRequest& target, const std::string& batch, Time now) {
  const MutexLock lock(&mutex_);
  if (!failing_.ok()) return failing_;
  UndoResult result;
  if (!target.name().empty()) {
    Stored* stored = Find(target.name());
    if (stored == nullptr) return absl::NotFoundError("no such comment");
    if (absl::Status status = UndoOne(target, batch, now, stored, &result);
        !status.ok()) {
      return status;
    }
    return result;
  }
  const std::string_view site = ParseResourceName(target.parent()).site;
  while (Stored* stored = FindInBatch(site, target.batch())) {
    result.more = result.count == kMaxUndo;
    if (result.more) break;
    if (absl::Status status = UndoOne(target, batch, now, stored, &result);
        !status.ok()) {
      return status;
    }
  }
  if (result.count == 0) return NothingToUndo();
  return result;
}

absl::Status MemoryStore::UndoOne(const v1::UndoDecisionRequest& target,
                                  const std::string& batch, Time now,
                                  Stored* stored, UndoResult* result) {
  if (!target.etag().empty() && target.etag() != stored->entry.etag())
    return EtagDiffers();
  if (!stored->entry.has_review()) return NothingToUndo();
  std::vector<int64_t> reviews;
  for (const v1::Event& event : stored->events) {
    if (event.has_reviewed()) reviews.push_back(event.sequence());
    if (event.has_undone()) reviews.pop_back();
  }
  v1::Event event;
  event.mutable_undone()->set_sequence(reviews.back());
  event.mutable_undone()->set_moderator(target.moderator());
  event.mutable_undone()->set_batch(batch);
  if (absl::Status status = Append(std::move(event), now, stored); !status.ok())
    return status;
  AddUndone(stored->entry, result);
  return absl::OkStatus();
}

MemoryStore::Stored* MemoryStore::FindInBatch(std::string_view site,
                                              const std::string& batch) {
  Stored* first = nullptr;
  for (auto& [name, stored] : entries_) {
    if (stored.site != site || batch.empty() ||
        stored.entry.review().batch() != batch)
      continue;
    if (first == nullptr ||
        stored.events.front().sequence() < first->events.front().sequence())
      first = &stored;
  }
  return first;
}

void MemoryStore::Claim(ClaimRequest request, Time now, ClaimDone done) {
  done(ClaimAll(request, now));
}

absl::StatusOr<std::vector<v1::Entry>> MemoryStore::ClaimAll(
    const ClaimRequest& request, Time now) {
  const MutexLock lock(&mutex_);
  if (!failing_.ok()) return failing_;
  std::vector<v1::Entry> entries;
  for (const std::string& name : request.names) {
    Stored* stored = Find(name);
    if (stored == nullptr || !MayClaim(stored->entry, request.moderator,
                                       request.release, Micros(now)))
      continue;
    if (!request.release || stored->entry.has_claim()) {
      v1::Event event;
      v1::Claimed* claim = event.mutable_claimed();
      if (!request.release) {
        claim->set_moderator(request.moderator);
        *claim->mutable_expire_time() =
            TimestampOf(Micros(request.expire_time));
      }
      if (absl::Status status = Append(std::move(event), now, stored);
          !status.ok()) {
        return status;
      }
    }
    entries.push_back(stored->entry);
  }
  return entries;
}

absl::StatusOr<std::vector<v1::DayCounts>> MemoryStore::CountDays(
    std::string_view site, Time now, int days) {
  const MutexLock lock(&mutex_);
  if (!failing_.ok()) return failing_;
  days = std::clamp(days, 1, kMaxDays);
  std::vector<v1::DayCounts> counts(static_cast<size_t>(days));
  const int64_t first = DayOf(Micros(now)) - days + 1;
  for (int i = 0; i < days; ++i)
    counts[static_cast<size_t>(i)].set_date(DateOf(first + i));
  for (const auto& [name, stored] : entries_) {
    const v1::Entry& entry = stored.entry;
    const int64_t day = DayOf(MicrosOf(entry.create_time())) - first;
    if (stored.site != site || day < 0 || day >= days) continue;
    v1::DayCounts* count = &counts[static_cast<size_t>(day)];
    CountInto(entry.checked().decision().verdict(), 1, count);
    CountPersonInto(entry.state(), entry.has_review(), 1, count);
  }
  return counts;
}

void MemoryStore::Report(std::string name, v1::Reported report, Time now,
                         ReportDone done) {
  absl::Status status;
  {
    const MutexLock lock(&mutex_);
    status = failing_;
    Stored* stored = Find(name);
    if (status.ok() && stored == nullptr)
      status = absl::NotFoundError("no such comment");
    if (status.ok()) {
      v1::Event event;
      *event.mutable_reported() = std::move(report);
      status = Append(std::move(event), now, stored);
    }
  }
  done(std::move(status));
}

MemoryStore::Stored* MemoryStore::Find(std::string_view name) {
  const auto found = entries_.find(name);
  return found == entries_.end() ? nullptr : &found->second;
}

absl::Status MemoryStore::Append(v1::Event event, Time now, Stored* stored) {
  event.set_sequence(++last_sequence_);
  const v1::Event& first =
      stored->events.empty() ? event : stored->events.front();
  event.set_comment(first.checked().comment().name());
  *event.mutable_time() = TimestampOf(Micros(now));
  if (IsChange(event)) AddLetters(event, now);
  stored->events.push_back(std::move(event));
  absl::StatusOr<v1::Entry> entry = DeriveEntry(stored->events);
  if (!entry.ok()) return entry.status();
  stored->entry = *std::move(entry);
  return absl::OkStatus();
}

absl::StatusOr<v1::Entry> MemoryStore::Get(std::string_view name) {
  const MutexLock lock(&mutex_);
  if (!failing_.ok()) return failing_;
  const Stored* stored = Find(name);
  if (stored == nullptr) return absl::NotFoundError("no such comment");
  return stored->entry;
}

absl::StatusOr<std::vector<v1::Event>> MemoryStore::Events(
    std::string_view name) {
  const MutexLock lock(&mutex_);
  if (!failing_.ok()) return failing_;
  const Stored* stored = Find(name);
  if (stored == nullptr) return absl::NotFoundError("no such comment");
  std::vector<v1::Event> events = stored->events;
  *events.front().mutable_checked() = WithoutTexts(events.front().checked());
  return events;
}

absl::StatusOr<EntryPage> MemoryStore::List(const ListQuery& query) {
  const MutexLock lock(&mutex_);
  if (!failing_.ok()) return failing_;
  std::optional<PagePosition> after;
  if (!query.page_token.empty()) {
    const absl::StatusOr<PagePosition> position = DecodePageToken(query);
    if (!position.ok()) return position.status();
    after = *position;
  }
  std::map<std::string, Campaign> campaigns;
  for (const auto& [name, stored] : entries_) {
    if (stored.site != query.site) continue;
    Campaign& campaign = campaigns[CampaignOf(stored.entry.checked(), {})];
    ++campaign.sizes[stored.entry.state()];
    const int64_t sequence = stored.events.front().sequence();
    if (campaign.since == 0 || sequence < campaign.since)
      campaign.since = sequence;
  }
  const uint32_t states = StatesOf(query);
  std::vector<std::pair<PagePosition, const v1::Entry*>> found;
  for (const auto& [name, stored] : entries_) {
    const v1::Entry& entry = stored.entry;
    if (stored.site != query.site || (states >> entry.state() & 1) == 0)
      continue;
    const std::string campaign = CampaignOf(entry.checked(), {});
    if (query.filter != nullptr && !query.filter->Matches({entry, campaign}))
      continue;
    if (query.author.has_value() &&
        !IsBy(*query.author, entry.checked().comment().author()))
      continue;
    const std::vector<std::string> domains = LinkDomains(entry.checked());
    if (!query.link_domain.empty() &&
        std::find(domains.begin(), domains.end(), query.link_domain) ==
            domains.end())
      continue;
    const PagePosition at = PositionOf(
        query, entry, stored.events.front().sequence(), campaigns.at(campaign));
    if (after && !ComesBefore(query.order, *after, at)) continue;
    found.emplace_back(at, &entry);
  }
  std::sort(found.begin(), found.end(), [&query](const auto& a, const auto& b) {
    return ComesBefore(query.order, a.first, b.first);
  });
  const auto size =
      static_cast<size_t>(std::clamp(query.page_size, 1, kMaxPage));
  EntryPage page;
  for (size_t i = 0; i < std::min(size, found.size()); ++i)
    page.entries.push_back(*found[i].second);
  if (found.size() > size)
    page.next_page_token = EncodePageToken(query, found[size - 1].first);
  return page;
}

absl::StatusOr<Counts> MemoryStore::Count(std::string_view site) {
  const MutexLock lock(&mutex_);
  if (!failing_.ok()) return failing_;
  Counts counts;
  for (const auto& [name, stored] : entries_) {
    if (stored.site != site) continue;
    AddToCounts(stored.entry.state(), MicrosOf(stored.entry.create_time()),
                &counts);
  }
  return counts;
}

absl::StatusOr<AuthorHistory> MemoryStore::ReadAuthorHistory(
    std::string_view site, const AuthorKeys& keys, Time now) {
  const MutexLock lock(&mutex_);
  if (!failing_.ok()) return failing_;
  AuthorHistory history;
  const auto add = [now](const v1::Entry& entry, v1::AuthorRecord* record) {
    const bool by_person = entry.has_review();
    CountInto(entry.state(), by_person, 1, record);
    const int64_t age = AgeSeconds(MicrosOf(entry.create_time()), Micros(now));
    record->set_age_seconds(std::max(record->age_seconds(), age));
  };
  for (const auto& [name, stored] : entries_) {
    if (stored.site != site) continue;
    const v1::Author& author = stored.author;
    if (!keys.id.empty() && keys.id == author.id())
      add(stored.entry, &history.by_id);
    if (!keys.email.empty() && keys.email == LowerAscii(author.email()))
      add(stored.entry, &history.by_email);
    if (!keys.name.empty() && keys.name == LowerAscii(author.name()))
      add(stored.entry, &history.by_name);
  }
  return history;
}

absl::StatusOr<std::vector<Change>> MemoryStore::Changes(std::string_view site,
                                                         int64_t after,
                                                         int limit) {
  const MutexLock lock(&mutex_);
  if (!failing_.ok()) return failing_;
  std::vector<Change> changes;
  for (const auto& [name, stored] : entries_) {
    if (stored.site != site) continue;
    for (size_t i = 0; i < stored.events.size(); ++i) {
      const v1::Event& event = stored.events[i];
      if (event.sequence() <= after || !IsChange(event)) continue;
      absl::StatusOr<Change> change = ChangeOf(
          {stored.events.begin(),
           stored.events.begin() + static_cast<std::ptrdiff_t>(i) + 1});
      if (!change.ok()) return change.status();
      changes.push_back(*std::move(change));
    }
  }
  std::sort(changes.begin(), changes.end(), [](const auto& a, const auto& b) {
    return a.sequence < b.sequence;
  });
  const auto size = static_cast<size_t>(std::clamp(limit, 1, kMaxChanges));
  if (changes.size() > size) changes.resize(size);
  return changes;
}

absl::StatusOr<int64_t> MemoryStore::LastSequence() {
  const MutexLock lock(&mutex_);
  if (!failing_.ok()) return failing_;
  return last_sequence_;
}

// One process has few of them, and none outlives it.
std::string MemoryStore::Id() {
  std::string id(16, '\0');
  const auto address = reinterpret_cast<uintptr_t>(this);
  std::memcpy(id.data(), &address, sizeof address);
  return id;
}

absl::StatusOr<ScanChunk> MemoryStore::Scan(const ScanQuery& query) {
  const MutexLock lock(&mutex_);
  if (!failing_.ok()) return failing_;
  using Found = std::pair<std::pair<int64_t, int64_t>, const Stored*>;
  std::vector<Found> found;
  for (const auto& [name, stored] : entries_) {
    if (stored.site != query.site) continue;
    const std::pair at(MicrosOf(stored.entry.create_time()),
                       stored.events.front().sequence());
    const bool wanted =
        query.after ? at > std::pair(query.after->micros, query.after->sequence)
                    : !query.since || at.first >= Micros(*query.since);
    if (wanted) found.emplace_back(at, &stored);
  }
  const size_t size =
      std::min<size_t>(static_cast<size_t>(ScanLimitOf(query)), found.size());
  const auto end = found.begin() + static_cast<std::ptrdiff_t>(size);
  std::partial_sort(found.begin(), end, found.end());
  ScanChunk chunk;
  if (query.count) chunk.total = static_cast<int64_t>(found.size());
  for (auto it = found.begin(); it != end; ++it) {
    const Stored& stored = *it->second;
    chunk.checks.push_back({Time(std::chrono::microseconds(it->first.first)),
                            stored.entry.review().verdict(),
                            stored.events.front().SerializeAsString()});
  }
  if (size == static_cast<size_t>(ScanLimitOf(query)))
    chunk.next = ScanPosition{end[-1].first.first, end[-1].first.second};
  return chunk;
}

absl::Status MemoryStore::Health() {
  const MutexLock lock(&mutex_);
  return failing_;
}

StoreStats MemoryStore::Stats() {
  const MutexLock lock(&mutex_);
  StoreStats stats;
  stats.commits = stats.events = last_sequence_;
  return stats;
}

}  // namespace sluice::store
