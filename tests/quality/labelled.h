#pragma once

#include <string>
#include <vector>

#include "sluice/v1/comment.pb.h"

namespace sluice::quality {

// One comment of a labelled set.
struct Labelled {
  v1::Comment comment;
  bool spam;           // spam or abuse
  std::string time;    // as the set has it, ISO 8601; empty where it has none
  std::string source;  // the blog or collection it comes from
};

// Reads JSON lines {id, author, email, url, text, created_at, label}. Lines
// that are none are passed over and counted.
std::vector<Labelled> ReadLabelled(const std::string& path);

// How well scores tell spam from good comments.
struct Curve {
  double auc = 0;
  double caught_at_01 =
      0;  // share of spam above all but 0.1 % of good comments
  double caught_at_05 = 0;
  double caught_at_1 = 0;
};

// Spam is caught at a rate if it scores strictly above the (k+1)-th highest
// good comment, k = floor(rate x good); ties count against the filter.
Curve CurveOf(std::vector<double> spam, std::vector<double> good);

}  // namespace sluice::quality
