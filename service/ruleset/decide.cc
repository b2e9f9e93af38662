#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "service/ruleset/ruleset.h"

namespace sluice::ruleset {
namespace {

constexpr int kMaxTellAuthor = 8;

v1::Reason RuleReason(const Ruleset& ruleset, const Hit& hit) {
  const v1::Rule& rule = ruleset.rules()[hit.rule];
  v1::Reason reason;
  reason.set_source(ruleset.sources()[hit.rule]);
  reason.set_kind(v1::Reason::KIND_RULE);
  reason.set_id(rule.id());
  reason.set_why(rule.why());
  reason.set_score(rule.score());
  reason.set_verdict(rule.verdict());
  reason.set_when(rule.when());
  reason.set_shadow(rule.mode() == v1::MODE_SHADOW);
  reason.set_tell_author(rule.tell_author());
  for (const v1::Match& match : hit.matches) *reason.add_matches() = match;
  return reason;
}

v1::Reason PolicyReason(std::string id, std::string why, v1::Verdict verdict) {
  v1::Reason reason;
  reason.set_kind(v1::Reason::KIND_POLICY);
  reason.set_id(std::move(id));
  reason.set_why(std::move(why));
  reason.set_verdict(verdict);
  return reason;
}

void AddPolicyReasons(const markup::Rendering& rendering, v1::Decision* out) {
  if (rendering.over_budget) {
    *out->add_reasons() = PolicyReason("policy.output_budget",
                                       "Its HTML would be too large to publish",
                                       v1::VERDICT_HOLD);
  } else if (!rendering.verified) {
    *out->add_reasons() = PolicyReason("policy.unverified",
                                       "Its HTML could not be verified as safe",
                                       v1::VERDICT_HOLD);
  }
  if (rendering.action == markup::Action::kHold ||
      rendering.action == markup::Action::kReject) {
    const auto verdict = rendering.action == markup::Action::kReject
                             ? v1::VERDICT_REJECT
                             : v1::VERDICT_HOLD;
    *out->add_reasons() = PolicyReason(
        "policy.html", "It holds markup that the HTML policy does not let pass",
        verdict);
  }
}

// Log odds, bent so that certainty nears the cap and of two comments the surer
// one still scores higher.
void AddClassifierReason(const v1::ClassifierRules& rules,
                         const Classification& classification,
                         v1::Decision* out) {
  constexpr double kSure = 5;  // log odds of 99.3 %: three quarters of the cap
  const double p = std::clamp(classification.probability, 1e-9, 1 - 1e-9);
  const double odds = std::tanh(std::log(p / (1 - p)) / kSure);
  v1::Reason& reason = *out->add_reasons();
  reason.set_kind(v1::Reason::KIND_CLASSIFIER);
  reason.set_id("classifier");
  reason.set_why(fmt::format(
      "The model gives it a {:.1f} % chance of being spam", 100 * p));
  reason.set_score(odds > 0 ? odds * rules.max_score()
                            : odds * rules.max_discount());
}

void AddDegraded(const v1::Policy& policy,
                 const std::vector<std::string>& unfinished,
                 v1::Decision* out) {
  for (const std::string& name : unfinished) {
    const auto rule = policy.unfinished().find(name.substr(0, name.find('.')));
    const v1::Verdict verdict =
        rule == policy.unfinished().end() ? v1::VERDICT_HOLD : rule->second;
    v1::Reason& reason = *out->add_reasons();
    reason.set_kind(v1::Reason::KIND_DEGRADED);
    reason.set_id("degraded." + name);
    reason.set_why(fmt::format("The check '{}' could not finish", name));
    if (verdict != v1::VERDICT_ACCEPT) reason.set_verdict(verdict);
    out->add_unfinished(name);
  }
  out->set_degraded(!unfinished.empty());
}

bool States(const v1::Decision& decision, v1::Verdict verdict) {
  return std::any_of(decision.reasons().begin(), decision.reasons().end(),
                     [verdict](const v1::Reason& reason) {
                       return !reason.shadow() && reason.verdict() == verdict;
                     });
}

bool DegradedHolds(const v1::Decision& decision) {
  return std::any_of(decision.reasons().begin(), decision.reasons().end(),
                     [](const v1::Reason& reason) {
                       return reason.kind() == v1::Reason::KIND_DEGRADED &&
                              reason.verdict() == v1::VERDICT_HOLD;
                     });
}

v1::Verdict VerdictOf(const v1::Decision& decision) {
  if (States(decision, v1::VERDICT_REJECT)) return v1::VERDICT_REJECT;
  if (DegradedHolds(decision))
    return v1::VERDICT_HOLD;  // nothing unfinished is published on a rule's
                              // word
  if (States(decision, v1::VERDICT_ACCEPT)) return v1::VERDICT_ACCEPT;
  if (States(decision, v1::VERDICT_HOLD)) return v1::VERDICT_HOLD;
  if (decision.score() >= decision.reject_at()) return v1::VERDICT_REJECT;
  return decision.score() >= decision.hold_at() ? v1::VERDICT_HOLD
                                                : v1::VERDICT_ACCEPT;
}

// Stated verdicts, then scores by size, then what ran in shadow.
void SortReasons(v1::Decision* decision) {
  const auto rank = [](const v1::Reason& reason) {
    if (reason.shadow()) return 2;
    return reason.verdict() != v1::VERDICT_UNSPECIFIED ? 0 : 1;
  };
  std::stable_sort(decision->mutable_reasons()->begin(),
                   decision->mutable_reasons()->end(),
                   [&rank](const v1::Reason& a, const v1::Reason& b) {
                     if (rank(a) != rank(b)) return rank(a) < rank(b);
                     if (rank(a) == 0) return a.verdict() > b.verdict();
                     return std::abs(a.score()) > std::abs(b.score());
                   });
}

// Only what spoke against the comment explains to its author why it waits.
void TellAuthor(v1::Decision* decision) {
  if (decision->verdict() == v1::VERDICT_ACCEPT) return;
  for (const v1::Reason& reason : decision->reasons()) {
    const std::string& text = reason.tell_author();
    const auto& told = decision->tell_author();
    const bool against = reason.score() > 0 ||
                         reason.verdict() == v1::VERDICT_HOLD ||
                         reason.verdict() == v1::VERDICT_REJECT;
    if (reason.shadow() || text.empty() || !against ||
        std::find(told.begin(), told.end(), text) != told.end())
      continue;
    if (decision->tell_author_size() < kMaxTellAuthor)
      decision->add_tell_author(text);
  }
}

}  // namespace

v1::Decision Decide(const Ruleset& ruleset, const Outcomes& outcomes,
                    const markup::Rendering& rendering,
                    const std::optional<Classification>& classification,
                    std::vector<std::string> unfinished, Time now) {
  v1::Decision out;
  const v1::Policy& policy = ruleset.policy();
  out.set_hold_at(policy.hold_at());
  out.set_reject_at(policy.reject_at());
  out.set_ruleset_version(ruleset.version());
  for (const Hit& hit : outcomes.hits)
    *out.add_reasons() = RuleReason(ruleset, hit);
  AddPolicyReasons(rendering, &out);
  if (classification.has_value() && classification->ready) {
    AddClassifierReason(policy.classifier(), *classification, &out);
    out.set_model_version(classification->model_version);
  }
  unfinished.insert(unfinished.end(), outcomes.unfinished.begin(),
                    outcomes.unfinished.end());
  AddDegraded(policy, unfinished, &out);
  double score = 0;
  for (const v1::Reason& reason : out.reasons())
    score += reason.shadow() ? 0 : reason.score();
  out.set_score(score);
  out.set_verdict(VerdictOf(out));
  SortReasons(&out);
  TellAuthor(&out);
  const int64_t micros = now.time_since_epoch().count();
  out.mutable_decide_time()->set_seconds(micros / 1'000'000);
  out.mutable_decide_time()->set_nanos(
      static_cast<int32_t>(micros % 1'000'000) * 1000);
  return out;
}

v1::Decision DecideDemoted(const Ruleset& ruleset, const Outcomes& outcomes,
                           const markup::Rendering& rendering,
                           const std::optional<Classification>& classification,
                           const std::vector<std::string>& unfinished,
                           const RuleIds& demoted, Time now) {
  const auto decide = [&](const Outcomes& with) {
    return Decide(ruleset, with, rendering, classification, unfinished, now);
  };
  v1::Decision out = decide(outcomes);
  Outcomes without = outcomes;
  const auto end = std::remove_if(
      without.hits.begin(), without.hits.end(), [&](const Hit& hit) {
        return demoted.count(ruleset.rules()[hit.rule].id()) > 0;
      });
  if (end == without.hits.end()) return out;
  without.hits.erase(end, without.hits.end());
  for (v1::Reason& reason : *out.mutable_reasons()) {
    if (reason.kind() == v1::Reason::KIND_RULE)
      reason.set_demoted(demoted.count(reason.id()) > 0);
  }
  if (decide(without).verdict() == out.verdict()) return out;
  *out.add_reasons() = PolicyReason(
      "policy.breaker",
      "A rule that hits far more since it was edited can only hold until "
      "someone confirms it",
      v1::VERDICT_HOLD);
  out.set_verdict(v1::VERDICT_HOLD);
  SortReasons(&out);
  TellAuthor(&out);
  return out;
}

}  // namespace sluice::ruleset
