#include "service/replay/draft_choice.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <tuple>
#include <utility>

namespace sluice::replay {
namespace {

constexpr size_t kMaxNear = 4;
// Accepted comments for each one that an entry may stand in.
constexpr int64_t kAcceptedForOne = 1000;

bool IsAccepted(const Row& row) {
  return row.human == v1::VERDICT_ACCEPT ||
         (row.human == v1::VERDICT_UNSPECIFIED &&
          row.checked->decision().verdict() == v1::VERDICT_ACCEPT);
}

void KeepNearest(std::vector<Near>* near) {
  std::stable_sort(
      near->begin(), near->end(),
      [](const Near& a, const Near& b) { return a.likeness > b.likeness; });
  if (near->size() > kMaxNear) near->resize(kMaxNear);
}

// Of entries equally good: domains, then words, then the longer one.
int Preference(Feature::Kind kind) {
  if (kind == Feature::Kind::kDomain) return 2;
  return kind == Feature::Kind::kWord ? 1 : 0;
}

}  // namespace

struct DraftChoice::Part {
  std::vector<uint32_t> in_accepted;  // features, one for each comment
  std::vector<uint32_t> in_rejected;
  int64_t accepted = 0;
  int64_t rejected = 0;
  std::vector<Near> nearest;
};

DraftChoice::DraftChoice(const std::vector<Selected>& selected)
    : selected_(selected) {
  for (uint32_t i = 0; i < selected.size(); ++i) {
    names_.insert(selected[i].checked.comment().name());
    for (const Feature& feature : selected[i].features) {
      const auto [at, fresh] =
          index_.emplace(feature, static_cast<uint32_t>(features_.size()));
      if (fresh) features_.push_back({feature, {}});
      features_[at->second].in.push_back(i);
    }
  }
}

void DraftChoice::Look(const Row& row, const Site& site, Part* part) const {
  const bool accepted = IsAccepted(row);
  if (!accepted && row.human != v1::VERDICT_REJECT) return;
  if (names_.count(row.checked->comment().name()) > 0) return;
  Rendered rendered(site, row.checked->comment());
  const std::vector<Feature> features = DraftFeatures(*row.checked, &rendered);
  std::vector<uint32_t>* const in =
      accepted ? &part->in_accepted : &part->in_rejected;
  ++(accepted ? part->accepted : part->rejected);
  int shared = 0;
  for (const Feature& feature : features) {
    const auto found = index_.find(feature);
    if (found == index_.end()) continue;
    in->push_back(found->second);
    ++shared;
  }
  if (!accepted || shared == 0) return;
  const double likeness =
      shared / std::sqrt(static_cast<double>(features.size()));
  if (part->nearest.size() == kMaxNear &&
      part->nearest.back().likeness >= likeness)
    return;
  part->nearest.push_back(
      {likeness, rendered.rendering().text, row.checked->comment().author()});
  KeepNearest(&part->nearest);
}

void DraftChoice::Take(Part part) {
  for (const uint32_t feature : part.in_accepted) ++features_[feature].accepted;
  for (const uint32_t feature : part.in_rejected) ++features_[feature].rejected;
  accepted_ += part.accepted;
  rejected_ += part.rejected;
  std::move(part.nearest.begin(), part.nearest.end(),
            std::back_inserter(nearest_));
  KeepNearest(&nearest_);
}

absl::Status DraftChoice::Count(store::Store* store, const Site& site,
                                const WalkOptions& options) {
  // The features themselves stay as they are while threads look them up; their
  // counts are written in order.
  return WalkHistory(store, options,
                     [&](const std::vector<Row>& rows) -> InOrder {
                       auto part = std::make_shared<Part>();
                       for (const Row& row : rows) Look(row, site, part.get());
                       return [this, part](const Progress&) {
                         Take(std::move(*part));
                         return true;
                       };
                     });
}

double DraftChoice::LogOdds(const Candidate& candidate) const {
  const auto odds = [](int64_t in, int64_t of) {
    return std::log((static_cast<double>(in) + 0.5) /
                    (static_cast<double>(of - in) + 0.5));
  };
  const auto in = static_cast<int64_t>(candidate.in.size());
  return odds(in + candidate.rejected,
              static_cast<int64_t>(selected_.size()) + rejected_) -
         odds(candidate.accepted, accepted_);
}

// Index of the feature that covers most for its doubt; their number if none
// covers anything more.
size_t DraftChoice::Best(const std::vector<char>& covered,
                         const std::vector<char>& refused) const {
  using Value = std::tuple<double, int, size_t, std::string_view>;
  size_t best = features_.size();
  Value best_value;
  for (size_t i = 0; i < features_.size(); ++i) {
    const Candidate& candidate = features_[i];
    if (refused[i] != 0 || candidate.accepted > accepted_ / kAcceptedForOne)
      continue;
    const auto gain =
        std::count_if(candidate.in.begin(), candidate.in.end(),
                      [&covered](uint32_t one) { return covered[one] == 0; });
    const double odds = LogOdds(candidate);
    if (gain == 0 || odds <= 0) continue;
    const Value value(static_cast<double>(gain) * odds,
                      Preference(candidate.feature.kind),
                      candidate.feature.text.size(), candidate.feature.text);
    if (best != features_.size() && value <= best_value) continue;
    best = i;
    best_value = value;
  }
  return best;
}

}  // namespace sluice::replay
