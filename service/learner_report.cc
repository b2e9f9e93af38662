#include "service/learner_report.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <span>
#include <vector>

#include "service/classifier/report.h"
#include "service/text/utf8.h"

namespace sluice {
namespace {

using classifier::Said;
using Threshold = v1::ModelReport::Threshold;

constexpr int kSampled = 200;      // decided comments, for the features
constexpr size_t kFeatures = 20;   // named of each kind
constexpr int64_t kLeastSeen = 3;  // comments that a named feature is in
constexpr size_t kStretches = 12;  // of the learning curve
constexpr size_t kBins = 10;

double Probability(const classifier::Past& past, double raw) {
  return 1 / (1 + std::exp(-past.LogOdds(raw)));
}

Threshold ThresholdAt(const classifier::Past& past, std::span<const Said> said,
                      double raw) {
  const classifier::ThresholdPoint point = classifier::PointAt(said, raw);
  Threshold out;
  out.set_probability(Probability(past, raw));
  out.set_precision(point.precision);
  out.set_recall(point.recall);
  out.set_good_lost(point.good_lost);
  return out;
}

// The sum of weights that becomes this probability.
double RawOf(const classifier::Past& past, double probability) {
  const double slope = past.LogOdds(1) - past.LogOdds(0);
  return (std::log(probability / (1 - probability)) - past.LogOdds(0)) / slope;
}

void AddThresholds(const classifier::Past& past, std::span<const Said> said,
                   double good_lost, v1::ModelReport* out) {
  for (double probability :
       {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999}) {
    Threshold* const at = out->add_thresholds();
    *at = ThresholdAt(past, said, RawOf(past, probability));
    at->set_probability(probability);
  }
  const auto good = std::count_if(said.begin(), said.end(),
                                  [](const Said& one) { return !one.spam; });
  out->set_wish_needs(static_cast<int64_t>(std::ceil(1 / good_lost)));
  if (good < out->wish_needs()) return;
  *out->mutable_wish() =
      ThresholdAt(past, said, classifier::ThresholdFor(said, good_lost));
}

void AddCalibration(const classifier::Past& past, std::span<const Said> said,
                    v1::ModelReport* out) {
  struct Bin {
    double said = 0, was = 0;
    int64_t comments = 0;
  };
  std::array<Bin, kBins> bins;
  for (const Said& one : said) {
    const double probability = Probability(past, one.raw);
    Bin& bin =
        bins[std::min(static_cast<size_t>(probability * kBins), kBins - 1)];
    bin.said += probability;
    bin.was += one.spam ? 1 : 0;
    ++bin.comments;
  }
  for (size_t i = 0; i < kBins; ++i) {
    if (bins[i].comments == 0) continue;
    const auto comments = static_cast<double>(bins[i].comments);
    v1::ModelReport::Bin& bin = *out->add_calibration();
    bin.set_from(static_cast<double>(i) / kBins);
    bin.set_to(static_cast<double>(i + 1) / kBins);
    bin.set_said(bins[i].said / comments);
    bin.set_was(bins[i].was / comments);
    bin.set_comments(bins[i].comments);
  }
}

void AddCurve(const classifier::Past& past, std::span<const Said> said,
              v1::ModelReport* out) {
  const size_t count = std::min(kStretches, said.size() / 20 + 1);
  for (size_t i = 0; i < count; ++i) {
    const size_t begin = i * said.size() / count;
    const size_t end = (i + 1) * said.size() / count;
    const auto part = said.subspan(begin, end - begin);
    v1::ModelReport::Stretch& stretch = *out->add_curve();
    stretch.set_comments(static_cast<int64_t>(part.size()));
    stretch.set_auc(classifier::Auc(part));
    stretch.set_log_loss(classifier::LogLoss(part, past));
  }
}

struct Spoken {
  double sum = 0;
  int64_t comments = 0;
};

// Adds what each feature of the newest decided comments said.
absl::Status Hear(store::Store* store, const Site& site,
                  const classifier::Model& model, v1::State state,
                  std::map<std::string, Spoken>* heard) {
  const absl::StatusOr<store::EntryPage> page = store->List(
      {site.id, state, store::Order::kNewestFirst, kSampled / 2, ""});
  if (!page.ok()) return page.status();
  for (const v1::Entry& entry : page->entries) {
    if (!entry.has_review() || entry.purged().what() == "content") continue;
    Rendered rendered(site, entry.checked().comment());
    std::vector<std::string> names;
    const classifier::Features features = classifier::Extract(
        rendered.views(), entry.checked().signals(), &names);
    for (const auto& [name, log_odds] : classifier::Loudest(
             model, features, std::move(names), features.indices.size())) {
      // Pieces of words say the same as the words, less readably.
      if (name.compare(0, 7, "letters") == 0 || !text::IsValidUtf8(name))
        continue;
      Spoken& spoken = (*heard)[name];
      spoken.sum += log_odds;
      ++spoken.comments;
    }
  }
  return absl::OkStatus();
}

void AddFeatures(const std::map<std::string, Spoken>& heard,
                 v1::ModelReport* out) {
  std::vector<v1::ModelReport::Feature> features;
  for (const auto& [name, spoken] : heard) {
    if (spoken.comments < kLeastSeen) continue;
    v1::ModelReport::Feature& feature = features.emplace_back();
    feature.set_name(name);
    feature.set_log_odds(spoken.sum / static_cast<double>(spoken.comments));
    feature.set_comments(spoken.comments);
  }
  std::stable_sort(
      features.begin(), features.end(),
      [](const auto& a, const auto& b) { return a.log_odds() > b.log_odds(); });
  for (size_t i = 0; i < std::min(kFeatures, features.size()); ++i) {
    if (features[i].log_odds() > 0) *out->add_spam_features() = features[i];
    const auto& last = features[features.size() - 1 - i];
    if (last.log_odds() < 0) *out->add_good_features() = last;
  }
}

}  // namespace

absl::StatusOr<v1::ModelReport> ReportOf(store::Store* store,
                                         const Moderator& moderator,
                                         const std::string& site_id,
                                         double good_lost) {
  const std::shared_ptr<const Sites> sites = moderator.sites();
  const auto site = sites->find(site_id);
  if (site == sites->end())
    return absl::NotFoundError("the site is not known to this server");
  v1::ModelReport out;
  const std::shared_ptr<const classifier::Model> model =
      moderator.model(site_id);
  if (model == nullptr) return out;
  out.set_version(model->version());
  out.set_spam_seen(static_cast<int64_t>(model->spam_seen()));
  out.set_good_seen(static_cast<int64_t>(model->good_seen()));
  const v1::ClassifierRules& wanted =
      site->second.ruleset->policy().classifier();
  out.set_ready(!wanted.off() && model->spam_seen() >= wanted.min_spam() &&
                model->good_seen() >= wanted.min_good());
  const classifier::Past& past = model->past();
  const std::vector<Said> said = past.said();
  out.set_judged(static_cast<int64_t>(said.size()));
  out.set_auc(classifier::Auc(said));
  if (!said.empty()) {
    AddThresholds(past, said, good_lost, &out);
    AddCalibration(past, said, &out);
    AddCurve(past, said, &out);
  }
  std::map<std::string, Spoken> heard;
  for (v1::State state : {v1::STATE_ACCEPTED, v1::STATE_REJECTED}) {
    if (absl::Status status = Hear(store, site->second, *model, state, &heard);
        !status.ok())
      return status;
  }
  AddFeatures(heard, &out);
  return out;
}

}  // namespace sluice
