#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "service/ruleset/cel/cel.h"
#include "service/ruleset/report.h"
#include "service/ruleset/word_list.h"
#include "sluice/v1/ruleset.pb.h"

namespace sluice::ruleset {

// Where a rule was written.
struct RuleOrigin {
  const SourceFile* file;
  std::shared_ptr<const Places> places;
  std::string path;  // rules[3]
  bool damaged;      // a mistake in it was told already
};

// One lists/NAME.txt.
struct ListSource {
  const SourceFile* file;
  std::vector<ListEntry> entries;  // lapsed ones too
};

// A ruleset as its loader has read it. By rule: origins, whens (null where a
// rule has none that compiles).
struct LintInput {
  const std::vector<v1::Rule>& rules;
  const std::vector<RuleOrigin>& origins;
  const std::vector<const cel::Program*>& whens;
  const std::map<std::string, ListSource>& lists;  // by path
  std::string today;                               // YYYY-MM-DD
};

// Warnings about rules and lists that load and are probably not what was
// meant: what can never hit or never decide, what stands there twice, what has
// lapsed, lists that nobody uses. n log n in the number of rules and entries.
void Lint(const LintInput& input, std::vector<v1::Diagnostic>* diagnostics);

// The part of Lint that holds rules against each other: the same conditions
// twice, and rules that never decide because another one, which states at
// least as much, hits whenever they do.
void LintShadowed(const LintInput& input,
                  std::vector<v1::Diagnostic>* diagnostics);

}  // namespace sluice::ruleset
