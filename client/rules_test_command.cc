// sluice rules test: a ruleset over comments that people have judged, without a
// server. Lines are read one by one, so that a file of any size will do.

#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <istream>
#include <memory>
#include <ostream>

#include "client/commands.h"
#include "client/print.h"
#include "client/progress.h"
#include "service/base/clock.h"
#include "service/ruleset/rules_test.h"

namespace sluice::client {
namespace {

constexpr size_t kMaxLine = 1 << 20;  // bytes

absl::Status AddLine(const std::string& line, ruleset::RulesTest* test) {
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  v1::LabelledComment labelled;
  const auto parsed =
      google::protobuf::util::JsonStringToMessage(line, &labelled, options);
  if (!parsed.ok()) {
    return absl::InvalidArgumentError(
        fmt::format("is not one comment as a JSON object: {}",
                    Visible(parsed.ToString(), false)));
  }
  return test->Add(labelled);
}

absl::Status AddLines(std::istream& in, uintmax_t size, std::ostream* err,
                      ruleset::RulesTest* test) {
  Progress progress(err, "comments", size);
  const std::unique_ptr<char[]> buffer(new char[kMaxLine]);
  uintmax_t bytes = 0;
  for (int64_t number = 1; in.getline(buffer.get(), kMaxLine); ++number) {
    const std::string line(buffer.get());
    bytes += line.size() + 1;
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    if (absl::Status status = AddLine(line, test); !status.ok()) {
      return absl::InvalidArgumentError(
          fmt::format("line {}: {}", number, std::string(status.message())));
    }
    progress.Say(number, bytes);
  }
  if (in.eof()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      fmt::format("a line is longer than {} bytes", kMaxLine - 1));
}

std::string Percent(int64_t part, int64_t whole) {
  return whole == 0
             ? "-"
             : fmt::format("{:.1f} %", 100.0 * static_cast<double>(part) /
                                           static_cast<double>(whole));
}

std::string LabelsText(const v1::RulesTestReport& report) {
  std::string out = fmt::format("{:<8}{:>18}{:>18}{:>18}\n", "", "rejected",
                                "held", "accepted");
  for (const v1::LabelOutcome& label : report.labels()) {
    const int64_t sum = label.accepted() + label.held() + label.rejected();
    out += fmt::format("{:<8}", label.label());
    for (int64_t count : {label.rejected(), label.held(), label.accepted()})
      out += fmt::format("{:>9} ({:>6})", count, Percent(count, sum));
    out += "\n";
  }
  return out;
}

std::string RuleText(const v1::RuleOutcome& rule) {
  const std::string effect = rule.verdict() != v1::VERDICT_UNSPECIFIED
                                 ? VerdictWord(rule.verdict())
                                 : fmt::format("{:+g}", rule.score());
  std::string out =
      fmt::format("{:>7} {:<32} {:>6}  {:>6} {:<14} {:>6} {:>5}",
                  effect + (rule.shadow() ? "*" : ""), rule.id(), rule.hits(),
                  Percent(rule.bad_hits(), rule.hits()),
                  fmt::format("({:.1f} - {:.1f})", 100 * rule.bad_share_low(),
                              100 * rule.bad_share_high()),
                  rule.decides_bad(), rule.decides_good());
  if (!rule.overlap_id().empty())
    out +=
        fmt::format("  {:.0f} % {}", 100 * rule.overlap(), rule.overlap_id());
  return out + "\n";
}

std::string ReportText(const v1::RulesTestReport& report) {
  std::string out =
      fmt::format("{} comments, ruleset {}\n\n", report.comments(),
                  report.version()) +
      LabelsText(report) +
      fmt::format("\n{:>7} {:<32} {:>6}  {:>6} {:<14} {:>6} {:>5}  {}\n",
                  "says", "rule", "hits", "bad", "(95 %)", "alone:bad", "good",
                  "hits that another has too");
  std::string silent;
  std::string failed;
  bool shadow = false;
  for (const v1::RuleOutcome& rule : report.rules()) {
    shadow = shadow || (rule.shadow() && rule.hits() > 0);
    if (rule.hits() > 0) {
      out += RuleText(rule);
    } else {
      silent += (silent.empty() ? "" : ", ") + rule.id();
    }
    if (rule.failed() > 0)
      failed += fmt::format("{}: its `when` failed for {} comments\n",
                            rule.id(), rule.failed());
  }
  if (shadow) out += "* in shadow\n";
  if (!silent.empty()) out += fmt::format("without a hit: {}\n", silent);
  return out + failed;
}

}  // namespace

int RulesTest(const Options& options, const RulesTestFlags& flags,
              const Streams& io) {
  const absl::StatusOr<ruleset::LoadResult> loaded =
      LoadRules(flags.folder, {});
  if (!loaded.ok()) {
    io.err << "sluice: " << std::string(loaded.status().message()) << "\n";
    return kUsage;
  }
  if (loaded->ruleset == nullptr) {
    for (const v1::Diagnostic& diagnostic : loaded->diagnostics)
      io.err << ruleset::FormatDiagnostic(diagnostic) << "\n";
    return kFailed;
  }
  ruleset::RulesTest test(loaded->ruleset, options.site, SystemClock().Now());
  absl::Status status;
  if (flags.comments == "-") {
    status = AddLines(io.in, 0, &io.err, &test);
  } else {
    std::ifstream file(flags.comments, std::ios::binary);
    std::error_code error;
    const uintmax_t size = std::filesystem::file_size(flags.comments, error);
    if (!file || error) {
      io.err << fmt::format("sluice: {}: cannot be read\n", flags.comments);
      return kUsage;
    }
    status = AddLines(file, size, &io.err, &test);
  }
  if (!status.ok()) {
    io.err << fmt::format("sluice: {}: {}\n", flags.comments,
                          std::string(status.message()));
    return kUsage;
  }
  const v1::RulesTestReport report = test.Report();
  io.out << (options.json ? Json(report, false) : ReportText(report));
  return kAccept;
}

}  // namespace sluice::client
