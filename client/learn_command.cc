// sluice learn: what the site's model is worth, in tables and a curve.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ostream>

#include "client/commands.h"
#include "client/print.h"

namespace sluice::client {
namespace {

constexpr size_t kBar = 40;  // columns

std::string Bar(double share) {
  const double columns = std::clamp(share, 0.0, 1.0) * kBar;
  return std::string(static_cast<size_t>(std::lround(columns)), '#');
}

std::string ThresholdLine(const v1::ModelReport::Threshold& at) {
  return fmt::format("{:>9.4f} {:>10.1f} % {:>6.1f} % {:>10.2f} %  {}\n",
                     at.probability(), 100 * at.precision(), 100 * at.recall(),
                     100 * at.good_lost(), Bar(at.recall()));
}

std::string ThresholdsText(const v1::ModelReport& report) {
  std::string out = fmt::format("\n{:>9} {:>12} {:>8} {:>12}  recall\n",
                                "above", "precision", "recall", "good lost");
  for (const auto& at : report.thresholds()) out += ThresholdLine(at);
  return out;
}

std::string WishText(const v1::ModelReport& report, double wish) {
  if (!report.has_wish()) {
    return fmt::format(
        "\nAt which threshold at most {:g} % of good comments are lost cannot "
        "be said: it takes {} good comments.\n",
        100 * wish, report.wish_needs());
  }
  return fmt::format(
      "\nAt most {:g} % of good comments are lost above {:.4f}; {:.1f} % of "
      "the spam is above it, too.\n",
      100 * wish, report.wish().probability(), 100 * report.wish().recall());
}

std::string CalibrationText(const v1::ModelReport& report) {
  std::string out = fmt::format("\n{:>11} {:>9} {:>8} {:>9}\n", "said",
                                "in mean", "was", "comments");
  for (const auto& bin : report.calibration()) {
    out += fmt::format("{:>4.0f} to {:>3.0f} {:>7.1f} % {:>6.1f} % {:>9}\n",
                       100 * bin.from(), 100 * bin.to(), 100 * bin.said(),
                       100 * bin.was(), Grouped(bin.comments()));
  }
  return out;
}

std::string CurveText(const v1::ModelReport& report) {
  std::string out = fmt::format("\n{:>9} {:>7} {:>9}  oldest first\n",
                                "comments", "AUC", "log loss");
  for (const auto& stretch : report.curve()) {
    // Half is chance.
    out += fmt::format("{:>9} {:>7.3f} {:>9.3f}  {}\n",
                       Grouped(stretch.comments()), stretch.auc(),
                       stretch.log_loss(), Bar(2 * stretch.auc() - 1));
  }
  return out;
}

std::string FeaturesText(const v1::ModelReport& report) {
  std::string out;
  const auto add = [&out](const char* title, const auto& features) {
    out += fmt::format("\n{}\n", title);
    for (const auto& feature : features) {
      out += fmt::format("  {:+.3f}  {:<44} in {}\n", feature.log_odds(),
                         Visible(feature.name(), false),
                         Grouped(feature.comments()));
    }
  };
  add("speaks for spam (log odds)", report.spam_features());
  add("speaks against it", report.good_features());
  return out;
}

std::string ReportText(const v1::ModelReport& report, double wish) {
  if (report.version().empty())
    return "There is no model: nobody has decided anything yet.\n";
  std::string out = fmt::format(
      "model {}: learned {} spam and {} good comments; {}\n", report.version(),
      Grouped(report.spam_seen()), Grouped(report.good_seen()),
      report.ready() ? "it is heard"
                     : "it is not heard yet (policy, classifier)");
  if (report.judged() == 0) return out;
  out += fmt::format("judged {} comments before it learned them: AUC {:.4f}\n",
                     Grouped(report.judged()), report.auc());
  return out + ThresholdsText(report) + WishText(report, wish) +
         CalibrationText(report) + CurveText(report) + FeaturesText(report);
}

std::string RetrainText(const v1::RetrainModelResponse& response) {
  return fmt::format("{}: {} ({} decisions, {:.1f} s)\n",
                     response.taken() ? "taken" : "not taken",
                     response.reason(), Grouped(response.lessons()),
                     static_cast<double>(response.milliseconds()) / 1000);
}

}  // namespace

int LearnReport(const Options& options, const LearnFlags& flags,
                const Streams& io) {
  v1::GetModelReportRequest request;
  request.set_site("sites/" + options.site);
  request.set_good_lost(flags.good_lost);
  v1::ModelReport report;
  Connection connection(options.server, options.timeout_seconds);
  if (const absl::Status status = connection.ModelReport(request, &report);
      !status.ok())
    return Say(status, io);
  io.out << (options.json ? Json(report, false)
                          : ReportText(report, flags.good_lost));
  return kAccept;
}

int LearnRetrain(const Options& options, const Streams& io) {
  v1::RetrainModelRequest request;
  request.set_site("sites/" + options.site);
  v1::RetrainModelResponse response;
  Connection connection(options.server, options.timeout_seconds);
  if (const absl::Status status = connection.Retrain(request, &response);
      !status.ok())
    return Say(status, io);
  io.out << (options.json ? Json(response, false) : RetrainText(response));
  return kAccept;
}

int LearnImport(const Options& options, const ImportFlags& flags,
                const LearnFlags& learn, const Streams& io) {
  const int imported = Import(options, flags, io);
  if (flags.dry_run || imported == kUsage || imported == kUnreachable)
    return imported;
  const int trained = LearnRetrain(options, io);
  if (trained != kAccept) return trained;
  const int shown = LearnReport(options, learn, io);
  return shown != kAccept ? shown : imported;
}

}  // namespace sluice::client
