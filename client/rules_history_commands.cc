// rules diff, stats, tune and draft: what the server's history says of rules.

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <optional>
#include <ostream>

#include "client/commands.h"
#include "client/print.h"
#include "service/base/clock.h"
#include "service/ruleset/date.h"
#include "service/ruleset/source.h"

namespace sluice::client {
namespace {

// The server looks at its whole history before it answers.
constexpr int kLeastTimeout = 600;

Connection ConnectionOf(const Options& options) {
  return {options.server, std::max(options.timeout_seconds, kLeastTimeout)};
}

// 10213 as people write it: 10,213.
std::string Thousands(int64_t number) {
  std::string out = std::to_string(number);
  for (size_t at = out.size(); at > 3;) {
    at -= 3;
    out.insert(at, ",");
  }
  return out;
}

// `90d`, `12h`, `30m`, `4w` before now, or a date. Empty: no time.
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

// Fills the part of a request that all of them share.
template <typename Request>
absl::Status Begin(const Options& options, const RulesHistoryFlags& flags,
                   Request* request) {
  request->set_parent("sites/" + options.site);
  const absl::StatusOr<std::optional<int64_t>> since =
      SinceSeconds(flags.since);
  if (!since.ok()) return since.status();
  if (since->has_value()) request->mutable_since()->set_seconds(**since);
  return absl::OkStatus();
}

int Usage(const absl::Status& status, const Streams& io) {
  Say(status, io);
  return kUsage;
}

// How much is done, on one line of a terminal that is rubbed out again.
class ProgressLine {
 public:
  explicit ProgressLine(std::ostream* err)
      : err_(isatty(STDERR_FILENO) == 1 ? err : nullptr) {}
  ~ProgressLine() { Clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void Show(int64_t done, int64_t total) {
    if (err_ == nullptr) return;
    const int64_t share = total > 0 ? 20 * done / total : 0;
    *err_ << fmt::format("\r[{:<20}] {} of {} comments",
                         std::string(static_cast<size_t>(share), '#'),
                         Thousands(done), Thousands(total))
          << std::flush;
    shown_ = true;
  }
  void Clear() {
    if (shown_) *err_ << "\r\x1b[K" << std::flush;
    shown_ = false;
  }

 private:
  std::ostream* const err_;  // null: nobody watches
  bool shown_ = false;
};

const char* DiffWord(v1::Verdict verdict) {
  return verdict == v1::VERDICT_HOLD ? "held" : VerdictWord(verdict);
}

const char* HumanWord(v1::Verdict human) {
  if (human == v1::VERDICT_ACCEPT) return "good";
  return human == v1::VERDICT_REJECT ? "spam" : "-";
}

std::string ChangeLine(const v1::VerdictChange& change, size_t width,
                       const Style& style) {
  const std::string verdicts = fmt::format(
      "{:>6} -> {:<6}", DiffWord(change.before()), DiffWord(change.after()));
  const bool lost = change.human() == v1::VERDICT_ACCEPT &&
                    change.after() == v1::VERDICT_REJECT;
  std::string why;
  for (const std::string& id : change.gained()) why += " +" + id;
  for (const std::string& id : change.lost()) why += " -" + id;
  std::string out = fmt::format(
      "{}  {:<4}  {:g} -> {:g}  {} {}\n",
      lost ? style.Bad(verdicts) : style.Bold(verdicts),
      HumanWord(change.human()), change.score_before(), change.score_after(),
      Visible(ShortId(change.name()), false), why);
  const size_t room = width > 20 ? width - 18 : 40;
  std::string excerpt = Visible(change.excerpt(), false);
  if (excerpt.size() > room) {
    size_t end = room;
    while (end > 0 && (static_cast<unsigned char>(excerpt[end]) & 0xC0) == 0x80)
      --end;
    excerpt = excerpt.substr(0, end) + "...";
  }
  return out + fmt::format("{:18}{}\n", "", style.Dim(excerpt));
}

// `12 of 12 were spam`, `both good`, `nobody decided`.
std::string JudgedText(const v1::VerdictChangeCount& count) {
  const int64_t good = count.accepted_by_person();
  const int64_t spam = count.rejected_by_person();
  const int64_t decided = good + spam;
  if (decided == 0) return "nobody decided";
  std::string out;
  if (good == decided) {
    out = decided == 1 ? "good" : decided == 2 ? "both good" : "all good";
  } else if (spam >= good) {
    out =
        fmt::format("{} of {} were spam", Thousands(spam), Thousands(decided));
  } else {
    out =
        fmt::format("{} of {} were good", Thousands(good), Thousands(decided));
  }
  if (decided < count.count())
    out += fmt::format(", {} undecided", Thousands(count.count() - decided));
  return out;
}

std::string DiffSummary(const v1::BacktestRulesetResponse& last) {
  int64_t changes = 0;
  std::string kinds;
  for (const v1::VerdictChangeCount& count : last.totals()) {
    changes += count.count();
    kinds += fmt::format("{} {} {} -> {} ({})", kinds.empty() ? ":" : ",",
                         Thousands(count.count()), DiffWord(count.before()),
                         DiffWord(count.after()), JudgedText(count));
  }
  return fmt::format("{} of {} change{}\n", Thousands(changes),
                     Thousands(last.replayed()), kinds);
}

bool RejectsWhatPeopleAccepted(const v1::BacktestRulesetResponse& last) {
  return std::any_of(last.totals().begin(), last.totals().end(),
                     [](const v1::VerdictChangeCount& count) {
                       return count.after() == v1::VERDICT_REJECT &&
                              count.accepted_by_person() > 0;
                     });
}

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
      Visible(rule.id(), false), effect, Thousands(rule.hits()),
      Thousands(rule.shadow_hits()), Thousands(rule.confirmed()),
      Thousands(rule.overturned()), precision, overturned,
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
      what, Thousands(effect.spam_rejected()), Thousands(response.spam()),
      Thousands(effect.spam_held()), Thousands(effect.good_rejected()),
      Thousands(response.good()), Thousands(effect.good_held()));
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
    return Usage(absl::AlreadyExistsError(fmt::format(
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

int RulesDiff(const Options& options, const RulesHistoryFlags& flags,
              const Streams& io) {
  v1::BacktestRulesetRequest request;
  if (absl::Status status = Begin(options, flags, &request); !status.ok())
    return Usage(status, io);
  const absl::StatusOr<std::vector<ruleset::SourceFile>> files =
      ruleset::ReadFolder(flags.folder);
  if (!files.ok()) return Usage(files.status(), io);
  for (const ruleset::SourceFile& file : *files) {
    v1::RulesetFile& out = *request.add_files();
    out.set_path(file.path);
    out.set_content(file.content);
  }
  const Style style(UseColour(options.colour));
  ProgressLine progress(&io.err);
  v1::BacktestRulesetResponse last;
  int64_t changes = 0;
  Connection connection = ConnectionOf(options);
  const absl::Status status = connection.Backtest(
      request, [&](const v1::BacktestRulesetResponse& response) {
        last = response;
        if (response.has_change()) {
          ++changes;
          if (flags.limit <= 0 || changes <= flags.limit) {
            progress.Clear();
            io.out << (options.json ? Json(response, true)
                                    : ChangeLine(response.change(),
                                                 options.width, style));
          }
        }
        progress.Show(response.replayed(), response.total());
        return static_cast<bool>(io.out);
      });
  progress.Clear();
  if (!status.ok()) return Say(status, io);
  if (options.json) {
    io.out << Json(last, true);
  } else {
    if (flags.limit > 0 && changes > flags.limit) {
      io.out << fmt::format("... and {} more; --limit 0 shows every one\n",
                            Thousands(changes - flags.limit));
    }
    io.out << DiffSummary(last);
  }
  return RejectsWhatPeopleAccepted(last) ? kFailed : kAccept;
}

int RulesStatistics(const Options& options, const RulesHistoryFlags& flags,
                    const Streams& io) {
  v1::GetRuleStatisticsRequest request;
  if (absl::Status status = Begin(options, flags, &request); !status.ok())
    return Usage(status, io);
  request.set_by_version(flags.by_version);
  v1::GetRuleStatisticsResponse response;
  Connection connection = ConnectionOf(options);
  if (absl::Status status = connection.Statistics(request, &response);
      !status.ok())
    return Say(status, io);
  if (options.json) {
    io.out << Json(response, true);
    return kAccept;
  }
  const Style style(UseColour(options.colour));
  io.out << fmt::format("{} comments, people rejected {} and accepted {}\n",
                        Thousands(response.comments()),
                        Thousands(response.rejected_by_person()),
                        Thousands(response.accepted_by_person()));
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
  if (absl::Status status = Begin(options, flags, &request); !status.ok())
    return Usage(status, io);
  v1::TuneScoresResponse response;
  Connection connection = ConnectionOf(options);
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
        score.before(), score.after(), Thousands(score.hits()),
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
  Connection connection = ConnectionOf(options);
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
      Thousands(response.hits()), request.names_size(),
      Thousands(response.other_rejected()), Thousands(response.accepted()),
      Thousands(response.comments()));
  return kAccept;
}

}  // namespace sluice::client
