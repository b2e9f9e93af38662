// What rendering a comment costs: a Markdown one beside md4c, which makes HTML
// and nothing else; an HTML one beside gumbo's parse alone. Prints a bar line
// for each. Hostile shapes: markup_hostile_bench.

#include <gumbo.h>
#include <md4c-html.h>

#include <cstdio>
#include <string>
#include <string_view>

#include "service/markup/render.h"
#include "tests/bench/cpu_clock.h"

namespace {

using sluice::bench::Bar;
using sluice::bench::TurnByTurn;
using sluice::markup::Format;
using sluice::markup::HtmlPolicy;
using sluice::markup::Render;

// A comment of a kilobyte as people write them.
constexpr char kMarkdown[] =
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

constexpr char kHtml[] =
    "I read this twice &amp; still disagree. <em>Mostly</em> because the "
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

size_t sink = 0;

void RenderWithMd4c(std::string_view text) {
  const auto append = [](const MD_CHAR* data, MD_SIZE size, void* out) {
    static_cast<std::string*>(out)->append(data, size);
  };
  std::string out;
  md_html(text.data(), static_cast<MD_SIZE>(text.size()), append, &out, 0, 0);
  sink += out.size();
}

void ParseWithGumbo(std::string_view text) {
  GumboOutput* output =
      gumbo_parse_with_options(&kGumboDefaultOptions, text.data(), text.size());
  sink += output->root->type;
  gumbo_destroy_output(&kGumboDefaultOptions, output);
}

}  // namespace

int main() {
  const HtmlPolicy policy = sluice::markup::DefaultHtmlPolicy();
  const auto render = [&policy](std::string_view text, Format format) {
    sink += Render(text, format, policy, "c1-").html.size();
  };
  const auto markdown =
      TurnByTurn([&] { render(kMarkdown, Format::kMarkdownExtra); },
                 [] { RenderWithMd4c(kMarkdown); });
  const auto html = TurnByTurn([&] { render(kHtml, Format::kHtml); },
                               [] { ParseWithGumbo(kHtml); });
  std::printf("Markdown, %zu bytes: %.2f us, md4c-html %.2f us\n",
              sizeof(kMarkdown) - 1, markdown.first, markdown.second);
  std::printf("HTML, %zu bytes: %.2f us, gumbo %.2f us (%zu)\n",
              sizeof(kHtml) - 1, html.first, html.second, sink);
  const bool held = Bar("markup_markdown_against_md4c",
                        markdown.first / markdown.second, 2.5);
  return Bar("markup_html_of_gumbo", html.first / html.second, 0.1) && held ? 0
                                                                            : 1;
}
