#include "service/classifier/model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace sluice::classifier {
namespace {

constexpr float kStep = 0.3F;
constexpr float kFirstSquare =
    1e-2F;  // keeps the first step of a weight from being a leap
constexpr double kMaxLogOdds = 12;  // what a probability can say in six digits

}  // namespace

Model::Model() : weights_(kFeatureCount), squares_(kFeatureCount) {}

Score Model::Judge(const Features& features) const {
  float sum = bias_;
  for (const Feature& feature : features)
    sum += weights_[feature.index] * feature.value;
  Score score;
  score.log_odds = std::clamp<double>(sum, -kMaxLogOdds, kMaxLogOdds);
  score.probability = 1 / (1 + std::exp(-score.log_odds));
  return score;
}

void Model::Learn(const Features& features, bool spam, double weight) {
  const auto error = static_cast<float>(
      (Judge(features).probability - (spam ? 1 : 0)) * weight);
  for (const Feature& feature : features) {
    const float gradient = error * feature.value;
    float& square = squares_[feature.index];
    square += gradient * gradient;
    weights_[feature.index] -=
        kStep * gradient / std::sqrt(square + kFirstSquare);
  }
  bias_squares_ += error * error;
  bias_ -= kStep * error / std::sqrt(bias_squares_ + 1);
  ++(spam ? spam_seen_ : good_seen_);
}

std::string Model::version() const {
  return fmt::format("m{}", spam_seen_ + good_seen_);
}

}  // namespace sluice::classifier
