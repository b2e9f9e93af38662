// Rule B never decides if some rule A hits whenever B does and states at least
// as much. "Whenever" is proved from what is written: each of B's words holds
// one of A's, each of B's patterns is one of A's, and so on. What cannot be
// proved so is not told. Candidates for A come from indices by word, pattern
// and expression, so that 20,000 rules are not 400 million pairs.

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "service/ruleset/lints.h"
#include "service/text/fold.h"

namespace sluice::ruleset {
namespace {

constexpr size_t kMaxCandidates = 8;       // that are tried for one rule
constexpr size_t kMaxPhraseWords = 6;      // of an entry that are looked into
constexpr size_t kMaxEntries = 1'000'000;  // of all rules together

// What a rule asks for, in a form that can be compared.
struct Conditions {
  std::vector<std::string> words;  // folded, sorted, each once
  std::set<std::string> patterns;
  std::set<int> views;  // empty if nothing is looked for in texts
  std::set<std::string> sites;
  std::string when;
  bool known = true;  // every list is there, within kMaxEntries
};

Conditions ConditionsOf(const LintInput& input, const v1::Rule& rule,
                        size_t* entries) {
  Conditions out;
  for (const std::string& word : rule.words()) {
    const auto list = input.lists.find(word);
    if (list == input.lists.end()) {
      out.words.push_back(text::Fold(word).text);
      out.known = out.known && word.substr(0, 6) != "lists/";
      continue;
    }
    for (const ListEntry& entry : list->second.entries) {
      if (*entries == kMaxEntries) break;
      ++*entries;
      if (entry.until.empty() || entry.until >= input.today)
        out.words.push_back(text::Fold(entry.text).text);
    }
  }
  out.known = out.known && *entries < kMaxEntries;
  std::sort(out.words.begin(), out.words.end());
  out.words.erase(std::unique(out.words.begin(), out.words.end()),
                  out.words.end());
  out.patterns.insert(rule.regex().begin(), rule.regex().end());
  if (!out.words.empty() || !out.patterns.empty()) {
    out.views.insert(rule.in().begin(), rule.in().end());
    if (out.views.empty()) out.views.insert(v1::VIEW_TEXT);
  }
  out.sites.insert(rule.sites().begin(), rule.sites().end());
  out.when = rule.when();
  return out;
}

// Equal for rules that ask for the same and speak in the same way.
std::string KeyOf(const v1::Rule& rule, const Conditions& conditions) {
  std::string out = fmt::format("{} {} {} ", static_cast<int>(rule.verdict()),
                                rule.mode() == v1::MODE_SHADOW, rule.until());
  const auto add = [&out](const auto& values) {
    for (const auto& value : values) out += fmt::format("{}\x1F", value);
    out += '\x1E';
  };
  add(conditions.words);
  add(conditions.patterns);
  add(conditions.views);
  add(conditions.sites);
  return out + conditions.when;
}

// The runs of whole words in a folded phrase, itself among them.
std::vector<std::string_view> RunsOf(std::string_view phrase) {
  std::vector<size_t> begins = {0};
  for (size_t at = phrase.find(' ');
       at != std::string_view::npos && begins.size() <= kMaxPhraseWords;
       at = phrase.find(' ', at + 1))
    begins.push_back(at + 1);
  if (begins.size() > kMaxPhraseWords) return {phrase};
  std::vector<std::string_view> out;
  for (size_t i = 0; i < begins.size(); ++i) {
    for (size_t j = i + 1; j <= begins.size(); ++j) {
      const size_t end = j == begins.size() ? phrase.size() : begins[j] - 1;
      out.push_back(phrase.substr(begins[i], end - begins[i]));
    }
  }
  return out;
}

template <typename Set>
bool Includes(const Set& whole, const Set& part) {
  return std::includes(whole.begin(), whole.end(), part.begin(), part.end());
}

// Whether a hit of `part` is always a hit of `whole`, as far as can be proved.
bool Implies(const Conditions& part, const Conditions& whole) {
  if (!part.known || !whole.known) return false;
  if (!whole.sites.empty() &&
      (part.sites.empty() || !Includes(whole.sites, part.sites)))
    return false;
  if (!whole.when.empty() && whole.when != part.when) return false;
  if (!whole.views.empty() && !Includes(whole.views, part.views)) return false;
  if (!whole.patterns.empty() &&
      (part.patterns.empty() || !Includes(whole.patterns, part.patterns)))
    return false;
  if (whole.words.empty()) return true;
  const auto is_covered = [&whole](const std::string& entry) {
    const std::vector<std::string_view> runs = RunsOf(entry);
    return std::any_of(runs.begin(), runs.end(), [&](std::string_view run) {
      return std::binary_search(whole.words.begin(), whole.words.end(), run,
                                std::less<>());
    });
  };
  return !part.words.empty() &&
         std::all_of(part.words.begin(), part.words.end(), is_covered);
}

// How much a rule's hit settles: whatever speaks with less does not matter
// then. A hold leaves scores alone, which still order the queue.
int StrengthOf(const v1::Rule& rule) {
  switch (rule.verdict()) {
    case v1::VERDICT_REJECT:
      return 3;
    case v1::VERDICT_ACCEPT:
      return 2;
    case v1::VERDICT_HOLD:
      return 1;
    default:
      return 0;
  }
}

bool Settles(const v1::Rule& strong, const v1::Rule& weak) {
  if (StrengthOf(weak) == 0) return StrengthOf(strong) >= 2;
  return StrengthOf(strong) >= StrengthOf(weak);
}

class ShadowLint {
 public:
  ShadowLint(const LintInput& input, std::vector<v1::Diagnostic>* diagnostics)
      : input_(input), diagnostics_(diagnostics) {}

  void Run() {
    size_t entries = 0;
    for (size_t i = 0; i < input_.rules.size(); ++i) {
      conditions_.push_back(ConditionsOf(input_, input_.rules[i], &entries));
      Index(i);
      if (input_.whens[i] == nullptr) continue;
      for (const auto& call : input_.whens[i]->literal_calls())
        referred_.insert(call.argument);
    }
    for (size_t i = 0; i < input_.rules.size(); ++i) {
      if (!input_.origins[i].damaged && !IsLapsed(i)) Judge(i);
    }
  }

 private:
  using Rules = std::vector<size_t>;

  bool IsLapsed(size_t index) const {
    const std::string& until = input_.rules[index].until();
    return !until.empty() && until < input_.today;
  }

  // Only rules that state a verdict for good can shadow others.
  void Index(size_t index) {
    const v1::Rule& rule = input_.rules[index];
    if (rule.mode() == v1::MODE_SHADOW || !rule.until().empty() ||
        StrengthOf(rule) == 0 || input_.origins[index].damaged)
      return;
    const Conditions& conditions = conditions_[index];
    for (const std::string& word : conditions.words)
      Add(&by_word_, word, index);
    if (conditions.words.empty()) {
      for (const std::string& pattern : conditions.patterns)
        Add(&by_pattern_, pattern, index);
    }
    if (conditions.views.empty()) Add(&by_when_, conditions.when, index);
  }

  static void Add(std::unordered_map<std::string, Rules>* index,
                  const std::string& key, size_t rule) {
    Rules& rules = (*index)[key];
    if (rules.size() < kMaxCandidates) rules.push_back(rule);
  }

  void Take(const std::unordered_map<std::string, Rules>& index,
            const std::string& key, std::set<size_t>* out) const {
    const auto rules = index.find(key);
    if (rules != index.end())
      out->insert(rules->second.begin(), rules->second.end());
  }

  std::set<size_t> Candidates(size_t index) const {
    const Conditions& conditions = conditions_[index];
    std::set<size_t> out;
    if (!conditions.words.empty()) {
      for (std::string_view run : RunsOf(conditions.words.front()))
        Take(by_word_, std::string(run), &out);
    }
    if (!conditions.patterns.empty())
      Take(by_pattern_, *conditions.patterns.begin(), &out);
    if (!conditions.when.empty()) Take(by_when_, conditions.when, &out);
    out.erase(index);
    return out;
  }

  std::string NameOf(size_t index) const {
    const RuleOrigin& origin = input_.origins[index];
    const auto place = origin.places->find(origin.path);
    const uint32_t line =
        place == origin.places->end() ? 0 : place->second.line;
    return fmt::format("'{}' ({}:{})", input_.rules[index].id(),
                       origin.file->path, line);
  }

  void Warn(size_t index, const std::string& message) {
    const RuleOrigin& origin = input_.origins[index];
    Report(*origin.file, *origin.places, diagnostics_)
        .Warning(origin.path + ".id", message);
  }

  void Judge(size_t index) {
    const v1::Rule& rule = input_.rules[index];
    const Conditions& conditions = conditions_[index];
    const auto [first, fresh] =
        first_by_key_.emplace(KeyOf(rule, conditions), index);
    const bool referred = referred_.count(rule.id()) > 0;
    size_t tried = 0;
    for (size_t other : Candidates(index)) {
      if (rule.mode() == v1::MODE_SHADOW || referred) break;
      if (++tried > kMaxCandidates) break;
      const v1::Rule& strong = input_.rules[other];
      if (!Settles(strong, rule) || !Implies(conditions, conditions_[other]))
        continue;
      const bool mutual =
          Settles(rule, strong) && Implies(conditions_[other], conditions);
      if (mutual && other > index) continue;  // told there
      return Warn(index, fmt::format("never decides: whenever '{}' hits, {} "
                                     "hits too, and says {}",
                                     rule.id(), NameOf(other),
                                     VerdictName(strong.verdict())));
    }
    if (fresh) return;
    Warn(index, fmt::format("'{}' has the same conditions as {}; one rule will "
                            "do",
                            rule.id(), NameOf(first->second)));
  }

  static const char* VerdictName(v1::Verdict verdict) {
    return verdict == v1::VERDICT_REJECT   ? "reject"
           : verdict == v1::VERDICT_ACCEPT ? "accept"
                                           : "hold";
  }

  const LintInput& input_;
  std::vector<v1::Diagnostic>* const diagnostics_;
  std::vector<Conditions> conditions_;
  std::unordered_set<std::string> referred_;  // by rule("id")
  std::unordered_map<std::string, Rules> by_word_, by_pattern_, by_when_;
  std::unordered_map<std::string, size_t> first_by_key_;
};

}  // namespace

void LintShadowed(const LintInput& input,
                  std::vector<v1::Diagnostic>* diagnostics) {
  ShadowLint(input, diagnostics).Run();
}

}  // namespace sluice::ruleset
