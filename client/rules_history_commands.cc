// rules stats, tune and draft: what the server's history says of rules.

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <fstream>
#include <optional>
#include <ostream>

#include "client/commands.h"
#include "client/print.h"
#include "client/rules_history.h"
#include "service/base/clock.h"
#include "service/ruleset/date.h"

namespace sluice::client {
namespace {

// The server looks at its whole history before it answers.
constexpr int kLeastTimeout = 600;

std::string FlagWord(int flag) {
  switch (flag) {
    case v1::RULE_FLAG_NEVER_HIT:
      return "never hit";
    case v1::RULE_FLAG_SILENT:
      return "went silent";
    case v1::RULE_FLAG_HITS_EVERYTHING:
      return "hits everything";
    case v1::RULE_FLAG_CONTRADICTED:
      return "contradicted";
    default:
      return "";
  }
}

std::string StatisticsLine(const v1::RuleStatistics& rule, bool by_version,
                           const Style& style) {
  const int64_t decided = rule.confirmed() + rule.overturned();
  const std::string precision =
      decided == 0 ? "-"
                   : fmt::format("{:.0f}-{:.0f} %", 100 * rule.precision_low(),
                                 100 * rule.precision_high());
  const std::string overturned =
      decided == 0
          ? "-"
          : fmt::format("{:.0f} %", 100.0 *
                                        static_cast<double>(rule.overturned()) /
                                        static_cast<double>(decided));
  const std::string last =
      rule.has_last_hit_time()
          ? Age(NowSeconds() - rule.last_hit_time().seconds())
          : "-";
  std::string notes;
  if (rule.shadow()) notes += "shadow, ";
  if (rule.gone()) notes += "gone, ";
  for (int flag : rule.flags()) notes += FlagWord(flag) + ", ";
  if (!notes.empty()) notes.resize(notes.size() - 2);
  const std::string effect = rule.verdict() != v1::VERDICT_UNSPECIFIED
                                 ? VerdictWord(rule.verdict())
                                 : fmt::format("{:+g}", rule.score());
  return fmt::format(
      "{:<34} {:>7} {:>8} {:>7} {:>7} {:>7} {:>9} {:>6} {:>8} {:>5}  {}{}\n",
      Visible(rule.id(), false), effect, Grouped(rule.hits()),
      Grouped(rule.shadow_hits()), Grouped(rule.confirmed()),
      Grouped(rule.overturned()), precision, overturned,
      rule.microseconds() > 0 ? fmt::format("{:.2f}", rule.microseconds())
                              : "-",
      last, by_version ? Visible(rule.version(), false) + " " : "",
      rule.flags().empty() ? notes : style.Doubtful(notes));
}

std::string EffectLine(const char* what, const v1::TuneEffect& effect,
                       const v1::TuneScoresResponse& response) {
  return fmt::format(
      "{:<7} spam: {} of {} rejected, {} held   good: {} of {} rejected, {} "
      "held\n",
      what, Grouped(effect.spam_rejected()), Grouped(response.spam()),
      Grouped(effect.spam_held()), Grouped(effect.good_rejected()),
      Grouped(response.good()), Grouped(effect.good_held()));
}

// To a file, or to standard output if none is named. An existing file of
// someone else's making is not overwritten.
int WriteOut(const std::string& path, const std::string& text, bool may_replace,
             const Streams& io) {
  if (path.empty() || path == "-") {
    io.out << text;
    return kAccept;
  }
  if (!may_replace && std::ifstream(path).good()) {
    return SayUsage(
        absl::AlreadyExistsError(fmt::format(
            "{} is there already; name another file with -o", path)),
        io);
  }
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) {
    return Say(absl::UnknownError(fmt::format("cannot write {}", path)), io);
  }
  return kAccept;
}

}  // namespace

Connection HistoryConnection(const Options& options) {
  return {options.server, std::max(options.timeout_seconds, kLeastTimeout)};
}

absl::StatusOr<std::optional<int64_t>> SinceSeconds(const std::string& text) {
  if (text.empty()) return std::optional<int64_t>();
  if (ruleset::IsDate(text)) {
    const Time day = ruleset::EndOfDate(text) - std::chrono::hours(24);
    return std::optional<int64_t>(
        std::chrono::duration_cast<std::chrono::seconds>(day.time_since_epoch())
            .count());
  }
  constexpr int64_t kMaxNumber = 100'000;
  int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  const std::string unit(read.ptr, end);
  const int64_t seconds = unit == "m"   ? 60
                          : unit == "h" ? 3600
                          : unit == "d" ? 86'400
                          : unit == "w" ? 7 * 86'400
                                        : 0;
  if (read.ec != std::errc() || seconds == 0 || number <= 0 ||
      number > kMaxNumber) {
    return absl::InvalidArgumentError(
        fmt::format("--since {}: write 90d, 12h, 30m, 4w or a date as "
                    "2026-01-31",
                    Visible(text, false)));
  }
  return std::optional<int64_t>(NowSeconds() - number * seconds);
}

int SayUsage(const absl::Status& status, const Streams& io) {
  Say(status, io);
  return kUsage;
}

int RulesStatistics(const Options& options, const RulesHistoryFlags& flags,
                    const Streams& io) {
  v1::GetRuleStatisticsRequest request;
  if (absl::Status status = BeginRequest(options, flags, &request);
      !status.ok())
    return SayUsage(status, io);
  request.set_by_version(flags.by_version);
  v1::GetRuleStatisticsResponse response;
  Connection connection = HistoryConnection(options);
  if (absl::Status status = connection.Statistics(request, &response);
      !status.ok())
    return Say(status, io);
  if (options.json) {
    io.out << Json(response, true);
    return kAccept;
  }
  const Style style(UseColour(options.colour));
  io.out << fmt::format("{} comments, people rejected {} and accepted {}\n",
                        Grouped(response.comments()),
                        Grouped(response.rejected_by_person()),
                        Grouped(response.accepted_by_person()));
  io.out << style.Bold(fmt::format(
                "{:<34} {:>7} {:>8} {:>7} {:>7} {:>7} {:>9} {:>6} {:>8} {:>5}",
                "rule", "effect", "hits", "shadow", "spam", "good", "precision",
                "over", "us", "last"))
         << "\n";
  for (const v1::RuleStatistics& rule : response.rules())
    io.out << StatisticsLine(rule, flags.by_version, style);
  return kAccept;
}

int RulesTune(const Options& options, const RulesHistoryFlags& flags,
              const Streams& io) {
  v1::TuneScoresRequest request;
  if (absl::Status status = BeginRequest(options, flags, &request);
      !status.ok())
    return SayUsage(status, io);
  v1::TuneScoresResponse response;
  Connection connection = HistoryConnection(options);
  if (absl::Status status = connection.Tune(request, &response); !status.ok())
    return Say(status, io);
  if (options.json) {
    io.out << Json(response, true);
    return kAccept;
  }
  // With the patch on standard output, what is said of it goes beside it.
  const bool to_file = !flags.output.empty() && flags.output != "-";
  std::ostream& say = to_file ? io.out : io.err;
  for (const v1::TunedScore& score : response.scores()) {
    say << fmt::format(
        "{:<34} {:>6g} -> {:<6g} {} hits  {}{}\n", Visible(score.rule(), false),
        score.before(), score.after(), Grouped(score.hits()),
        Visible(score.source(), false),
        score.contradicted() ? "  the data speak for the other sign" : "");
  }
  if (response.scores().empty()) say << "no score to change\n";
  say << EffectLine("before", response.before(), response)
      << EffectLine("after", response.after(), response);
  if (response.scores().empty()) return kAccept;
  const int code = WriteOut(flags.output, response.patch(), true, io);
  if (code == kAccept && to_file) {
    say << fmt::format(
        "wrote {}; in the folder of rules: patch -p1 < FILE, then `sluice "
        "rules check` and `sluice rules diff`\n",
        flags.output);
  }
  return code;
}

int RulesDraft(const Options& options, const RulesHistoryFlags& flags,
               const Streams& io) {
  v1::DraftRuleRequest request;
  request.set_parent("sites/" + options.site);
  for (const std::string& id : flags.ids) {
    if (id != "-") {
      request.add_names(FullName(options.site, id));
      continue;
    }
    for (std::string line; std::getline(io.in, line);) {
      if (!line.empty()) request.add_names(FullName(options.site, line));
    }
  }
  v1::DraftRuleResponse response;
  Connection connection = HistoryConnection(options);
  if (absl::Status status = connection.Draft(request, &response); !status.ok())
    return Say(status, io);
  if (options.json) {
    io.out << Json(response, true);
    return kAccept;
  }
  const int code = WriteOut(flags.output, response.yaml(), false, io);
  if (code != kAccept) return code;
  io.err << fmt::format(
      "It hits {} of the {} comments named, {} others that people rejected and "
      "{} that were accepted, of {} stored.\n",
      Grouped(response.hits()), request.names_size(),
      Grouped(response.other_rejected()), Grouped(response.accepted()),
      Grouped(response.comments()));
  return kAccept;
}

}  // namespace sluice::client
