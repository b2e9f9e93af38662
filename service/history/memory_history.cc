#include "service/history/memory_history.h"

#include <algorithm>
#include <utility>

#include "service/base/keyed_hash.h"

namespace sluice::history {
namespace {

// Records that one call forgets because they left the window; more than the one
// it adds, so that what expires never piles up.
constexpr int kMaxExpired = 16;

uint32_t SecondsOf(Time time) {
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch())
          .count();
  return static_cast<uint32_t>(std::clamp<int64_t>(seconds, 0, UINT32_MAX));
}

using GetWindows = v1::Windows* (v1::VelocitySignals::*)();

// Puts what was counted under a key, less `own`, into the windows where it is
// more than what is there. Windows of a key that is not known stay unset.
void Put(const BoundedTable<SlidingCounts>& table, uint64_t key, uint32_t now,
         int32_t own, v1::VelocitySignals* out, GetWindows get) {
  const SlidingCounts* found = table.Find(key);
  if (found == nullptr) return;
  const SlidingCounts::Counts counts = found->At(now);
  v1::Windows* windows = (out->*get)();
  windows->set_minute(std::max(windows->minute(), counts.minute - own));
  windows->set_hour(std::max(windows->hour(), counts.hour - own));
  windows->set_day(std::max(windows->day(), counts.day - own));
}

// Uses of a token, less `own`.
uint32_t UsesOf(const BoundedTable<uint32_t>& tokens, uint64_t key,
                uint32_t own) {
  const uint32_t* count = tokens.Find(key);
  return count == nullptr || *count < own ? 0 : *count - own;
}

uint64_t ExactKey(const signals::Traces& traces) {
  return traces.text == 0 ? 0 : SpreadBits(traces.text + traces.site);
}

uint64_t NearKey(uint64_t campaign_id, uint64_t site) {
  return SpreadBits(campaign_id ^ SpreadBits(site));
}

std::string CampaignName(uint64_t id) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string name(16, '0');
  for (size_t i = name.size(); i-- > 0; id >>= 4) name[i] = kDigits[id & 15];
  return name;
}

// Of the folded name, in 32 bits: two of a dozen names are taken for one once
// in some hundred million sets.
uint32_t ShortName(uint64_t name) {
  const auto shortened = static_cast<uint32_t>(name >> 32);
  return name != 0 && shortened == 0 ? 1 : shortened;
}

}  // namespace

std::string CampaignBegunBy(uint64_t name) {
  return CampaignName(SpreadBits(name));
}

MemoryHistory::MemoryHistory(const MemoryHistoryOptions& options)
    : max_comments_(std::max<size_t>(options.max_comments, 1)),
      window_(static_cast<uint32_t>(options.window.count())),
      records_(max_comments_),
      places_(max_comments_ * 3 / 2),
      tallies_(max_comments_ * 3),
      campaigns_(max_comments_),
      counts_(options.max_keys),
      names_(std::max<size_t>(options.max_keys / 4, 1)),
      pages_(options.max_keys),
      tokens_(options.max_tokens * 2),
      regulars_(options.max_authors, options.regular_accepted) {}

size_t MemoryHistory::max_bytes() const {
  const MutexLock lock(&mutex_);
  return max_comments_ * sizeof(Record) + places_.bytes() + tallies_.bytes() +
         campaigns_.bytes() + counts_.bytes() + names_.bytes() + pages_.bytes();
}

absl::StatusOr<signals::Past> MemoryHistory::Recall(
    const signals::Traces& traces) {
  const uint32_t now = SecondsOf(traces.time);
  signals::Past past;
  const MutexLock lock(&mutex_);
  Prefetch(traces);
  Expire(now);
  // A check that could not be stored and is tried again was counted already.
  const Record* const own = FindRecord(traces.name);
  RecallVelocity(traces, own != nullptr, &past.velocity);
  RecallRepetition(traces, own, &past.repetition);
  RecallToken(traces, own != nullptr, &past);
  const uint64_t author =
      Regulars::Key(traces.site, traces.skeleton, traces.identity);
  past.is_regular = regulars_.IsRegular(author);
  past.is_accepted = regulars_.HasAccepted(author);
  Regulars::Found like = regulars_.Like(traces.site, traces.skeleton, author);
  past.regular_likeness = like.likeness;
  past.regular_name = std::move(like.name);
  if (const uint32_t* last = pages_.Find(traces.page); last != nullptr)
    past.silent_seconds = now > *last ? now - *last : 0;
  return past;
}

void MemoryHistory::Prefetch(const signals::Traces& traces) const {
  places_.Prefetch(traces.name);
  if (traces.sketch.has_value()) campaigns_.Prefetch(*traces.sketch);
  tallies_.Prefetch(ExactKey(traces));
  for (uint64_t key : {traces.ip, traces.ip_prefix, traces.email, traces.page})
    counts_.Prefetch(key);
  for (uint64_t domain : traces.domains) {
    counts_.Prefetch(domain);
    names_.Prefetch(domain);
  }
  pages_.Prefetch(traces.page);
}

MemoryHistory::Record* MemoryHistory::FindRecord(uint64_t name) {
  const uint32_t* place = places_.Find(name);
  if (place == nullptr) return nullptr;
  Record& record = records_[*place];
  return record.name == name ? &record : nullptr;
}

void MemoryHistory::RecallVelocity(const signals::Traces& traces, bool known,
                                   v1::VelocitySignals* out) const {
  const uint32_t now = SecondsOf(traces.time);
  const int32_t own = known ? 1 : 0;
  using V = v1::VelocitySignals;
  Put(counts_, traces.ip, now, own, out, &V::mutable_ip);
  Put(counts_, traces.ip_prefix, now, own, out, &V::mutable_ip_prefix);
  Put(counts_, traces.email, now, own, out, &V::mutable_email);
  Put(counts_, traces.page, now, own, out, &V::mutable_page);
  for (uint64_t domain : traces.domains)
    Put(counts_, domain, now, own, out, &V::mutable_domain);
}

void MemoryHistory::RecallRepetition(const signals::Traces& traces,
                                     const Record* own,
                                     v1::RepetitionSignals* out) const {
  const Tally exact = TallyWithout(ExactKey(traces), own);
  Tally near = exact;
  uint32_t everywhere = exact.all;
  const Campaigns::Index campaign =
      traces.sketch.has_value() ? campaigns_.Find(*traces.sketch) : 0;
  if (campaign != 0) {
    const uint64_t id = campaigns_.id(campaign);
    const Tally tally = TallyWithout(NearKey(id, traces.site), own);
    if (tally.all >= near.all) near = tally;
    const uint32_t itself = own != nullptr && own->campaign == campaign;
    everywhere = std::max(near.all, campaigns_.size(campaign) - itself);
    if (everywhere > 0) {
      out->set_campaign(CampaignName(id));
      out->set_campaign_size(static_cast<int32_t>(everywhere + 1));
    }
  }
  out->set_exact(static_cast<int32_t>(exact.all));
  out->set_near(static_cast<int32_t>(near.all));
  out->set_near_accepted(static_cast<int32_t>(near.accepted));
  out->set_near_rejected(static_cast<int32_t>(near.rejected));
  out->set_near_elsewhere(static_cast<int32_t>(everywhere - near.all));
  out->set_names_for_domain(OtherNames(traces, SecondsOf(traces.time)));
}

void MemoryHistory::RecallToken(const signals::Traces& traces, bool known,
                                signals::Past* out) const {
  const uint32_t own = known ? 1 : 0;
  out->tokens_issued = issuing_.count(traces.site) > 0;
  out->token_uses = static_cast<int32_t>(UsesOf(tokens_, traces.token, own));
  const uint64_t replay =
      traces.token_and_ip == 0 ? traces.token : traces.token_and_ip;
  out->token_replayed = UsesOf(tokens_, replay, own) > 0;
}

void MemoryHistory::NoteTokenIssued(uint64_t site) {
  const MutexLock lock(&mutex_);
  issuing_.insert(site);
}

int32_t MemoryHistory::OtherNames(const signals::Traces& traces,
                                  uint32_t now) const {
  const uint32_t since = now > window_ ? now - window_ : 0;
  int32_t most = 0;
  for (uint64_t domain : traces.domains) {
    const NameSet* names = names_.Find(domain);
    if (names != nullptr)
      most =
          std::max(most, names->Others(ShortName(traces.author_name), since));
  }
  return most;
}

void MemoryHistory::Remember(const signals::Traces& traces, v1::State state) {
  const uint32_t seconds = SecondsOf(traces.time);
  const MutexLock lock(&mutex_);
  Prefetch(traces);
  if (traces.name == 0 || FindRecord(traces.name) != nullptr) return;
  Expire(seconds);
  if (next_ - oldest_ == max_comments_) ForgetOldest();
  Record record{
      .name = traces.name,
      .page = traces.page,
      .exact = ExactKey(traces),
      .near = 0,
      .author = Regulars::Key(traces.site, traces.skeleton, traces.identity),
      .seconds = seconds,
      .campaign = 0,
      .state = state};
  if (traces.sketch.has_value()) {
    record.campaign =
        campaigns_.Add(*traces.sketch, campaigns_.Find(*traces.sketch),
                       SpreadBits(traces.name));
    if (record.campaign != 0)
      record.near = NearKey(campaigns_.id(record.campaign), traces.site);
  }
  const auto place = static_cast<uint32_t>(next_++ % max_comments_);
  records_[place] = record;
  places_.Touch(record.name, seconds) = place;
  TallyUp(record);
  Count(traces, seconds);
  if (record.author != 0)
    regulars_.See(record.author, traces.site, traces.author, traces.skeleton,
                  seconds);
  if (state == v1::STATE_ACCEPTED) NoteAccepted(record);
}

void MemoryHistory::Count(const signals::Traces& traces, uint32_t seconds) {
  for (uint64_t key :
       {traces.ip, traces.ip_prefix, traces.email, traces.page}) {
    if (key != 0) counts_.Touch(key, seconds).Add(seconds);
  }
  const uint32_t name = ShortName(traces.author_name);
  for (uint64_t domain : traces.domains) {
    counts_.Touch(domain, seconds).Add(seconds);
    if (name != 0) names_.Touch(domain, seconds).Add(name, seconds);
  }
  if (traces.token == 0) return;
  issuing_.insert(traces.site);
  for (uint64_t key : {traces.token, traces.token_and_ip}) {
    if (key != 0) ++tokens_.Touch(key, seconds);
  }
}

void MemoryHistory::Follow(uint64_t name, v1::State state) {
  const MutexLock lock(&mutex_);
  Record* record = FindRecord(name);
  if (record == nullptr || record->state == state) return;
  TallyDown(*record);
  if (record->state == v1::STATE_ACCEPTED)
    regulars_.Change(record->author, -1, record->seconds);
  record->state = state;
  TallyUp(*record);
  if (state == v1::STATE_ACCEPTED) NoteAccepted(*record);
}

void MemoryHistory::NoteAccepted(const Record& record) {
  regulars_.Change(record.author, 1, record.seconds);
  if (record.page == 0) return;
  uint32_t& last = pages_.Touch(record.page, record.seconds);
  last = std::max(last, record.seconds);
}

void MemoryHistory::Expire(uint32_t now) {
  for (int i = 0; i < kMaxExpired && oldest_ < next_; ++i) {
    const uint32_t seconds = records_[oldest_ % max_comments_].seconds;
    if (seconds >= now || now - seconds <= window_) return;
    ForgetOldest();
  }
}

void MemoryHistory::ForgetOldest() {
  Record& record = records_[oldest_++ % max_comments_];
  TallyDown(record);
  if (record.campaign != 0) campaigns_.Remove(record.campaign);
  places_.Erase(record.name);
  record = Record{};
}

void MemoryHistory::TallyUp(const Record& record) {
  for (uint64_t key : {record.exact, record.near}) {
    if (key == 0) continue;
    Tally& tally = tallies_.Touch(key, record.seconds);
    ++tally.all;
    tally.accepted += record.state == v1::STATE_ACCEPTED;
    tally.rejected += record.state == v1::STATE_REJECTED;
  }
}

// A tally that had to make room and began anew may know less than its records.
void MemoryHistory::TallyDown(const Record& record) {
  for (uint64_t key : {record.exact, record.near}) {
    Tally* tally = tallies_.Find(key);
    if (tally == nullptr) continue;
    if (tally->all > 0) --tally->all;
    if (record.state == v1::STATE_ACCEPTED && tally->accepted > 0)
      --tally->accepted;
    if (record.state == v1::STATE_REJECTED && tally->rejected > 0)
      --tally->rejected;
    if (tally->all == 0) tallies_.Erase(key);
  }
}

MemoryHistory::Tally MemoryHistory::TallyWithout(uint64_t key,
                                                 const Record* own) const {
  const Tally* found = tallies_.Find(key);
  if (found == nullptr) return {};
  Tally tally = *found;
  if (own == nullptr || (own->exact != key && own->near != key)) return tally;
  if (tally.all > 0) --tally.all;
  if (own->state == v1::STATE_ACCEPTED && tally.accepted > 0) --tally.accepted;
  if (own->state == v1::STATE_REJECTED && tally.rejected > 0) --tally.rejected;
  return tally;
}

}  // namespace sluice::history
