#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "service/classifier/calibration.h"
#include "service/classifier/features.h"

namespace sluice::classifier {

// What a model has to say of one comment.
struct Score {
  double probability = 0.5;  // of spam, calibrated
  double log_odds = 0;       // of it
  double raw = 0;            // the sum of the weights
};

// An online logistic regression over hashed features, one site's. Learns by
// AdaGrad (Duchi, Hazan, Singer 2011): each weight has its own step, so that a
// rare word may move far at once and a common one settles.
//
// 2.6 MiB: a weight and a step a feature, and a copy of the weights in half the
// width, which is all that Judge reads. Const functions may be called from
// several threads; Learn may not be called beside anything else. Copies are
// independent; a server learns on a copy and swaps it in.
class Model {
 public:
  Model();

  Score Judge(const Features& features) const;

  // Learns that a person called this comment spam or good. `weight` is 1 for a
  // moderator, less for a report, at most kMaxWeight. Where the model was sure
  // of the contrary it learns until it is no more.
  void Learn(const Features& features, bool spam, double weight);

  // The same without counting or calibrating: for repeated passes over lessons
  // that were counted before.
  void Rehearse(const Features& features, bool spam, double weight);

  // The weight at a place of the table.
  double weight(uint32_t index) const { return exact_[index]; }

  // How much one feature of a group adds to the raw score.
  double Contribution(const Features& features, size_t group,
                      uint32_t index) const;

  uint64_t spam_seen() const { return spam_seen_; }
  uint64_t good_seen() const { return good_seen_; }

  void SetSeen(uint64_t spam, uint64_t good) {
    spam_seen_ = spam;
    good_seen_ = good;
  }

  // What the model said of the newest lessons before it learned them.
  const Past& past() const { return past_; }
  Past* mutable_past() { return &past_; }

  // Changes with everything learned; `m` and the number of lessons, and after a
  // retraining its number.
  std::string version() const;
  void set_generation(uint32_t generation) { generation_ = generation; }
  uint32_t generation() const { return generation_; }

 private:
  double Sum(const Features& features) const;
  void Step(const Features& features, float error);

  std::vector<int16_t> weights_;  // of `exact_`, in steps of 1/1,024
  std::vector<float> exact_;
  std::vector<float> squares_;  // sums of squared gradients
  float bias_ = 0;
  float bias_squares_ = 0;
  uint64_t spam_seen_ = 0;
  uint64_t good_seen_ = 0;
  uint32_t generation_ = 0;
  Past past_;
};

}  // namespace sluice::classifier
