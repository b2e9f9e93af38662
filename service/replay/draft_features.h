#pragma once

#include <string>
#include <vector>

#include "service/judge.h"

namespace sluice::replay {

// What a drafted rule can go by.
struct Feature {
  enum class Kind { kWord, kPhrase, kDomain };
  Kind kind;
  std::string text;  // folded words; or a domain

  friend bool operator==(const Feature& a, const Feature& b) {
    return a.kind == b.kind && a.text == b.text;
  }
};

struct FeatureHash {
  size_t operator()(const Feature& feature) const {
    return std::hash<std::string>()(feature.text) * 3 +
           static_cast<size_t>(feature.kind);
  }
};

inline constexpr size_t kMaxFeatureWords = 400;  // of one comment

// Words of the folded text that are long enough to mean something, phrases of
// two and three words, and the domains of its links and of its author's page.
// Each once. No numbers, which would be somebody's.
std::vector<Feature> DraftFeatures(const v1::Checked& checked,
                                   Rendered* rendered);

}  // namespace sluice::replay
