#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "service/base/clock.h"
#include "service/base/mutex.h"
#include "service/ruleset/ruleset.h"
#include "sluice/v1/ruleset_service.pb.h"

namespace sluice {

// The breaker: a rule that hits far more than before an edit can only hold,
// until someone confirms it. An edit that makes a rule match half of all
// comments is a slip more often than a discovery, and a rejected comment is
// seen by nobody.
//
// It counts, per site and rule, the comments checked and hit. Rules in force
// when a site is first seen are not watched: nothing is known of them. After
// that, a rule whose conditions change is watched for some comments (policy:
// BreakerRules) and held against its record from before; a new rule against a
// share of its own. All in memory: a restart forgets. Thread-safe.
class Breaker {
 public:
  // The rules now in force at a site. Records of rules that stay go on; those
  // of rules whose conditions differ begin anew, and a demotion of theirs ends.
  void SetRules(const std::string& site, const ruleset::Ruleset& rules)
      SLUICE_EXCLUDES(mutex_);

  // Counts one checked comment. Nothing if it was judged by other rules than
  // those in force. Returns the demotions that it brought about.
  std::vector<v1::RuleDemotion> Count(std::string_view site,
                                      const ruleset::Ruleset& rules,
                                      const v1::Decision& decision, Time now)
      SLUICE_EXCLUDES(mutex_);

  // Ends a demotion: the rule is taken as it is. False if it was not demoted.
  bool Confirm(std::string_view site, std::string_view rule)
      SLUICE_EXCLUDES(mutex_);

  // The demotions at a site, by rule id.
  std::vector<v1::RuleDemotion> demotions(std::string_view site) const
      SLUICE_EXCLUDES(mutex_);

  // Their ids, as Judge takes them; null without any.
  std::shared_ptr<const ruleset::RuleIds> demoted(std::string_view site) const
      SLUICE_EXCLUDES(mutex_);

 private:
  // A rule's record at one site.
  struct Record {
    uint64_t conditions = 0;
    int64_t since = 0;  // the site's comments when it began
    int64_t hits = 0;   // since then
    bool watched = false;
    bool is_new = false;        // watched, and there is no record from before
    int64_t base_comments = 0;  // the record from before
    int64_t base_hits = 0;
    v1::RuleDemotion demotion;  // its rule is empty: none
  };
  struct SiteRecord {
    std::string version;
    v1::BreakerRules policy;
    int64_t comments = 0;
    std::map<std::string, Record, std::less<>> rules;
    std::shared_ptr<const ruleset::RuleIds> demoted;  // null: none
  };

  static void Collect(SiteRecord* site);
  static Record Begun(const Record& old, uint64_t conditions, int64_t comments,
                      const v1::BreakerRules& policy);
  static bool Trips(const SiteRecord& site, Record* record);

  mutable Mutex mutex_;
  std::map<std::string, SiteRecord, std::less<>> sites_
      SLUICE_GUARDED_BY(mutex_);
};

}  // namespace sluice
