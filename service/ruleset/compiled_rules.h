#pragma once

#include <re2/re2.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "service/ruleset/cel/cel.h"
#include "service/ruleset/matcher.h"
#include "service/ruleset/ruleset.h"
#include "service/text/fold_forms.h"

namespace sluice::ruleset {

// A word or phrase of a rule, folded.
struct Entry {
  std::vector<text::FoldForm> forms;  // of the folded text
  std::string written;
};

// A word list as `when` sees it: `l.host in lists.shorteners`. A hyphen of the
// file's name is an underscore there.
class NamedList final : public cel::List {
 public:
  // `file` is the path, lists/NAME.txt.
  NamedList(const std::string& file, std::vector<std::string> entries);

  const std::string& name() const { return name_; }
  size_t size() const override { return entries_.size(); }
  cel::Value At(size_t index, cel::Arena*) const override {
    return cel::Value::String(entries_[index]);
  }
  std::optional<bool> Contains(const cel::Value& value) const override;

 private:
  std::string name_;                  // lists.shorteners
  std::vector<std::string> entries_;  // sorted
};

struct CompiledRule {
  std::vector<v1::View> views;  // each once
  bool has_words = false;       // also if all entries of its lists have lapsed
  std::vector<Entry> words;
  std::vector<std::unique_ptr<re2::RE2>> patterns;
  std::vector<RequiredLiterals> needs;  // of each; the matcher takes them
  std::unique_ptr<const cel::Program> when;
  bool active = true;         // not lapsed
  bool adds_to_score = true;  // to rules.score: live, and does not read it
};

// What Match runs over: one CompiledRule for each of Ruleset::rules(), in an
// order in which rules come after those they refer to.
class CompiledRules {
 public:
  std::vector<CompiledRule> rules;
  std::vector<size_t> order;
  std::map<std::string, size_t, std::less<>> by_id;
  std::vector<std::unique_ptr<NamedList>> lists;  // outlive the environment
  std::unique_ptr<cel::Environment> environment;

  // Set when all of the above is.
  std::unique_ptr<const Matcher> matcher;
};

// Whether one rule hits, its matches, and (if asked) why it does not. `hits` is
// by rule index, for rule("id").hit.
struct RuleTrial {
  bool hit = false;
  std::vector<v1::Match> matches;
  std::string miss;
  bool failed = false;  // the condition could not be evaluated
};
//
// Without `locate`, matches may be missing. Looks for each word and pattern by
// itself: what Match must agree with, at a hundred times its cost.
RuleTrial TryRule(const CompiledRules& compiled, const v1::Rule& rule,
                  size_t index, const Subject& subject,
                  const std::vector<char>& hits, double score, bool explain,
                  bool locate = true);

// Whether the rule hits a comment of one of its examples, and if not, why. The
// rules it refers to are tried before it.
RuleTrial TryExample(const Ruleset& ruleset, size_t index,
                     const v1::Example& example, Time now);

// A pattern as rules have it, or why not (RE2::ok).
std::unique_ptr<re2::RE2> MakePattern(const std::string& pattern);

// Builds the environment `when` is checked in: comment, signals, site, now,
// lists, rule(), rules.
std::unique_ptr<cel::Environment> MakeEnvironment(
    const std::vector<std::unique_ptr<NamedList>>& lists);

}  // namespace sluice::ruleset
