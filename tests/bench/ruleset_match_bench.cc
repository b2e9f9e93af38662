// What the matching step costs a comment at 100, 1,000 and 10,000 rules, next
// to RE2 one rule after another; what a hostile comment costs; what loading
// costs. One run, so that the ratios mean something: prints `bar` lines after
// the table.

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <re2/re2.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "service/markup/render.h"
#include "service/ruleset/ruleset.h"
#include "service/signals/observe.h"
#include "tests/bench/rule_maker.h"

namespace sluice::ruleset {
namespace {

using bench::RuleMaker;
using bench::Rules;

const Time kNow{std::chrono::seconds(1'800'000'000)};
constexpr size_t kCommentBytes = 691;
constexpr size_t kHostileBytes = 64 << 10;

struct Loaded {
  Rules rules;
  std::shared_ptr<const Ruleset> ruleset;
};

const Loaded& Get(size_t count) {
  static std::map<size_t, Loaded> known;
  Loaded& out = known[count];
  if (out.ruleset != nullptr) return out;
  out.rules = RuleMaker().Make(count);
  LoadOptions options;
  options.now = kNow;
  LoadResult result = LoadRuleset({{"rules.yaml", out.rules.yaml}}, options);
  for (const v1::Diagnostic& diagnostic : result.diagnostics)
    std::fprintf(stderr, "%s\n", FormatDiagnostic(diagnostic).c_str());
  out.ruleset = std::move(result.ruleset);
  if (out.ruleset == nullptr) std::exit(1);
  return out;
}

double MemoryMb() {
  std::ifstream file("/proc/self/statm");
  size_t total = 0;
  size_t resident = 0;
  file >> total >> resident;
  return static_cast<double>(resident) * 4096 / (1 << 20);
}

// First of all, while the process is small.
void Loading(benchmark::State& state) {
  double memory = 0;
  for (auto _ : state) {
    state.PauseTiming();
    const Rules rules = RuleMaker().Make(static_cast<size_t>(state.range(0)));
    const double before = MemoryMb();
    state.ResumeTiming();
    LoadOptions options;
    options.now = kNow;
    LoadResult result = LoadRuleset({{"rules.yaml", rules.yaml}}, options);
    state.PauseTiming();
    memory = MemoryMb() - before;
    result = {};
    state.ResumeTiming();
  }
  state.counters["megabytes"] = memory;
}
BENCHMARK(Loading)->Arg(10'000)->Iterations(1)->Unit(benchmark::kMillisecond);

// A comment of a blog's reader, cut out of a longer text at `at`.
std::string Prose(size_t at) {
  static const std::string text = [] {
    const std::string once =
        "Thanks for writing this up, I had not thought of the second case "
        "before. We ran into it last year when the order service moved to the "
        "new site, and the best price for a night's sleep turned out to be a "
        "review of every query by hand. What I would add is that nobody reads "
        "the log until it is free of noise; ours was not, and the traffic "
        "looked fine on the dashboard while half of the clients waited. If "
        "you visit the page that the agency put online you will see the same "
        "curve. Does the patch in the third paragraph work with the older "
        "kernel? I tried it on two machines and one of them would not boot. "
        "My brother, who has kept bees for thirty years, says that a swarm "
        "which is left alone decides sooner. I do not know whether that holds "
        "for committees, but it explains the minutes of our last meeting. ";
    return once + once;
  }();
  return text.substr(at % (text.size() / 2), kCommentBytes);
}

// What the steps before matching made of a comment.
class Seen {
 public:
  Seen(const Ruleset& ruleset, const std::string& body) {
    comment_.set_body(body);
    rendering_ = markup::Render(body, markup::Format::kPlainText,
                                ruleset.html_policy(), "c");
    views_ = std::make_unique<signals::Views>(comment_, rendering_);
    signals_ = signals::Observe(views_.get(), {}, ruleset.lists_facts(), kNow);
  }
  Subject subject() { return {views_.get(), &signals_, "blog", kNow}; }

 private:
  v1::Comment comment_;
  markup::Rendering rendering_;
  std::unique_ptr<signals::Views> views_;
  v1::Signals signals_;
};

std::vector<std::unique_ptr<Seen>> Comments(const Ruleset& ruleset) {
  std::vector<std::unique_ptr<Seen>> out;
  for (size_t i = 0; i < 16; ++i)
    out.push_back(std::make_unique<Seen>(ruleset, Prose(i * 131)));
  return out;
}

void Matching(benchmark::State& state) {
  const Ruleset& ruleset = *Get(static_cast<size_t>(state.range(0))).ruleset;
  const auto comments = Comments(ruleset);
  size_t next = 0;
  for (auto _ : state) {
    const Subject subject = comments[next++ % comments.size()]->subject();
    benchmark::DoNotOptimize(Match(ruleset, subject));
  }
  size_t hits = 0;
  for (const auto& comment : comments)
    hits += Match(ruleset, comment->subject()).hits.size();
  state.counters["hits"] = static_cast<double>(hits) / comments.size();
}
BENCHMARK(Matching)->Arg(100)->Arg(1'000)->Arg(10'000);

// Each rule's pattern on the folded text, the way without a matcher.
void OneByOne(benchmark::State& state) {
  const Loaded& loaded = Get(static_cast<size_t>(state.range(0)));
  std::vector<std::unique_ptr<RE2>> patterns;
  for (const std::string& pattern : loaded.rules.patterns)
    patterns.push_back(std::make_unique<RE2>(pattern));
  const auto comments = Comments(*loaded.ruleset);
  size_t next = 0;
  for (auto _ : state) {
    const Subject subject = comments[next++ % comments.size()]->subject();
    const std::string_view text = subject.views->Text(v1::VIEW_TEXT);
    size_t hits = 0;
    for (const auto& pattern : patterns)
      hits += RE2::PartialMatch(re2::StringPiece(text.data(), text.size()),
                                *pattern)
                  ? 1
                  : 0;
    benchmark::DoNotOptimize(hits);
  }
}
BENCHMARK(OneByOne)->Arg(100)->Arg(1'000)->Arg(10'000);

// 64 KiB of what the rules look for.
void Hostile(benchmark::State& state) {
  const Loaded& loaded = Get(static_cast<size_t>(state.range(0)));
  std::string body;
  for (size_t i = 0; body.size() < kHostileBytes; ++i)
    body += loaded.rules.bait[i % loaded.rules.bait.size()] + " ";
  body.resize(kHostileBytes);
  Seen seen(*loaded.ruleset, body);
  size_t hits = 0;
  bool finished = true;
  // The first time, RE2 builds the automata that it keeps.
  const auto fresh =
      LoadRuleset({{"rules.yaml", loaded.rules.yaml}}, {kNow, {}});
  const std::clock_t begin = std::clock();
  Match(*fresh.ruleset, seen.subject());
  state.counters["first_ms"] =
      1e3 * static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  for (auto _ : state) {
    const Outcomes outcomes = Match(*loaded.ruleset, seen.subject());
    hits = outcomes.hits.size();
    finished = outcomes.unfinished.empty();
  }
  state.counters["hits"] = static_cast<double>(hits);
  state.counters["finished"] = finished ? 1 : 0;
}
BENCHMARK(Hostile)->Arg(10'000)->Unit(benchmark::kMillisecond);

// Keeps each benchmark's CPU seconds for the bars.
class Keeper : public benchmark::ConsoleReporter {
 public:
  void ReportRuns(const std::vector<Run>& runs) override {
    ConsoleReporter::ReportRuns(runs);
    for (const Run& run : runs) {
      const std::string name =
          run.run_name.function_name + "/" + run.run_name.args;
      seconds[name] =
          run.cpu_accumulated_time / static_cast<double>(run.iterations);
      for (const auto& [counter, value] : run.counters)
        counters[counter] = value;
    }
  }
  std::map<std::string, double> seconds;
  std::map<std::string, double> counters;
};

bool Bar(const char* name, double value, double limit, bool at_least) {
  const bool ok = at_least ? value >= limit : value <= limit;
  std::printf("bar %s %.3f %.1f %s\n", name, value, limit, ok ? "ok" : "short");
  return ok;
}

}  // namespace
}  // namespace sluice::ruleset

int main(int argc, char** argv) {
  using sluice::ruleset::Bar;
  benchmark::Initialize(&argc, argv);
  sluice::ruleset::Keeper keeper;
  benchmark::RunSpecifiedBenchmarks(&keeper);
  auto& seconds = keeper.seconds;
  if (seconds.size() < 8) return 0;  // a filter left some out
  bool ok = true;
  ok &= Bar("ruleset_match_10000_of_100_rules",
            seconds["Matching/10000"] / seconds["Matching/100"], 1.5, false);
  ok &= Bar("ruleset_match_faster_at_1000",
            seconds["OneByOne/1000"] / seconds["Matching/1000"], 100, true);
  ok &= Bar("ruleset_match_faster_at_10000",
            seconds["OneByOne/10000"] / seconds["Matching/10000"], 300, true);
  ok &= Bar("ruleset_match_hostile_ms", 1e3 * seconds["Hostile/10000"], 10,
            false);
  ok &= Bar("ruleset_load_cpu_s", seconds["Loading/10000"], 1.5, false);
  ok &= Bar("ruleset_load_mb", keeper.counters["megabytes"], 60, false);
  return ok ? 0 : 1;
}
