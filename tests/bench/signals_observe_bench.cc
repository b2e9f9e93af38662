// What all signals of a comment cost, network apart: its traces, what history
// remembers of others, and what is observed of it. Three questions:
//
//   AllSignals        a comment of 600 bytes; the bar is 60 microseconds of CPU
//   AllSignals/N      the same with N comments remembered; flat_ratio is the
//                     time at the largest N by that at 10,000; the bar is 1.3
//   Hostile/...       shapes of 4 to 64 KiB; `doubling` is the processor time
//                     by that at half the size; above 2.3 it grows faster than
//                     the comment
//
// The rendering is not measured here (tests/bench/markup_*).

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <malloc.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "service/history/memory_history.h"
#include "service/markup/render.h"
#include "service/signals/observe.h"
#include "service/signals/traces.h"
#include "tests/bench/cpu_clock.h"

namespace sluice {
namespace {

const Time kNow{std::chrono::seconds(1'800'000'000)};
constexpr size_t kBodyBytes = 600;

// Sentences of common words, so that a comment costs what one of a reader does:
// of gibberish CLD2 is slower to give up.
std::string Words(std::mt19937_64* random, size_t bytes) {
  constexpr std::string_view kWords[] = {
      "the",     "of",      "and",    "to",      "in",        "that",
      "is",      "was",     "for",    "it",      "with",      "as",
      "his",     "on",      "be",     "at",      "by",        "had",
      "not",     "are",     "but",    "from",    "or",        "have",
      "an",      "they",    "which",  "one",     "you",       "were",
      "all",     "her",     "she",    "there",   "would",     "their",
      "we",      "him",     "been",   "has",     "when",      "who",
      "will",    "no",      "more",   "if",      "out",       "so",
      "up",      "said",    "what",   "its",     "about",     "than",
      "into",    "them",    "can",    "only",    "other",     "time",
      "new",     "some",    "could",  "these",   "two",       "may",
      "first",   "then",    "do",     "any",     "like",      "my",
      "now",     "over",    "such",   "our",     "man",       "me",
      "even",    "most",    "made",   "after",   "also",      "well",
      "server",  "chapter", "town",   "mistake", "password",  "question",
      "history", "letter",  "market", "number",  "problem",   "reader",
      "system",  "thought", "window", "writing", "yesterday", "zebra"};
  std::string text;
  while (text.size() < bytes) {
    const double u = static_cast<double>((*random)() >> 11) * 0x1p-53;
    text += kWords[static_cast<size_t>(u * u * std::size(kWords))];
    text += (*random)() % 12 == 0 ? ". " : " ";
  }
  return text;
}

struct Prepared {
  explicit Prepared(uint64_t seed, size_t bytes = kBodyBytes) {
    std::mt19937_64 random(seed);
    std::string body = Words(&random, bytes);
    body += fmt::format("[a link](https://site{}.example.com/page)",
                        random() % 5000);
    Set(std::move(body), seed);
  }
  Prepared(std::string body, uint64_t seed) { Set(std::move(body), seed); }

  void Set(std::string body, uint64_t seed) {
    comment.set_name(fmt::format("sites/blog/comments/c{}", seed));
    comment.set_body(std::move(body));
    comment.mutable_author()->set_name(fmt::format("Name {}", seed % 9999));
    comment.mutable_author()->set_email(
        fmt::format("name{}@example.org", seed % 9999));
    comment.mutable_client()->set_ip(
        fmt::format("10.{}.{}.7", seed / 256 % 256, seed % 256));
    comment.mutable_page()->set_url(
        fmt::format("https://blog.example/{}", seed % 500));
    comment.mutable_page()->set_language("en");
    rendering = markup::Render(comment.body(), markup::Format::kMarkdownExtra,
                               markup::DefaultHtmlPolicy(), "c-1");
  }

  v1::Comment comment;
  markup::Rendering rendering;
};

const signals::Keys kKeys{KeyedHash({1, 2}), "key"};

v1::Signals All(const Prepared& prepared, history::MemoryHistory* history) {
  const signals::SiteFacts facts;
  signals::Views views(prepared.comment, prepared.rendering);
  const signals::Traces traces = signals::TracesOf(&views, facts, kKeys, kNow);
  signals::History known;
  known.past = *history->Recall(traces);
  return signals::Observe(&views, known, facts, kNow);
}

// The traces of a comment of random words, without rendering one: ten million
// of them are made before the measurement begins.
signals::Traces RandomTraces(uint64_t seed) {
  std::mt19937_64 random(seed);
  signals::Traces traces;
  traces.name = random();
  traces.site = 1;
  traces.time = kNow - std::chrono::seconds(random() % 86'400);
  traces.ip = SpreadBits(random() % 1'000'000 + 1);
  traces.ip_prefix = SpreadBits(random() % 100'000 + 1);
  traces.email = SpreadBits(random() % 1'000'000 + 1);
  traces.page = SpreadBits(random() % 5'000 + 1);
  traces.domains = {SpreadBits(random() % 100'000 + 1)};
  traces.author_name = random();
  traces.text = random();
  signals::Sketch sketch;
  for (uint16_t& bin : sketch) bin = static_cast<uint16_t>(random());
  traces.sketch = sketch;
  return traces;
}

// One history at a time: the largest takes some gigabytes.
history::MemoryHistory* HistoryOf(int64_t comments) {
  static std::unique_ptr<history::MemoryHistory> history;
  static int64_t held = -1;
  if (held == comments) return history.get();
  history.reset();
  history =
      std::make_unique<history::MemoryHistory>(history::MemoryHistoryOptions{
          .max_comments = static_cast<size_t>(comments) + 1,
          .max_keys = static_cast<size_t>(comments) * 2 + 1});
  for (int64_t i = 0; i < comments; ++i)
    history->Remember(RandomTraces(static_cast<uint64_t>(i) + 1),
                      v1::STATE_ACCEPTED);
  held = comments;
  return history.get();
}

double CpuMicroseconds() {
  rusage usage;
  getrusage(RUSAGE_THREAD, &usage);
  const auto micros = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e6 +
           static_cast<double>(time.tv_usec);
  };
  return micros(usage.ru_utime) + micros(usage.ru_stime);
}

// The quarter of the rounds that was disturbed least tells what it costs on a
// machine that is not busy with something else.
double LowerQuartile(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto quarter =
      values.begin() + static_cast<std::ptrdiff_t>(values.size() / 4);
  std::nth_element(values.begin(), quarter, values.end());
  return *quarter;
}

// Microseconds a comment at 10,000 remembered, for the ratio.
double& Baseline() {
  static double micros = 0;
  return micros;
}

void AllSignals(benchmark::State& state) {
  constexpr size_t kRound = 512;
  history::MemoryHistory* history = HistoryOf(state.range(0));
  std::vector<std::unique_ptr<Prepared>> prepared;
  for (uint64_t i = 0; i < kRound; ++i)
    prepared.push_back(std::make_unique<Prepared>(i));
  size_t next = 0;
  std::vector<double> rounds;
  double before = CpuMicroseconds();
  for (auto unused : state) {
    benchmark::DoNotOptimize(All(*prepared[next++], history));
    if (next < kRound) continue;
    next = 0;
    const double now = CpuMicroseconds();
    rounds.push_back((now - before) / static_cast<double>(kRound));
    before = now;
  }
  const double each = LowerQuartile(std::move(rounds));
  if (state.range(0) == 10'000) Baseline() = each;
  state.counters["cpu_us"] = each;
  if (Baseline() > 0) state.counters["flat_ratio"] = each / Baseline();
  state.counters["MiB_held"] =
      static_cast<double>(history->max_bytes()) / (1 << 20);
}
BENCHMARK(AllSignals)
    ->Arg(10'000)
    ->Arg(100'000)
    ->Arg(1'000'000)
    ->Arg(10'000'000)
    ->MinTime(2)
    ->Unit(benchmark::kMicrosecond);

// What remembering adds, after the answer, in a full history.
void Remember(benchmark::State& state) {
  constexpr uint64_t kComments = 20'000;
  history::MemoryHistory history({.max_comments = kComments});
  std::vector<signals::Traces> traces;
  for (uint64_t i = 1; i <= kComments; ++i) {
    traces.push_back(RandomTraces(i));
    history.Remember(traces.back(), v1::STATE_HELD);
  }
  uint64_t next = 0;
  for (auto unused : state) {
    signals::Traces& again = traces[next++ % kComments];
    again.name = SpreadBits(kComments + next);
    history.Remember(again, v1::STATE_HELD);
  }
}
BENCHMARK(Remember);

constexpr int64_t kSmallest = 1 << 12;

// Seconds of processor time at a size, of the shape that is measured: its sizes
// come in order, each more than once.
double& SecondsAt(int64_t size) {
  static std::map<int64_t, double> seconds;
  return seconds[size];
}

void RunHostile(benchmark::State& state, std::string_view pattern) {
  std::string body;
  while (body.size() < static_cast<size_t>(state.range(0))) body += pattern;
  const Prepared prepared(std::move(body), 1);
  history::MemoryHistory history({.max_comments = 1000, .max_keys = 1000});
  std::vector<double> rounds;
  auto before = bench::CpuClock::now();
  for (auto unused : state) {
    benchmark::DoNotOptimize(All(prepared, &history));
    const auto now = bench::CpuClock::now();
    rounds.push_back(std::chrono::duration<double>(now - before).count());
    before = now;
  }
  const double each = LowerQuartile(std::move(rounds));
  if (state.range(0) > kSmallest)
    state.counters["doubling"] = each / SecondsAt(state.range(0) / 2);
  SecondsAt(state.range(0)) = each;
  state.counters["ns_per_byte"] =
      benchmark::Counter(static_cast<double>(prepared.comment.body().size()),
                         benchmark::Counter::kIsIterationInvariantRate |
                             benchmark::Counter::kInvert);
}

#define SLUICE_HOSTILE(name, pattern)                                         \
  void Hostile##name(benchmark::State& state) { RunHostile(state, pattern); } \
  BENCHMARK(Hostile##name)->RangeMultiplier(2)->Range(kSmallest, 1 << 16)

SLUICE_HOSTILE(OneLetter, "a");
SLUICE_HOSTILE(OneLetterWords, "a ");
SLUICE_HOSTILE(CombiningMarks, "\u0301");
SLUICE_HOSTILE(Links, "[x](https://a.example/) ");
SLUICE_HOSTILE(BareHosts, "a.example.com ");
SLUICE_HOSTILE(Brackets, "[");
SLUICE_HOSTILE(AngleBrackets, "<");
SLUICE_HOSTILE(Tags, "<b>x</b>");
SLUICE_HOSTILE(CodeBrackets, "`<b>` ");
SLUICE_HOSTILE(Quotes, "> ");
SLUICE_HOSTILE(Han, "\u6f22\u5b57");
SLUICE_HOSTILE(Dots, ".");

}  // namespace
}  // namespace sluice

// Without this, glibc gives the larger texts' memory back to the kernel after
// every call, and the rows past 32 KiB measure page faults.
int main(int argc, char** argv) {
  constexpr int kKeep = 64 << 20;
  mallopt(M_MMAP_THRESHOLD, kKeep);
  mallopt(M_TRIM_THRESHOLD, kKeep);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
