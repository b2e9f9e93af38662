#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/review/html_text.h"
#include "tests/unit/client/review_testing.h"

namespace sluice::client::review {
namespace {

using ::testing::HasSubstr;

std::string Read(const std::string& html,
                 const std::vector<Matched>& matched = {}, int columns = 40) {
  UseUtf8();
  std::string out;
  for (const Line& line : HtmlAsText(html, matched, true, columns))
    out += Plain(line) + "\n";
  return out;
}

TEST(HtmlAsText, ParagraphsStandApart) {
  EXPECT_EQ(Read("<p>One\ntwo.</p>\n<p>Three<br />four</p>"),
            "One two.\n\nThree\nfour\n");
}

TEST(HtmlAsText, ListsAndQuotesAreIndented) {
  EXPECT_EQ(Read("<p>a</p><ul><li>b</li><li>c<ol><li>d</li></ol></li></ul>"
                 "<blockquote><p>q</p><p>r</p></blockquote>"),
            "a\n\n* b\n* c\n  1. d\n\n> q\n\n> r\n");
}

TEST(HtmlAsText, LongItemsStayBesideTheirBullet) {
  EXPECT_EQ(Read("<ul><li>one two three</li></ul>", {}, 9),
            "* one two\n  three\n");
}

TEST(HtmlAsText, LinksHaveTheirUrlBelow) {
  EXPECT_EQ(Read("<p>See <a href=\"https://a.example/?b=1&amp;c=2\" "
                 "rel=\"nofollow\">this</a> &lt;now&gt;</p>"),
            "See this [1] <now>\n\n[1] https://a.example/?b=1&c=2\n");
}

TEST(HtmlAsText, ABareUrlIsNotListedAgain) {
  EXPECT_EQ(Read("<p>at <a href=\"http://a.example/\">http://a.example/</a>, "
                 "<a href=\"http://b.example/\">http://a.example/</a></p>",
                 {}, 80),
            "at http://a.example/, http://a.example/ [1]\n\n"
            "[1] http://b.example/\n");
}

TEST(HtmlAsText, PreformattedTextKeepsItsSpaces) {
  EXPECT_EQ(Read("<pre><code>a  b\n  c</code></pre>"), "a  b\n  c\n");
}

TEST(HtmlAsText, MarksTheWordThatMatchedAndNotItsTwin) {
  EXPECT_EQ(Read("<p>in Rome, in <em>Paris</em></p>",
                 {{"in", "in Rome, ", " *Paris*"}}),
            "in Rome, [in] Paris\n");
}

TEST(HtmlAsText, TwoMatchesMarkTwoPlaces) {
  EXPECT_EQ(Read("<p>pill pill pill</p>", {{"pill", "", ""}, {"pill", "", ""}}),
            "[pill] [pill] pill\n");
}

TEST(HtmlAsText, HostileTextIsTame) {
  EXPECT_EQ(Read("<p>&#27;]0;x&#7;</p>"), "\\x1b]0;x\\x07\n");
  EXPECT_EQ(Read("<p>a <a href=\"http://x/&#x202E;\">b</a></p>"),
            "a b [1]\n\n[1] http://x/<U+202E>\n");
}

TEST(HtmlAsText, BrokenHtmlEnds) {
  for (const char* html : {"<", "<p", "</", "&", "&#", "&#x;", "<a href=\"",
                           "</ul></ul>", "<li>", "<><>", "&#99999999999;"}) {
    Read(html);
  }
  EXPECT_EQ(Read("<p>a &nosuch; b</p>"), "a &nosuch; b\n");
}

TEST(HtmlAsText, DepthIsBounded) {
  std::string html;
  for (int i = 0; i < 1000; ++i) html += "<blockquote>";
  html += "<p>deep</p>";
  for (int i = 0; i < 1000; ++i) html += "</blockquote>";
  EXPECT_THAT(Read(html + "<p>flat</p>", {}, 80), HasSubstr("\nflat\n"));
}

TEST(SourceAsText, MarksTheBytesThatMatched) {
  UseUtf8();
  std::string out;
  for (const Line& line :
       SourceAsText("a **b** c\nd", {{4, 5}, {10, 11}}, true, 40))
    out += Plain(line) + "\n";
  EXPECT_EQ(out, "a **[b]** c\n[d]\n");
}

}  // namespace
}  // namespace sluice::client::review
