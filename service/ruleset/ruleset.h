#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "service/base/clock.h"
#include "service/markup/policy.h"
#include "service/markup/render.h"
#include "service/ruleset/source.h"
#include "service/signals/observe.h"
#include "service/signals/views.h"
#include "sluice/v1/decision.pb.h"
#include "sluice/v1/ruleset.pb.h"
#include "sluice/v1/ruleset_service.pb.h"

namespace sluice::ruleset {

class CompiledRules;

// A folder's rules and policy, checked and compiled. Immutable; shared by
// threads.
class Ruleset {
 public:
  ~Ruleset();

  const v1::Policy& policy() const { return policy_; }
  const markup::HtmlPolicy& html_policy() const { return html_policy_; }
  const std::string& version() const { return version_; }
  // What lists and policy say about a site: short links, throw-away addresses,
  // protected names.
  const signals::SiteFacts& lists_facts() const { return facts_; }
  const std::vector<v1::Rule>& rules() const { return rules_; }
  // Where each of rules() was written: `spam.yaml:12`.
  const std::vector<std::string>& sources() const { return sources_; }
  // Of each of rules(): equal for rules that ask for the same words (of lists,
  // too), patterns, views and `when`. Not to be stored.
  const std::vector<uint64_t>& conditions() const { return conditions_; }
  const CompiledRules& compiled() const { return *compiled_; }

  // When the next `until` of a rule or of a list's entry passes: the ruleset is
  // then to be loaded anew. Time::max() if there is none.
  Time lapse_time() const { return lapse_time_; }
  // Indices of the rules whose patterns are tried on every comment, because no
  // literal rules them out.
  const std::vector<size_t>& slow_rules() const;

 private:
  friend class RulesetLoader;
  Ruleset();

  v1::Policy policy_;
  markup::HtmlPolicy html_policy_;
  std::string version_;
  signals::SiteFacts facts_;
  std::vector<v1::Rule> rules_;
  std::vector<std::string> sources_;
  std::vector<uint64_t> conditions_;
  Time lapse_time_ = Time::max();
  std::unique_ptr<const CompiledRules> compiled_;
};

struct LoadOptions {
  Time now;
  std::vector<std::string>
      sites;  // empty: unknown, site names in rules are not checked
};

struct LoadResult {
  std::shared_ptr<const Ruleset> ruleset;  // null if any diagnostic is an error
  std::vector<v1::Diagnostic> diagnostics;
};

// Checks and compiles a folder as a whole: every mistake is reported, and every
// example must come out as it says.
LoadResult LoadRuleset(const std::vector<SourceFile>& files,
                       const LoadOptions& options);

// What a comment is matched against.
struct Subject {
  signals::Views* views;
  const v1::Signals* signals;
  std::string_view site;
  Time now;
};

struct Hit {
  size_t rule;  // index into Ruleset::rules()
  std::vector<v1::Match> matches;
};

struct Outcomes {
  std::vector<Hit> hits;
  std::vector<std::string> unfinished;
};

Outcomes Match(const Ruleset& ruleset, const Subject& subject);

// The same, adding to (*nanoseconds)[rule] what trying each took by the clock.
// The one scan for all rules' words and literals is nobody's. REQUIRES: one
// element a rule.
Outcomes MatchTimed(const Ruleset& ruleset, const Subject& subject,
                    std::vector<int64_t>* nanoseconds);

// Every rule of the site, hit or not, with why not. Slow.
std::vector<v1::ExplainCommentResponse::RuleOutcome> Explain(
    const Ruleset& ruleset, const Subject& subject);

struct Classification {
  double probability;
  bool ready;
  std::string model_version;
};

// The fixed order of verdicts: reject, accept, hold, then the sum of scores.
v1::Decision Decide(const Ruleset& ruleset, const Outcomes& outcomes,
                    const markup::Rendering& rendering,
                    const std::optional<Classification>& classification,
                    std::vector<std::string> unfinished, Time now);

// Ids of rules.
using RuleIds = std::set<std::string, std::less<>>;

// The same while `demoted` rules can only hold (BreakerRules): where their hits
// make a difference, the comment is held.
v1::Decision DecideDemoted(const Ruleset& ruleset, const Outcomes& outcomes,
                           const markup::Rendering& rendering,
                           const std::optional<Classification>& classification,
                           const std::vector<std::string>& unfinished,
                           const RuleIds& demoted, Time now);

// The name a rule file gives a view: `links.text`.
std::string ViewName(v1::View view);

}  // namespace sluice::ruleset
