#include "service/ruleset/ruleset.h"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <tuple>

#include "service/ruleset/compiled_rules.h"
#include "service/ruleset/date.h"
#include "service/ruleset/lints.h"
#include "service/ruleset/pattern_advice.h"
#include "service/ruleset/policy_loader.h"
#include "service/ruleset/report.h"
#include "service/ruleset/word_list.h"
#include "service/signals/name_likeness.h"
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

bool IsRuleId(const std::string& id) {
  if (id.empty() || id.size() > kMaxId || id.front() == '-' || id.back() == '-')
    return false;
  return std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
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
    for (const std::string& name : ruleset_->policy_.protected_names()) {
      ruleset_->facts_.protected_names.push_back(
          {name, signals::NameSkeleton(name)});
    }
    for (const SourceFile& file : files_) {
      if (file.path != "policy.yaml" && file.path.substr(0, 6) != "lists/")
        ReadRules(file);
    }
    Compile();
    ruleset_->version_ = VersionOf(files_);
    HashConditions();
    LintAll();
    if (!HasErrors()) TryExamples();
    SortDiagnostics();
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
  bool HasErrors() const {
    return std::any_of(diagnostics_.begin(), diagnostics_.end(),
                       [](const v1::Diagnostic& diagnostic) {
                         return diagnostic.severity() ==
                                v1::Diagnostic::SEVERITY_ERROR;
                       });
  }

  // Whether something with this `until` (a date or empty) has not lapsed; if it
  // will, the ruleset is to be loaded anew then.
  bool IsInForce(const std::string& until) {
    if (until.empty()) return true;
    if (until < today_) return false;
    ruleset_->lapse_time_ = std::min(ruleset_->lapse_time_, EndOfDate(until));
    return true;
  }

  void ReadLists() {
    for (const SourceFile& file : files_) {
      if (file.path.substr(0, 6) != "lists/") continue;
      std::vector<ListEntry> written = ReadList(file, &diagnostics_);
      std::vector<std::string> entries;
      for (const ListEntry& entry : written) {
        if (IsInForce(entry.until)) entries.push_back(entry.text);
      }
      list_sources_[file.path] = {&file, std::move(written)};
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
    for (int i = 0; i < rules.rules_size(); ++i) {
      if (ruleset_->rules_.size() == kMaxRules) {
        Report(file, *places, &diagnostics_)
            .Error(fmt::format("rules[{}]", i),
                   fmt::format("is one rule more than the {} of a ruleset",
                               kMaxRules));
        return;
      }
      const bool damaged = IsDamaged(*places, i, before);
      origins_.push_back({&file, places, fmt::format("rules[{}]", i), damaged});
      ruleset_->rules_.push_back(std::move(*rules.mutable_rules(i)));
      const auto place = places->find(origins_.back().path);
      ruleset_->sources_.push_back(fmt::format(
          "{}:{}", file.path, place == places->end() ? 0 : place->second.line));
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
    const RuleOrigin& origin = origins_[index];
    return Report(*origin.file, *origin.places, &diagnostics_);
  }

  CompiledRule CompileRule(size_t index, const CompiledRules& compiled,
                           const std::vector<std::string>& ids) {
    const v1::Rule& rule = ruleset_->rules_[index];
    const std::string& path = origins_[index].path;
    Report report = ReportOf(index);
    if (!origins_[index].damaged) CheckFields(rule, path, &report);
    CompiledRule out;
    out.active = !IsDate(rule.until()) || IsInForce(rule.until());
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
      const std::string nearest = Nearest(rule.sites(i), known);
      report->Error(
          fmt::format("{}.sites[{}]", path, i),
          fmt::format("there is no site '{}'{}", rule.sites(i),
                      nearest.empty()
                          ? ""
                          : fmt::format("; did you mean '{}'?", nearest)));
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
        // RE2 says which part it does not take; it is pointed at.
        const std::string& part = pattern->error_arg();
        const size_t offset = rule.regex(i).find(part);
        report->Error(at,
                      fmt::format("{}: {}{}", part, pattern->error(),
                                  PatternHint(rule.regex(i))),
                      offset == std::string::npos ? 0 : offset,
                      std::max<size_t>(1, part.size()));
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
      // A pattern that needs a literal is not broad. RE2 is not asked, since it
      // would keep its automaton.
      const bool narrow = !needs.may_be_empty && !needs.sets.empty();
      const Breadth breadth =
          narrow
              ? Breadth()
              : BreadthOf(
                    [&pattern](std::string_view text) {
                      return RE2::PartialMatch(
                          re2::StringPiece(text.data(), text.size()), *pattern);
                    },
                    out->views);
      if (breadth.is_error) {
        report->Error(at, breadth.message);
        continue;
      }
      if (!breadth.message.empty()) report->Warning(at, breadth.message);
      if (std::string slip = PatternSlip(rule.regex(i), out->views);
          !slip.empty())
        report->Warning(at, std::move(slip));
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
      const size_t length =
          std::max<size_t>(1, diagnostic.end - diagnostic.begin);
      const bool pattern = diagnostic.message.rfind("RE2 refuses", 0) == 0;
      report->Error(
          path + ".when",
          diagnostic.message + (pattern ? PatternHint(rule.when().substr(
                                              diagnostic.begin, length))
                                        : ""),
          diagnostic.begin, length);
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

  // Rules after those they refer to. Those that read rules.score, by themselves
  // or through others, come after all that make it up, so that its value is the
  // same whatever the order of files. A cycle is an error.
  void Order(CompiledRules* compiled) {
    const size_t count = compiled->rules.size();
    needs_.resize(count);
    reads_score_.resize(count);
    for (size_t i = 0; i < count; ++i) {
      const cel::Program* when = compiled->rules[i].when.get();
      if (when == nullptr) continue;
      for (const auto& call : when->literal_calls()) {
        const auto found = compiled->by_id.find(call.argument);
        if (call.function == "rule" && found != compiled->by_id.end())
          needs_[i].push_back(found->second);
      }
      const auto& reads = when->reads();
      reads_score_[i] =
          std::find(reads.begin(), reads.end(), "rules.score") != reads.end();
    }
    std::vector<size_t> order;  // each after what it needs
    std::vector<Visit> state(count, Visit::kNew);
    for (size_t i = 0; i < count; ++i) {
      if (state[i] == Visit::kNew) OrderFrom(i, &state, &order);
    }
    for (size_t i : order) {
      for (size_t needed : needs_[i])
        reads_score_[i] = reads_score_[i] || reads_score_[needed];
    }
    std::stable_partition(order.begin(), order.end(),
                          [this](size_t i) { return reads_score_[i] == 0; });
    compiled->order = std::move(order);
    for (size_t i = 0; i < count; ++i) {
      compiled->rules[i].adds_to_score =
          reads_score_[i] == 0 && ruleset_->rules_[i].mode() != v1::MODE_SHADOW;
    }
  }

  enum class Visit : char { kNew, kOpen, kDone };

  void OrderFrom(size_t root, std::vector<Visit>* state,
                 std::vector<size_t>* order) {
    std::vector<std::pair<size_t, size_t>> stack = {{root, 0}};
    (*state)[root] = Visit::kOpen;
    while (!stack.empty()) {
      auto& [rule, next] = stack.back();
      if (next == needs_[rule].size()) {
        (*state)[rule] = Visit::kDone;
        order->push_back(rule);
        stack.pop_back();
        continue;
      }
      const size_t needed = needs_[rule][next++];
      if ((*state)[needed] == Visit::kOpen) {
        ReportOf(rule).Error(
            origins_[rule].path + ".when",
            rule == needed
                ? fmt::format("'{}' refers to itself",
                              ruleset_->rules_[rule].id())
                : fmt::format("'{}' and '{}' refer to each other in a circle",
                              ruleset_->rules_[rule].id(),
                              ruleset_->rules_[needed].id()));
      } else if ((*state)[needed] == Visit::kNew) {
        (*state)[needed] = Visit::kOpen;
        stack.emplace_back(needed, 0);
      }
    }
  }

  // Names in `when` of lists by their texts alone: one too many does no harm.
  void HashConditions() {
    const std::hash<std::string> hash;
    std::map<std::string, std::string> lists;  // by path
    std::map<std::string, std::string> names;  // by lists.NAME, of paths
    for (const auto& [path, entries] : lists_) {
      lists[path] = fmt::format(
          "{:x}", hash(fmt::format("{}", fmt::join(entries, "\n"))));
      names[NamedList(path, {}).name()] = path;
    }
    for (const v1::Rule& rule : ruleset_->rules_) {
      std::string all =
          fmt::format("{}\x1E{}\x1E{}\x1E{}", fmt::join(rule.words(), "\x1F"),
                      fmt::join(rule.regex(), "\x1F"),
                      fmt::join(rule.in(), ","), rule.when());
      for (const std::string& word : rule.words()) {
        const auto list = lists.find(word);
        if (list != lists.end()) all += "\x1E" + list->second;
      }
      for (const auto& [name, path] : names) {
        if (rule.when().find(name) != std::string::npos)
          all += "\x1E" + lists[path];
      }
      ruleset_->conditions_.push_back(hash(all));
    }
  }

  void LintAll() {
    std::vector<const cel::Program*> whens;
    for (const CompiledRule& rule : ruleset_->compiled_->rules)
      whens.push_back(rule.when.get());
    Lint({ruleset_->rules_, origins_, whens, list_sources_, today_},
         &diagnostics_);
  }

  // By place, files in their order; what was told first of one place first.
  void SortDiagnostics() {
    std::map<std::string_view, size_t> order;
    for (const SourceFile& file : files_)
      order.emplace(file.path, order.size());
    std::stable_sort(
        diagnostics_.begin(), diagnostics_.end(),
        [&order](const v1::Diagnostic& a, const v1::Diagnostic& b) {
          const auto key = [&order](const v1::Diagnostic& told) {
            return std::make_tuple(order[told.file()], told.line(),
                                   told.column());
          };
          return key(a) < key(b);
        });
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
  std::vector<RuleOrigin> origins_;
  std::map<std::string, std::vector<std::string>> lists_;
  std::map<std::string, ListSource> list_sources_;
  std::vector<std::vector<size_t>> needs_;  // by rule: those it refers to
  std::vector<char> reads_score_;           // by rule, through others too
  bool has_policy_ = false;
};

LoadResult LoadRuleset(const std::vector<SourceFile>& files,
                       const LoadOptions& options) {
  return RulesetLoader(files, options).Load();
}

}  // namespace sluice::ruleset
