#pragma once

#include <re2/re2.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "service/ruleset/cel/cel.h"
#include "service/ruleset/ruleset.h"

namespace sluice::ruleset {

// A word or phrase of a rule, folded.
struct Entry {
  std::string folded;
  std::string written;
};

struct CompiledRule {
  std::vector<v1::View> views;
  std::vector<Entry> words;
  std::vector<std::unique_ptr<re2::RE2>> patterns;
  std::unique_ptr<const cel::Program> when;
  bool active = true;  // not lapsed
};

// What Match runs over: one CompiledRule for each of Ruleset::rules(), in an
// order in which rules come after those they refer to.
class CompiledRules {
 public:
  std::vector<CompiledRule> rules;
  std::vector<size_t> order;
  std::map<std::string, size_t, std::less<>> by_id;
  std::unique_ptr<cel::Environment> environment;
};

// Whether one rule hits, its matches, and (if asked) why it does not. `hits` is
// by rule index, for rule("id").hit.
struct RuleTrial {
  bool hit = false;
  std::vector<v1::Match> matches;
  std::string miss;
  bool failed = false;  // the condition could not be evaluated
};
RuleTrial TryRule(const CompiledRules& compiled, const v1::Rule& rule,
                  size_t index, const Subject& subject,
                  const std::vector<char>& hits, double score, bool explain);

// Builds the environment `when` is checked in: comment, signals, site, now,
// lists, rule(), rules.
std::unique_ptr<cel::Environment> MakeEnvironment();

}  // namespace sluice::ruleset
