#include "service/replay/statistics.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "google/protobuf/util/time_util.h"
#include "service/base/wilson.h"

namespace sluice::replay {
namespace {

// Of those after the first kTimedAtOnce, one in kTimedEvery is timed, so that
// the sample is spread over a long history.
constexpr int64_t kTimedAtOnce = 500;
constexpr int64_t kTimedEvery = 64;

// A rule is silent if it has not hit for this long, in which it would have been
// expected to hit this often: three hits fail to come by chance one time in
// twenty.
constexpr std::chrono::hours kSilence{30 * 24};
constexpr double kMissedHits = 3;
// Of fewer comments a rule may well hit half.
constexpr int64_t kEnoughComments = 20;

struct Record {
  int64_t hits = 0;
  int64_t shadow_hits = 0;
  int64_t confirmed = 0;
  int64_t overturned = 0;
  Time last_hit = Time::min();
  int64_t last_hit_number = 0;  // comments up to and with the last hit

  void Add(const Record& later, int64_t comments_before) {
    hits += later.hits;
    shadow_hits += later.shadow_hits;
    confirmed += later.confirmed;
    overturned += later.overturned;
    last_hit = std::max(last_hit, later.last_hit);
    last_hit_number =
        std::max(last_hit_number, comments_before + later.last_hit_number);
  }
};

// By id and, if asked for, version.
using Records = std::map<std::pair<std::string, std::string>, Record>;

struct Tally {
  Records records;
  int64_t comments = 0;
  int64_t rejected = 0;
  int64_t accepted = 0;
  Time newest = Time::min();

  void Add(const Tally& later) {
    for (const auto& [key, record] : later.records)
      records[key].Add(record, comments);
    comments += later.comments;
    rejected += later.rejected;
    accepted += later.accepted;
    newest = std::max(newest, later.newest);
  }
};

void Count(const Row& row, bool by_version, Tally* tally) {
  ++tally->comments;
  tally->rejected += row.human == v1::VERDICT_REJECT;
  tally->accepted += row.human == v1::VERDICT_ACCEPT;
  tally->newest = std::max(tally->newest, row.then);
  const v1::Decision& decision = row.checked->decision();
  for (const v1::Reason& reason : decision.reasons()) {
    if (reason.kind() != v1::Reason::KIND_RULE) continue;
    Record& record = tally->records[{
        reason.id(), by_version ? decision.ruleset_version() : ""}];
    ++record.hits;
    record.shadow_hits += reason.shadow();
    record.confirmed += row.human == v1::VERDICT_REJECT;
    record.overturned += row.human == v1::VERDICT_ACCEPT;
    record.last_hit = row.then;
    record.last_hit_number = tally->comments;
  }
}

// What trying each rule costs, measured by all threads of a walk.
class Timing {
 public:
  explicit Timing(const Site& site)
      : site_(site), total_(site.ruleset->rules().size()) {}

  void Look(const std::vector<Row>& rows) {
    std::vector<int64_t> spent(total_.size());
    int64_t timed = 0;
    for (const Row& row : rows) {
      const int64_t number = seen_++;
      if (number >= kTimedAtOnce && number % kTimedEvery != 0) continue;
      if (taken_++ >= kMaxTimedComments) continue;
      Rendered rendered(site_, row.checked->comment());
      const ruleset::Subject subject{rendered.views(), &row.checked->signals(),
                                     site_.id, row.then};
      // Once before: what the first one pays for belongs to no rule.
      ruleset::Match(*site_.ruleset, subject);
      ruleset::MatchTimed(*site_.ruleset, subject, &spent);
      ++timed;
    }
    comments_ += timed;
    for (size_t i = 0; i < spent.size(); ++i) total_[i] += spent[i];
  }

  double MicrosecondsOf(size_t rule) const {
    return comments_ == 0 ? 0
                          : static_cast<double>(total_[rule]) / 1e3 /
                                static_cast<double>(comments_);
  }

 private:
  const Site& site_;
  std::vector<std::atomic<int64_t>> total_;  // nanoseconds, by rule
  std::atomic<int64_t> seen_ = 0;
  std::atomic<int64_t> taken_ = 0;
  std::atomic<int64_t> comments_ = 0;
};

bool SpeaksForSpam(const v1::Rule& rule) {
  return rule.score() > 0 || rule.verdict() == v1::VERDICT_HOLD ||
         rule.verdict() == v1::VERDICT_REJECT;
}

// Whether people accept what it hits more often than the rest, beyond chance.
bool IsContradicted(const Record& record, const Tally& tally) {
  const int64_t decided = record.confirmed + record.overturned;
  const int64_t others = tally.accepted + tally.rejected - decided;
  if (decided == 0 || others == 0) return false;
  const double share = static_cast<double>(tally.accepted - record.overturned) /
                       static_cast<double>(others);
  return WilsonInterval(record.overturned, decided, kZ95).low > share;
}

bool IsSilent(const Record& record, const Tally& tally) {
  if (tally.newest - record.last_hit < kSilence) return false;
  const double rate = static_cast<double>(record.hits) /
                      static_cast<double>(record.last_hit_number);
  return rate * static_cast<double>(tally.comments - record.last_hit_number) >=
         kMissedHits;
}

void AddFlags(const v1::Rule& rule, const Record& record, const Tally& tally,
              v1::RuleStatistics* out) {
  if (tally.comments == 0) return;
  if (record.hits == 0)
    out->add_flags(v1::RULE_FLAG_NEVER_HIT);
  else if (IsSilent(record, tally))
    out->add_flags(v1::RULE_FLAG_SILENT);
  if (tally.comments >= kEnoughComments && 2 * record.hits > tally.comments)
    out->add_flags(v1::RULE_FLAG_HITS_EVERYTHING);
  if (SpeaksForSpam(rule) && IsContradicted(record, tally))
    out->add_flags(v1::RULE_FLAG_CONTRADICTED);
}

void Describe(const Record& record, v1::RuleStatistics* out) {
  out->set_hits(record.hits);
  out->set_shadow_hits(record.shadow_hits);
  out->set_confirmed(record.confirmed);
  out->set_overturned(record.overturned);
  if (record.hits > 0) {
    *out->mutable_last_hit_time() =
        google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(
            record.last_hit.time_since_epoch().count());
  }
  const int64_t decided = record.confirmed + record.overturned;
  if (decided == 0) return;
  const Interval precision = WilsonInterval(record.confirmed, decided, kZ95);
  out->set_precision_low(precision.low);
  out->set_precision_high(precision.high);
}

void DescribeRule(const v1::Rule& rule, double microseconds,
                  v1::RuleStatistics* out) {
  out->set_score(rule.score());
  out->set_verdict(rule.verdict());
  out->set_shadow(rule.mode() == v1::MODE_SHADOW);
  out->set_microseconds(microseconds);
}

// Rules in force in their order, those that are gone after them; versions of
// one rule together.
void Write(const Site& site, const Tally& tally, const Timing& timing,
           bool by_version, v1::GetRuleStatisticsResponse* response) {
  response->set_comments(tally.comments);
  response->set_rejected_by_person(tally.rejected);
  response->set_accepted_by_person(tally.accepted);
  const auto write = [&](const std::string& id) {
    v1::RuleStatistics* last = nullptr;
    for (auto it = tally.records.lower_bound({id, ""});
         it != tally.records.end() && it->first.first == id; ++it) {
      last = response->add_rules();
      last->set_id(id);
      last->set_version(it->first.second);
      Describe(it->second, last);
    }
    return last;
  };
  const std::vector<v1::Rule>& rules = site.ruleset->rules();
  std::map<std::string, size_t> in_force;
  for (size_t i = 0; i < rules.size(); ++i) {
    in_force.emplace(rules[i].id(), i);
    const int first = response->rules_size();
    if (write(rules[i].id()) == nullptr) {
      v1::RuleStatistics* never = response->add_rules();
      never->set_id(rules[i].id());
      if (by_version) never->set_version(site.ruleset->version());
    }
    for (int line = first; line < response->rules_size(); ++line) {
      v1::RuleStatistics* out = response->mutable_rules(line);
      DescribeRule(rules[i], timing.MicrosecondsOf(i), out);
      // What an older version lacks or does is nothing to mend.
      if (by_version && out->version() != site.ruleset->version()) continue;
      const auto record =
          tally.records.find({out->id(), by_version ? out->version() : ""});
      AddFlags(rules[i],
               record == tally.records.end() ? Record{} : record->second, tally,
               out);
    }
  }
  std::string before;
  for (const auto& [key, record] : tally.records) {
    if (key.first == before || in_force.count(key.first) > 0) continue;
    before = key.first;
    const int first = response->rules_size();
    write(key.first);
    for (int line = first; line < response->rules_size(); ++line)
      response->mutable_rules(line)->set_gone(true);
  }
}

}  // namespace

absl::Status CollectStatistics(store::Store* store, Site site,
                               const WalkOptions& options, bool by_version,
                               v1::GetRuleStatisticsResponse* response) {
  Timing timing(site);
  Tally tally;
  const absl::Status status =
      WalkHistory(store, options, [&](const std::vector<Row>& rows) -> InOrder {
        auto part = std::make_shared<Tally>();
        for (const Row& row : rows) Count(row, by_version, part.get());
        timing.Look(rows);
        return [&tally, part](const Progress&) {
          tally.Add(*part);
          return true;
        };
      });
  if (!status.ok()) return status;
  Write(site, tally, timing, by_version, response);
  return absl::OkStatus();
}

}  // namespace sluice::replay
