#include "service/learner_reports.h"

#include <algorithm>
#include <cstdlib>

namespace sluice {
namespace {

constexpr int kLeastMargin = 2;
constexpr double kWeightOfOne = 0.1;

}  // namespace

std::optional<ReportedOpinion> ReportWeigher::Weigh(
    const std::vector<v1::Event>& events) {
  std::map<std::string, bool> said;  // by reader, the last word counts
  std::optional<bool> site;
  for (const v1::Event& event : events) {
    if (!event.has_reported()) continue;
    const v1::Reported& report = event.reported();
    if (report.source() == "site") {
      site = report.spam();
    } else {
      said[report.reporter()] = report.spam();
    }
  }
  if (site.has_value()) return ReportedOpinion{*site, kMaxWeight};
  int margin = 0;
  for (const auto& [reporter, spam] : said) {
    int& heard = heard_[reporter];
    if (heard >= kMaxHeard) continue;
    ++heard;
    margin += spam ? 1 : -1;
  }
  if (std::abs(margin) < kLeastMargin) return std::nullopt;
  return ReportedOpinion{margin > 0,
                         std::min(kWeightOfOne * std::abs(margin), kMaxWeight)};
}

}  // namespace sluice
