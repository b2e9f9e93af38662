#include <algorithm>
#include <chrono>

#include "service/ruleset/compiled_rules.h"
#include "service/ruleset/rule_trial.h"

namespace sluice::ruleset {
namespace {

// What patterns cost beside the bytes that they read, in bytes of the budget. A
// pattern that few comments make a candidate has to build its automata first,
// some 30 microseconds; places are where literals stand.
constexpr uint64_t kBytesOfSearch = 16 << 10;
constexpr uint64_t kBytesOfPlace = 16;
// Where RE2's automaton outgrows its memory it goes through all instructions
// for each byte, so a byte costs more in a large program.
constexpr int kProgramOfByte = 500;

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

  // Where what each rule took is added; null: nowhere.
  void set_times(std::vector<int64_t>* nanoseconds) { times_ = nanoseconds; }

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
      if (times_ == nullptr)
        Try(position);
      else
        TryTimed(position);
    }
  }

  void TryTimed(uint32_t position) {
    const auto begin = std::chrono::steady_clock::now();
    Try(position);
    const std::chrono::nanoseconds took =
        std::chrono::steady_clock::now() - begin;
    // More is the machine's other work, which would drown all measured before.
    constexpr int64_t kMostOfOneTry = 200'000;
    (*times_)[compiled_.order[position]] +=
        std::min<int64_t>(took.count(), kMostOfOneTry);
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
  std::vector<int64_t>* times_ = nullptr;
  Outcomes out_;
};

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

Outcomes Match(const Ruleset& ruleset, const Subject& subject) {
  thread_local Scratch scratch;
  return Evaluation(ruleset, subject, &scratch).Run();
}

Outcomes MatchTimed(const Ruleset& ruleset, const Subject& subject,
                    std::vector<int64_t>* nanoseconds) {
  thread_local Scratch scratch;
  Evaluation evaluation(ruleset, subject, &scratch);
  evaluation.set_times(nanoseconds);
  return evaluation.Run();
}

RuleTrial TryExample(const Ruleset& ruleset, size_t index,
                     const v1::Example& example, Time now) {
  v1::Comment comment;
  comment.set_name("sites/default/comments/example");
  comment.set_body(example.text());
  comment.set_format(example.format());
  *comment.mutable_author() = example.author();
  *comment.mutable_page() = example.page();
  *comment.mutable_client() = example.client();
  const markup::Format format =
      signals::FormatOf(example.format(), v1::FORMAT_MARKDOWN_EXTRA);
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

}  // namespace sluice::ruleset
