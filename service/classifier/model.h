#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "service/classifier/features.h"

namespace sluice::classifier {

// What a model has to say of one comment.
struct Score {
  double probability = 0.5;  // of spam
  double log_odds = 0;
};

// An online logistic regression over hashed features, one site's. Learns by
// AdaGrad (Duchi, Hazan, Singer 2011): each weight has its own step, so that a
// rare word may move far at once and a common one settles.
//
// 1 MiB: a weight and a step a feature. Const functions may be called from
// several threads; Learn may not be called beside anything else. Copies are
// independent; a server learns on a copy and swaps it in.
class Model {
 public:
  Model();

  Score Judge(const Features& features) const;

  // Learns that a person called this comment spam or good. `weight` is 1 for a
  // moderator, less for a report.
  void Learn(const Features& features, bool spam, double weight);

  // How much one feature adds to the log odds.
  double Contribution(const Feature& feature) const {
    return weights_[feature.index] * feature.value;
  }

  uint64_t spam_seen() const { return spam_seen_; }
  uint64_t good_seen() const { return good_seen_; }

  // Changes with everything learned; `m` and the number of lessons.
  std::string version() const;

 private:
  std::vector<float> weights_;
  std::vector<float> squares_;  // sum of squared gradients
  float bias_ = 0;
  float bias_squares_ = 0;
  uint64_t spam_seen_ = 0;
  uint64_t good_seen_ = 0;
};

}  // namespace sluice::classifier
