#include <fmt/format.h>

#include <algorithm>

#include "service/ruleset/cel/message.h"
#include "service/ruleset/compiled_rules.h"

namespace sluice::ruleset {
namespace {

constexpr size_t kMaxMatches = 16;     // of one rule
constexpr size_t kMaxMatchText = 256;  // bytes, as decision.proto says

// What patterns cost beside the bytes that they read, in bytes of the budget. A
// pattern that few comments make a candidate has to build its automata first,
// some 30 microseconds; places are where literals stand.
constexpr uint64_t kBytesOfSearch = 16 << 10;
constexpr uint64_t kBytesOfPlace = 16;
// Where RE2's automaton outgrows its memory it goes through all instructions
// for each byte, so a byte costs more in a large program.
constexpr int kProgramOfByte = 500;

// Of one pattern: its program and its automata.
constexpr int64_t kMaxPatternMemory = 1 << 20;

// What host functions see: the outcomes of the rules before this one.
struct Host {
  const CompiledRules* compiled;
  const std::vector<char>* hits;
  double score;
};

const cel::StructType* RuleType() {
  static const cel::StructType type{"Rule", {{"hit", cel::Type::Bool()}}};
  return &type;
}

class RuleObject final : public cel::Object {
 public:
  explicit RuleObject(bool hit) : hit_(hit) {}
  const cel::StructType& type() const override { return *RuleType(); }
  cel::Value Get(size_t, cel::Arena*) const override {
    return cel::Value::Bool(hit_);
  }

 private:
  const bool hit_;
};

cel::Value RuleOf(const cel::Value* arguments, size_t,
                  cel::CallContext& context) {
  const auto* host = static_cast<const Host*>(context.host);
  const auto found = host->compiled->by_id.find(arguments[0].text());
  const bool hit =
      found != host->compiled->by_id.end() && (*host->hits)[found->second] != 0;
  return cel::Value::OfObject(context.arena.New<RuleObject>(hit));
}

std::string_view CutUtf8(std::string_view text, size_t size) {
  if (text.size() <= size) return text;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80)
    --size;
  return text.substr(0, size);
}

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

// What the patterns of one comment may still read.
class PatternBudget {
 public:
  explicit PatternBudget(uint64_t bytes) : left_(bytes) {}

  // Returns false for good once less than `bytes` is left.
  bool Take(uint64_t bytes) {
    spent_ = spent_ || bytes > left_;
    if (!spent_) left_ -= bytes;
    return !spent_;
  }
  bool spent() const { return spent_; }

 private:
  uint64_t left_;
  bool spent_ = false;
};

// What a thread keeps from comment to comment: to clear a byte for each rule
// would cost as much as the scan.
struct Scratch {
  TextHits text;
  std::vector<char> hits;  // by rule; zero between comments
  std::vector<ByteSpan> windows;
};

// One comment against all rules, at the cost of those that can hit.
class Evaluation {
 public:
  Evaluation(const Ruleset& ruleset, const Subject& subject, Scratch* scratch)
      : rules_(ruleset.rules()),
        compiled_(ruleset.compiled()),
        matcher_(*compiled_.matcher),
        subject_(subject),
        text_(&scratch->text),
        windows_(scratch->windows),
        hits_(scratch->hits),
        budget_(ruleset.policy().limits().max_pattern_bytes()) {
    if (hits_.size() < rules_.size()) hits_.resize(rules_.size());
  }

  Outcomes Run() {
    RunUntil(UINT32_MAX);
    for (const Hit& hit : out_.hits) hits_[hit.rule] = 0;
    if (budget_.spent()) out_.unfinished.push_back("match.budget");
    return std::move(out_);
  }

  // The rule at `end` after those before it.
  RuleTrial RunAndExplain(uint32_t end) {
    RunUntil(end);
    const size_t index = compiled_.order[end];
    RuleTrial trial = TryRule(compiled_, rules_[index], index, subject_, hits_,
                              score_, /*explain=*/true, /*locate=*/false);
    for (const Hit& hit : out_.hits) hits_[hit.rule] = 0;
    return trial;
  }

 private:
  void RunUntil(uint32_t end) {
    matcher_.Find(subject_.views, text_);
    word_ = text_->words().data();
    words_end_ = word_ + text_->words().size();
    candidate_ = text_->candidates().data();
    candidates_end_ = candidate_ + text_->candidates().size();
    const std::vector<uint32_t>& always = matcher_.always();
    auto next = always.begin();
    while (true) {
      uint32_t position = next == always.end() ? UINT32_MAX : *next;
      if (word_ != words_end_) position = std::min(position, word_->position);
      if (candidate_ != candidates_end_)
        position = std::min(position, candidate_->position);
      if (position >= end) break;
      if (next != always.end() && *next == position) ++next;
      Try(position);
    }
  }

  // Leaves the cursors behind what is of this rule.
  void Try(uint32_t position) {
    const TextHits::Word* const words = word_;
    while (word_ != words_end_ && word_->position == position) ++word_;
    const TextHits::Candidate* const candidates = candidate_;
    while (candidate_ != candidates_end_ && candidate_->position == position)
      ++candidate_;
    const size_t index = compiled_.order[position];
    const v1::Rule& rule = rules_[index];
    const CompiledRule& parts = compiled_.rules[index];
    if (!ForSite(rule, subject_.site)) return;
    if (parts.has_words && words == word_) return;
    RuleTrial trial;
    for (const TextHits::Word* word = words; word != word_; ++word) {
      if (word != words && word->rank == word[-1].rank &&
          word->entry == word[-1].entry)
        continue;
      AddMatch(subject_.views, parts.views[word->rank], word->span.begin,
               word->span.end, parts.words[word->entry].written,
               &trial.matches);
    }
    if (!parts.patterns.empty() && !TryPatterns(index, candidates, &trial))
      return;
    trial.hit = true;
    if (parts.when != nullptr)
      TryWhen(compiled_, parts, subject_, hits_, score_, false, &trial);
    if (trial.failed && rule.mode() != v1::MODE_SHADOW)
      out_.unfinished.push_back("rule." + rule.id());
    if (!trial.hit) return;
    hits_[index] = 1;
    if (parts.adds_to_score) score_ += rule.score();
    out_.hits.push_back({index, std::move(trial.matches)});
  }

  // `candidates` are those up to the cursor.
  bool TryPatterns(size_t index, const TextHits::Candidate* candidates,
                   RuleTrial* trial) {
    const CompiledRule& parts = compiled_.rules[index];
    bool found = false;
    for (uint32_t rank = 0; rank < parts.views.size(); ++rank) {
      for (uint32_t i = 0; i < parts.patterns.size(); ++i) {
        const TextHits::Candidate* const first = candidates;
        while (candidates != candidate_ && candidates->rank == rank &&
               candidates->pattern == i)
          ++candidates;
        const Matcher::Pattern& pattern = matcher_.pattern(index, i);
        if (pattern.needs_literal && first == candidates) continue;
        windows_.clear();
        const v1::View view = parts.views[rank];
        const std::string_view text = subject_.views->Text(view);
        size_t places = 0;
        if (pattern.needs_literal) {
          places = text_->Windows(view, text, pattern.length, first,
                                  static_cast<size_t>(candidates - first),
                                  &windows_);
        } else {
          windows_.push_back({0, static_cast<uint32_t>(text.size())});
        }
        ByteSpan match;
        if (places > 0 &&
            !budget_.Take(kBytesOfSearch + places * kBytesOfPlace))
          continue;
        if (!Search(*parts.patterns[i], text, &match)) continue;
        found = true;
        AddMatch(subject_.views, view, match.begin, match.end,
                 parts.patterns[i]->pattern(), &trial->matches);
      }
    }
    return found;
  }

  // The pattern's first match in the windows.
  bool Search(const re2::RE2& pattern, std::string_view text, ByteSpan* match) {
    const auto weight =
        static_cast<uint64_t>(1 + pattern.ProgramSize() / kProgramOfByte);
    for (const ByteSpan& window : windows_) {
      if (!budget_.Take(weight * window.size())) return false;
      re2::StringPiece found;
      if (!pattern.Match(re2::StringPiece(text.data(), text.size()),
                         window.begin, window.end, RE2::UNANCHORED, &found, 1))
        continue;
      match->begin = static_cast<uint32_t>(found.data() - text.data());
      match->end = match->begin + static_cast<uint32_t>(found.size());
      return true;
    }
    return false;
  }

  const std::vector<v1::Rule>& rules_;
  const CompiledRules& compiled_;
  const Matcher& matcher_;
  const Subject& subject_;
  TextHits* const text_;
  const TextHits::Word* word_ = nullptr;
  const TextHits::Word* words_end_ = nullptr;
  const TextHits::Candidate* candidate_ = nullptr;
  const TextHits::Candidate* candidates_end_ = nullptr;
  std::vector<ByteSpan>& windows_;
  std::vector<char>& hits_;
  PatternBudget budget_;
  double score_ = 0;
  Outcomes out_;
};

}  // namespace

NamedList::NamedList(const std::string& file, std::vector<std::string> entries)
    : entries_(std::move(entries)) {
  const size_t slash = file.rfind('/') + 1;
  name_ = "lists." + file.substr(slash, file.rfind('.') - slash);
  std::replace(name_.begin(), name_.end(), '-', '_');
  std::sort(entries_.begin(), entries_.end());
}

std::optional<bool> NamedList::Contains(const cel::Value& value) const {
  if (!value.is(cel::Kind::kString)) return std::nullopt;
  return std::binary_search(entries_.begin(), entries_.end(), value.text(),
                            std::less<>());
}

std::unique_ptr<cel::Environment> MakeEnvironment(
    const std::vector<std::unique_ptr<NamedList>>& lists) {
  auto environment = std::make_unique<cel::Environment>(
      cel::EnvironmentOptions{.container = "sluice.v1"});
  environment->AddVariable("comment",
                           cel::Type::Message(v1::Comment::descriptor()));
  environment->AddVariable("signals",
                           cel::Type::Message(v1::Signals::descriptor()));
  environment->AddVariable("site", cel::Type::String());
  environment->AddVariable("now", cel::Type::Timestamp(),
                           /*time_dependent=*/true);
  environment->AddVariable("rules.score", cel::Type::Double());
  for (const auto& list : lists) {
    environment->AddConstant(list->name(), cel::Type::List(cel::Type::String()),
                             cel::Value::OfList(list.get()));
  }
  const cel::StructType* rule = environment->AddStruct(*RuleType());
  environment->AddFunction("rule", {cel::Type::String()},
                           cel::Type::Object(rule), RuleOf,
                           {.literal_arguments = true});
  return environment;
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

Outcomes Match(const Ruleset& ruleset, const Subject& subject) {
  thread_local Scratch scratch;
  return Evaluation(ruleset, subject, &scratch).Run();
}

std::unique_ptr<re2::RE2> MakePattern(const std::string& pattern) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMaxPatternMemory);
  options.set_never_capture(true);
  return std::make_unique<re2::RE2>(pattern, options);
}

namespace {

// Whether the condition, or one it refers to, reads the score of the rules
// before it; else *needed receives the rules that it refers to.
bool ReadsScore(const CompiledRules& compiled, size_t index,
                std::vector<size_t>* needed) {
  std::vector<size_t> open = {index};
  std::vector<char> seen(compiled.rules.size());
  while (!open.empty()) {
    const cel::Program* when = compiled.rules[open.back()].when.get();
    open.pop_back();
    if (when == nullptr) continue;
    const auto& reads = when->reads();
    if (std::find(reads.begin(), reads.end(), "rules.score") != reads.end())
      return true;
    for (const auto& call : when->literal_calls()) {
      const auto found = compiled.by_id.find(call.argument);
      if (call.function != "rule" || found == compiled.by_id.end() ||
          seen[found->second] != 0)
        continue;
      seen[found->second] = 1;
      needed->push_back(found->second);
      open.push_back(found->second);
    }
  }
  return false;
}

// The rule after those that it needs; all of them if it reads the score.
RuleTrial TryAfterOthers(const Ruleset& ruleset, size_t index,
                         const Subject& subject) {
  const CompiledRules& compiled = ruleset.compiled();
  const v1::Rule& rule = ruleset.rules()[index];
  std::vector<size_t> needed;
  if (ReadsScore(compiled, index, &needed)) {
    const auto at =
        std::find(compiled.order.begin(), compiled.order.end(), index);
    Scratch scratch;
    return Evaluation(ruleset, subject, &scratch)
        .RunAndExplain(static_cast<uint32_t>(at - compiled.order.begin()));
  }
  std::vector<char> hits(ruleset.rules().size());
  for (size_t i = needed.empty() ? compiled.order.size() : 0;
       i < compiled.order.size(); ++i) {
    const size_t other = compiled.order[i];
    if (std::find(needed.begin(), needed.end(), other) == needed.end())
      continue;
    hits[other] = TryRule(compiled, ruleset.rules()[other], other, subject,
                          hits, 0, /*explain=*/false, /*locate=*/false)
                          .hit
                      ? 1
                      : 0;
  }
  return TryRule(compiled, rule, index, subject, hits, 0, /*explain=*/true,
                 /*locate=*/false);
}

}  // namespace

RuleTrial TryExample(const Ruleset& ruleset, size_t index,
                     const v1::Example& example, Time now) {
  v1::Comment comment;
  comment.set_name("sites/default/comments/example");
  comment.set_body(example.text());
  comment.set_format(example.format());
  *comment.mutable_author() = example.author();
  *comment.mutable_page() = example.page();
  *comment.mutable_client() = example.client();
  const markup::Format format = example.format() == v1::FORMAT_HTML
                                    ? markup::Format::kHtml
                                : example.format() == v1::FORMAT_PLAIN_TEXT
                                    ? markup::Format::kPlainText
                                    : markup::Format::kMarkdownExtra;
  const markup::Rendering rendering =
      markup::Render(comment.body(), format, ruleset.html_policy(), "example");
  signals::Views views(comment, rendering);
  const v1::Rule& rule = ruleset.rules()[index];
  const std::string_view site =
      rule.sites().empty() ? "default" : std::string_view(rule.sites(0));
  v1::Signals signals;
  const Subject subject{&views, &signals, site, now};
  if (ruleset.compiled().rules[index].when == nullptr) {
    // Nobody asks for signals, the dearest part of an example.
    return TryRule(ruleset.compiled(), rule, index, subject, {}, 0,
                   /*explain=*/true, /*locate=*/false);
  }
  signals = signals::Observe(&views, {}, ruleset.lists_facts(), now);
  signals.MergeFrom(example.signals());
  return TryAfterOthers(ruleset, index, subject);
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
