// What an HTML comment costs, next to gumbo's parse alone and md4c's rendering
// of a Markdown comment of the same size. One run, so that the shares mean
// something: prints `bar` lines after the table.

#include <benchmark/benchmark.h>
#include <gumbo.h>

#include <chrono>
#include <cstdio>
#include <string>

#include "service/markup/render.h"

namespace {

using sluice::markup::DefaultHtmlPolicy;
using sluice::markup::Format;
using sluice::markup::HtmlPolicy;

// A comment of a kilobyte as people write them, and one with much markup.
std::string Comment() {
  return "I read this twice &amp; still disagree. <em>Mostly</em> because the "
         "second argument rests on <a href=\"https://example.com/a/b?c=d&amp;"
         "e=f\">an old survey</a> that asked <strong>nobody</strong> outside "
         "of three towns.\n\n"
         "<blockquote>Every lock that was opened had been locked "
         "before.</blockquote>\n"
         "That is true, and it proves nothing:\n"
         "<ul>\n<li>the sample is what broke,</li>\n<li>what held was never "
         "counted, and</li>\n<li>who would have counted it?</li>\n</ul>\n"
         "Besides, the code says otherwise:\n"
         "<pre>if (lock.opened()) {\n  count++;\n}\n</pre>\n"
         "See also <cite>The Book of Doors</cite>, chapter 4, where the same "
         "figure appears with another unit. I would rather look at the raw "
         "numbers; they were published in March, and somebody put them at "
         "<a href=\"http://data.example.org/doors.csv\">this place</a>. "
         "Until then <i>caution</i> seems right, x<sub>1</sub> or not. "
         "Thanks for the article in any case, it made me think about things "
         "I had taken for granted for years.\n";
}

void Render(benchmark::State& state) {
  const HtmlPolicy policy = DefaultHtmlPolicy();
  const std::string comment = Comment();
  for (auto _ : state) {
    auto rendering =
        sluice::markup::Render(comment, Format::kHtml, policy, "c1-");
    benchmark::DoNotOptimize(rendering);
  }
  state.SetBytesProcessed(state.iterations() *
                          static_cast<int64_t>(comment.size()));
}
BENCHMARK(Render);

void GumboParse(benchmark::State& state) {
  const std::string comment = Comment();
  for (auto _ : state) {
    GumboOutput* output = gumbo_parse_with_options(
        &kGumboDefaultOptions, comment.data(), comment.size());
    benchmark::DoNotOptimize(output);
    gumbo_destroy_output(&kGumboDefaultOptions, output);
  }
  state.SetBytesProcessed(state.iterations() *
                          static_cast<int64_t>(comment.size()));
}
BENCHMARK(GumboParse);

// Keeps each benchmark's time for the bars.
class Keeper : public benchmark::ConsoleReporter {
 public:
  void ReportRuns(const std::vector<Run>& runs) override {
    ConsoleReporter::ReportRuns(runs);
    for (const Run& run : runs) {
      if (run.run_name.function_name == "Render")
        render = run.GetAdjustedCPUTime();
      if (run.run_name.function_name == "GumboParse")
        gumbo = run.GetAdjustedCPUTime();
    }
  }
  double render = 0;
  double gumbo = 0;
};

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  Keeper keeper;
  benchmark::RunSpecifiedBenchmarks(&keeper);
  if (keeper.render == 0 || keeper.gumbo == 0) return 0;
  constexpr double kLimit = 0.1;
  const double share = keeper.render / keeper.gumbo;
  std::printf("bar markup_html_of_gumbo %.3f %.1f %s\n", share, kLimit,
              share <= kLimit ? "ok" : "short");
  return share <= kLimit ? 0 : 1;
}
