// HTML in, safe HTML out: one table of attacks and repairs, each named.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "service/markup/render.h"

namespace sluice::markup {
namespace {

using ::testing::HasSubstr;

struct Case {
  const char* name;
  std::string in;
  std::string out;
};

// A policy under which outputs are short to write: no rel, no bare links.
HtmlPolicy Plain() {
  HtmlPolicy policy = DefaultHtmlPolicy();
  for (Tag tag : {Tag::kP, Tag::kBr, Tag::kCode})
    policy.typed[static_cast<size_t>(tag)] = tag;
  policy.rel = "";
  policy.link_bare_urls = false;
  return policy;
}

std::string Html(const std::string& in, const HtmlPolicy& policy = Plain()) {
  const Rendering rendering = Render(in, Format::kHtml, policy, "c1-");
  EXPECT_TRUE(rendering.verified) << in;
  return rendering.html;
}

class HtmlTest : public testing::TestWithParam<Case> {};

TEST_P(HtmlTest, RendersAsExpectedAndIsStable) {
  const std::string out = Html(GetParam().in);
  EXPECT_EQ(out, GetParam().out);
  EXPECT_EQ(Html(out), out) << "sanitising again changes it";
}

std::string NameOf(const testing::TestParamInfo<Case>& info) {
  return info.param.name;
}

const Case kScript[] = {
    {"ScriptIsDroppedWithItsContent", "a<script>alert(1)</script>b", "ab"},
    {"ScriptWithoutEndTakesTheRest", "a<script>alert(1)", "a"},
    {"ScriptHidesItsEndTagInAComment",
     "<script><!--<script></script>--></script>b", "b"},
    {"ScriptInScriptIsNotReassembled",
     "<scr<script>ipt>alert(1)</scr</script>ipt>", "ipt&gt;alert(1)ipt&gt;"},
    {"HandlerIsDropped", "<b onclick=alert(1)>x</b>", "<b>x</b>"},
    {"HandlerAfterSlashIsDropped", "<b/onclick=alert(1)/x>y</b>", "<b>y</b>"},
    {"StyleIdAndClassAreDropped", "<i style=a id=b class=c>x</i>", "<i>x</i>"},
    {"ImageIsDropped", "<img src=x onerror=alert(1)>y", "y"},
    {"SvgIsDroppedWithItsContent", "<svg><a xlink:href=x>y</a></svg>z", "z"},
    {"SvgWithoutEndStopsAtHtml", "<svg>x<b>y</b>", "<b>y</b>"},
    {"SvgWithoutEndStopsAtItsParentsEnd", "<i><svg>x</i>y", "<i></i>y"},
    {"StyleInSvgCannotBreakOut",
     "<svg><style><a title=\"</style><img src=x onerror=alert(1)>\">", ""},
    {"TextareaIsText", "<textarea><b>x</b></textarea>", "&lt;b&gt;x&lt;/b&gt;"},
    {"PlaintextTakesTheRest", "a<plaintext><b>x</b>", "a"},
};
INSTANTIATE_TEST_SUITE_P(Script, HtmlTest, testing::ValuesIn(kScript), NameOf);

const Case kLinks[] = {
    {"JavascriptIsNoLink", "<a href='javascript:alert(1)'>x</a>", "<a>x</a>"},
    {"JavascriptInReferences", "<a href='&#106;avascript&colon;x'>x</a>",
     "<a>x</a>"},
    {"JavascriptAcrossLines", "<a href='java\n\tscript:x'>x</a>", "<a>x</a>"},
    {"JavascriptBehindControls", "<a href='\x01 javascript:x'>x</a>",
     "<a>x</a>"},
    {"ReferencesAreDecodedOnce", "<a href='https://e.test/?a&amp;lt;'>x</a>",
     "<a href=\"https://e.test/?a&amp;lt;\">x</a>"},
    {"FirstOfTwoHrefsCounts",
     "<a href='https://a.test/' href='https://b.test/'>x</a>",
     "<a href=\"https://a.test/\">x</a>"},
    {"QuoteCannotEndTheAttribute", "<a href='https://e.test/\"onclick=x'>x</a>",
     "<a href=\"https://e.test/%22onclick=x\">x</a>"},
    {"RelativeIsDropped", "<a href='/x'>x</a>", "<a>x</a>"},
    {"UserinfoIsDropped", "<a href='https://bank.test@e.test/'>x</a>",
     "<a>x</a>"},
    {"BidiIsDropped", "<a href='https://e.test/\u202Egpj.exe'>x</a>",
     "<a>x</a>"},
    {"HostInPunycode", "<a href='HTTP://EX\u00C4MPLE.test:80'>x</a>",
     "<a href=\"http://xn--exmple-cua.test/\">x</a>"},
    {"MailtoStays", "<a href='mailto:a@b.test?subject=<b>'>x</a>",
     "<a href=\"mailto:a@b.test?subject=%3Cb%3E\">x</a>"},
    {"LinkInLinkClosesTheFirst",
     "<a href='https://a.test/'>x<a href='https://b.test/'>y</a>z</a>",
     "<a href=\"https://a.test/\">x</a><a href=\"https://b.test/\">y</a>z"},
    {"LinkInLinkAcrossABlockIsText",
     "<a href='https://a.test/'><ul><li><a href='https://b.test/'>x</a></li>"
     "</ul>y</a>z",
     "<a href=\"https://a.test/\"><ul><li>x</li></ul>y</a>z"},
};
INSTANTIATE_TEST_SUITE_P(Links, HtmlTest, testing::ValuesIn(kLinks), NameOf);

const Case kNesting[] = {
    {"ParagraphClosesParagraph", "<p>x<p>y", "<p>x</p><p>y</p>"},
    {"ListClosesParagraph", "<p>x<b>y<ul><li>z</ul>",
     "<p>x<b>y</b></p><ul><li>z</li></ul>"},
    {"UnpublishedBlockClosesParagraph", "<p>x<div>y</div>z", "<p>x</p>yz"},
    {"ItemClosesItem", "<ul><li>x<li>y</ul>", "<ul><li>x</li><li>y</li></ul>"},
    {"ItemOutsideAListIsText", "<li>x</li>", "x"},
    {"ItemInAQuotationDoesNotCloseTheItemAround",
     "<ul><li><blockquote><li>x</li></blockquote>y</li></ul>",
     "<ul><li><blockquote>x</blockquote>y</li></ul>"},
    {"Misnested", "<b>1<i>2</b>3</i>4", "<b>1<i>2</i></b>34"},
    {"EndTagWaitsForTheBlock", "<b>1<blockquote>2</b>3</blockquote>4",
     "<b>1<blockquote>23</blockquote></b>4"},
    {"EndTagOfNoFormattingStaysInItsBlock",
     "<cite>1<blockquote>2</cite>3</blockquote>4",
     "<cite>1<blockquote>23</blockquote>4</cite>"},
    {"StrayEndTags", "x</b></ul></li>y", "xy"},
    {"StrayEndOfParagraphIsAParagraph", "x</p>y", "x<p></p>y"},
    {"TagsThatEndTheText", "x<b", "x"},
    {"QuoteThatIsNotClosed", "x<a href=\"https://e.test>y", "x"},
    {"PreLosesItsFirstNewlines", "<pre>\n\n\nx\n</pre>", "<pre>x\n</pre>"},
    {"TableLosesItsTags", "<table><tr><td>x</td></tr></table>", "x"},
};
INSTANTIATE_TEST_SUITE_P(Nesting, HtmlTest, testing::ValuesIn(kNesting),
                         NameOf);

const Case kText[] = {
    {"LessThanBeforeASpace", "1 < 2 & 3 > 2", "1 &lt; 2 &amp; 3 &gt; 2"},
    {"Comments", "a<!-- b -->c<!-->d<!--->e<!--f--!>g", "acdeg"},
    {"DeclarationsAndInstructions",
     "a<!doctype html>b<?php c ?>d<![CDATA[e]]>f", "abdf"},
    {"ReferencesWithoutSemicolon", "&lt&copy;&notit;", "&lt;\u00A9\u00ACit;"},
    {"ReferenceToNothing", "&nonsense; & &#; &#x;",
     "&amp;nonsense; &amp; &amp;#; &amp;#x;"},
    {"WindowsReferences", "&#128;&#x99;", "\u20AC\u2122"},
    {"NoBreakSpaceIsNamed", "a\u00A0b&nbsp;c", "a&nbsp;b&nbsp;c"},
    {"ControlsAndNonCharacters",
     std::string("a\0b\x07"
                 "c\x7F"
                 "d\xEF\xBF\xBE",
                 12),
     "abcd"},
    {"CarriageReturns", "a\r\nb\rc", "a\nb\nc"},
    {"OpenOverrideIsClosed", "<b>\u202Eabc</b>", "<b>\u202Eabc</b>\u202C"},
    {"OpenIsolateIsClosedInItsBlock", "<p>\u2067abc</p>d",
     "<p>\u2067abc\u2069</p>d"},
    {"CloserWithoutOpener", "a\u202C\u2069b", "ab"},
    {"HeapOfMarks", "a\u0301\u0301\u0301\u0301\u0301\u0301\u0301b",
     "a\u0301\u0301\u0301\u0301b"},
    {"MalformedBytes", "a\xC3(b\xFF", "a\uFFFD(b\uFFFD"},
};
INSTANTIATE_TEST_SUITE_P(Text, HtmlTest, testing::ValuesIn(kText), NameOf);

TEST(Html, DepthIsBoundedAndEndTagsStillMatch) {
  std::string in;
  for (int i = 0; i < 500; ++i) in += "<b>";
  in += "x";
  for (int i = 0; i < 500; ++i) in += "</b>";
  in += "y";
  const std::string out = Html(in);
  EXPECT_THAT(out, testing::EndsWith("</b>y"));
  EXPECT_EQ(out.size(), 2 + 32 * 7u);
}

TEST(Html, BareUrlsAreLinkedOnceAndWithoutTheSentence) {
  HtmlPolicy policy = DefaultHtmlPolicy();
  policy.rel = "";
  EXPECT_EQ(Html("see http://e.test/a_(b)), or www.e.test.", policy),
            "see <a href=\"http://e.test/a_(b)\">http://e.test/a_(b)</a>), or "
            "<a href=\"http://www.e.test/\">www.e.test</a>.");
  const std::string linked = "<a href=\"http://e.test/\">http://e.test/</a>";
  EXPECT_EQ(Html(linked, policy), linked);
  EXPECT_EQ(Html("<pre>http://e.test</pre>", policy),
            "<pre>http://e.test</pre>");
}

TEST(Html, BareUrlAcrossReferences) {
  HtmlPolicy policy = DefaultHtmlPolicy();
  policy.rel = "";
  EXPECT_EQ(Html("http://e.test/?a&amp;b <b>http://f.test</b>c", policy),
            "<a href=\"http://e.test/?a&amp;b\">http://e.test/?a&amp;b</a> <b>"
            "<a href=\"http://f.test/\">http://f.test</a></b>c");
}

TEST(Html, RelIsOnEveryLink) {
  EXPECT_EQ(
      Html("<a href=https://e.test rel=dofollow>x</a>", DefaultHtmlPolicy()),
      "<a href=\"https://e.test/\" rel=\"nofollow ugc noopener\">x</a>");
}

TEST(Html, TemplateBracesAreDefusedBySwitch) {
  HtmlPolicy policy = Plain();
  EXPECT_EQ(Html("{{x}}", policy), "{{x}}");
  policy.defuse_templates = true;
  const std::string out = Html("{<x>{{x}}", policy);
  EXPECT_EQ(out, "{\u200B{\u200B{x}\u200B}");
  EXPECT_EQ(Html(out, policy), out);
}

TEST(Html, ActionsEscapeHoldAndReject) {
  HtmlPolicy policy = Plain();
  const auto set = [&policy](RemovalKind kind, Action action) {
    policy.actions[static_cast<size_t>(kind)] = action;
  };
  set(RemovalKind::kElement, Action::kEscape);
  EXPECT_EQ(Html("<font color=red>x</font>", policy),
            "&lt;font color=red&gt;x");
  set(RemovalKind::kElement, Action::kHold);
  set(RemovalKind::kUrlScheme, Action::kReject);
  const auto action = [&policy](const char* in) {
    return Render(in, Format::kHtml, policy, "").action;
  };
  EXPECT_EQ(action("<b>x</b>"), Action::kStrip);
  EXPECT_EQ(action("<font>x</font>"), Action::kHold);
  EXPECT_EQ(action("<font><a href=javascript:x>"), Action::kReject);
}

TEST(Html, RemovalsAreNamedAndPlaced) {
  const Rendering rendering =
      Render("ab<FONT>c<b onclick=x>d</b><a href='JavaScript:x'>",
             Format::kHtml, Plain(), "");
  ASSERT_EQ(rendering.removals.size(), 3u);
  EXPECT_EQ(rendering.removals[0].kind, RemovalKind::kElement);
  EXPECT_EQ(rendering.removals[0].name, "font");
  EXPECT_EQ(rendering.removals[0].source, (ByteSpan{2, 8}));
  EXPECT_EQ(rendering.removals[1].kind, RemovalKind::kAttribute);
  EXPECT_EQ(rendering.removals[1].name, "onclick");
  EXPECT_EQ(rendering.removals[2].kind, RemovalKind::kUrlScheme);
  EXPECT_EQ(rendering.removals[2].name, "javascript");
}

TEST(Html, OutputPastTheBudgetIsHeldNotCut) {
  HtmlPolicy policy = Plain();
  policy.limits.max_output_factor = 1;
  policy.limits.max_output_extra = 16;
  const Rendering rendering =
      Render(std::string(100, '&'), Format::kHtml, policy, "");
  EXPECT_TRUE(rendering.over_budget);
  EXPECT_EQ(rendering.html, "");
}

TEST(PlainText, ParagraphsBreaksAndNoMarkup) {
  HtmlPolicy policy = DefaultHtmlPolicy();
  policy.rel = "";
  EXPECT_EQ(
      Render("a <b>\r\nb\n\n\n*c* http://e.test", Format::kPlainText, policy,
             "")
          .html,
      "<p>a &lt;b&gt;<br>b</p><p>*c* <a href=\"http://e.test/\">http://e.test"
      "</a></p>");
}

}  // namespace
}  // namespace sluice::markup
