#include "service/ruleset/rule_trial.h"

#include <fmt/format.h>

#include <algorithm>

#include "service/ruleset/compiled_rules.h"

namespace sluice::ruleset {
namespace {

constexpr size_t kMaxMatches = 16;     // of one rule
constexpr size_t kMaxMatchText = 256;  // bytes, as decision.proto says

// Of one pattern: its program and its automata.
constexpr int64_t kMaxPatternMemory = 1 << 20;

std::string_view CutUtf8(std::string_view text, size_t size) {
  if (text.size() <= size) return text;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80)
    --size;
  return text.substr(0, size);
}

bool FindEntry(const Entry& entry, v1::View view, signals::Views* views,
               std::vector<v1::Match>* out) {
  const std::string_view text = views->Text(view);
  const text::Folded* folded = views->Folded(view);
  for (const text::FoldForm& form : entry.forms) {
    for (size_t at = text.find(form.text); at != std::string_view::npos;
         at = text.find(form.text, at + 1)) {
      const ByteSpan span{static_cast<uint32_t>(at),
                          static_cast<uint32_t>(at + form.text.size())};
      if (!IsWordHit(folded, text, form.stretched_only, span)) continue;
      AddMatch(views, view, span.begin, span.end, entry.written, out);
      return true;
    }
  }
  return false;
}

bool FindWords(const CompiledRule& rule, signals::Views* views,
               std::vector<v1::Match>* out) {
  bool found = false;
  for (v1::View view : rule.views) {
    for (const Entry& entry : rule.words) {
      found = FindEntry(entry, view, views, out) || found;
    }
  }
  return found;
}

// Without `locate`, stops at the first match and does not ask where it is: RE2
// would compile the pattern a second time to go back to its begin.
bool FindPatterns(const CompiledRule& rule, signals::Views* views, bool locate,
                  std::vector<v1::Match>* out) {
  const size_t before = out->size();
  for (v1::View view : rule.views) {
    const std::string_view text = views->Text(view);
    for (const auto& pattern : rule.patterns) {
      re2::StringPiece found;
      if (!pattern->Match(re2::StringPiece(text.data(), text.size()), 0,
                          text.size(), RE2::UNANCHORED, &found, locate ? 1 : 0))
        continue;
      if (!locate) return true;
      const auto at = static_cast<size_t>(found.data() - text.data());
      AddMatch(views, view, at, at + found.size(), pattern->pattern(), out);
    }
  }
  return out->size() > before;
}

std::string ViewNames(const CompiledRule& rule) {
  std::string out;
  for (v1::View view : rule.views)
    out += (out.empty() ? "" : ", ") + ViewName(view);
  return out;
}

}  // namespace

void AddMatch(signals::Views* views, v1::View view, size_t begin, size_t end,
              std::string_view pattern, std::vector<v1::Match>* out) {
  if (out->size() >= kMaxMatches) return;
  v1::Match& match = out->emplace_back();
  const ByteSpan span{static_cast<uint32_t>(begin), static_cast<uint32_t>(end)};
  const ByteSpan origin = views->ToOrigin(view, span);
  match.set_view(view);
  match.set_begin(origin.begin);
  match.set_end(origin.end);
  match.set_text(std::string(
      CutUtf8(views->Text(view).substr(begin, end - begin), kMaxMatchText)));
  match.set_pattern(std::string(CutUtf8(pattern, kMaxMatchText)));
}

void TryWhen(const CompiledRules& compiled, const CompiledRule& rule,
             const Subject& subject, const std::vector<char>& hits,
             double score, bool explain, RuleTrial* trial) {
  const int64_t micros = subject.now.time_since_epoch().count();
  const cel::Value variables[] = {
      cel::Value::OfMessage(&subject.views->comment()),
      cel::Value::OfMessage(subject.signals), cel::Value::String(subject.site),
      cel::Value::Timestamp({micros / 1'000'000,
                             static_cast<int32_t>(micros % 1'000'000) * 1000}),
      cel::Value::Double(score)};
  const Host host{&compiled, &hits, score};
  thread_local cel::Evaluator evaluator;
  const cel::Activation activation{variables, std::size(variables), &host};
  const cel::Value result = evaluator.Evaluate(*rule.when, activation);
  trial->failed = result.is_error();
  trial->hit = result.is_true();
  if (trial->hit || !explain) return;
  const std::string error = trial->failed ? std::string(result.text()) : "";
  const cel::Explanation why = evaluator.Explain(*rule.when, activation);
  trial->miss = trial->failed ? fmt::format("`{}` failed: {}", why.text, error)
                              : fmt::format("`{}` did not hold", why.text);
  for (const auto& operand : why.operands)
    trial->miss += fmt::format("; {} = {}", operand.text, operand.value);
}

bool ForSite(const v1::Rule& rule, std::string_view site) {
  return rule.sites().empty() ||
         std::find(rule.sites().begin(), rule.sites().end(), site) !=
             rule.sites().end();
}

RuleTrial TryRule(const CompiledRules& compiled, const v1::Rule& rule,
                  size_t index, const Subject& subject,
                  const std::vector<char>& hits, double score, bool explain,
                  bool locate) {
  const CompiledRule& parts = compiled.rules[index];
  RuleTrial trial;
  if (!parts.active || !ForSite(rule, subject.site)) {
    trial.miss =
        parts.active ? "it is for other sites" : "it lapsed on " + rule.until();
    return trial;
  }
  if (parts.has_words && !FindWords(parts, subject.views, &trial.matches)) {
    if (explain)
      trial.miss = fmt::format("none of its words is in {}", ViewNames(parts));
    return trial;
  }
  if (!parts.patterns.empty() &&
      !FindPatterns(parts, subject.views, locate, &trial.matches)) {
    if (explain)
      trial.miss =
          fmt::format("none of its patterns is in {}", ViewNames(parts));
    return trial;
  }
  trial.hit = true;
  if (parts.when != nullptr)
    TryWhen(compiled, parts, subject, hits, score, explain, &trial);
  if (!trial.hit) trial.matches.clear();
  return trial;
}

std::unique_ptr<re2::RE2> MakePattern(const std::string& pattern) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMaxPatternMemory);
  options.set_never_capture(true);
  return std::make_unique<re2::RE2>(pattern, options);
}

std::vector<v1::ExplainCommentResponse::RuleOutcome> Explain(
    const Ruleset& ruleset, const Subject& subject) {
  const CompiledRules& compiled = ruleset.compiled();
  std::vector<v1::ExplainCommentResponse::RuleOutcome> out(
      ruleset.rules().size());
  std::vector<char> hits(ruleset.rules().size());
  double score = 0;
  for (size_t index : compiled.order) {
    const v1::Rule& rule = ruleset.rules()[index];
    RuleTrial trial =
        TryRule(compiled, rule, index, subject, hits, score, true);
    hits[index] = trial.hit ? 1 : 0;
    out[index].set_id(rule.id());
    out[index].set_hit(trial.hit);
    out[index].set_verdict(rule.verdict());
    out[index].set_shadow(rule.mode() == v1::MODE_SHADOW);
    out[index].set_source(ruleset.sources()[index]);
    out[index].set_miss(std::move(trial.miss));
    for (v1::Match& match : trial.matches)
      *out[index].add_matches() = std::move(match);
    if (!trial.hit) continue;
    if (rule.mode() != v1::MODE_SHADOW) out[index].set_score(rule.score());
    if (compiled.rules[index].adds_to_score) score += rule.score();
  }
  return out;
}

std::string ViewName(v1::View view) {
  std::string name =
      v1::View_Name(view).substr(std::string_view("VIEW_").size());
  for (char& c : name)
    c = static_cast<char>(c - (c >= 'A' && c <= 'Z' ? 'A' - 'a' : 0));
  for (std::string_view prefix : {"author_", "links_", "page_"}) {
    if (name.substr(0, prefix.size()) == prefix) name[prefix.size() - 1] = '.';
  }
  return name;
}

}  // namespace sluice::ruleset
