// Sixty shapes that made other renderers quadratic, deep or large, each at 16,
// 32 and 64 KiB in each of the three formats. Prints the worst shapes, then
// `bar` lines: the growth of time a doubling, the time and the memory at 64
// KiB.

#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

#include "service/markup/render.h"

namespace {

size_t live = 0;  // bytes allocated now, and the most since the last reset
size_t peak = 0;
constexpr size_t kHeader = 16;

}  // namespace

// Counts what is allocated, so that the memory bar is exact.
void* operator new(size_t size) {
  auto* block = static_cast<char*>(std::malloc(size + kHeader));
  if (block == nullptr) throw std::bad_alloc();
  *reinterpret_cast<size_t*>(block) = size;
  live += size;
  peak = std::max(peak, live);
  return block + kHeader;
}

void operator delete(void* pointer) noexcept {
  if (pointer == nullptr) return;
  char* block = static_cast<char*>(pointer) - kHeader;
  live -= *reinterpret_cast<size_t*>(block);
  std::free(block);
}

void operator delete(void* pointer, size_t) noexcept {
  operator delete(pointer);
}

namespace {

using sluice::markup::Format;
using sluice::markup::HtmlPolicy;
using Clock = std::chrono::steady_clock;

constexpr double kMaxGrowth = 2.6;       // a doubling
constexpr double kMaxMilliseconds = 25;  // at 64 KiB
constexpr double kMaxMegabytes = 16;     // at 64 KiB
constexpr size_t kSizes[] = {16 * 1024, 32 * 1024, 64 * 1024};
// Below this a time is noise and its growth says nothing.
constexpr double kMeasurable = 0.5;

struct Shape {
  const char* name;
  std::string prefix;
  std::string unit;  // '#' is replaced by a running number
  std::string middle;
  std::string suffix;  // as many as units
};

std::vector<Shape> Shapes() {
  return {
      {"nested_b", "", "<b>", "", ""},
      {"nested_b_closed", "", "<b>", "x", "</b>"},
      {"nested_em_and_i", "", "<em><i>", "x", ""},
      {"nested_a", "", "<a href=https://e.test/>", "", ""},
      {"nested_a_named", "", "<a href=https://e.test/#>x", "", ""},
      {"nested_ul_li", "", "<ul><li>", "x", ""},
      {"nested_blockquote", "", "<blockquote>", "x", "</blockquote>"},
      {"nested_p", "", "<p>", "", ""},
      {"nested_font", "", "<font color=#><p>", "", ""},
      {"nested_table", "", "<table><tr><td>", "x", ""},
      {"nested_div", "", "<div>", "x", "</div>"},
      {"nested_svg", "", "<svg>", "x", ""},
      {"svg_each_closed", "", "<svg></svg>", "", ""},
      {"end_b", "", "</b>", "", ""},
      {"end_p", "", "</p>", "", ""},
      {"end_li", "<ul><li>", "</li>", "", ""},
      {"misnested", "", "<b><i></b></i>", "", ""},
      {"misnested_blocks", "", "<b><blockquote></b></blockquote>", "", ""},
      {"less_than", "", "<", "", ""},
      {"less_than_slash", "", "</", "", ""},
      {"tag_open", "", "<a ", "", ""},
      {"tag_open_quote", "", "<a b=\"", "", ""},
      {"tag_open_both_quotes", "", "<a b=\"<a c='", "", ""},
      {"tag_quoted_tags", "", "<a b=\"<a b='\" c='<b d=\"' ", "", ""},
      {"attributes", "<a", " a#=b", ">x", ""},
      {"same_attributes", "<a", " href=https://e.test", ">x", ""},
      {"comment_open", "", "<!--", "", ""},
      {"comment_dashes", "<!--", "--", "", ""},
      {"comments", "", "<!---->", "", ""},
      {"instruction_open", "", "<?", "", ""},
      {"declaration_open", "", "<!", "", ""},
      {"cdata_open", "", "<![CDATA[", "", ""},
      {"script_open", "", "<script>", "", ""},
      {"script_end_almost", "<script>", "</scrip", "", ""},
      {"script_escaped", "<script>", "<!--<script>", "", ""},
      {"textarea_open", "", "<textarea>", "", ""},
      {"ampersands", "", "&", "", ""},
      {"references_long", "", "&CounterClockwiseContourIntegra", "", ""},
      {"references_numeric", "", "&#1", "", ""},
      {"references_digits", "&#", "1", "", ""},
      {"references_each", "", "&amp;", "", ""},
      {"bare_urls", "", "http://e.test/# ", "", ""},
      {"bare_urls_joined", "", "http://", "", ""},
      {"bare_www_joined", "", "www.", "", ""},
      {"bare_url_closers", "http://e.test/", ")", "", ""},
      {"long_href", "<a href=\"https://e.test/", "a/../", "\">x", ""},
      {"long_host", "<a href=\"https://", "a.", "test/\">x", ""},
      {"hosts_in_unicode", "", "<a href=https://\u00E4#.test>x</a>", "", ""},
      {"overrides", "", "\u202E", "", ""},
      {"isolates_closed", "", "\u2067", "x", "\u2069"},
      {"closers", "", "\u2069\u202C", "", ""},
      {"marks", "a", "\u0301", "", ""},
      {"marks_each", "", "a\u0301\u0301\u0301\u0301\u0301\u0301", "", ""},
      {"controls", "", "\x01", "", ""},
      {"braces", "", "{", "", ""},
      {"newlines", "", "\n", "", ""},
      {"lines", "", "x\n", "", ""},
      {"pre_newlines", "<pre>", "\n", "x", ""},
      {"spaces", "x", " ", "x", ""},
      {"backquotes_growing", "", "`#", "", ""},
      {"asterisks", "", "*", "", ""},
      {"emphasis_open", "", "*a _b ", "", ""},
      {"brackets", "", "[", "", ""},
      {"brackets_closed", "", "[", "x", "]"},
      {"link_parens", "", "[a](", "", ""},
      {"images", "", "![", "", ""},
      {"references", "", "[a#]: /x\n", "", ""},
      {"footnotes", "", "x[^#]\n\n[^#]: y\n\n", "", ""},
      {"footnote_many_references", "[^1]: x\n\n", "[^1]", "", ""},
      {"abbreviations", "", "*[a#]: b\n", "", ""},
      {"quotes", "", ">", "x", ""},
      {"quotes_stepped", "", "> > > x\n>\n", "", ""},
      {"lists_deep", "", "- ", "x", ""},
      {"lists", "", "- x\n", "", ""},
      {"table_wide", "|", "a|", "\n|", "-|"},
      {"table_bars", "a|b\n-|-\n", "|", "", ""},
      {"definitions", "", "a\n: b\n\n", "", ""},
      {"headers", "", "#", "", ""},
      {"fences", "", "~~~\n", "", ""},
      {"attribute_lists", "", "# a {#b .c}\n", "", ""},
      {"markdown_div", "", "<div markdown=\"1\">\n", "", ""},
  };
}

std::string Make(const Shape& shape, size_t size) {
  std::string out = shape.prefix;
  std::string tail;
  const size_t room = size - shape.prefix.size() - shape.middle.size();
  const size_t hash = shape.unit.find('#');
  const bool counted = hash != std::string::npos && shape.unit.size() > 1;
  for (int i = 1;; ++i) {
    std::string unit = shape.unit;
    if (counted) {
      for (size_t at = hash; at != std::string::npos; at = unit.find('#', at))
        unit.replace(at, 1, std::to_string(i));
    }
    if (out.size() + tail.size() + unit.size() + shape.suffix.size() > room)
      break;
    out += unit;
    tail += shape.suffix;
  }
  return out + shape.middle + tail;
}

struct Cost {
  double milliseconds;
  double megabytes;
};

// The best of several runs: the machine's noise only adds.
Cost Measure(const std::string& source, Format format,
             const HtmlPolicy& policy) {
  constexpr int kRuns = 9;
  Cost cost{1e9, 0};
  for (int run = 0; run < kRuns; ++run) {
    const size_t before = live;
    peak = live;
    const auto start = Clock::now();
    {
      const auto rendering =
          sluice::markup::Render(source, format, policy, "c1-");
      if (!rendering.verified) std::printf("not verified\n");
    }
    const std::chrono::duration<double, std::milli> time = Clock::now() - start;
    cost.milliseconds = std::min(cost.milliseconds, time.count());
    cost.megabytes =
        std::max(cost.megabytes, static_cast<double>(peak - before) / 1e6);
  }
  return cost;
}

struct Costs {
  Cost largest;
  double growth;  // the worst a doubling; 0 if too quick to say
};

// All sizes of a shape. One that seems to grow too fast is measured again: a
// busy machine may have looked away once, a quadratic shape never will.
Costs MeasureAll(const Shape& shape, Format format, const HtmlPolicy& policy) {
  constexpr int kTries = 4;
  std::vector<Cost> best(std::size(kSizes), Cost{1e9, 0});
  Costs costs{};
  for (int attempt = 0; attempt < kTries; ++attempt) {
    costs.growth = 0;
    for (size_t i = 0; i < best.size(); ++i) {
      const Cost cost = Measure(Make(shape, kSizes[i]), format, policy);
      best[i].milliseconds = std::min(best[i].milliseconds, cost.milliseconds);
      best[i].megabytes = std::max(best[i].megabytes, cost.megabytes);
      if (i == 0 || best[i - 1].milliseconds < kMeasurable) continue;
      costs.growth = std::max(costs.growth,
                              best[i].milliseconds / best[i - 1].milliseconds);
    }
    if (costs.growth <= kMaxGrowth) break;
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
  const std::vector<Shape> shapes = Shapes();
  std::printf("%zu shapes\n", shapes.size());
  for (const auto& format : kFormats) {
    Worst growth, time, memory;
    for (const Shape& shape : shapes) {
      const std::string name = std::string(format.name) + " " + shape.name;
      const Costs costs = MeasureAll(shape, format.format, policy);
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
