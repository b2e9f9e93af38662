#include "service/ruleset/lints.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "service/ruleset/compiled_rules.h"
#include "service/text/fold.h"

namespace sluice::ruleset {
namespace {

bool IsLapsed(const std::string& until, const std::string& today) {
  return !until.empty() && until < today;
}

// The entries of a list against each other.
void LintList(const ListSource& list, const std::string& today,
              std::vector<v1::Diagnostic>* diagnostics) {
  std::unordered_map<std::string, uint32_t> lines;  // by folded text
  for (const ListEntry& entry : list.entries) {
    const auto warn = [&](std::string message) {
      diagnostics->push_back(ListDiagnostic(v1::Diagnostic::SEVERITY_WARNING,
                                            *list.file, entry,
                                            std::move(message)));
    };
    if (IsLapsed(entry.until, today)) {
      warn(fmt::format("'{}' lapsed on {}; renew or remove it", entry.text,
                       entry.until));
      continue;
    }
    const auto [first, fresh] =
        lines.emplace(text::Fold(entry.text).text, entry.line);
    if (!fresh) {
      warn(fmt::format(
          "'{}' stands on line {} already{}", entry.text, first->second,
          LineOf(list.file->content, first->second).find(entry.text) ==
                  std::string_view::npos
              ? ", in another spelling"
              : ""));
    }
  }
}

using RulesById = std::unordered_map<std::string_view, const v1::Rule*>;

class RuleLint {
 public:
  RuleLint(const LintInput& input, const RulesById& by_id, size_t index,
           std::vector<v1::Diagnostic>* diagnostics)
      : input_(input),
        by_id_(by_id),
        rule_(input.rules[index]),
        when_(input.whens[index]),
        path_(input.origins[index].path),
        report_(*input.origins[index].file, *input.origins[index].places,
                diagnostics) {}

  void Run() {
    LintWords();
    LintPatterns();
    if (when_ != nullptr) LintWhen();
    LintTellAuthor();
  }

 private:
  void LintWords() {
    std::unordered_map<std::string, std::string> seen;  // folded, as written
    for (int i = 0; i < rule_.words_size(); ++i) {
      const std::string& word = rule_.words(i);
      const std::string at = fmt::format("{}.words[{}]", path_, i);
      const std::string folded =
          input_.lists.count(word) > 0 ? word : text::Fold(word).text;
      const auto [first, fresh] = seen.emplace(folded, word);
      if (!fresh && first->second == word)
        report_.Warning(at, fmt::format("'{}' stands here twice", word));
      if (!fresh && first->second != word) {
        report_.Warning(
            at, fmt::format("'{}' and '{}' are the same when folded ('{}')",
                            first->second, word, folded));
      }
      if (folded.size() == 1) {
        report_.Warning(
            at, fmt::format("'{}' is a single letter, which stands in nearly "
                            "every comment",
                            word));
      }
    }
    LintWordsInLists(seen);
  }

  void LintWordsInLists(
      const std::unordered_map<std::string, std::string>& seen) {
    for (const std::string& word : rule_.words()) {
      const auto list = input_.lists.find(word);
      if (list == input_.lists.end() || rule_.words_size() == 1) continue;
      for (const ListEntry& entry : list->second.entries) {
        const auto own = seen.find(text::Fold(entry.text).text);
        if (own == seen.end() || IsLapsed(entry.until, input_.today)) continue;
        report_.Warning(path_ + ".words",
                        fmt::format("'{}' stands in {} too (line {})",
                                    own->second, word, entry.line));
      }
    }
  }

  void LintPatterns() {
    for (int i = 1; i < rule_.regex_size(); ++i) {
      const auto end = rule_.regex().begin() + i;
      if (std::find(rule_.regex().begin(), end, rule_.regex(i)) != end) {
        report_.Warning(fmt::format("{}.regex[{}]", path_, i),
                        "the same pattern stands here twice");
      }
    }
  }

  void LintWhen() {
    const std::string at = path_ + ".when";
    for (const auto& call : when_->literal_calls()) {
      const auto other = by_id_.find(call.argument);
      if (other == by_id_.end()) continue;
      const v1::Rule& rule = *other->second;
      if (!IsLapsed(rule.until(), input_.today)) continue;
      report_.Warning(at, fmt::format("'{}' lapsed on {} and never hits",
                                      rule.id(), rule.until()));
    }
    if (!when_->reads().empty() || !when_->literal_calls().empty() ||
        when_->time_dependent())
      return;
    cel::Evaluator evaluator;
    const cel::Value value = evaluator.Evaluate(*when_, {});
    if (value.is_error()) {
      report_.Warning(at, fmt::format("always fails: {}", value.text()));
    } else if (value.is_true()) {
      report_.Warning(at, "is true for every comment; leave it out");
    } else {
      report_.Warning(at, "is never true, so the rule never hits");
    }
  }

  void LintTellAuthor() {
    const bool speaks_for =
        rule_.verdict() == v1::VERDICT_ACCEPT || rule_.score() < 0;
    if (rule_.tell_author().empty() || !speaks_for) return;
    report_.Warning(path_ + ".tell_author",
                    "is never told: the rule speaks for the comment");
  }

  const LintInput& input_;
  const RulesById& by_id_;
  const v1::Rule& rule_;
  const cel::Program* const when_;
  const std::string& path_;
  Report report_;
};

// Whether an expression names lists.NAME as a whole.
bool Names(const std::string& when, const std::string& list) {
  for (size_t at = when.find(list); at != std::string::npos;
       at = when.find(list, at + 1)) {
    const char after =
        at + list.size() < when.size() ? when[at + list.size()] : ' ';
    const bool longer = after == '_' || (after >= '0' && after <= '9') ||
                        (after >= 'a' && after <= 'z') ||
                        (after >= 'A' && after <= 'Z');
    if (!longer) return true;
  }
  return false;
}

// A list that no rule names, and that the server does not read by itself.
void LintUnusedLists(const LintInput& input,
                     std::vector<v1::Diagnostic>* diagnostics) {
  for (const auto& [path, list] : input.lists) {
    if (path == "lists/shorteners.txt" ||
        path == "lists/disposable-domains.txt")
      continue;
    const std::string name = NamedList(path, {}).name();
    const bool used =
        std::any_of(input.rules.begin(), input.rules.end(),
                    [&path = path, &name](const v1::Rule& rule) {
                      return Names(rule.when(), name) ||
                             std::find(rule.words().begin(), rule.words().end(),
                                       path) != rule.words().end();
                    });
    if (used) continue;
    v1::Diagnostic& out = diagnostics->emplace_back();
    out.set_severity(v1::Diagnostic::SEVERITY_WARNING);
    out.set_file(path);
    out.set_message("no rule uses this list");
  }
}

}  // namespace

void Lint(const LintInput& input, std::vector<v1::Diagnostic>* diagnostics) {
  for (const auto& [path, list] : input.lists)
    LintList(list, input.today, diagnostics);
  LintUnusedLists(input, diagnostics);
  RulesById by_id;
  for (const v1::Rule& rule : input.rules) by_id.emplace(rule.id(), &rule);
  for (size_t i = 0; i < input.rules.size(); ++i) {
    if (!input.origins[i].damaged) RuleLint(input, by_id, i, diagnostics).Run();
  }
  LintShadowed(input, diagnostics);
}

}  // namespace sluice::ruleset
