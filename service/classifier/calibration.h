#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace sluice::classifier {

// What a model said of one lesson before it learned it.
struct Said {
  float raw = 0;  // the sum of the weights
  bool spam = false;
  float weight = 1;
};

// What a model said of the newest lessons, each before it learned it, so that
// it speaks of comments that the model had not seen. From it the model's sums
// become probabilities. Not thread-safe.
class Past {
 public:
  static constexpr size_t kMaxSaid = 4096;

  void Add(const Said& said);
  void Clear();

  // Oldest first.
  std::vector<Said> said() const;
  size_t size() const { return ring_.size(); }

  // The log odds of spam for a sum of weights (Platt 1999, fitted by Newton's
  // method to what was said; near the sum itself while little was).
  double LogOdds(double raw) const { return slope_ * raw + offset_; }
  // Fits them anew; Add does now and then.
  void Fit();

 private:
  std::vector<Said> ring_;
  size_t next_ = 0;
  size_t unfitted_ = 0;
  double slope_ = 1;
  double offset_ = 0;
};

}  // namespace sluice::classifier
