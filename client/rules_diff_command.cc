// rules diff: what new rules would have decided otherwise.

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <ostream>

#include "client/commands.h"
#include "client/print.h"
#include "client/rules_history.h"
#include "service/ruleset/source.h"

namespace sluice::client {
namespace {

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
    const auto now = std::chrono::steady_clock::now();
    if (now < next_) return;
    next_ = now + std::chrono::milliseconds(200);
    const int64_t share = total > 0 ? 20 * done / total : 0;
    *err_ << fmt::format("\r[{:<20}] {} of {} comments",
                         std::string(static_cast<size_t>(share), '#'),
                         Grouped(done), Grouped(total))
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
  std::chrono::steady_clock::time_point next_{};
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
    out = fmt::format("{} of {} were spam", Grouped(spam), Grouped(decided));
  } else {
    out = fmt::format("{} of {} were good", Grouped(good), Grouped(decided));
  }
  if (decided < count.count())
    out += fmt::format(", {} undecided", Grouped(count.count() - decided));
  return out;
}

std::string DiffSummary(const v1::BacktestRulesetResponse& last) {
  int64_t changes = 0;
  std::string kinds;
  for (const v1::VerdictChangeCount& count : last.totals()) {
    changes += count.count();
    kinds += fmt::format("{} {} {} -> {} ({})", kinds.empty() ? ":" : ",",
                         Grouped(count.count()), DiffWord(count.before()),
                         DiffWord(count.after()), JudgedText(count));
  }
  return fmt::format("{} of {} change{}\n", Grouped(changes),
                     Grouped(last.replayed()), kinds);
}

bool RejectsWhatPeopleAccepted(const v1::BacktestRulesetResponse& last) {
  return std::any_of(last.totals().begin(), last.totals().end(),
                     [](const v1::VerdictChangeCount& count) {
                       return count.after() == v1::VERDICT_REJECT &&
                              count.accepted_by_person() > 0;
                     });
}

}  // namespace

int RulesDiff(const Options& options, const RulesHistoryFlags& flags,
              const Streams& io) {
  v1::BacktestRulesetRequest request;
  if (absl::Status status = BeginRequest(options, flags, &request);
      !status.ok())
    return SayUsage(status, io);
  const absl::StatusOr<std::vector<ruleset::SourceFile>> files =
      ruleset::ReadFolder(flags.folder);
  if (!files.ok()) return SayUsage(files.status(), io);
  for (const ruleset::SourceFile& file : *files) {
    v1::RulesetFile& out = *request.add_files();
    out.set_path(file.path);
    out.set_content(file.content);
  }
  const Style style(UseColour(options.colour));
  ProgressLine progress(&io.err);
  v1::BacktestRulesetResponse last;
  int64_t changes = 0;
  Connection connection = HistoryConnection(options);
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
                            Grouped(changes - flags.limit));
    }
    io.out << DiffSummary(last);
  }
  return RejectsWhatPeopleAccepted(last) ? kFailed : kAccept;
}

}  // namespace sluice::client
