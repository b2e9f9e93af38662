// What is read off a rendering: text, own words, links, and the way back to the
// source.

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "service/markup/render.h"

namespace sluice::markup {
namespace {

Rendering Html(const std::string& in) {
  return Render(in, Format::kHtml, DefaultHtmlPolicy(), "");
}

std::string Origin(const std::string& in, const Rendering& rendering,
                   const std::string& word) {
  const auto at = static_cast<uint32_t>(rendering.text.find(word));
  const ByteSpan span =
      rendering.text_map.Map({at, at + static_cast<uint32_t>(word.size())});
  return in.substr(span.begin, span.size());
}

TEST(Views, BlocksAreLinesAndSpacesCollapse) {
  EXPECT_EQ(
      Html("a  b\n c<blockquote>d</blockquote>e<ul><li>f\n<li>g</ul>h").text,
      "a b c\nd\ne\nf\ng\nh");
  EXPECT_EQ(Html("<pre>a  b\n c</pre>").text, "a  b\n c");
}

TEST(Views, OwnWordsLeaveQuotationsOut) {
  const Rendering rendering =
      Html("a<blockquote>b<blockquote>c</blockquote>d</blockquote>e");
  EXPECT_EQ(MakeOwnWords(rendering).text, "a\ne");
  EXPECT_EQ(rendering.quoted_bytes, 6u);  // with the newline before each
  EXPECT_EQ(MakeOwnWords(rendering).map.derived_size(), 3u);
}

TEST(Views, OwnWordsJoinWhatStoodAroundQuotations) {
  const struct {
    const char* in;
    const char* own;
  } kCases[] = {
      {"a <b>b</b>", "a b"},
      {"<blockquote>q</blockquote>a", "a"},
      {"a<blockquote>q</blockquote>", "a"},
      {"<blockquote>q</blockquote>", ""},
      {"<blockquote>q</blockquote><blockquote>r</blockquote>a", "a"},
      {"a<blockquote>q</blockquote><blockquote>r</blockquote>b", "a\nb"},
      {"a<blockquote>q</blockquote>b<blockquote>r</blockquote>c", "a\nb\nc"},
      {"<ul><li>a<blockquote><ul><li>q<li>r</ul></blockquote><li>b</ul>",
       "a\nb"},
  };
  for (const auto& each : kCases) {
    const Rendering rendering = Html(each.in);
    const OwnWords own = MakeOwnWords(rendering);
    EXPECT_EQ(own.text, each.own) << each.in;
    for (uint32_t i = 0; i < own.text.size(); ++i) {
      if (own.text[i] == '\n' || own.text[i] == ' ') continue;
      const ByteSpan span = own.map.Map({i, i + 1});
      EXPECT_EQ(std::string_view(each.in).substr(span.begin, span.size()),
                own.text.substr(i, 1))
          << each.in;
    }
  }
}

TEST(Views, TextLeadsBackToItsSource) {
  const std::string in = "one <b>two</b> thr&eacute;e <i>f</i>our";
  const Rendering rendering = Html(in);
  EXPECT_EQ(rendering.text, "one two thr\u00E9e four");
  EXPECT_EQ(Origin(in, rendering, "two"), "two");
  EXPECT_EQ(Origin(in, rendering, "thr\u00E9e"), "thr&eacute;e");
  EXPECT_EQ(Origin(in, rendering, "four"), "f</i>our");
}

TEST(Views, LinksTellWhatIsPublishedAndWhatIsNot) {
  const std::string in =
      "<a href=https://E.test/x>one <b>two</b></a> <a href=javascript:x>three"
      "</a> https://f.test";
  const Rendering rendering = Html(in);
  ASSERT_EQ(rendering.links.size(), 3u);
  EXPECT_EQ(rendering.links[0].url, "https://e.test/x");
  EXPECT_EQ(rendering.links[0].host, "e.test");
  EXPECT_EQ(rendering.links[0].text, "one two");
  EXPECT_TRUE(rendering.links[0].published);
  EXPECT_EQ(in.substr(rendering.links[0].source.begin,
                      rendering.links[0].source.size()),
            "<a href=https://E.test/x>one <b>two</b></a>");
  EXPECT_EQ(rendering.links[1].url, "javascript:x");
  EXPECT_EQ(rendering.links[1].scheme, "javascript");
  EXPECT_FALSE(rendering.links[1].published);
  EXPECT_EQ(rendering.links[2].text, "https://f.test");
  EXPECT_EQ(rendering.links[2].text_span.end, rendering.text.size());
}

TEST(Views, ManyLinksAreCountedAndFewKept) {
  std::string in;
  for (int i = 0; i < 300; ++i) in += "<a href=https://e.test>x</a> ";
  const Rendering rendering = Html(in);
  EXPECT_EQ(rendering.link_count, 300u);
  EXPECT_EQ(rendering.links.size(), kMaxLinks);
}

// Random soup of what matters to the parsers; the seed is fixed.
std::string Soup(std::mt19937* random) {
  static const char* const kPieces[] = {"<b>",
                                        "</b>",
                                        "<i>",
                                        "</i>",
                                        "<p>",
                                        "</p>",
                                        "<ul>",
                                        "</ul>",
                                        "<li>",
                                        "</li>",
                                        "<a href='https://e.test/?a&amp;b'>",
                                        "<a href=javascript:x>",
                                        "</a>",
                                        "<blockquote>",
                                        "</blockquote>",
                                        "<pre>\n",
                                        "</pre>",
                                        "<div>",
                                        "</div>",
                                        "<svg>",
                                        "</svg>",
                                        "<script>",
                                        "</script>",
                                        "<!--",
                                        "-->",
                                        "<table>",
                                        "<tr>",
                                        "<td>",
                                        "</table>",
                                        "&amp;",
                                        "&lt;",
                                        "&#10;",
                                        "&",
                                        "<",
                                        ">",
                                        "\"",
                                        "'",
                                        "\n",
                                        "\n\n",
                                        " ",
                                        "    ",
                                        "text",
                                        "*",
                                        "**",
                                        "_",
                                        "`",
                                        "[x](https://e.test)",
                                        "> ",
                                        "- ",
                                        "1. ",
                                        "# ",
                                        "| a | b |\n|---|--|\n",
                                        "[^1]",
                                        "\n\n[^1]: note\n\n",
                                        "http://e.test/x",
                                        "www.e.test",
                                        "\u202E",
                                        "\u2067",
                                        "\u2069",
                                        "e\u0301\u0301\u0301\u0301\u0301\u0301",
                                        "\u00A0",
                                        "{{",
                                        "}}",
                                        "\r\n",
                                        "~~~\n",
                                        "<br>",
                                        "<h1>",
                                        "</h1>"};
  std::uniform_int_distribution<size_t> piece(0, std::size(kPieces) - 1);
  std::uniform_int_distribution<int> length(1, 40);
  std::string soup;
  for (int i = length(*random); i > 0; --i) soup += kPieces[piece(*random)];
  return soup;
}

void ExpectMapsInside(const std::string& in, const std::string& text,
                      const text::OffsetMap& map) {
  ASSERT_EQ(map.derived_size(), text.size()) << in;
  uint32_t reached = 0;
  for (uint32_t i = 0; i < text.size(); ++i) {
    const ByteSpan span = map.Map({i, i + 1});
    ASSERT_LE(span.begin, span.end) << in;
    ASSERT_LE(span.end, in.size()) << in;
    ASSERT_GE(span.begin, reached) << in;
    reached = span.begin;
  }
}

HtmlPolicy AgainPolicy() {
  HtmlPolicy policy = DefaultHtmlPolicy();
  for (size_t i = 1; i < kTagCount; ++i) {
    const auto made = static_cast<size_t>(policy.made[i]);
    policy.typed[made] = policy.made[i];
    policy.typed_attribute[made] = !AttributeName(policy.made[i]).empty();
  }
  policy.footnote_anchors = false;
  return policy;
}

TEST(Properties, EveryFormatVerifiesMapsInsideAndIsIdempotent) {
  std::mt19937 random(20261124);
  const HtmlPolicy policy = AgainPolicy();
  for (int i = 0; i < 6000; ++i) {
    const std::string in = Soup(&random);
    for (Format format :
         {Format::kHtml, Format::kMarkdownExtra, Format::kPlainText}) {
      const Rendering rendering = Render(in, format, policy, "c1-");
      ASSERT_TRUE(rendering.verified) << in;
      ExpectMapsInside(in, rendering.text, rendering.text_map);
      const OwnWords own = MakeOwnWords(rendering);
      ExpectMapsInside(in, own.text, own.map);
      ASSERT_EQ(Render(rendering.html, Format::kHtml, policy, "c1-").html,
                rendering.html)
          << in;
    }
  }
}

TEST(Properties, PermissivePolicyVerifiesToo) {
  std::mt19937 random(7);
  const HtmlPolicy policy = PermissiveHtmlPolicy();
  for (int i = 0; i < 4000; ++i) {
    const std::string in = Soup(&random);
    for (Format format : {Format::kHtml, Format::kMarkdownExtra}) {
      const Rendering rendering = Render(in, format, policy, "c1-");
      ASSERT_TRUE(rendering.verified) << in;
      if (format != Format::kHtml) continue;
      ASSERT_EQ(Render(rendering.html, Format::kHtml, policy, "c1-").html,
                rendering.html)
          << in;
    }
  }
}

}  // namespace
}  // namespace sluice::markup
