// What the model costs: features of a comment of 600 bytes and their sum, and
// learning one. Processor time of one thread.
//
// Bars of issue 8: scoring at most 8 microseconds, learning at most 40.

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "service/classifier/lessons.h"
#include "service/classifier/model.h"
#include "service/markup/render.h"
#include "service/signals/observe.h"
#include "tests/bench/cpu_clock.h"

namespace sluice::classifier {
namespace {

constexpr size_t kBytes = 600;

// Words of a language that nobody speaks, so that every comment has its own.
std::string TextOf(uint32_t seed) {
  static constexpr const char* kSyllables[] = {"ta",  "re",  "no", "li",
                                               "ka",  "mo",  "su", "ver",
                                               "den", "pol", "in", "ath"};
  std::string text;
  uint32_t state = seed * 2654435761u + 1;
  while (text.size() < kBytes - 40) {
    state = state * 1664525 + 1013904223;
    for (uint32_t i = 0, count = 1 + (state >> 30); i < count; ++i) {
      state = state * 1664525 + 1013904223;
      text += kSyllables[(state >> 16) % 12];
    }
    text += (state >> 8) % 12 == 0 ? ". " : " ";
  }
  return text + "https://pages" + std::to_string(seed % 50) + ".example/a";
}

struct Sample {
  explicit Sample(uint32_t seed) {
    comment.set_body(TextOf(seed));
    comment.mutable_author()->set_name("Ada Example");
    comment.mutable_author()->set_email("ada@mail.example");
    rendering = markup::Render(comment.body(), markup::Format::kMarkdownExtra,
                               markup::DefaultHtmlPolicy(), "c");
    views = std::make_unique<signals::Views>(comment, rendering);
    signals = signals::Observe(views.get(), {}, {}, Time{});
    features = Extract(views.get(), signals);
  }
  v1::Comment comment;
  markup::Rendering rendering;
  std::unique_ptr<signals::Views> views;
  v1::Signals signals;
  Features features;
};

std::vector<std::unique_ptr<Sample>> Samples() {
  std::vector<std::unique_ptr<Sample>> out;
  for (uint32_t i = 0; i < 200; ++i) out.push_back(std::make_unique<Sample>(i));
  return out;
}

Model Taught(const std::vector<std::unique_ptr<Sample>>& samples) {
  Model model;
  for (size_t i = 0; i < samples.size(); ++i)
    model.Learn(samples[i]->features, i % 2 == 0, 1);
  return model;
}

void BM_Score(benchmark::State& state) {
  const auto samples = Samples();
  const Model model = Taught(samples);
  size_t at = 0;
  for (auto _ : state) {
    Sample& sample = *samples[at++ % samples.size()];
    benchmark::DoNotOptimize(
        model.Judge(Extract(sample.views.get(), sample.signals)));
  }
}
BENCHMARK(BM_Score);

void BM_Learn(benchmark::State& state) {
  const auto samples = Samples();
  Model model = Taught(samples);
  size_t at = 0;
  for (auto _ : state) {
    const Features& features = samples[at % samples.size()]->features;
    model.Learn(features, at++ % 2 == 0, 1);
  }
}
BENCHMARK(BM_Learn);

// Fastest of some batches, in microseconds a call.
template <typename Work>
double Fastest(Work work) {
  return bench::TurnByTurn(work, [] {}).first;
}

int Bars() {
  const auto samples = Samples();
  Model model = Taught(samples);
  size_t at = 0;
  const double score = Fastest([&] {
    Sample& sample = *samples[at++ % samples.size()];
    benchmark::DoNotOptimize(
        model.Judge(Extract(sample.views.get(), sample.signals)));
  });
  const double learn = Fastest([&] {
    model.Learn(samples[at % samples.size()]->features, at % 2 == 0, 1);
    ++at;
  });
  bool held = bench::Bar("classifier_score_us", score, 8);
  held &= bench::Bar("classifier_learn_us", learn, 40);
  // Passes over lessons, without rendering their comments.
  Lessons lessons;
  for (size_t i = 0; i < 20'000; ++i)
    lessons.Add(samples[i % samples.size()]->features, i % 2 == 0, 1, 0);
  const auto begin = bench::CpuClock::now();
  benchmark::DoNotOptimize(Train(lessons).spam_seen());
  const std::chrono::duration<double> spent = bench::CpuClock::now() - begin;
  held &= bench::Bar("classifier_train_200k_s", spent.count() * 10, 60);
  return held ? 0 : 1;
}

}  // namespace
}  // namespace sluice::classifier

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return sluice::classifier::Bars();
}
