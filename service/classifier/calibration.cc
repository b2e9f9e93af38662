#include "service/classifier/calibration.h"

#include <algorithm>
#include <cmath>

namespace sluice::classifier {
namespace {

constexpr size_t kFitEvery = 32;
constexpr int kMaxRounds = 12;
// How firmly the fit holds on to the sum itself, in lessons.
constexpr double kFirm = 10;

double Logistic(double x) { return 1 / (1 + std::exp(-x)); }

}  // namespace

void Past::Add(const Said& said) {
  if (ring_.size() < kMaxSaid) {
    ring_.push_back(said);
  } else {
    ring_[next_] = said;
    next_ = (next_ + 1) % kMaxSaid;
  }
  if (++unfitted_ >= kFitEvery) Fit();
}

void Past::Clear() { *this = Past(); }

std::vector<Said> Past::said() const {
  std::vector<Said> out(ring_.begin() + static_cast<ptrdiff_t>(next_),
                        ring_.end());
  out.insert(out.end(), ring_.begin(),
             ring_.begin() + static_cast<ptrdiff_t>(next_));
  return out;
}

void Past::Fit() {
  unfitted_ = 0;
  double spam = 0, good = 0;
  for (const Said& said : ring_) (said.spam ? spam : good) += said.weight;
  if (spam == 0 || good == 0) return;
  // Platt's targets: nobody is certain after so many lessons.
  const double high = (spam + 1) / (spam + 2);
  const double low = 1 / (good + 2);
  double slope = slope_, offset = offset_;
  for (int round = 0; round < kMaxRounds; ++round) {
    double gs = kFirm * (slope - 1), go = kFirm * offset;
    double hss = kFirm, hso = 0, hoo = kFirm;
    for (const Said& said : ring_) {
      const double p = Logistic(slope * said.raw + offset);
      const double miss = said.weight * (p - (said.spam ? high : low));
      const double bend = said.weight * std::max(p * (1 - p), 1e-9);
      gs += miss * said.raw;
      go += miss;
      hss += bend * said.raw * said.raw;
      hso += bend * said.raw;
      hoo += bend;
    }
    const double determinant = hss * hoo - hso * hso;
    if (determinant <= 1e-12) break;
    const double ds = (hoo * gs - hso * go) / determinant;
    const double dof = (hss * go - hso * gs) / determinant;
    slope -= std::clamp(ds, -1.0, 1.0);
    offset -= std::clamp(dof, -2.0, 2.0);
    if (std::abs(ds) + std::abs(dof) < 1e-6) break;
  }
  // A slope that turns the order round is a sign of too little data.
  if (!std::isfinite(slope) || !std::isfinite(offset)) return;
  slope_ = std::clamp(slope, 0.2, 5.0);
  offset_ = std::clamp(offset, -5.0, 5.0);
}

}  // namespace sluice::classifier
