#include "service/breaker.h"

#include <google/protobuf/util/time_util.h>

#include <algorithm>

#include "service/base/wilson.h"

namespace sluice {
// An edit of a rule that is still watched is held against the same record as
// the edit before it, or two edits in a row would get a bad rule through.
Breaker::Record Breaker::Begun(const Record& old, uint64_t conditions,
                               int64_t comments,
                               const v1::BreakerRules& policy) {
  Record out;
  out.conditions = conditions;
  out.since = comments;
  out.watched = true;
  const int64_t age = comments - old.since;
  const bool settled = !old.watched || age >= policy.watch_comments();
  if (settled && old.demotion.rule().empty()) {
    out.base_comments = age;
    out.base_hits = old.hits;
  } else {
    out.is_new = old.is_new;
    out.base_comments = old.base_comments;
    out.base_hits = old.base_hits;
  }
  return out;
}

void Breaker::SetRules(const std::string& site, const ruleset::Ruleset& rules) {
  const MutexLock lock(&mutex_);
  const auto [found, first] = sites_.try_emplace(site);
  SiteRecord& record = found->second;
  record.version = rules.version();
  record.policy = rules.policy().breaker();
  std::map<std::string, Record, std::less<>> now;
  for (size_t i = 0; i < rules.rules().size(); ++i) {
    const std::string& id = rules.rules()[i].id();
    const uint64_t conditions = rules.conditions()[i];
    const auto old = record.rules.find(id);
    Record& fresh = now[id];
    if (old == record.rules.end()) {
      fresh.conditions = conditions;
      fresh.since = record.comments;
      fresh.watched = fresh.is_new = !first;
    } else if (old->second.conditions == conditions) {
      fresh = std::move(old->second);
    } else {
      fresh = Begun(old->second, conditions, record.comments, record.policy);
    }
  }
  record.rules = std::move(now);
  Collect(&record);
}

// Whether a watched rule, which has just hit once more, hits far more than
// before. Counts are small at first, so shares are compared by the ends of
// their intervals that speak for the rule; at 99.9 %, since it is asked anew
// with each hit.
bool Breaker::Trips(const SiteRecord& site, Record* record) {
  const v1::BreakerRules& policy = site.policy;
  const int64_t comments = site.comments - record->since;
  if (comments > policy.watch_comments()) {
    record->watched = false;
    return false;
  }
  if (comments < policy.min_comments() || record->hits < policy.min_hits())
    return false;
  const double share = WilsonInterval(record->hits, comments, kZ999).low;
  if (record->is_new) return share > policy.new_share();
  const double before =
      WilsonInterval(record->base_hits, record->base_comments, kZ999).high;
  // A rule that hit a third of all before cannot hit five times as much; half
  // of what was left is as far a jump.
  const double far = std::min(policy.factor() * before, (1 + before) / 2);
  return share > std::max(policy.min_share(), far);
}

std::vector<v1::RuleDemotion> Breaker::Count(std::string_view site,
                                             const ruleset::Ruleset& rules,
                                             const v1::Decision& decision,
                                             Time now) {
  std::vector<v1::RuleDemotion> out;
  const MutexLock lock(&mutex_);
  const auto found = sites_.find(site);
  if (found == sites_.end() || found->second.version != rules.version())
    return out;
  SiteRecord& record = found->second;
  ++record.comments;
  for (const v1::Reason& reason : decision.reasons()) {
    const auto rule = record.rules.find(reason.id());
    if (reason.kind() != v1::Reason::KIND_RULE || rule == record.rules.end())
      continue;
    Record& counted = rule->second;
    ++counted.hits;
    if (record.policy.off() || reason.shadow() || !counted.watched ||
        !counted.demotion.rule().empty() || !Trips(record, &counted))
      continue;
    v1::RuleDemotion& demotion = counted.demotion;
    demotion.set_rule(rule->first);
    *demotion.mutable_demote_time() =
        google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(
            now.time_since_epoch().count());
    demotion.set_comments(record.comments - counted.since);
    demotion.set_hits(counted.hits);
    demotion.set_comments_before(counted.base_comments);
    demotion.set_hits_before(counted.base_hits);
    out.push_back(demotion);
  }
  if (!out.empty()) Collect(&record);
  return out;
}

bool Breaker::Confirm(std::string_view site, std::string_view rule) {
  const MutexLock lock(&mutex_);
  const auto found = sites_.find(site);
  if (found == sites_.end()) return false;
  const auto record = found->second.rules.find(rule);
  if (record == found->second.rules.end() ||
      record->second.demotion.rule().empty())
    return false;
  const uint64_t conditions = record->second.conditions;
  record->second = Record();
  record->second.conditions = conditions;
  record->second.since = found->second.comments;
  Collect(&found->second);
  return true;
}

std::vector<v1::RuleDemotion> Breaker::demotions(std::string_view site) const {
  std::vector<v1::RuleDemotion> out;
  const MutexLock lock(&mutex_);
  const auto found = sites_.find(site);
  if (found == sites_.end()) return out;
  for (const auto& [id, record] : found->second.rules) {
    if (!record.demotion.rule().empty()) out.push_back(record.demotion);
  }
  return out;
}

std::shared_ptr<const ruleset::RuleIds> Breaker::demoted(
    std::string_view site) const {
  const MutexLock lock(&mutex_);
  const auto found = sites_.find(site);
  return found == sites_.end() ? nullptr : found->second.demoted;
}

void Breaker::Collect(SiteRecord* site) {
  auto out = std::make_shared<ruleset::RuleIds>();
  for (const auto& [id, record] : site->rules) {
    if (!record.demotion.rule().empty()) out->insert(id);
  }
  site->demoted = out->empty() ? nullptr : std::move(out);
}

}  // namespace sluice
