#include "service/ruleset/ruleset.h"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "service/ruleset/compiled_rules.h"
#include "service/ruleset/policy_loader.h"
#include "service/ruleset/report.h"
#include "service/text/fold_forms.h"

namespace sluice::ruleset {
namespace {

constexpr size_t kMaxRules = 20'000;
constexpr size_t kMaxId = 64;
constexpr size_t kMaxTellAuthor = 300;

std::string VersionOf(const std::vector<SourceFile>& files) {
  std::string all;
  for (const SourceFile& file : files)
    all +=
        fmt::format("{}\n{}\n{}", file.path, file.content.size(), file.content);
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(all.data()), all.size(),
         digest);
  std::string out;
  for (int i = 0; i < 6; ++i) out += fmt::format("{:02x}", digest[i]);
  return out;
}

bool IsDate(const std::string& text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  const std::string digits =
      text.substr(0, 4) + text.substr(5, 2) + text.substr(8, 2);
  if (!std::all_of(digits.begin(), digits.end(),
                   [](char c) { return c >= '0' && c <= '9'; }))
    return false;
  const std::chrono::year_month_day day{
      std::chrono::year(std::stoi(text.substr(0, 4))),
      std::chrono::month(std::stoul(text.substr(5, 2))),
      std::chrono::day(std::stoul(text.substr(8, 2)))};
  return day.ok();
}

std::string DateOf(Time now) {
  const std::chrono::year_month_day day{
      std::chrono::floor<std::chrono::days>(now)};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()),
                     static_cast<unsigned>(day.month()),
                     static_cast<unsigned>(day.day()));
}

bool IsRuleId(const std::string& id) {
  if (id.empty() || id.size() > kMaxId || id.front() == '-' || id.back() == '-')
    return false;
  return std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

// Entries of lists/NAME.txt: one a line, `#` begins a comment,
// `until=YYYY-MM-DD` after an entry lets it lapse.
std::vector<std::string> ListEntries(const SourceFile& file,
                                     const std::string& today,
                                     std::vector<v1::Diagnostic>* diagnostics) {
  std::vector<std::string> out;
  uint32_t number = 0;
  for (size_t at = 0; at < file.content.size();) {
    const size_t end =
        std::min(file.content.find('\n', at), file.content.size());
    std::string line = file.content.substr(at, end - at);
    at = end + 1;
    ++number;
    if (!line.empty() && line.front() == '#') continue;
    if (const size_t comment = line.find(" #"); comment != std::string::npos)
      line.resize(comment);
    std::string until;
    if (const size_t mark = line.find(" until="); mark != std::string::npos) {
      until = line.substr(mark + 7);
      line.resize(mark);
    }
    while (!line.empty() &&
           (line.back() == ' ' || line.back() == '\t' || line.back() == '\r'))
      line.pop_back();
    while (!until.empty() && (until.back() == ' ' || until.back() == '\r'))
      until.pop_back();
    if (line.empty()) continue;
    if (!until.empty() && !IsDate(until)) {
      v1::Diagnostic& out_of = diagnostics->emplace_back();
      out_of.set_severity(v1::Diagnostic::SEVERITY_ERROR);
      out_of.set_file(file.path);
      out_of.set_line(number);
      out_of.set_column(1);
      out_of.set_source_line(line + " until=" + until);
      out_of.set_message(
          fmt::format("until= takes a date YYYY-MM-DD, not '{}'", until));
      continue;
    }
    if (until.empty() || until >= today) out.push_back(line);
  }
  return out;
}

// What to write instead of what RE2 does not have.
std::string PatternHint(const std::string& pattern) {
  if (pattern.find("(?=") != std::string::npos ||
      pattern.find("(?!") != std::string::npos ||
      pattern.find("(?<") != std::string::npos) {
    return "; RE2 has no lookaround: match more and refuse the rest with "
           "`when`, or split the rule in two";
  }
  for (char digit = '1'; digit <= '9'; ++digit) {
    if (pattern.find(std::string("\\") + digit) != std::string::npos) {
      return "; RE2 has no backreferences: write the alternatives out";
    }
  }
  return "";
}

}  // namespace

Ruleset::Ruleset() = default;
Ruleset::~Ruleset() = default;

const std::vector<size_t>& Ruleset::slow_rules() const {
  return compiled_->matcher->slow_rules();
}

// Loads one folder. Each method reports what is wrong and goes on, so that an
// author sees all mistakes at once.
class RulesetLoader {
 public:
  RulesetLoader(const std::vector<SourceFile>& files,
                const LoadOptions& options)
      : files_(files),
        options_(options),
        today_(DateOf(options.now)),
        ruleset_(new Ruleset) {}

  LoadResult Load() {
    LoadResult result;
    ReadLists();
    for (const SourceFile& file : files_) {
      if (file.path == "policy.yaml") ReadPolicy(file);
    }
    if (!has_policy_) FinishPolicyWithout();
    for (const SourceFile& file : files_) {
      if (file.path != "policy.yaml" && file.path.substr(0, 6) != "lists/")
        ReadRules(file);
    }
    Compile();
    ruleset_->version_ = VersionOf(files_);
    WarnOfUnusedLists();
    if (!HasErrors()) TryExamples();
    result.diagnostics = std::move(diagnostics_);
    const bool failed = std::any_of(
        result.diagnostics.begin(), result.diagnostics.end(),
        [](const auto& diagnostic) {
          return diagnostic.severity() == v1::Diagnostic::SEVERITY_ERROR;
        });
    if (!failed) result.ruleset = std::move(ruleset_);
    return result;
  }

 private:
  // Where a rule came from.
  struct Origin {
    const SourceFile* file;
    std::shared_ptr<Places> places;
    std::string path;  // rules[3]
    bool damaged;      // a mistake in it was told already
  };

  bool HasErrors() const {
    return std::any_of(diagnostics_.begin(), diagnostics_.end(),
                       [](const v1::Diagnostic& diagnostic) {
                         return diagnostic.severity() ==
                                v1::Diagnostic::SEVERITY_ERROR;
                       });
  }

  void ReadLists() {
    for (const SourceFile& file : files_) {
      if (file.path.substr(0, 6) != "lists/") continue;
      std::vector<std::string> entries =
          ListEntries(file, today_, &diagnostics_);
      std::vector<std::string>* domains = nullptr;
      if (file.path == "lists/shorteners.txt")
        domains = &ruleset_->facts_.shortener_domains;
      if (file.path == "lists/disposable-domains.txt")
        domains = &ruleset_->facts_.disposable_domains;
      if (domains != nullptr) {
        *domains = entries;
        std::sort(domains->begin(), domains->end());
      }
      lists_[file.path] = std::move(entries);
    }
  }

  void ReadPolicy(const SourceFile& file) {
    has_policy_ = true;
    Places places;
    if (!LoadYaml(file, &ruleset_->policy_, &diagnostics_, &places)) return;
    Report report(file, places, &diagnostics_);
    FinishPolicy(&ruleset_->policy_, &ruleset_->html_policy_, &report);
  }

  void FinishPolicyWithout() {
    const SourceFile none{"policy.yaml", ""};
    const Places places;
    Report report(none, places, &diagnostics_);
    FinishPolicy(&ruleset_->policy_, &ruleset_->html_policy_, &report);
  }

  void ReadRules(const SourceFile& file) {
    auto places = std::make_shared<Places>();
    v1::RuleFile rules;
    const size_t before = diagnostics_.size();
    LoadYaml(file, &rules, &diagnostics_, places.get());
    ruleset_->rules_.reserve(ruleset_->rules_.size() +
                             static_cast<size_t>(rules.rules_size()));
    for (int i = 0;
         i < rules.rules_size() && ruleset_->rules_.size() < kMaxRules; ++i) {
      const bool damaged = IsDamaged(*places, i, before);
      origins_.push_back({&file, places, fmt::format("rules[{}]", i), damaged});
      ruleset_->rules_.push_back(std::move(*rules.mutable_rules(i)));
    }
  }

  // Whether a mistake since `before` stands inside the i-th rule: what is
  // missing there then was probably written, only wrongly.
  bool IsDamaged(const Places& places, int i, size_t before) const {
    const auto line_of = [&places](int index) {
      const auto place = places.find(fmt::format("rules[{}]", index));
      return place == places.end() ? UINT32_MAX : place->second.line;
    };
    const uint32_t begin = line_of(i);
    const uint32_t end = line_of(i + 1);
    return std::any_of(diagnostics_.begin() + static_cast<long>(before),
                       diagnostics_.end(), [begin, end](const auto& told) {
                         return told.line() >= begin && told.line() < end;
                       });
  }

  void Compile() {
    auto compiled = std::make_unique<CompiledRules>();
    for (const auto& [file, entries] : lists_) {
      compiled->lists.push_back(std::make_unique<NamedList>(file, entries));
    }
    compiled->environment = MakeEnvironment(compiled->lists);
    std::vector<std::string> ids;
    for (size_t i = 0; i < ruleset_->rules_.size(); ++i) {
      const v1::Rule& rule = ruleset_->rules_[i];
      if (!compiled->by_id.emplace(rule.id(), i).second) {
        ReportOf(i).Error(
            origins_[i].path + ".id",
            fmt::format("the id '{}' is taken by another rule", rule.id()));
      }
      ids.push_back(rule.id());
    }
    compiled->rules.reserve(ruleset_->rules_.size());
    for (size_t i = 0; i < ruleset_->rules_.size(); ++i) {
      compiled->rules.push_back(CompileRule(i, *compiled, ids));
    }
    Order(compiled.get());
    compiled->matcher = std::make_unique<const Matcher>(compiled.get());
    CheckCost(*compiled->matcher);
    compiled_ = compiled.get();
    ruleset_->compiled_ = std::move(compiled);
  }

  // Rules that every comment is searched for are the one thing that makes the
  // cost grow with the rules.
  void CheckCost(const Matcher& matcher) {
    constexpr size_t kWarnFrom = 17;
    constexpr size_t kMaxNames = 5;
    const std::vector<size_t>& slow = matcher.slow_rules();
    const size_t most = ruleset_->policy_.limits().max_slow_rules();
    if (slow.size() < kWarnFrom && slow.size() <= most) return;
    std::string names;
    for (size_t i = 0; i < slow.size() && i < kMaxNames; ++i) {
      if (i > 0) names += ", ";
      names += "'" + ruleset_->rules_[slow[i]].id() + "'";
    }
    if (slow.size() > kMaxNames) names += " and others";
    std::string text = fmt::format(
        "{} rules have a pattern that no literal rules out, so that each "
        "comment is searched for it: {}; let a match need a rare word, or add "
        "`words`",
        slow.size(), names);
    Report report = ReportOf(slow.back());
    const std::string at = origins_[slow.back()].path + ".regex";
    if (slow.size() > most) {
      report.Error(at,
                   text + fmt::format(" (limits.max_slow_rules is {})", most));
    } else {
      report.Warning(at, text);
    }
  }

  Report ReportOf(size_t index) {
    const Origin& origin = origins_[index];
    return Report(*origin.file, *origin.places, &diagnostics_);
  }

  CompiledRule CompileRule(size_t index, const CompiledRules& compiled,
                           const std::vector<std::string>& ids) {
    const v1::Rule& rule = ruleset_->rules_[index];
    const std::string& path = origins_[index].path;
    Report report = ReportOf(index);
    if (!origins_[index].damaged) CheckFields(rule, path, &report);
    CompiledRule out;
    out.active = rule.until().empty() || rule.until() >= today_;
    if (!out.active)
      report.Warning(path + ".until",
                     fmt::format("'{}' lapsed on {}; renew or remove it",
                                 rule.id(), rule.until()));
    for (int view : rule.in()) {
      if (std::find(out.views.begin(), out.views.end(), view) ==
          out.views.end())
        out.views.push_back(static_cast<v1::View>(view));
    }
    if (out.views.empty()) out.views.push_back(v1::VIEW_TEXT);
    CompileWords(rule, path, &report, &out);
    CompilePatterns(rule, path, &report, &out);
    if (!rule.when().empty())
      CompileWhen(rule, path, compiled, ids, &report, &out);
    return out;
  }

  void CheckFields(const v1::Rule& rule, const std::string& path,
                   Report* report) {
    if (!IsRuleId(rule.id())) {
      report->Error(path + ".id",
                    "a rule needs an id of a-z, 0-9 and single hyphens, at "
                    "most 64 bytes");
    }
    if (rule.why().empty())
      report->Error(
          path, fmt::format("'{}' needs a `why`: one sentence for moderators",
                            rule.id()));
    const bool scores = rule.score() != 0;
    const bool states = rule.verdict() != v1::VERDICT_UNSPECIFIED;
    if (scores == states) {
      report->Error(
          path, fmt::format(
                    "'{}' needs either a `score` that is not 0 or a `verdict`",
                    rule.id()));
    }
    if (rule.score() < -100 || rule.score() > 100)
      report->Error(path + ".score", "a score is between -100 and 100");
    if (rule.words().empty() && rule.regex().empty() && rule.when().empty()) {
      report->Error(
          path,
          fmt::format("'{}' has no condition; give it words, regex or when",
                      rule.id()));
    }
    if (!rule.in().empty() && rule.words().empty() && rule.regex().empty()) {
      report->Error(path + ".in", "`in` has no effect without words or regex");
    }
    if (rule.tell_author().size() > kMaxTellAuthor)
      report->Error(path + ".tell_author", "is longer than 300 bytes");
    if (!rule.until().empty() && !IsDate(rule.until()))
      report->Error(path + ".until", "takes a date YYYY-MM-DD");
    if (!rule.review_by().empty() && !IsDate(rule.review_by()))
      report->Error(path + ".review_by", "takes a date YYYY-MM-DD");
    if (IsDate(rule.review_by()) && rule.review_by() < today_) {
      report->Warning(path + ".review_by",
                      fmt::format("'{}' was to be reviewed by {}", rule.id(),
                                  rule.review_by()));
    }
    for (int i = 0; i < rule.sites_size(); ++i) {
      const auto& known = options_.sites;
      if (known.empty() ||
          std::find(known.begin(), known.end(), rule.sites(i)) != known.end())
        continue;
      report->Error(
          fmt::format("{}.sites[{}]", path, i),
          fmt::format("the server knows no site '{}'", rule.sites(i)));
    }
  }

  void CompileWords(const v1::Rule& rule, const std::string& path,
                    Report* report, CompiledRule* out) {
    out->has_words = rule.words_size() > 0;
    for (int i = 0; i < rule.words_size(); ++i) {
      const std::string& word = rule.words(i);
      const std::string at = fmt::format("{}.words[{}]", path, i);
      if (word.substr(0, 6) == "lists/") {
        const auto list = lists_.find(word);
        if (list == lists_.end()) {
          std::vector<std::string> names;
          for (const auto& [name, entries] : lists_) names.push_back(name);
          const std::string nearest = Nearest(word, names);
          report->Error(
              at,
              fmt::format("there is no list '{}'{}", word,
                          nearest.empty()
                              ? ""
                              : fmt::format("; did you mean '{}'?", nearest)));
          continue;
        }
        used_lists_.insert(word);
        for (const std::string& entry : list->second)
          AddWord(entry, at, report, out);
      } else {
        AddWord(word, at, report, out);
      }
    }
  }

  void AddWord(const std::string& word, const std::string& at, Report* report,
               CompiledRule* out) {
    std::vector<text::FoldForm> forms = text::FoldForms(word);
    if (forms.empty() ||
        forms.front().text.find_first_not_of(' ') == std::string::npos) {
      report->Error(at, fmt::format("'{}' has no letter or digit that would be "
                                    "left after folding",
                                    word));
      return;
    }
    out->words.push_back({std::move(forms), word});
  }

  void CompilePatterns(const v1::Rule& rule, const std::string& path,
                       Report* report, CompiledRule* out) {
    for (int i = 0; i < rule.regex_size(); ++i) {
      const std::string at = fmt::format("{}.regex[{}]", path, i);
      std::unique_ptr<re2::RE2> pattern = MakePattern(rule.regex(i));
      if (!pattern->ok()) {
        report->Error(
            at, fmt::format("{}: {}{}", pattern->error_arg(), pattern->error(),
                            PatternHint(rule.regex(i))));
        continue;
      }
      const auto size = static_cast<uint32_t>(pattern->ProgramSize());
      const uint32_t most = ruleset_->policy_.limits().max_pattern_size();
      if (size > most) {
        report->Error(at, fmt::format("the pattern compiles to {} instructions "
                                      "and limits.max_pattern_size is {}; "
                                      "shorten its counted repetitions, or put "
                                      "its alternatives into `words`",
                                      size, most));
        continue;
      }
      RequiredLiterals needs = FindRequiredLiterals(rule.regex(i));
      // Where it is known that no match is empty RE2 is not asked: it would
      // keep its automaton.
      if (needs.may_be_empty && RE2::PartialMatch("", *pattern)) {
        report->Error(at,
                      "the pattern matches the empty text, so every comment; "
                      "ask for at least one character");
        continue;
      }
      out->patterns.push_back(std::move(pattern));
      out->needs.push_back(std::move(needs));
    }
  }

  void CompileWhen(const v1::Rule& rule, const std::string& path,
                   const CompiledRules& compiled,
                   const std::vector<std::string>& ids, Report* report,
                   CompiledRule* out) {
    cel::Compiled when =
        cel::Compile(*compiled.environment, rule.when(), cel::Type::Bool());
    for (const cel::Diagnostic& diagnostic : when.diagnostics) {
      report->Error(path + ".when", diagnostic.message, diagnostic.begin,
                    std::max<size_t>(1, diagnostic.end - diagnostic.begin));
    }
    if (when.program == nullptr) return;
    for (const cel::Program::LiteralCall& call :
         when.program->literal_calls()) {
      if (call.function != "rule" || compiled.by_id.count(call.argument) > 0)
        continue;
      const std::string nearest = Nearest(call.argument, ids);
      report->Error(
          path + ".when",
          fmt::format("there is no rule '{}'{}", call.argument,
                      nearest.empty()
                          ? ""
                          : fmt::format("; did you mean '{}'?", nearest)),
          call.begin, call.end - call.begin);
    }
    out->when = std::move(when.program);
  }

  // Rules after those they refer to; rules that read rules.score after all
  // others. A cycle is an error.
  void Order(CompiledRules* compiled) {
    enum : char { kNew, kOpen, kDone };
    const size_t count = compiled->rules.size();
    std::vector<std::vector<size_t>> needs(count);
    std::vector<char> reads_score(count);
    for (size_t i = 0; i < count; ++i) {
      const cel::Program* when = compiled->rules[i].when.get();
      if (when == nullptr) continue;
      for (const auto& call : when->literal_calls()) {
        const auto found = compiled->by_id.find(call.argument);
        if (call.function == "rule" && found != compiled->by_id.end())
          needs[i].push_back(found->second);
      }
      const auto& reads = when->reads();
      reads_score[i] =
          std::find(reads.begin(), reads.end(), "rules.score") != reads.end();
    }
    std::vector<char> state(count, kNew);
    const auto visit = [&](size_t root) {
      std::vector<std::pair<size_t, size_t>> stack = {{root, 0}};
      state[root] = kOpen;
      while (!stack.empty()) {
        auto& [rule, next] = stack.back();
        if (next == needs[rule].size()) {
          state[rule] = kDone;
          compiled->order.push_back(rule);
          stack.pop_back();
          continue;
        }
        const size_t needed = needs[rule][next++];
        if (state[needed] == kOpen) {
          ReportOf(rule).Error(
              origins_[rule].path + ".when",
              fmt::format("'{}' and '{}' refer to each other in a circle",
                          ruleset_->rules_[rule].id(),
                          ruleset_->rules_[needed].id()));
        } else if (state[needed] == kNew) {
          state[needed] = kOpen;
          stack.emplace_back(needed, 0);
        }
      }
    };
    for (const char last : {0, 1}) {
      for (size_t i = 0; i < count; ++i) {
        if (state[i] == kNew && reads_score[i] == last) visit(i);
      }
    }
  }

  // A list that no rule names, and that the server does not read by itself.
  void WarnOfUnusedLists() {
    for (const SourceFile& file : files_) {
      if (file.path.substr(0, 6) != "lists/" ||
          used_lists_.count(file.path) > 0)
        continue;
      const NamedList list(file.path, {});
      const bool in_when = std::any_of(
          ruleset_->rules_.begin(), ruleset_->rules_.end(),
          [&list](const v1::Rule& rule) {
            return rule.when().find(list.name()) != std::string::npos;
          });
      if (in_when || file.path == "lists/shorteners.txt" ||
          file.path == "lists/disposable-domains.txt")
        continue;
      v1::Diagnostic& out = diagnostics_.emplace_back();
      out.set_severity(v1::Diagnostic::SEVERITY_WARNING);
      out.set_file(file.path);
      out.set_message("no rule uses this list");
    }
  }

  void TryExamples() {
    for (size_t i = 0; i < ruleset_->rules_.size(); ++i) {
      const v1::Examples& examples = ruleset_->rules_[i].examples();
      for (int j = 0; j < examples.hit_size(); ++j)
        TryExample(i, examples.hit(j), true, fmt::format("hit[{}]", j));
      for (int j = 0; j < examples.miss_size(); ++j)
        TryExample(i, examples.miss(j), false, fmt::format("miss[{}]", j));
      if (examples.hit_size() + examples.miss_size() == 0) continue;
      // RE2 keeps the automata that the examples made it build, which would be
      // most of a large ruleset's memory.
      for (auto& pattern : compiled_->rules[i].patterns)
        pattern = MakePattern(pattern->pattern());
    }
  }

  void TryExample(size_t index, const v1::Example& example, bool must_hit,
                  const std::string& name) {
    if (!compiled_->rules[index].active) return;
    const v1::Rule& rule = ruleset_->rules_[index];
    const RuleTrial trial =
        ruleset::TryExample(*ruleset_, index, example, options_.now);
    if (trial.hit == must_hit) return;
    ReportOf(index).Error(
        fmt::format("{}.examples.{}", origins_[index].path, name),
        must_hit ? fmt::format("this example must hit '{}' and does not: {}",
                               rule.id(), trial.miss)
                 : fmt::format("this example must not hit '{}' and does",
                               rule.id()));
  }

  const std::vector<SourceFile>& files_;
  const LoadOptions& options_;
  const std::string today_;
  std::shared_ptr<Ruleset> ruleset_;
  CompiledRules* compiled_ = nullptr;  // of ruleset_
  std::vector<v1::Diagnostic> diagnostics_;
  std::vector<Origin> origins_;
  std::map<std::string, std::vector<std::string>> lists_;
  std::set<std::string> used_lists_;
  bool has_policy_ = false;
};

LoadResult LoadRuleset(const std::vector<SourceFile>& files,
                       const LoadOptions& options) {
  return RulesetLoader(files, options).Load();
}

}  // namespace sluice::ruleset
