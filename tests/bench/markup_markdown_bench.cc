// What rendering Markdown costs beside md4c, and that no shape of text costs
// more than its size: prints one bar line each.
//
//   markup_markdown_bench [--shapes]

#include <fmt/format.h>
#include <md4c-html.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "service/markup/policy.h"
#include "service/markup/render.h"

namespace {

using sluice::markup::Format;
using sluice::markup::HtmlPolicy;
using sluice::markup::Render;

// A comment of a kilobyte as people write them.
constexpr char kComment[] =
    R"(I read this twice, and I *think* the second half is the better one. You
write that the old press was sold in 1974, but [the town's archive][1] has a
bill from **March 1976** with the owner's name on it, so it must have stayed
at least two years longer.

> The machine was carried out through the window, in four parts,
> and nobody ever saw it whole again.

That is a lovely sentence. Some small things:

* the photo's caption says "left to right", but it is the other way round
* `Heidelberg` is misspelt twice
* the link to <https://example.org/press> is dead

My grandfather kept the accounts there. He wrote down, in order:

1. the paper,
2. the ink,
3. the wages & the beer.

If you want them I can send scans, there are about 40 pages. The most
interesting ones are those of the strike, when _nothing_ was printed for six
weeks and the paper rotted in the yard. I put two of them
[here](https://example.org/scans?page=2&size=big "two pages").

[1]: https://example.org/archive/1976/

Thank you for this, and please go on writing about the others too.)";

double Microseconds(const auto& work, int rounds) {
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < rounds; ++i) work();
  const std::chrono::duration<double, std::micro> spent =
      std::chrono::steady_clock::now() - begin;
  return spent.count() / rounds;
}

// The fastest of several batches: what the work costs when nothing disturbs.
double Best(const auto& work, int rounds) {
  double best = 1e12;
  for (int i = 0; i < 9; ++i) best = std::min(best, Microseconds(work, rounds));
  return best;
}

bool Bar(const std::string& name, double value, double limit) {
  const bool held = value <= limit;
  fmt::print("bar {} {:.3g} {:.3g} {}\n", name, value, limit,
             held ? "ok" : "short");
  return held;
}

bool CompareWithMd4c() {
  const std::string text(kComment);
  const HtmlPolicy policy = sluice::markup::DefaultHtmlPolicy();
  size_t bytes = 0;
  const auto append = [](const MD_CHAR* data, MD_SIZE size, void* out) {
    static_cast<std::string*>(out)->append(data, size);
  };
  const auto ours = [&] {
    bytes += Render(text, Format::kMarkdownExtra, policy, "c1-").html.size();
  };
  const auto theirs = [&] {
    std::string out;
    md_html(text.data(), static_cast<MD_SIZE>(text.size()), append, &out, 0, 0);
    bytes += out.size();
  };
  const double a = Best(ours, 300);
  const double b = Best(theirs, 300);
  fmt::print("{} bytes: Render {:.2f} us, md4c-html {:.2f} us ({} bytes out)\n",
             text.size(), a, b, bytes);
  return Bar("markup_markdown_against_md4c", a / b, 2.5);
}

std::string Repeat(std::string_view piece, size_t size) {
  std::string out;
  while (out.size() < size) out += piece;
  out.resize(size);
  return out;
}

std::string Rising(std::string_view marker, size_t size) {
  std::string out;
  for (size_t depth = 0; out.size() < size; depth = (depth + 2) % 200) {
    out.append(depth, ' ').append(marker).append(" a\n");
  }
  return out;
}

std::string Quotes(size_t size) {
  std::string out;
  for (size_t n = 1; out.size() < size; ++n) {
    out.append(n, '`').append("a ");
  }
  return out;
}

std::string Notes(std::string_view form, size_t size) {
  std::string out;
  for (size_t n = 0; out.size() < size; ++n) {
    out += fmt::format(fmt::runtime(std::string(form)), n);
  }
  return out;
}

std::vector<std::pair<std::string, std::string>> Shapes(size_t size) {
  std::vector<std::pair<std::string, std::string>> shapes;
  for (const char* piece : {"(",
                            "[",
                            "![",
                            "*",
                            "_",
                            "`",
                            "<",
                            ">",
                            "> ",
                            "- ",
                            "|",
                            "{",
                            "&",
                            "\\",
                            "#",
                            "~",
                            "=",
                            "\n",
                            " ",
                            "a ",
                            "]",
                            ")",
                            "**a ",
                            "*a **b ",
                            "_a __b ",
                            "[a](",
                            "[a](<b ",
                            "[a](b \"",
                            "[a](b 'c ",
                            "[a][",
                            "[a][a]",
                            "![a](",
                            "[[a]",
                            "[a]]",
                            "<a ",
                            "<a href=\"",
                            "<!-- ",
                            "<? ",
                            "<div>",
                            "<div markdown=1>",
                            "<div>\n",
                            "<p \"",
                            "</div>",
                            "<script>",
                            "a|b\n",
                            "a|b\n-|-\n",
                            "|a|\n|-|\n",
                            "~~~\n",
                            "```a\n",
                            "> a\n",
                            "- a\n",
                            "- a\n\n",
                            "1. a\n",
                            "a\n: b\n",
                            "a\n\n: b\n\n",
                            "    a\n",
                            "# a\n",
                            "a\n=\n",
                            "- - - - a\n",
                            "> > > > a\n",
                            "* [a]: b\n",
                            "[^1] ",
                            "[^1]: a\n",
                            "*[a]: b\n",
                            "[a]: b\n",
                            "[a]:[a]:",
                            "&amp;",
                            "&#x41;",
                            "<http://a> ",
                            "<a@b.c> ",
                            "a  \n",
                            "{{",
                            "{#a}",
                            "# a {#b}\n",
                            "a*b_c`d[e]f(g)h<i>j",
                            "\\`",
                            "`a``b```c",
                            "<b><i><em><strong>",
                            "</b></i></em>",
                            "*a*b*c_d_e_",
                            "***a***b",
                            "***a ",
                            "x<y "}) {
    shapes.emplace_back(piece, Repeat(piece, size));
  }
  shapes.emplace_back("rising -", Rising("-", size));
  shapes.emplace_back("rising 1.", Rising("1.", size));
  shapes.emplace_back("rising >", Rising(">", size));
  shapes.emplace_back("quotes of every length", Quotes(size));
  shapes.emplace_back("many notes",
                      Notes("[^{0}] ", size / 2) + "\n\n" +
                          Notes("[^{0}]: a [^{0}]\n\n", size / 2));
  shapes.emplace_back("many links", Notes("[a{0}] ", size / 2) + "\n\n" +
                                        Notes("[a{0}]: /b{0}\n", size / 2));
  shapes.emplace_back("abbreviations",
                      Notes("*[a-a-a-a-a-a-a-a-{0}]: b\n", size / 16) + "\n" +
                          Repeat("a-", size - size / 16));
  shapes.emplace_back("fences of every length", [&] {
    std::string out;
    for (size_t n = 3; out.size() < size; ++n) {
      out.append(n, '~').append("a\n");
    }
    return out;
  }());
  shapes.emplace_back("lazy quotation",
                      Repeat("> ", 64) + "\n" + Repeat("a\n", size));
  return shapes;
}

bool MeasureShapes() {
  const HtmlPolicy policy = sluice::markup::DefaultHtmlPolicy();
  double worst = 0;
  double worst_factor = 0;
  std::string slowest;
  std::string steepest;
  const size_t count = Shapes(16).size();
  for (size_t i = 0; i < count; ++i) {
    double last = 0;
    for (const size_t size : {16384, 32768, 65536}) {
      const auto [name, text] = Shapes(size)[i];
      double best = 1e12;
      for (int round = 0; round < 5; ++round) {
        best = std::min(best, Microseconds(
                                  [&text = text, &policy] {
                                    Render(text, Format::kMarkdownExtra, policy,
                                           "c1-");
                                  },
                                  1));
      }
      // Below a third of a millisecond a factor is noise.
      const double factor = last > 300 ? best / last : 0;
      if (factor > worst_factor) {
        worst_factor = factor;
        steepest = name;
      }
      if (best > worst) {
        worst = best;
        slowest = name;
      }
      if (factor > 2.6 || best > 15000) {
        fmt::print("`{}` at {} KiB: {:.2f} ms, {:.2f} times the half\n", name,
                   size / 1024, best / 1000, factor);
      }
      last = best;
    }
  }
  fmt::print("{} shapes; slowest `{}`, steepest `{}`\n", count, slowest,
             steepest);
  const bool fast = Bar("markup_markdown_worst_ms", worst / 1000, 25);
  return Bar("markup_markdown_doubling", worst_factor, 2.6) && fast;
}

}  // namespace

int main(int argc, char** argv) {
  const bool shapes = argc > 1 && std::strcmp(argv[1], "--shapes") == 0;
  bool held = CompareWithMd4c();
  if (shapes) held = MeasureShapes() && held;
  return held ? 0 : 1;
}
