#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "service/ruleset/ruleset.h"

// What trying one rule alone and trying all of them share.
namespace sluice::ruleset {

struct CompiledRule;
struct RuleTrial;

// What host functions of conditions see: the outcomes of the rules before.
struct Host {
  const CompiledRules* compiled;
  const std::vector<char>* hits;  // by rule
  double score;
};

// Appends where a word or pattern stands in the view, up to some 16 of a rule.
void AddMatch(signals::Views* views, v1::View view, size_t begin, size_t end,
              std::string_view pattern, std::vector<v1::Match>* out);

// Evaluates the rule's condition, which must exist, into *trial: hit, failed,
// and (if asked) why not.
void TryWhen(const CompiledRules& compiled, const CompiledRule& rule,
             const Subject& subject, const std::vector<char>& hits,
             double score, bool explain, RuleTrial* trial);

bool ForSite(const v1::Rule& rule, std::string_view site);

}  // namespace sluice::ruleset
