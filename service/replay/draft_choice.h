#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "absl/status/status.h"
#include "service/judge.h"
#include "service/replay/draft_features.h"
#include "service/replay/walk.h"

namespace sluice::replay {

// A comment that a draft is to catch.
struct Selected {
  v1::Checked checked;
  std::string plain;  // as a reader sees it
  std::vector<Feature> features;
};

// An accepted comment with much in common with the selected ones.
struct Near {
  double likeness = 0;
  std::string plain;
  v1::Author author;
};

// An entry of a rule, with one of the comments that it was chosen for.
struct Chosen {
  Feature feature;
  size_t selected;
};

// Counts in how many other comments the features of the selected ones stand,
// and chooses.
class DraftChoice {
 public:
  explicit DraftChoice(const std::vector<Selected>& selected);

  // Errors: those of WalkHistory.
  absl::Status Count(store::Store* store, const Site& site,
                     const WalkOptions& options);

  // The best entries first, at most `most`, until they cover what can be
  // covered. `usable` says whether a rule can have an entry.
  template <typename Usable>
  std::vector<Chosen> Choose(size_t most, Usable usable) const {
    std::vector<Chosen> out;
    std::vector<char> covered(selected_.size());
    std::vector<char> refused(features_.size());
    for (size_t i = 0; i < features_.size() && out.size() < most; ++i) {
      const size_t best = Best(covered, refused);
      if (best == features_.size()) break;
      refused[best] = 1;
      if (!usable(features_[best].feature)) continue;
      out.push_back({features_[best].feature, features_[best].in.front()});
      for (const uint32_t one : features_[best].in) covered[one] = 1;
    }
    return out;
  }

  const std::vector<Near>& nearest() const { return nearest_; }  // best first
  int64_t accepted() const { return accepted_; }

 private:
  struct Candidate {
    Feature feature;
    std::vector<uint32_t> in;  // selected comments
    int64_t accepted = 0;      // accepted comments it stands in
    int64_t rejected = 0;      // others that people rejected
  };
  struct Part;

  size_t Best(const std::vector<char>& covered,
              const std::vector<char>& refused) const;
  double LogOdds(const Candidate& candidate) const;
  void Look(const Row& row, const Site& site, Part* part) const;
  void Take(Part part);

  const std::vector<Selected>& selected_;
  std::unordered_set<std::string> names_;
  std::vector<Candidate> features_;
  std::unordered_map<Feature, uint32_t, FeatureHash> index_;
  std::vector<Near> nearest_;
  int64_t accepted_ = 0;
  int64_t rejected_ = 0;
};

}  // namespace sluice::replay
