#include "service/ruleset/matcher.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "service/ruleset/compiled_rules.h"
#include "service/text/words.h"

namespace sluice::ruleset {
namespace {

// Of one view of one comment; a text of one short literal has more, and is then
// read as a whole.
constexpr size_t kMaxOccurrences = 1 << 16;

}  // namespace

bool IsWordHit(const text::Folded* folded, std::string_view text,
               bool stretched_only, ByteSpan span) {
  if (folded == nullptr) {
    return !stretched_only && text::IsWordBorder(text, span.begin) &&
           text::IsWordBorder(text, span.end);
  }
  return text::IsWholeWords(*folded, span) &&
         (!stretched_only || text::IsStretched(*folded, span));
}

uint64_t TextHits::BoundOf(OfView* of, std::string_view text,
                           const MatchLength& length) const {
  if (!length.bounded) return text.size();
  if (length.spaces + length.others > 0 && !of->measured) {
    of->measured = true;
    of->longest_space = of->longest_other = 0;
    bool space = false;
    uint32_t run = 0;
    for (const char c : text) {
      const bool is_space = IsSpace(static_cast<unsigned char>(c));
      run = is_space == space ? run + 1 : 1;
      space = is_space;
      uint32_t& longest = space ? of->longest_space : of->longest_other;
      longest = std::max(longest, run);
    }
  }
  return length.bytes + uint64_t{length.spaces} * of->longest_space +
         uint64_t{length.others} * of->longest_other;
}

size_t TextHits::Windows(v1::View view, std::string_view text,
                         const MatchLength& length, const Candidate* candidates,
                         size_t count, std::vector<ByteSpan>* out) {
  OfView& of = views_[static_cast<size_t>(view)];
  const uint64_t bound = BoundOf(&of, text, length);
  const auto size = static_cast<uint32_t>(text.size());
  if (bound >= size || of.too_many) {
    out->push_back({0, size});
    return 1;
  }
  places_.clear();
  for (size_t i = 0; i < count; ++i) {
    auto at = std::lower_bound(
        of.occurrences.begin(), of.occurrences.end(), candidates[i].literal,
        [](const Occurrence& a, uint32_t b) { return a.literal < b; });
    for (; at != of.occurrences.end() && at->literal == candidates[i].literal;
         ++at)
      places_.push_back(at->span);
  }
  if (count > 1) {
    std::sort(places_.begin(), places_.end(),
              [](ByteSpan a, ByteSpan b) { return a.begin < b.begin; });
  }
  // A match has the place in it, so it begins at most `bound` before and ends
  // at most `bound` after. Windows that touch are one, so that a match that has
  // several places is seen from its begin.
  const auto reach = static_cast<uint32_t>(bound);
  for (const ByteSpan& place : places_) {
    const uint32_t begin = place.begin > reach ? place.begin - reach : 0;
    const uint32_t end = size - place.end > reach ? place.end + reach : size;
    if (!out->empty() && out->back().end >= begin) {
      out->back().end = std::max(out->back().end, end);
    } else {
      out->push_back({begin, end});
    }
  }
  return places_.size();
}

// What one pattern needs.
struct Matcher::Needed {
  uint32_t position;
  uint32_t pattern;
  RequiredLiterals literals;
};

std::vector<Matcher::Needed> Matcher::TakeNeeds(CompiledRules* compiled) {
  std::vector<Needed> out;
  first_pattern_.resize(compiled->rules.size());
  size_t count = 0;
  for (size_t at = 0; at < compiled->order.size(); ++at) {
    const size_t index = compiled->order[at];
    CompiledRule& rule = compiled->rules[index];
    std::vector<RequiredLiterals> needs = std::exchange(rule.needs, {});
    first_pattern_[index] = count;
    count += needs.size();
    if (!rule.active) continue;
    for (uint32_t i = 0; i < needs.size(); ++i)
      out.push_back({static_cast<uint32_t>(at), i, std::move(needs[i])});
  }
  patterns_.resize(count);
  return out;
}

// Letters do not tell that "traffic" is commoner than "tromizu"; that many
// rules ask for it does, and each of them would become a candidate at once.
const LiteralSet* Matcher::Rarest(
    const RequiredLiterals& needs,
    const std::unordered_map<std::string, uint32_t>& users) {
  constexpr double kOfUser = 1e-4;
  const LiteralSet* rarest = nullptr;
  double least = 0;
  for (const LiteralSet& set : needs.sets) {
    double cost = set.Cost();
    for (const std::string& literal : set.literals)
      cost += kOfUser * (users.at(literal) - 1);
    if (rarest != nullptr && cost >= least) continue;
    rarest = &set;
    least = cost;
  }
  return rarest;
}

// Collects what the views are scanned for.
class Matcher::Builder {
 public:
  // In each view of the rule.
  void Add(const CompiledRule& rule, Kind kind, const std::string& written,
           User user) {
    for (size_t rank = 0; rank < rule.views.size(); ++rank) {
      user.rank = static_cast<uint8_t>(rank);
      AddIn(rule.views[rank], kind, written, user);
    }
  }

  void AddWords(const CompiledRule& rule, uint32_t position) {
    for (uint32_t entry = 0; entry < rule.words.size(); ++entry) {
      const auto& forms = rule.words[entry].forms;
      for (uint8_t form = 0; form < forms.size(); ++form) {
        Add(rule,
            forms[form].stretched_only ? Kind::kStretchedWord : Kind::kWord,
            forms[form].text, {position, entry, 0, form});
      }
    }
  }
  std::vector<Plan> Finish() {
    std::vector<Plan> plans;
    for (auto& [view, draft] : drafts_) {
      Plan& plan = plans.emplace_back();
      plan.view = view;
      plan.scanner = Scanner(draft.texts);
      plan.literals = std::move(draft.literals);
      std::stable_sort(
          draft.users.begin(), draft.users.end(),
          [](const auto& a, const auto& b) { return a.first < b.first; });
      plan.users.reserve(draft.users.size());
      for (const auto& [literal, user] : draft.users) {
        if (plan.literals[literal].end_user == 0)
          plan.literals[literal].first_user =
              static_cast<uint32_t>(plan.users.size());
        plan.users.push_back(user);
        plan.literals[literal].end_user =
            static_cast<uint32_t>(plan.users.size());
      }
    }
    return plans;
  }

 private:
  struct Draft {
    std::unordered_map<std::string, uint32_t> known;
    std::vector<std::string> texts;
    std::vector<Literal> literals;
    std::vector<std::pair<uint32_t, User>> users;
  };
  void AddIn(v1::View view, Kind kind, const std::string& written, User user) {
    Draft& draft = drafts_[view];
    const std::string key = std::string(1, static_cast<char>(kind)) + written;
    const auto [known, is_new] =
        draft.known.emplace(key, static_cast<uint32_t>(draft.texts.size()));
    if (is_new) {
      // What a pattern needs is canonical already.
      std::string canonical =
          kind == Kind::kPattern ? written : Canonical(written);
      Literal& literal = draft.literals.emplace_back();
      literal.kind = kind;
      if (canonical != written) literal.raw = written;
      draft.texts.push_back(std::move(canonical));
    }
    draft.users.emplace_back(known->second, user);
  }

  std::map<v1::View, Draft> drafts_;
};

Matcher::Matcher(CompiledRules* compiled) {
  const std::vector<Needed> needed = TakeNeeds(compiled);
  std::unordered_map<std::string, uint32_t> users;
  for (const Needed& needs : needed) {
    for (const LiteralSet& set : needs.literals.sets) {
      for (const std::string& literal : set.literals) ++users[literal];
    }
  }
  Builder builder;
  auto next = needed.begin();
  for (size_t at = 0; at < compiled->order.size(); ++at) {
    const size_t index = compiled->order[at];
    const CompiledRule& rule = compiled->rules[index];
    if (!rule.active) continue;
    const auto position = static_cast<uint32_t>(at);
    builder.AddWords(rule, position);
    bool tried = false;
    for (; next != needed.end() && next->position == position; ++next) {
      const LiteralSet* rarest = Rarest(next->literals, users);
      tried = tried || rarest == nullptr;
      patterns_[first_pattern_[index] + next->pattern] = {next->literals.length,
                                                          rarest != nullptr};
      if (rarest == nullptr) continue;
      for (const std::string& literal : rarest->literals)
        builder.Add(rule, Kind::kPattern, literal,
                    {position, next->pattern, 0, 0});
    }
    if (rule.has_words) continue;
    if (tried) slow_rules_.push_back(index);
    if (tried || rule.patterns.empty()) always_.push_back(position);
  }
  plans_ = builder.Finish();
}

void Matcher::Find(signals::Views* views, TextHits* hits) const {
  hits->words_.clear();
  hits->candidates_.clear();
  for (const Plan& plan : plans_) FindIn(plan, views, hits);
  std::sort(hits->words_.begin(), hits->words_.end(),
            [](const TextHits::Word& a, const TextHits::Word& b) {
              return std::tie(a.position, a.rank, a.entry, a.form) <
                     std::tie(b.position, b.rank, b.entry, b.form);
            });
  std::sort(hits->candidates_.begin(), hits->candidates_.end(),
            [](const TextHits::Candidate& a, const TextHits::Candidate& b) {
              return std::tie(a.position, a.rank, a.pattern, a.literal) <
                     std::tie(b.position, b.rank, b.pattern, b.literal);
            });
}

void Matcher::FindIn(const Plan& plan, signals::Views* views,
                     TextHits* hits) const {
  TextHits::OfView& of = hits->views_[static_cast<size_t>(plan.view)];
  of.occurrences.clear();
  of.too_many = of.measured = false;
  const std::string_view text = views->Text(plan.view);
  if (text.empty()) return;
  const text::Folded* folded = views->Folded(plan.view);
  of.canonical.Assign(text);
  if (hits->seen_.size() < plan.literals.size())
    hits->seen_.resize(plan.literals.size());
  if (++hits->pass_ == 0) {  // it went around
    std::fill(hits->seen_.begin(), hits->seen_.end(), 0);
    hits->pass_ = 1;
  }
  plan.scanner.Scan(of.canonical.text(), [&](uint32_t index, uint32_t begin) {
    const Literal& literal = plan.literals[index];
    const bool seen = hits->seen_[index] == hits->pass_;
    if (seen && literal.kind != Kind::kPattern) return;
    const std::string_view canonical = plan.scanner.Text(index);
    const ByteSpan span{
        of.canonical.ToView(begin),
        of.canonical.ToView(begin + static_cast<uint32_t>(canonical.size()))};
    if (literal.kind == Kind::kPattern) {
      if (of.occurrences.size() < kMaxOccurrences) {
        of.occurrences.push_back({index, span});
      } else {
        of.too_many = true;
      }
      if (seen) return;
      for (uint32_t i = literal.first_user; i < literal.end_user; ++i) {
        const User& user = plan.users[i];
        hits->candidates_.push_back(
            {user.position, user.rank, user.part, index});
      }
    } else {
      // Words are sought as they are folded, in any view.
      if (!(of.canonical.identity() && literal.raw.empty()) &&
          text.substr(span.begin, span.size()) !=
              (literal.raw.empty() ? canonical : literal.raw))
        return;
      if (!IsWordHit(folded, text, literal.kind == Kind::kStretchedWord, span))
        return;
      for (uint32_t i = literal.first_user; i < literal.end_user; ++i) {
        const User& user = plan.users[i];
        hits->words_.push_back(
            {user.position, user.rank, user.part, user.form, span});
      }
    }
    hits->seen_[index] = hits->pass_;
  });
  std::sort(of.occurrences.begin(), of.occurrences.end(),
            [](const auto& a, const auto& b) {
              return std::tie(a.literal, a.span.begin) <
                     std::tie(b.literal, b.span.begin);
            });
}

size_t Matcher::SizeInBytes() const {
  size_t size = patterns_.size() * sizeof(Pattern) +
                first_pattern_.size() * sizeof(size_t);
  for (const Plan& plan : plans_) {
    size += plan.scanner.SizeInBytes() +
            plan.literals.size() * sizeof(Literal) +
            plan.users.size() * sizeof(User);
  }
  return size;
}

}  // namespace sluice::ruleset
