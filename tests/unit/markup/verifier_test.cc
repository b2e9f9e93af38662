// The verifier refuses what the serializer would never print.

#include <gtest/gtest.h>

#include "service/markup/render.h"

namespace sluice::markup {
namespace {

TEST(Verifier, Accepts) {
  const HtmlPolicy policy = DefaultHtmlPolicy();
  for (const char* html :
       {"", "text", "a &amp; b &lt; &gt; &nbsp; \"quoted\"",
        "<p>x</p><hr><ul><li>y</li></ul>",
        "<a href=\"https://e.test/\" rel=\"nofollow ugc noopener\">x</a>",
        "<a>x</a>", "<pre><code>\nx</code></pre>",
        "<table><thead><tr><th align=\"left\">x</th></tr></thead><tbody><tr>"
        "<td>y</td></tr></tbody></table>",
        "<sup id=\"c1-fnref1\"><a href=\"#c1-fn1\">1</a></sup>"})
    EXPECT_TRUE(VerifyHtml(html, policy)) << html;
}

TEST(Verifier, Refuses) {
  const HtmlPolicy policy = DefaultHtmlPolicy();
  for (const char* html :
       {"<",
        ">",
        "&",
        "&quot;",
        "&#60;",
        "a\rb",
        "a\x01"
        "b",
        "a\x7F",
        "<script>x</script>",
        "<B>x</B>",
        "<b >x</b>",
        "<b>x",
        "x</b>",
        "<b><i>x</b></i>",
        "<b/>",
        "<br></br>",
        "<!-- x -->",
        "<div>x</div>",
        "<h1>x</h1>",
        "<img src=\"https://e.test/\" alt=\"\">",
        "<b id=\"x\">x</b>",
        "<b onclick=\"x\">x</b>",
        "<a href=\"https://e.test/\">x</a>",
        "<a href=https://e.test/ rel=\"nofollow ugc noopener\">x</a>",
        "<a href='https://e.test/' rel=\"nofollow ugc noopener\">x</a>",
        "<a href=\"javascript:x\" rel=\"nofollow ugc noopener\">x</a>",
        "<a href=\"/x\" rel=\"nofollow ugc noopener\">x</a>",
        "<a href=\"https://e.test/ x\" rel=\"nofollow ugc noopener\">x</a>",
        "<a href=\"https://e.test/\u00FC\" rel=\"nofollow ugc noopener\">x"
        "</a>",
        "<a href=\"https://e.test/\" href=\"https://e.test/\" rel=\"nofollow "
        "ugc noopener\">x</a>",
        "<a><b><a>x</a></b></a>",
        "<p><p>x</p></p>",
        "<p><ul></ul></p>",
        "<p><b><blockquote>x</blockquote></b></p>",
        "<li>x</li>",
        "<ul><blockquote><li>x</li></blockquote></ul>",
        "<dd>x</dd>",
        "<td>x</td>",
        "<table>x</table>",
        "<table><tr></tr></table>",
        "<table><b></b></table>",
        "<pre>\nx</pre>",
        "<sup id=\"x\">1</sup>",
        "<ol start=\"-1\"></ol>",
        "<td align=\"x\">y</td>"})
    EXPECT_FALSE(VerifyHtml(html, policy)) << html;
}

TEST(Verifier, FollowsThePolicy) {
  HtmlPolicy policy = DefaultHtmlPolicy();
  policy.rel = "";
  policy.schemes = {"https"};
  EXPECT_TRUE(VerifyHtml("<a href=\"https://e.test/\">x</a>", policy));
  EXPECT_FALSE(VerifyHtml("<a href=\"http://e.test/\">x</a>", policy));
  policy.typed[static_cast<size_t>(Tag::kB)] = Tag::kNone;
  EXPECT_FALSE(VerifyHtml("<b>x</b>", policy));
}

}  // namespace
}  // namespace sluice::markup
