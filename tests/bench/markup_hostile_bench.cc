// The shapes of hostile_shapes.h, each at 16, 32 and 64 KiB in each of the
// three formats. Prints the worst shapes, then `bar` lines: the growth of time
// a doubling, the time and the memory at 64 KiB.

#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

#include "service/markup/render.h"
#include "tests/bench/cpu_clock.h"
#include "tests/bench/hostile_shapes.h"

namespace {

size_t live = 0;  // bytes allocated now, and the most since the last reset
size_t peak = 0;

}  // namespace

// Counts what is allocated, so that the memory bar is exact. Not inlined: the
// compiler takes malloc under new for a mismatch.
[[gnu::noinline]] void* operator new(size_t size) {
  void* const block = std::malloc(size);
  if (block == nullptr) throw std::bad_alloc();
  live += malloc_usable_size(block);
  peak = std::max(peak, live);
  return block;
}

[[gnu::noinline]] void operator delete(void* pointer) noexcept {
  if (pointer != nullptr) live -= malloc_usable_size(pointer);
  std::free(pointer);
}

void operator delete(void* pointer, size_t) noexcept {
  operator delete(pointer);
}

namespace {

using sluice::bench::HostileShape;
using sluice::bench::HostileShapes;
using sluice::markup::Format;
using sluice::markup::HtmlPolicy;
using Clock = sluice::bench::CpuClock;

constexpr double kMaxGrowth = 2.6;       // a doubling
constexpr double kMaxMilliseconds = 25;  // at 64 KiB
constexpr double kMaxMegabytes = 16;     // at 64 KiB
constexpr size_t kSizes[] = {16 * 1024, 32 * 1024, 64 * 1024};
// Below this a time is noise and its growth says nothing.
constexpr double kMeasurable = 0.5;

struct Cost {
  double milliseconds;
  double megabytes;
};

// The best of some runs: the machine's noise only adds. Before each another
// text is rendered, as in a server: a processor that sees nothing but one text
// of 16 KiB knows its branches by heart, and one of 32 KiB no longer.
void Measure(const std::string& source, const std::string& other, Format format,
             const HtmlPolicy& policy, Cost* best) {
  constexpr int kRuns = 4;
  for (int run = 0; run < kRuns; ++run) {
    sluice::markup::Render(other, format, policy, "c1-");
    const size_t before = live;
    peak = live;
    const auto start = Clock::now();
    {
      const auto rendering =
          sluice::markup::Render(source, format, policy, "c1-");
      if (!rendering.verified) std::printf("not verified\n");
    }
    const std::chrono::duration<double, std::milli> time = Clock::now() - start;
    best->milliseconds = std::min(best->milliseconds, time.count());
    best->megabytes =
        std::max(best->megabytes, static_cast<double>(peak - before) / 1e6);
  }
}

struct Costs {
  Cost largest;
  double growth;  // the worst a doubling; 0 if too quick to say
};

// All sizes of a shape, turn by turn, so that a slow moment of the machine
// meets all of them. A shape that seems to grow too fast is measured longer: a
// neighbour's noise goes, a quadratic shape stays at four.
Costs MeasureAll(const HostileShape& shape, const std::string& other,
                 Format format, const HtmlPolicy& policy) {
  constexpr int kTurns = 3;
  constexpr int kMaxTurns = 60;
  std::vector<std::string> sources;
  for (const size_t size : kSizes) sources.push_back(shape.make(size));
  std::vector<Cost> best(sources.size(), Cost{1e9, 0});
  Costs costs{};
  for (int turn = 0; turn < kMaxTurns; ++turn) {
    costs.growth = 0;
    for (size_t i = 0; i < best.size(); ++i) {
      Measure(sources[i], other, format, policy, &best[i]);
      if (i == 0 || best[i - 1].milliseconds < kMeasurable) continue;
      costs.growth = std::max(costs.growth,
                              best[i].milliseconds / best[i - 1].milliseconds);
    }
    if (turn + 1 >= kTurns && costs.growth <= kMaxGrowth) break;
  }
  costs.largest = best.back();
  return costs;
}

struct Worst {
  double value = 0;
  std::string where;
  void Take(double candidate, const std::string& name) {
    if (candidate > value) {
      value = candidate;
      where = name;
    }
  }
};

bool Bar(const char* name, const char* unit, const Worst& worst, double limit) {
  const bool ok = worst.value <= limit;
  std::printf("worst %s: %s\n", unit, worst.where.c_str());
  std::printf("bar %s %.2f %.1f %s\n", name, worst.value, limit,
              ok ? "ok" : "short");
  return ok;
}

}  // namespace

int main() {
  // Memory is kept between runs: page faults of fresh memory are the kernel's
  // cost, and grow in steps of their own.
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  const HtmlPolicy policy = sluice::markup::DefaultHtmlPolicy();
  constexpr struct {
    Format format;
    const char* name;
  } kFormats[] = {{Format::kHtml, "html"},
                  {Format::kMarkdownExtra, "markdown"},
                  {Format::kPlainText, "plain"}};
  bool ok = true;
  const std::vector<HostileShape> shapes = HostileShapes();
  std::string other;  // a piece of everything
  for (const HostileShape& shape : shapes) other += shape.make(256);
  std::printf("%zu shapes\n", shapes.size());
  for (const auto& format : kFormats) {
    Worst growth, time, memory;
    for (const HostileShape& shape : shapes) {
      const std::string name = std::string(format.name) + " " + shape.name;
      const Costs costs = MeasureAll(shape, other, format.format, policy);
      growth.Take(costs.growth, name);
      time.Take(costs.largest.milliseconds, name);
      memory.Take(costs.largest.megabytes, name);
      if (costs.largest.milliseconds > 5) {
        std::printf("  %-40s %.1f ms %.1f MB\n", name.c_str(),
                    costs.largest.milliseconds, costs.largest.megabytes);
      }
    }
    const std::string bar = std::string("markup_hostile_") + format.name;
    ok &=
        Bar((bar + "_growth").c_str(), "growth a doubling", growth, kMaxGrowth);
    ok &= Bar((bar + "_ms").c_str(), "milliseconds at 64 KiB", time,
              kMaxMilliseconds);
    ok &= Bar((bar + "_mb").c_str(), "megabytes at 64 KiB", memory,
              kMaxMegabytes);
  }
  return ok ? 0 : 1;
}
