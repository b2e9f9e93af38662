// How many stored comments a second a backtest replays under both rulesets; the
// bar is 20,000 on two cores. The history is what the labelled blog comments
// leave in a SQLite file after the pipeline, over and over until there are
// enough; without that data, comments of common words. Then the
// statistics, and scores fitted to the labels.
//
//   replay_backtest_bench [COMMENTS]

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <thread>

#include "service/replay/backtest.h"
#include "service/replay/statistics.h"
#include "service/replay/tune.h"
#include "service/ruleset/source.h"
#include "service/store/sqlite_store.h"
#include "tests/bench/cpu_clock.h"
#include "tests/quality/labelled.h"

namespace sluice {
namespace {

constexpr int kDefaultComments = 40'000;
constexpr size_t kBatch = 4000;  // that the store lets wait
constexpr double kBar = 20'000;
const Time kThen{std::chrono::seconds(1'700'000'000)};

std::vector<quality::Labelled> Comments() {
  std::vector<quality::Labelled> out;
  for (const char* name : {"blog_pr", "blog_wp", "blog_ham", "datacamp"}) {
    for (quality::Labelled& labelled : quality::ReadLabelled(fmt::format(
             "{}/../shared/data/spam/{}.jsonl", SLUICE_SOURCE_DIR, name)))
      out.push_back(std::move(labelled));
  }
  if (!out.empty()) return out;
  fmt::print("no labelled comments; measured on made ones\n");
  for (int i = 0; i < 1000; ++i) {
    std::string body;
    for (int j = 0; j < 60; ++j)
      body += fmt::format("word{} of a reader, ", (i * 31 + j * 17) % 997);
    out.emplace_back().comment.set_body(body);
  }
  return out;
}

Site MakeSite(const std::string& extra) {
  auto files = ruleset::ReadFolder(SLUICE_SOURCE_DIR "/rules");
  if (!files.ok()) std::exit(1);
  if (!extra.empty()) files->push_back({"extra.yaml", extra});
  const ruleset::LoadResult loaded = ruleset::LoadRuleset(*files, {});
  if (loaded.ruleset == nullptr) std::exit(1);
  return {"default", loaded.ruleset->lists_facts(), loaded.ruleset};
}

void Fill(const Site& site, int comments, store::Store* store) {
  const std::vector<quality::Labelled> from = Comments();
  std::vector<v1::EntryDecision> decisions;
  for (int i = 0; i < comments; ++i) {
    v1::Checked checked;
    const quality::Labelled& labelled =
        from[static_cast<size_t>(i) % from.size()];
    *checked.mutable_comment() = labelled.comment;
    checked.mutable_comment()->set_name(
        fmt::format("sites/default/comments/c{}", i));
    const Time then = kThen + std::chrono::seconds(i);
    Judgement judgement = Judge(site, nullptr, checked.comment(), {}, {}, then);
    *checked.mutable_signals() = std::move(judgement.signals);
    *checked.mutable_decision() = std::move(judgement.decision);
    checked.set_html(std::move(judgement.html));
    store->RecordCheck(std::move(checked), then, store::Durability::kBehind,
                       [](absl::StatusOr<store::CheckRecord> record) {
                         if (!record.ok()) std::exit(1);
                       });
    v1::EntryDecision& decision = decisions.emplace_back();
    decision.set_name(fmt::format("sites/default/comments/c{}", i));
    decision.set_verdict(labelled.spam ? v1::VERDICT_REJECT
                                       : v1::VERDICT_ACCEPT);
    if (static_cast<size_t>(i) % kBatch == 0) (void)store->Flush();
  }
  (void)store->Flush();
  for (size_t i = 0; i < decisions.size(); i += kBatch) {
    const auto begin = decisions.begin() + static_cast<ptrdiff_t>(i);
    const auto end = decisions.begin() + static_cast<ptrdiff_t>(std::min(
                                             i + kBatch, decisions.size()));
    store->Decide({begin, end}, "people", "", kThen, [](const auto& results) {
      if (!results.ok()) std::exit(1);
    });
    (void)store->Flush();
  }
}

// Comments a second by the clock, and by the processor time of the process.
void Measure(store::Store* store, const char* what, const Site& before,
             const Site& after, unsigned threads, bool bar) {
  replay::WalkOptions options;
  options.site = "default";
  options.threads = threads;
  v1::BacktestRulesetResponse last;
  int64_t changes = 0;
  const auto begin = std::chrono::steady_clock::now();
  const std::clock_t cpu_begin = std::clock();
  const absl::Status status = replay::RunBacktest(
      store, before, after, options, [&](v1::BacktestRulesetResponse message) {
        changes += message.has_change();
        last = std::move(message);
        return true;
      });
  if (!status.ok()) std::exit(1);
  const double cpu = static_cast<double>(std::clock() - cpu_begin) /
                     static_cast<double>(CLOCKS_PER_SEC);
  const std::chrono::duration<double> wall =
      std::chrono::steady_clock::now() - begin;
  const auto rows = static_cast<double>(last.replayed());
  fmt::print(
      "{}: {} comments, {} changes, {} threads: {:.0f} comments/s; {:.1f} us "
      "of processor a comment, {:.0f} comments/s on two idle cores\n",
      what, last.replayed(), changes, threads, rows / wall.count(),
      1e6 * cpu / rows, 2 * rows / cpu);
  if (bar) bench::Bar("backtest_us_of_cpu", 1e6 * cpu / rows, 2e6 / kBar);
}

void MeasureStatistics(store::Store* store, const Site& site) {
  replay::WalkOptions options;
  options.site = "default";
  v1::GetRuleStatisticsResponse response;
  const auto begin = std::chrono::steady_clock::now();
  const std::clock_t cpu_begin = std::clock();
  if (!replay::CollectStatistics(store, site, options, false, &response).ok())
    std::exit(1);
  const double cpu = static_cast<double>(std::clock() - cpu_begin) /
                     static_cast<double>(CLOCKS_PER_SEC);
  const std::chrono::duration<double> wall =
      std::chrono::steady_clock::now() - begin;
  fmt::print(
      "statistics: {} comments in {:.2f} s, {:.1f} us of processor each\n",
      response.comments(), wall.count(),
      1e6 * cpu / static_cast<double>(response.comments()));
}

void Print(const char* what, const v1::TuneEffect& effect) {
  fmt::print("  {}: spam rejected {}, held {}; good rejected {}, held {}\n",
             what, effect.spam_rejected(), effect.spam_held(),
             effect.good_rejected(), effect.good_held());
}

void MeasureTuning(store::Store* store, const Site& site) {
  replay::WalkOptions options;
  options.site = "default";
  v1::TuneScoresResponse response;
  const auto begin = std::chrono::steady_clock::now();
  if (!replay::TuneScores(store, site, options, &response).ok()) std::exit(1);
  const std::chrono::duration<double> wall =
      std::chrono::steady_clock::now() - begin;
  fmt::print("tuning: {} spam, {} good, {} scores differ, {:.2f} s\n",
             response.spam(), response.good(), response.scores_size(),
             wall.count());
  Print("before", response.before());
  Print("after", response.after());
}

int Main(int comments) {
  const std::string path = (std::filesystem::temp_directory_path() /
                            fmt::format("sluice-backtest-{}.db", getpid()))
                               .string();
  store::SqliteOptions options;
  options.path = path;
  {
    auto store = store::OpenSqliteStore(options);
    if (!store.ok()) {
      fmt::print(stderr, "{}\n", store.status().ToString());
      return 1;
    }
    const Site site = MakeSite("");
    Fill(site, comments, store->get());
    const Site edited = MakeSite(
        "rules:\n  - id: extra\n    why: One more\n    words: [password]\n"
        "    score: 2\n");
    const unsigned cores = std::thread::hardware_concurrency();
    Measure(store->get(), "with itself", site, site, 1, false);
    Measure(store->get(), "one more rule", site, edited, 1, false);
    Measure(store->get(), "one more rule", site, edited, cores, true);
    MeasureStatistics(store->get(), site);
    MeasureTuning(store->get(), site);
  }
  for (const char* end : {"", "-wal", "-shm", "-lock"})
    std::filesystem::remove(path + end);
  return 0;
}

}  // namespace
}  // namespace sluice

int main(int argc, char** argv) {
  return sluice::Main(argc > 1 ? std::atoi(argv[1]) : sluice::kDefaultComments);
}
