#include "service/replay/tune.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

namespace sluice::replay {
namespace {

constexpr uint32_t kFolds = 5;
constexpr int kMaxSweeps = 40;
constexpr double kSettled = 0.002;  // the largest step that ends the fit
constexpr double kMaxStep = 1;      // of one score in one sweep
constexpr double kTenth = 10;       // scores are written to a tenth
// Odds of spam at hold_at, one to nine; and at reject_at, tried in this order
// until scores are found that reject no more good comments than those in force.
constexpr double kOddsToHold = 1.0 / 9;
constexpr std::array<double, 4> kOddsToReject = {99, 999, 9'999, 99'999};
// How far a score wanders for the same price as one decision that was nine to
// one wrong, in parts of the thresholds' distance.
constexpr double kPrior = 0.25;

// A comment that a person decided.
struct Case {
  std::vector<uint32_t> rules;  // that add a score and hit; indices of rules
  double fixed = 0;             // what else adds to its score
  v1::Verdict stated = v1::VERDICT_UNSPECIFIED;  // whatever the score
  bool spam = false;
  uint32_t fold = 0;
};

struct Thresholds {
  double hold_at;
  double reject_at;
  double odds_to_reject = kOddsToReject.front();
  // Score for one unit of log odds.
  double unit() const {
    return (reject_at - hold_at) / std::log(odds_to_reject / kOddsToHold);
  }
  // The score at which spam is as likely as not.
  double middle() const { return hold_at - std::log(kOddsToHold) * unit(); }
};

// The texts of a campaign stay on one side of a fold, or it would be judged by
// scores fitted on itself.
uint32_t FoldOf(const v1::Comment& comment) {
  return static_cast<uint32_t>(std::hash<std::string>()(comment.body()) %
                               kFolds);
}

Case CaseOf(const Row& row, const v1::Decision& decision,
            const std::unordered_map<std::string, uint32_t>& rules) {
  Case out;
  out.spam = row.human == v1::VERDICT_REJECT;
  out.fold = FoldOf(row.checked->comment());
  for (const v1::Reason& reason : decision.reasons()) {
    if (reason.shadow()) continue;
    if (reason.verdict() != v1::VERDICT_UNSPECIFIED)
      out.stated = decision.verdict();
    const auto rule = reason.kind() == v1::Reason::KIND_RULE
                          ? rules.find(reason.id())
                          : rules.end();
    if (rule == rules.end())
      out.fixed += reason.score();
    else
      out.rules.push_back(rule->second);
  }
  return out;
}

double ScoreOf(const Case& one, const std::vector<double>& scores) {
  double sum = one.fixed;
  for (uint32_t rule : one.rules) sum += scores[rule];
  return sum;
}

void AddEffect(const Case& one, const std::vector<double>& scores,
               const Thresholds& at, v1::TuneEffect* effect) {
  // The sums of tenths are not exact.
  constexpr double kRounding = 1e-9;
  const double score = ScoreOf(one, scores) + kRounding;
  v1::Verdict verdict = one.stated;
  if (verdict == v1::VERDICT_UNSPECIFIED) {
    verdict = score >= at.reject_at ? v1::VERDICT_REJECT
              : score >= at.hold_at ? v1::VERDICT_HOLD
                                    : v1::VERDICT_ACCEPT;
  }
  if (verdict == v1::VERDICT_REJECT) {
    if (one.spam)
      effect->set_spam_rejected(effect->spam_rejected() + 1);
    else
      effect->set_good_rejected(effect->good_rejected() + 1);
  }
  if (verdict == v1::VERDICT_HOLD) {
    if (one.spam)
      effect->set_spam_held(effect->spam_held() + 1);
    else
      effect->set_good_held(effect->good_held() + 1);
  }
}

struct Fitted {
  std::vector<double> scores;      // by rule
  std::vector<char> contradicted;  // by rule; the score is 0 then
  std::vector<int64_t> hits;       // by rule: decided comments that teach
};

// Coordinate by coordinate, each by a bounded Newton step: the loss is convex,
// and the bounds are on single scores, so that nothing better is near.
class Fit {
 public:
  Fit(const std::deque<Case>& cases, const std::vector<double>& before,
      const Thresholds& at, uint32_t left_out)
      : before_(before), at_(at) {
    columns_.resize(before.size());
    out_.scores = before;
    out_.contradicted.assign(before.size(), 0);
    out_.hits.assign(before.size(), 0);
    for (const Case& one : cases) {
      if (one.fold == left_out || one.stated != v1::VERDICT_UNSPECIFIED)
        continue;
      const auto row = static_cast<uint32_t>(odds_.size());
      odds_.push_back((ScoreOf(one, before) - at.middle()) / at.unit());
      spam_.push_back(one.spam ? 1 : 0);
      for (uint32_t rule : one.rules) columns_[rule].push_back(row);
    }
    for (size_t i = 0; i < columns_.size(); ++i)
      out_.hits[i] = static_cast<int64_t>(columns_[i].size());
  }

  Fitted Run() {
    for (int sweep = 0; sweep < kMaxSweeps; ++sweep) {
      double largest = 0;
      for (size_t rule = 0; rule < columns_.size(); ++rule) {
        if (out_.hits[rule] >= kMinTuneHits)
          largest = std::max(largest, Step(rule));
      }
      if (largest < kSettled) break;
    }
    Round();
    return std::move(out_);
  }

 private:
  // Returns how far the score moved.
  double Step(size_t rule) {
    const double spread = kPrior * (at_.reject_at - at_.hold_at);
    const double pull = 1 / (spread * spread);
    double& score = out_.scores[rule];
    double slope = pull * (score - before_[rule]);
    double bend = pull;
    for (uint32_t row : columns_[rule]) {
      const double p = 1 / (1 + std::exp(-odds_[row]));
      slope += (p - spam_[row]) / at_.unit();
      bend += p * (1 - p) / (at_.unit() * at_.unit());
    }
    const double step = std::clamp(-slope / bend, -kMaxStep, kMaxStep);
    const double wanted = score + step;
    const double limit = std::max(at_.reject_at, std::abs(before_[rule]));
    const double next = before_[rule] > 0 ? std::clamp(wanted, 0.0, limit)
                                          : std::clamp(wanted, -limit, 0.0);
    out_.contradicted[rule] = next == 0 && wanted * before_[rule] < 0 ? 1 : 0;
    const double moved = next - score;
    score = next;
    for (uint32_t row : columns_[rule]) odds_[row] += moved / at_.unit();
    return std::abs(moved);
  }

  // To a tenth, but never to nothing: only data against a rule do that.
  void Round() {
    for (size_t rule = 0; rule < columns_.size(); ++rule) {
      double& score = out_.scores[rule];
      if (out_.hits[rule] < kMinTuneHits) continue;
      if (out_.contradicted[rule] != 0) {
        score = 0;
        continue;
      }
      double rounded = std::round(score * kTenth) / kTenth;
      if (rounded == 0) rounded = std::copysign(1 / kTenth, before_[rule]);
      if (std::abs(rounded - before_[rule]) < 1 / kTenth - 1e-9)
        rounded = before_[rule];
      score = rounded;
    }
  }

  const std::vector<double>& before_;
  const Thresholds at_;
  std::vector<std::vector<uint32_t>> columns_;  // rows by rule
  std::vector<double> odds_;                    // by row
  std::vector<double> spam_;                    // by row: 1 or 0
  Fitted out_;
};

v1::TuneEffect EffectOf(const std::deque<Case>& cases,
                        const std::vector<double>& scores,
                        const Thresholds& at) {
  v1::TuneEffect effect;
  for (const Case& one : cases) AddEffect(one, scores, at, &effect);
  return effect;
}

// Each case judged by scores that were fitted without its fold.
v1::TuneEffect CrossValidated(const std::deque<Case>& cases,
                              const std::vector<double>& before,
                              const Thresholds& at) {
  v1::TuneEffect effect;
  for (uint32_t fold = 0; fold < kFolds; ++fold) {
    const Fitted fitted = Fit(cases, before, at, fold).Run();
    for (const Case& one : cases) {
      if (one.fold == fold) AddEffect(one, fitted.scores, at, &effect);
    }
  }
  return effect;
}

absl::Status CollectCases(
    store::Store* store, const Site& site, const WalkOptions& options,
    const std::unordered_map<std::string, uint32_t>& rules,
    std::deque<Case>* cases) {
  return WalkHistory(
      store, options, [&](const std::vector<Row>& rows) -> InOrder {
        auto part = std::make_shared<std::vector<Case>>();
        for (const Row& row : rows) {
          if (row.human == v1::VERDICT_UNSPECIFIED) continue;
          Rendered rendered(site, row.checked->comment());
          part->push_back(
              CaseOf(row, DecideAgain(site, *row.checked, row.then, &rendered),
                     rules));
        }
        return [cases, part](const Progress&) {
          std::move(part->begin(), part->end(), std::back_inserter(*cases));
          while (cases->size() > kMaxTuneCases) cases->pop_front();
          return true;
        };
      });
}

}  // namespace

absl::Status TuneScores(store::Store* store, Site site,
                        const WalkOptions& options,
                        v1::TuneScoresResponse* response) {
  site.demoted = nullptr;
  const ruleset::Ruleset& ruleset = *site.ruleset;
  std::unordered_map<std::string, uint32_t> rules;
  std::vector<double> before;
  for (const v1::Rule& rule : ruleset.rules()) {
    if (rule.mode() != v1::MODE_SHADOW &&
        rule.verdict() == v1::VERDICT_UNSPECIFIED)
      rules.emplace(rule.id(), static_cast<uint32_t>(before.size()));
    before.push_back(rule.score());
  }
  std::deque<Case> cases;
  const absl::Status status = CollectCases(store, site, options, rules, &cases);
  if (!status.ok()) return status;

  for (const Case& one : cases) {
    if (one.spam)
      response->set_spam(response->spam() + 1);
    else
      response->set_good(response->good() + 1);
  }
  Thresholds at{ruleset.policy().hold_at(), ruleset.policy().reject_at()};
  *response->mutable_before() = EffectOf(cases, before, at);
  *response->mutable_after() = response->before();
  Fitted fitted;
  fitted.scores = before;
  for (const double odds : kOddsToReject) {
    at.odds_to_reject = odds;
    const v1::TuneEffect after = CrossValidated(cases, before, at);
    if (after.good_rejected() > response->before().good_rejected()) continue;
    *response->mutable_after() = after;
    fitted = Fit(cases, before, at, kFolds).Run();
    break;
  }
  for (size_t i = 0; i < before.size(); ++i) {
    if (fitted.scores[i] == before[i]) continue;
    v1::TunedScore& score = *response->add_scores();
    score.set_rule(ruleset.rules()[i].id());
    score.set_source(ruleset.sources()[i]);
    score.set_before(before[i]);
    score.set_after(fitted.scores[i]);
    score.set_contradicted(fitted.contradicted[i] != 0);
    score.set_hits(fitted.hits[i]);
  }
  return absl::OkStatus();
}

}  // namespace sluice::replay
