#include "service/store/entry.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "service/base/resource_name.h"

namespace sluice::store {
namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;

int64_t MicrosOf(const google::protobuf::Timestamp& time) {
  return time.seconds() * kMicrosPerSecond + time.nanos() / 1000;
}

// The decisions that are in force or were, the last one on top. An undo always
// takes the top: what lay under it is in force again.
using Reviews = std::vector<const v1::Event*>;

absl::Status Apply(const v1::Event& event, Reviews* reviews, v1::Entry* entry) {
  switch (event.kind_case()) {
    case v1::Event::kReviewed:
      reviews->push_back(&event);
      entry->clear_claim();  // the work it announced is done
      break;
    case v1::Event::kUndone:
      if (reviews->empty() ||
          reviews->back()->sequence() != event.undone().sequence()) {
        return absl::InternalError("an undo of what is not in force");
      }
      reviews->pop_back();
      break;
    case v1::Event::kClaimed:
      if (event.claimed().moderator().empty())
        entry->clear_claim();
      else
        *entry->mutable_claim() = event.claimed();
      break;
    case v1::Event::kReported:
      if (event.reported().spam())
        entry->set_spam_reports(entry->spam_reports() + 1);
      else
        entry->set_ham_reports(entry->ham_reports() + 1);
      break;
    case v1::Event::kPurged:
      *entry->mutable_purged() = event.purged();
      break;
    default:
      return absl::InternalError("an event of this kind cannot come here");
  }
  return absl::OkStatus();
}

}  // namespace

int64_t Micros(Time time) { return time.time_since_epoch().count(); }

google::protobuf::Timestamp TimestampOf(int64_t micros) {
  int64_t seconds = micros / kMicrosPerSecond;
  int64_t rest = micros % kMicrosPerSecond;
  if (rest < 0) {
    rest += kMicrosPerSecond;
    --seconds;
  }
  google::protobuf::Timestamp timestamp;
  timestamp.set_seconds(seconds);
  timestamp.set_nanos(static_cast<int32_t>(rest * 1000));
  return timestamp;
}

v1::State StateOf(v1::Verdict verdict) {
  switch (verdict) {
    case v1::VERDICT_ACCEPT:
      return v1::STATE_ACCEPTED;
    case v1::VERDICT_HOLD:
      return v1::STATE_HELD;
    case v1::VERDICT_REJECT:
      return v1::STATE_REJECTED;
    default:
      return v1::STATE_UNSPECIFIED;
  }
}

std::string EtagOf(int64_t create_micros, int64_t events) {
  return fmt::format("{:x}-{}", static_cast<uint64_t>(create_micros), events);
}

v1::Entry NewEntry(v1::Checked checked, int64_t create_micros) {
  v1::Entry entry;
  entry.set_name(checked.comment().name());
  entry.set_state(StateOf(checked.decision().verdict()));
  *entry.mutable_checked() = std::move(checked);
  *entry.mutable_create_time() = TimestampOf(create_micros);
  *entry.mutable_update_time() = entry.create_time();
  entry.set_etag(EtagOf(create_micros, 1));
  return entry;
}

absl::StatusOr<v1::Entry> DeriveEntry(const std::vector<v1::Event>& events) {
  if (events.empty() || !events.front().has_checked())
    return absl::InternalError("the first event is not a check");

  const v1::Event& first = events.front();
  const int64_t created = MicrosOf(first.time());
  v1::Entry entry = NewEntry(first.checked(), created);
  Reviews reviews;
  for (size_t i = 1; i < events.size(); ++i) {
    const absl::Status status = Apply(events[i], &reviews, &entry);
    if (!status.ok()) return status;
  }
  if (!reviews.empty()) {
    const v1::Event& review = *reviews.back();
    entry.set_state(StateOf(review.reviewed().verdict()));
    *entry.mutable_review() = review.reviewed();
    *entry.mutable_review_time() = review.time();
  }
  *entry.mutable_update_time() = events.back().time();
  entry.set_etag(EtagOf(created, static_cast<int64_t>(events.size())));
  return entry;
}

double ScoreOf(const v1::Checked& checked) {
  const double score = checked.decision().score();
  // Not a number has no place in an order, and -0 equals 0 but reads otherwise.
  return std::isnan(score) || score == 0 ? 0 : score;
}

v1::Checked WithoutTexts(const v1::Checked& checked) {
  v1::Checked brief;
  *brief.mutable_decision() = checked.decision();
  for (v1::Reason& reason : *brief.mutable_decision()->mutable_reasons())
    reason.clear_matches();
  brief.set_request_hash(checked.request_hash());
  return brief;
}

absl::StatusOr<CheckRecord> RepeatedCheck(v1::Entry earlier,
                                          const std::string& request_hash) {
  if (earlier.checked().request_hash() == request_hash)
    return CheckRecord{true, std::move(earlier)};
  return absl::AlreadyExistsError(
      "another comment was checked under this name; give this one a name of "
      "its own");
}

absl::Status ValidateCheck(const v1::Checked& checked) {
  if (ParseResourceName(checked.comment().name()).comment.empty())
    return absl::InvalidArgumentError("the check does not name a comment");
  if (StateOf(checked.decision().verdict()) == v1::STATE_UNSPECIFIED)
    return absl::InvalidArgumentError("the check has no verdict");
  return absl::OkStatus();
}

absl::Status EtagDiffers() {
  return absl::AbortedError(
      "the comment was changed since it was read; read it again");
}

absl::Status ValidateDecision(const v1::EntryDecision& decision) {
  if (decision.verdict() == v1::VERDICT_ACCEPT ||
      decision.verdict() == v1::VERDICT_REJECT) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError("a decision is ACCEPT or REJECT");
}

v1::Reviewed ReviewOf(const v1::EntryDecision& decision,
                      const std::string& moderator, const std::string& batch) {
  v1::Reviewed review;
  review.set_verdict(decision.verdict());
  review.set_moderator(moderator);
  review.set_reason_code(decision.reason_code());
  review.set_note(decision.note());
  review.set_batch(batch);
  return review;
}

void CountInto(v1::State state, bool by_person, int sign,
               v1::AuthorRecord* record) {
  switch (state) {
    case v1::STATE_ACCEPTED:
      record->set_accepted(record->accepted() + sign);
      break;
    case v1::STATE_HELD:
      record->set_held(record->held() + sign);
      break;
    case v1::STATE_REJECTED:
      record->set_rejected(record->rejected() + sign);
      if (by_person)
        record->set_rejected_by_person(record->rejected_by_person() + sign);
      break;
    default:
      break;
  }
}

int64_t DayOf(int64_t micros) {
  constexpr int64_t kMicrosPerDay = 86'400 * kMicrosPerSecond;
  return micros >= 0 ? micros / kMicrosPerDay
                     : -((-micros + kMicrosPerDay - 1) / kMicrosPerDay);
}

std::string DateOf(int64_t day) {
  const std::chrono::year_month_day date{
      std::chrono::sys_days(std::chrono::days(day))};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

void CountInto(v1::Verdict verdict, int sign, v1::DayCounts* day) {
  switch (StateOf(verdict)) {
    case v1::STATE_ACCEPTED:
      day->set_accepted(day->accepted() + sign);
      break;
    case v1::STATE_HELD:
      day->set_held(day->held() + sign);
      break;
    case v1::STATE_REJECTED:
      day->set_rejected(day->rejected() + sign);
      break;
    default:
      break;
  }
}

void CountPersonInto(v1::State state, bool by_person, int sign,
                     v1::DayCounts* day) {
  if (!by_person) return;
  if (state == v1::STATE_ACCEPTED)
    day->set_accepted_by_person(day->accepted_by_person() + sign);
  if (state == v1::STATE_REJECTED)
    day->set_rejected_by_person(day->rejected_by_person() + sign);
}

std::string CampaignOf(const v1::Checked& checked,
                       const CampaignNamer& begun_by) {
  const std::string& seen = checked.signals().repetition().campaign();
  if (!seen.empty()) return seen;
  const std::string& name = checked.comment().name();
  // No campaign's id has a slash.
  return begun_by
             ? begun_by(name)
             : fmt::format("/{}", std::string(ParseResourceName(name).comment));
}

absl::Status NothingToUndo() {
  return absl::NotFoundError(
      "there is no decision of this name or batch that is still in force");
}

void AddUndone(v1::Entry entry, UndoResult* result) {
  ++result->count;
  for (v1::Entry& earlier : result->entries) {  // at most Store::kMaxUndo
    if (earlier.name() != entry.name()) continue;
    earlier = std::move(entry);
    return;
  }
  result->entries.push_back(std::move(entry));
}

bool MayClaim(const v1::Entry& entry, std::string_view moderator, bool release,
              int64_t now_micros) {
  const bool claimed =
      entry.has_claim() && MicrosOf(entry.claim().expire_time()) > now_micros;
  if (!release && entry.state() != v1::STATE_HELD) return false;
  return !claimed || entry.claim().moderator() == moderator;
}

void AddToCounts(v1::State state, int64_t create_micros, Counts* counts) {
  const Time created{std::chrono::microseconds(create_micros)};
  switch (state) {
    case v1::STATE_ACCEPTED:
      ++counts->accepted;
      break;
    case v1::STATE_HELD:
      ++counts->held;
      if (!counts->oldest_held || created < *counts->oldest_held)
        counts->oldest_held = created;
      break;
    case v1::STATE_REJECTED:
      ++counts->rejected;
      break;
    default:
      break;
  }
}

int64_t AgeSeconds(int64_t first_micros, int64_t now_micros) {
  return std::max<int64_t>(0, (now_micros - first_micros) / kMicrosPerSecond);
}

}  // namespace sluice::store
