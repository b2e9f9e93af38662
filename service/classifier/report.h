#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "service/classifier/calibration.h"
#include "service/classifier/model.h"

namespace sluice::classifier {

// What comes of calling spam whatever scores strictly above a threshold.
struct ThresholdPoint {
  double raw = 0;
  double precision = 0;  // of what is called spam, the part that is; 1 of none
  double recall = 0;     // of the spam, the part that is called so
  double good_lost = 0;  // of the good comments, the part that is called so
};

ThresholdPoint PointAt(std::span<const Said> said, double raw);

// The lowest score at which no more than this part of the good comments scores
// above it; 0 where there are none.
double ThresholdFor(std::span<const Said> said, double good_lost);

// The chance that spam scores above a good comment; 0.5 where one is missing.
double Auc(std::span<const Said> said);

// Mean of -log of the probability given to what was right, in nats.
double LogLoss(std::span<const Said> said, const Past& past);

// The features that spoke loudest of one comment, by what they added to the log
// odds, loudest first, with names a person can read. Slow: for explanations.
using Loud = std::pair<std::string, double>;
std::vector<Loud> Loudest(const Model& model, const Features& features,
                          std::vector<std::string> names, size_t most);

}  // namespace sluice::classifier
