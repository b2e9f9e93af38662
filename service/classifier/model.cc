#include "service/classifier/model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace sluice::classifier {
namespace {

constexpr float kStep = 0.3F;
// Keeps the first step of a weight from being a leap.
constexpr float kFirstSquare = 5e-4F;
constexpr double kMaxLogOdds = 20;
constexpr float kGrain = 1024;
constexpr float kMaxHeld = 32767 / kGrain;
constexpr double kMaxWeight = 4;
// Sums from which the model counts as sure, and the rounds in which one
// correction is taught until it is sure no more.
constexpr double kSure = 2;
constexpr int kMaxCorrections = 4;

}  // namespace

Model::Model()
    : weights_(kFeatureCount), exact_(kFeatureCount), squares_(kFeatureCount) {}

double Model::Sum(const Features& features) const {
  double sum = bias_;
  const int16_t* const weights = weights_.data();
  for (size_t group = 0; group < kGroupCount; ++group) {
    int64_t held = 0;
    for (size_t i = features.begin(group); i < features.ends[group]; ++i)
      held += weights[features.indices[i]];
    sum += static_cast<double>(held) * features.value(group) / kGrain;
  }
  return sum;
}

Score Model::Judge(const Features& features) const {
  Score score;
  score.raw = Sum(features);
  score.log_odds =
      std::clamp(past_.LogOdds(score.raw), -kMaxLogOdds, kMaxLogOdds);
  score.probability = 1 / (1 + std::exp(-score.log_odds));
  return score;
}

void Model::Learn(const Features& features, bool spam, double weight) {
  weight = std::clamp(weight, 0.0, kMaxWeight);
  const double raw = Sum(features);
  if (weight > 0)
    past_.Add({static_cast<float>(raw), spam, static_cast<float>(weight)});
  const double sure = spam ? -kSure : kSure;
  double now = raw;
  for (int i = 0; i < kMaxCorrections; ++i) {
    Step(features, static_cast<float>(
                       (1 / (1 + std::exp(-now)) - (spam ? 1 : 0)) * weight));
    if (weight < 1) break;
    now = Sum(features);
    if (spam ? now > sure : now < sure) break;
  }
  if (weight >= 1) ++(spam ? spam_seen_ : good_seen_);
}

void Model::Rehearse(const Features& features, bool spam, double weight) {
  const double p = 1 / (1 + std::exp(-Sum(features)));
  Step(features, static_cast<float>((p - (spam ? 1 : 0)) *
                                    std::clamp(weight, 0.0, kMaxWeight)));
}

void Model::Step(const Features& features, float error) {
  for (size_t group = 0; group < kGroupCount; ++group) {
    const float gradient = error * features.value(group);
    const float square = gradient * gradient;
    for (size_t i = features.begin(group); i < features.ends[group]; ++i) {
      const uint32_t index = features.indices[i];
      squares_[index] += square;
      float& exact = exact_[index];
      exact -= kStep * gradient / std::sqrt(squares_[index] + kFirstSquare);
      exact = std::clamp(exact, -kMaxHeld, kMaxHeld);
      weights_[index] = static_cast<int16_t>(std::lrint(exact * kGrain));
    }
  }
  bias_squares_ += error * error;
  bias_ -= kStep * error / std::sqrt(bias_squares_ + 1);
}

double Model::Contribution(const Features& features, size_t group,
                           uint32_t index) const {
  return exact_[index] * features.value(group);
}

std::string Model::version() const {
  if (generation_ == 0) return fmt::format("m{}", spam_seen_ + good_seen_);
  return fmt::format("m{}r{}", spam_seen_ + good_seen_, generation_);
}

}  // namespace sluice::classifier
