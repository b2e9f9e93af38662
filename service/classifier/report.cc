#include "service/classifier/report.h"

#include <algorithm>
#include <cmath>

namespace sluice::classifier {

ThresholdPoint PointAt(std::span<const Said> said, double raw) {
  double spam = 0, good = 0, caught = 0, lost = 0;
  for (const Said& one : said) {
    (one.spam ? spam : good) += 1;
    if (one.raw > raw) (one.spam ? caught : lost) += 1;
  }
  ThresholdPoint point;
  point.raw = raw;
  point.precision = caught + lost > 0 ? caught / (caught + lost) : 1;
  point.recall = spam > 0 ? caught / spam : 0;
  point.good_lost = good > 0 ? lost / good : 0;
  return point;
}

double ThresholdFor(std::span<const Said> said, double good_lost) {
  std::vector<float> good;
  for (const Said& one : said) {
    if (!one.spam) good.push_back(one.raw);
  }
  if (good.empty()) return 0;
  std::sort(good.begin(), good.end(), std::greater<>());
  const auto most =
      static_cast<size_t>(good_lost * static_cast<double>(good.size()) + 1e-9);
  return good[std::min(most, good.size() - 1)];
}

double Auc(std::span<const Said> said) {
  std::vector<std::pair<float, bool>> sorted;
  for (const Said& one : said) sorted.emplace_back(one.raw, one.spam);
  std::sort(sorted.begin(), sorted.end());
  double below = 0, spam = 0, wins = 0;  // good comments below, and so on
  for (size_t i = 0; i < sorted.size();) {
    double tied_spam = 0, tied_good = 0;
    const float at = sorted[i].first;
    for (; i < sorted.size() && sorted[i].first == at; ++i)
      (sorted[i].second ? tied_spam : tied_good) += 1;
    wins += tied_spam * (below + tied_good / 2);
    below += tied_good;
    spam += tied_spam;
  }
  return spam * below > 0 ? wins / (spam * below) : 0.5;
}

double LogLoss(std::span<const Said> said, const Past& past) {
  if (said.empty()) return 0;
  double sum = 0;
  for (const Said& one : said) {
    const double odds = past.LogOdds(one.raw);
    sum += std::log1p(std::exp(one.spam ? -odds : odds));
  }
  return sum / static_cast<double>(said.size());
}

std::vector<Loud> Loudest(const Model& model, const Features& features,
                          std::vector<std::string> names, size_t most) {
  std::vector<Loud> loud;
  size_t group = 0;
  for (size_t i = 0; i < features.indices.size() && i < names.size(); ++i) {
    while (i >= features.ends[group]) ++group;
    loud.emplace_back(std::move(names[i]),
                      model.Contribution(features, group, features.indices[i]));
  }
  const auto louder = [](const Loud& a, const Loud& b) {
    return std::abs(a.second) != std::abs(b.second)
               ? std::abs(a.second) > std::abs(b.second)
               : a.first < b.first;
  };
  const size_t kept = std::min(most, loud.size());
  std::partial_sort(loud.begin(), loud.begin() + static_cast<ptrdiff_t>(kept),
                    loud.end(), louder);
  loud.resize(kept);
  return loud;
}

}  // namespace sluice::classifier
