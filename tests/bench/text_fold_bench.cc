// Cost of folding per byte, over doubling sizes: the time of a row must double
// with its size, whatever the text is made of.

#include <benchmark/benchmark.h>
#include <malloc.h>

#include <string>

#include "service/text/char_table.h"
#include "service/text/fold.h"
#include "service/text/squeeze.h"
#include "service/text/words.h"

namespace sluice::text {
namespace {

std::string Repeated(std::string_view pattern, size_t size) {
  std::string text;
  while (text.size() < size) text += pattern;
  return text;
}

constexpr std::string_view kEnglish =
    "Thanks for writing this up; I had not thought of the second case before. "
    "We ran into it last year (2019, if I remember well) and solved it by "
    "moving the check to the server, which cost us about $100 a month.\n\n"
    "It doesn't scale, of course. ";
constexpr std::string_view kTypographic =
    "Thanks for “writing” this up — I hadn’t thought of the second case… We "
    "met in a café, and the naïve way won’t do. ";
constexpr std::string_view kCyrillic =
    "Спасибо за статью, я раньше не думал о втором случае. Мы столкнулись с "
    "этим в прошлом году и перенесли проверку на сервер Docker. ";
constexpr std::string_view kChinese =
    "谢谢你写这篇文章，我以前没有想过第二种情况。我们去年遇到了这个问题。";

void RunFold(benchmark::State& state, std::string_view pattern) {
  const std::string text =
      Repeated(pattern, static_cast<size_t>(state.range(0)));
  for (auto unused : state) {
    benchmark::DoNotOptimize(Fold(text));
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations()) *
                          static_cast<int64_t>(text.size()));
  state.counters["ns_per_byte"] =
      benchmark::Counter(static_cast<double>(text.size()),
                         benchmark::Counter::kIsIterationInvariantRate |
                             benchmark::Counter::kInvert);
}

#define SLUICE_FOLD_BENCH(name, pattern)                          \
  void name(benchmark::State& state) { RunFold(state, pattern); } \
  BENCHMARK(name)->RangeMultiplier(2)->Range(1 << 9, 1 << 16)

SLUICE_FOLD_BENCH(FoldEnglish, kEnglish);
SLUICE_FOLD_BENCH(FoldTypographic, kTypographic);
SLUICE_FOLD_BENCH(FoldCyrillic, kCyrillic);
SLUICE_FOLD_BENCH(FoldChinese, kChinese);
SLUICE_FOLD_BENCH(FoldOneLetter, "a");
SLUICE_FOLD_BENCH(FoldCombining, "\u0301");
SLUICE_FOLD_BENCH(FoldMarkedLetters, "e\u0301");
SLUICE_FOLD_BENCH(FoldInvisible, "a\u200B");
SLUICE_FOLD_BENCH(FoldSpaced, "v i a g r a  ");
SLUICE_FOLD_BENCH(FoldLeet, "v1agr4 ");
SLUICE_FOLD_BENCH(FoldLeetUnbroken, "a1$");
SLUICE_FOLD_BENCH(FoldMixedScripts, "vі\u0430gr\u0430 ");
SLUICE_FOLD_BENCH(FoldAmbiguousWords, "\u0441\u043E\u0440 ");
SLUICE_FOLD_BENCH(FoldTurned, "ɐɹƃɐᴉʌ ");
SLUICE_FOLD_BENCH(FoldTurnedThenNot, "ɐo a");
SLUICE_FOLD_BENCH(FoldRegional, "🇦");
SLUICE_FOLD_BENCH(FoldBrackets, "[(<");
SLUICE_FOLD_BENCH(FoldLigature, "\uFDFA");

void SqueezeEnglish(benchmark::State& state) {
  const std::string text =
      Fold(Repeated(kEnglish, static_cast<size_t>(state.range(0)))).text;
  for (auto unused : state) benchmark::DoNotOptimize(Squeeze(text));
}
BENCHMARK(SqueezeEnglish)->Arg(1 << 9)->Arg(1 << 16);

void WordsOfEnglish(benchmark::State& state) {
  const std::string text =
      Fold(Repeated(kEnglish, static_cast<size_t>(state.range(0)))).text;
  for (auto unused : state) {
    Words words(text);
    for (ByteSpan word; words.Next(&word);) benchmark::DoNotOptimize(word);
  }
}
BENCHMARK(WordsOfEnglish)->Arg(1 << 9)->Arg(1 << 16);

void TableSize(benchmark::State& state) {
  for (auto unused : state) benchmark::DoNotOptimize(CharTable::Get());
  state.counters["bytes"] = static_cast<double>(CharTable::Get().SizeInBytes());
}
BENCHMARK(TableSize)->Iterations(1);

}  // namespace
}  // namespace sluice::text

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
