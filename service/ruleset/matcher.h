#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "service/base/byte_span.h"
#include "service/ruleset/canonical.h"
#include "service/ruleset/required_literals.h"
#include "service/ruleset/scanner.h"
#include "service/signals/views.h"
#include "service/text/fold_forms.h"
#include "sluice/v1/decision.pb.h"

namespace sluice::ruleset {

class CompiledRules;

// Whether the bytes of the view are the entry as whole words. `folded` is null
// for a view that is not folded, which has plain borders.
bool IsWordHit(const text::Folded* folded, std::string_view text,
               bool stretched_only, ByteSpan span);

// What one comment's texts hold of the rules' words and of the literals that
// their patterns need. Reused from comment to comment, by one thread at a time.
class TextHits {
 public:
  // A word or phrase that stands in a view of its rule.
  struct Word {
    uint32_t position;  // of the rule in CompiledRules::order
    uint32_t rank;      // of the view in CompiledRule::views
    uint32_t entry;     // in CompiledRule::words
    uint32_t form;      // in Entry::forms
    ByteSpan span;      // of the view; the first such
  };
  // A pattern of which a literal stands in a view of its rule.
  struct Candidate {
    uint32_t position;
    uint32_t rank;
    uint32_t pattern;  // in CompiledRule::patterns
    uint32_t literal;  // of the view's plan
  };

  // Both by position, rank, entry or pattern, and form or literal.
  const std::vector<Word>& words() const { return words_; }
  const std::vector<Candidate>& candidates() const { return candidates_; }

  // Appends to *out the parts of the view in which a pattern can match that
  // needs one of the literals of `count` candidates of one pattern and view:
  // increasing, disjoint, not empty. Returns how many places were looked at.
  size_t Windows(v1::View view, std::string_view text,
                 const MatchLength& length, const Candidate* candidates,
                 size_t count, std::vector<ByteSpan>* out);

 private:
  friend class Matcher;

  struct Occurrence {
    uint32_t literal;
    ByteSpan span;  // of the view
  };
  struct OfView {
    CanonicalText canonical;
    std::vector<Occurrence> occurrences;  // by literal, then by place
    bool too_many = false;                // some were not kept
    bool measured = false;
    uint32_t longest_space = 0;  // longest run of white space
    uint32_t longest_other = 0;  // longest run without
  };
  uint64_t BoundOf(OfView* of, std::string_view text,
                   const MatchLength& length) const;

  std::vector<Word> words_;
  std::vector<Candidate> candidates_;
  std::array<OfView, v1::View_ARRAYSIZE> views_;
  std::vector<uint32_t> seen_;  // by literal: the pass that saw it
  uint32_t pass_ = 0;
  std::vector<ByteSpan> places_;
};

// Finds, in one scan of each view, the rules whose words or patterns can hit.
// Immutable; shared by threads. The CompiledRules must outlive it.
class Matcher {
 public:
  // `compiled` must have its order; what its patterns need is taken from it.
  // Rules that have lapsed are left out.
  explicit Matcher(CompiledRules* compiled);

  void Find(signals::Views* views, TextHits* hits) const;

  // Positions of rules that no text can rule out: without words and with a
  // pattern that needs no literal, or with a condition alone. Increasing.
  const std::vector<uint32_t>& always() const { return always_; }

  // Indices of the rules that are slow: their patterns are tried on every
  // comment.
  const std::vector<size_t>& slow_rules() const { return slow_rules_; }

  struct Pattern {
    MatchLength length;
    bool needs_literal = false;  // tried only as a candidate
  };
  const Pattern& pattern(size_t rule, size_t pattern) const {
    return patterns_[first_pattern_[rule] + pattern];
  }

  size_t SizeInBytes() const;

 private:
  class Builder;
  struct Needed;

  struct User {
    uint32_t position;
    uint32_t part;  // entry or pattern
    uint8_t rank;
    uint8_t form;
  };
  enum class Kind : uint8_t { kWord, kStretchedWord, kPattern };
  struct Literal {
    Kind kind;
    uint32_t first_user;
    uint32_t end_user;
    std::string raw;  // of a word, if it is not its own canonical form
  };
  struct Plan {
    v1::View view;
    Scanner scanner;
    std::vector<Literal> literals;
    std::vector<User> users;
  };

  std::vector<Needed> TakeNeeds(CompiledRules* compiled);
  static const LiteralSet* Rarest(
      const RequiredLiterals& needs,
      const std::unordered_map<std::string, uint32_t>& users);
  void FindIn(const Plan& plan, signals::Views* views, TextHits* hits) const;

  std::vector<Plan> plans_;
  std::vector<uint32_t> always_;
  std::vector<size_t> slow_rules_;
  std::vector<Pattern> patterns_;
  std::vector<size_t> first_pattern_;  // by rule
};

}  // namespace sluice::ruleset
