// Markdown Extra, one table of source and HTML a construct. The policy allows
// all that Markdown Extra makes, so that nothing else decides.

#include "service/markup/markdown.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "service/markup/policy.h"
#include "service/markup/render.h"

namespace sluice::markup {
namespace {

struct Case {
  std::string_view source;
  std::string_view html;
};

HtmlPolicy Everything() {
  HtmlPolicy policy = PermissiveHtmlPolicy();
  policy.relative_urls = true;
  policy.link_bare_urls = false;
  policy.rel = "";
  return policy;
}

// The HTML without the newlines that only make it readable.
std::string Html(std::string_view source, const HtmlPolicy& policy) {
  const Rendering rendering =
      Render(source, Format::kMarkdownExtra, policy, "p-");
  EXPECT_TRUE(rendering.verified) << source;
  std::string out;
  for (const char c : rendering.html) {
    if (c != '\n') {
      out += c;
    } else if (!out.empty() && out.back() != '>') {
      out += '|';
    }
  }
  while (!out.empty() && out.back() == '|') out.pop_back();
  return out;
}

class Markdown : public testing::TestWithParam<Case> {};

TEST_P(Markdown, MeansThis) {
  EXPECT_EQ(Html(GetParam().source, Everything()), GetParam().html)
      << GetParam().source;
}

INSTANTIATE_TEST_SUITE_P(
    Blocks, Markdown,
    testing::Values(
        Case{"", ""}, Case{"a", "<p>a</p>"}, Case{"a\nb", "<p>a|b</p>"},
        Case{"a\r\n\r\nb", "<p>a</p><p>b</p>"}, Case{"a  \nb", "<p>a<br>b</p>"},
        Case{"# a #", "<h1>a</h1>"}, Case{"##", "<h1>#</h1>"},
        Case{"#", "<p>#</p>"}, Case{"a\n=\n\nb\n---", "<h1>a</h1><h2>b</h2>"},
        Case{"# a {#x .y}", "<h1>a</h1>"}, Case{"* * *", "<hr>"},
        Case{"a\n***\nb", "<p>a</p><hr><p>b</p>"},
        Case{"> a\nb\n\n> c", "<blockquote><p>a|b</p><p>c</p></blockquote>"},
        Case{"> > a",
             "<blockquote><blockquote><p>a</p></blockquote></blockquote>"},
        Case{"a\n> b", "<p>a</p><blockquote><p>b</p></blockquote>"},
        Case{"    a\n\n    b", "<pre><code>a||b|</code></pre>"},
        Case{"\ta", "<pre><code>a|</code></pre>"},
        Case{"~~~\n<b>\n~~~", "<pre><code>&lt;b&gt;|</code></pre>"},
        Case{"``` php\n$a\n```", "<pre><code>$a|</code></pre>"},
        Case{"~~~\na", "<p>~~~|a</p>"}));

INSTANTIATE_TEST_SUITE_P(
    Lists, Markdown,
    testing::Values(
        Case{"- a\n- b", "<ul><li>a</li><li>b</li></ul>"},
        Case{"3. a\n4. b", "<ol start=\"3\"><li>a</li><li>b</li></ol>"},
        Case{"- a\n\n- b", "<ul><li><p>a</p></li><li><p>b</p></li></ul>"},
        Case{"- a\n  - b\n- c",
             "<ul><li>a|<ul><li>b</li></ul></li><li>c</li></ul>"},
        Case{"- a\n\n  b", "<ul><li><p>a</p><p>b</p></li></ul>"},
        Case{"a\n- b", "<p>a|- b</p>"},
        Case{"2001. a\nb", "<ol start=\"2001\"><li>a|b</li></ol>"},
        Case{"- a\n1. b", "<ul><li>a</li></ul><ol><li>b</li></ol>"},
        Case{"a\n: b", "<dl><dt>a</dt><dd>b</dd></dl>"},
        Case{"a\nb\n\n:   c",
             "<dl><dt>a</dt><dt>b</dt><dd><p>c</p></dd></dl>"}));

INSTANTIATE_TEST_SUITE_P(
    Inlines, Markdown,
    testing::Values(
        Case{"*a* _b_ **c** __d__",
             "<p><em>a</em> <em>b</em> <strong>c</strong> "
             "<strong>d</strong></p>"},
        Case{"***a***", "<p><strong><em>a</em></strong></p>"},
        Case{"***a** b*", "<p><em><strong>a</strong> b</em></p>"},
        Case{"a_b_c 2*3*4", "<p>a_b_c 2<em>3</em>4</p>"},
        Case{"* a*b", "<ul><li>a*b</li></ul>"}, Case{"**a", "<p>**a</p>"},
        Case{"\\*a\\* \\q", "<p>*a* \\q</p>"},
        Case{"`a *b*` ``c ` d``",
             "<p><code>a *b*</code> <code>c ` d</code></p>"},
        Case{"`a", "<p>`a</p>"},
        Case{"&copy; &amp; & &x", "<p>\u00A9 &amp; &amp; &amp;x</p>"},
        Case{"x<y and <b>z</b> <3", "<p>x&lt;y and <b>z</b> &lt;3</p>"},
        Case{"<http://a.example/b_c_d>",
             "<p><a href=\"http://a.example/b_c_d\">http://a.example/b_c_d</a>"
             "</p>"},
        Case{"<a@b.example>",
             "<p><a href=\"mailto:a@b.example\">a@b.example</a></p>"},
        Case{"a <!-- *b* --> c", "<p>a  c</p>"},
        Case{"<!x> a <!-- b --> c", "<p>&lt;!x&gt; a  c</p>"},
        Case{"a <!-- b <!-- c", "<p>a &lt;!-- b &lt;!-- c</p>"}));

INSTANTIATE_TEST_SUITE_P(
    Links, Markdown,
    testing::Values(
        Case{"[a](/b)", "<p><a href=\"/b\">a</a></p>"},
        Case{"[a](/b \"t\"){.c}", "<p><a href=\"/b\" title=\"t\">a</a></p>"},
        Case{"[a](/b_(c))", "<p><a href=\"/b_(c)\">a</a></p>"},
        Case{"[*a*](<b c>)", "<p><a href=\"b%20c\"><em>a</em></a></p>"},
        Case{"[a]()", "<p><a href=\"\">a</a></p>"},
        Case{
            "[a][B] [b], [b][]\n\n[b]: /c",
            "<p><a href=\"/c\">a</a> <a href=\"/c\">b</a>, <a href=\"/c\">b</a>"
            "</p>"},
        Case{"[a][c] b\n\n[b]: /c", "<p>[a][c] b</p>"},
        Case{"![a](/b)", "<p><img src=\"/b\" alt=\"a\"></p>"},
        Case{"[a", "<p>[a</p>"}, Case{"[a](b", "<p>[a](b</p>"}));

INSTANTIATE_TEST_SUITE_P(
    Extra, Markdown,
    testing::Values(
        Case{"a|b\n-|:-:\n1|2 \\| `|`",
             "<table><thead><tr><th>a</th><th align=\"center\">b</th></tr>"
             "</thead><tbody><tr><td>1</td><td align=\"center\">2 | "
             "<code>|</code></td></tr></tbody></table>"},
        Case{"|a|\n|-|\nno row", "<p>|a|||-||no row</p>"},
        Case{"HTML *HTML* XHTML\n\n*[HTML]: Hyper",
             "<p><abbr title=\"Hyper\">HTML</abbr> <em><abbr "
             "title=\"Hyper\">HTML</abbr></em> XHTML</p>"},
        Case{"a[^x]\n\n[^x]: b\n\n    c",
             "<p>a<sup id=\"p-fnref-1\"><a href=\"#p-fn-1\">1</a></sup></p>"
             "<div><hr><ol><li id=\"p-fn-1\"><p>b</p><p>c&nbsp;<a "
             "href=\"#p-fnref-1\">\u21A9\uFE0E</a></p></li></ol></div>"},
        Case{"a[^x]", "<p>a[^x]</p>"},
        Case{"<div markdown=\"1\">\n*a*\n</div>",
             "<div><p><em>a</em></p></div>"},
        Case{"<div>\n*a*\n</div>", "<div>*a*|</div>"}));

TEST(MarkdownPolicy, NewlinesAreBreaksWhereTheSiteSaysSo) {
  HtmlPolicy policy = Everything();
  policy.newlines_are_breaks = true;
  EXPECT_EQ(Html("a\nb", policy), "<p>a<br>b</p>");
}

TEST(MarkdownPolicy, PastTheLimitsADefinitionIsText) {
  HtmlPolicy policy = Everything();
  policy.limits.max_link_definitions = 1;
  policy.limits.max_footnotes = 0;
  policy.limits.max_abbreviations = 0;
  EXPECT_EQ(Html("[a] [b]\n\n[a]: /a\n[b]: /b", policy),
            "<p><a href=\"/a\">a</a> [b]</p><p>[b]: /b</p>");
  EXPECT_EQ(Html("*[a]: b", policy), "<p>*[a]: b</p>");
  policy.limits.max_table_cells = 3;
  EXPECT_EQ(Html("a|b\n-|-\n1|2", policy), "<p>a|b|-|-|1|2</p>");
}

TEST(MarkdownPolicy, AttributeListsAreReportedAndDropped) {
  const Rendering rendering =
      Render("# a {#x onclick=y}", Format::kMarkdownExtra, Everything(), "");
  ASSERT_EQ(rendering.removals.size(), 1u);
  EXPECT_EQ(rendering.removals[0].kind, RemovalKind::kAttributeList);
}

TEST(MarkdownSpans, TextInQuotationsKnowsWhereItWasWritten) {
  const std::string source = "> one\n> two\n\n- three\n\n  four";
  const Rendering rendering =
      Render(source, Format::kMarkdownExtra, Everything(), "");
  for (const std::string_view word : {"one", "two", "three", "four"}) {
    const size_t at = rendering.text.find(word);
    ASSERT_NE(at, std::string::npos);
    const ByteSpan span = rendering.text_map.Map(
        {static_cast<uint32_t>(at), static_cast<uint32_t>(at + word.size())});
    EXPECT_EQ(source.substr(span.begin, span.size()), word);
  }
}

std::string Repeat(std::string_view piece, size_t size) {
  std::string out;
  while (out.size() < size) out += piece;
  return out;
}

class HostileMarkdown : public testing::TestWithParam<std::string_view> {};

// Whatever is piled up: an answer, inside the budget, verified, the same twice.
TEST_P(HostileMarkdown, IsAnswered) {
  const std::string source = Repeat(GetParam(), 16384);
  for (const HtmlPolicy& policy : {Everything(), DefaultHtmlPolicy()}) {
    const Rendering a = Render(source, Format::kMarkdownExtra, policy, "p-");
    EXPECT_TRUE(a.verified || a.over_budget);
    EXPECT_LE(a.html.size(), source.size() * policy.limits.max_output_factor +
                                 policy.limits.max_output_extra);
    const Rendering b = Render(source, Format::kMarkdownExtra, policy, "p-");
    EXPECT_EQ(a.html, b.html);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, HostileMarkdown,
    testing::Values("(", "[", "![", "*", "_", "`", "<", "> ", "- ", "|", "{",
                    "&", "\\", "#", "~~~\n", "[a](", "[a](<", "[a](b \"",
                    "[a][a]", "<a ", "<!-- ", "<div>", "<div markdown=1>",
                    "<script>", "|a|\n|-|\n", "a|b\n-|-\n", "- a\n\n",
                    "a\n: b\n", "    a\n", "- - - - a\n", "[^1]: [^1]\n",
                    "*[a]: a\n", "[a]: a\n", "a*b_c`d[e]f(g)h<i>j", "***a ",
                    "\x1A", "\n"));

TEST(HostileMarkdownDepth, ContainersPastTheLimitAreText) {
  const std::string source = Repeat("> ", 4096) + "deep";
  const Rendering rendering =
      Render(source, Format::kMarkdownExtra, Everything(), "");
  EXPECT_TRUE(rendering.verified);
  EXPECT_NE(rendering.text.find("deep"), std::string::npos);
}

TEST(HostileMarkdownNotes, AFootnoteThatNamesItselfEnds) {
  const std::string html = Html("a[^x]\n\n[^x]: b[^x]", Everything());
  EXPECT_NE(html.find("b[^x]"), std::string::npos) << html;
}

}  // namespace
}  // namespace sluice::markup
