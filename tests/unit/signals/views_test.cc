#include "service/signals/views.h"

#include <gtest/gtest.h>

#include "service/markup/render.h"

namespace sluice::signals {
namespace {

class ViewsTest : public ::testing::Test {
 protected:
  void Say(const std::string& body) {
    comment_.set_body(body);
    rendering_ = markup::Render(body, markup::Format::kMarkdownExtra,
                                markup::DefaultHtmlPolicy(), "c-1");
    views_.emplace(comment_, rendering_);
  }

  // The bytes of the body behind `needle` in the view.
  std::string Origin(v1::View view, std::string_view needle) {
    const size_t at = views_->Text(view).find(needle);
    EXPECT_NE(at, std::string_view::npos) << views_->Text(view);
    if (at == std::string_view::npos) return "";
    const ByteSpan span = views_->ToOrigin(
        view,
        {static_cast<uint32_t>(at), static_cast<uint32_t>(at + needle.size())});
    return comment_.body().substr(span.begin, span.size());
  }

  v1::Comment comment_;
  markup::Rendering rendering_;
  std::optional<Views> views_;
};

TEST_F(ViewsTest, FoldedTextLeadsBackThroughMarkup) {
  Say("Buy VI**AG**RA &amp; more");
  EXPECT_EQ(Origin(v1::VIEW_TEXT, "viagra"), "VI**AG**RA");
  EXPECT_EQ(Origin(v1::VIEW_PLAIN, "VIAGRA"), "VI**AG**RA");
  EXPECT_EQ(Origin(v1::VIEW_PLAIN, "&"), "&amp;");
}

TEST_F(ViewsTest, OwnWordsLeaveQuotationsOut) {
  Say("> quoted slur\n\nmy answer");
  EXPECT_EQ(views_->Text(v1::VIEW_OWN_WORDS).find("slur"),
            std::string_view::npos);
  EXPECT_EQ(Origin(v1::VIEW_OWN_WORDS, "answer"), "answer");
}

TEST_F(ViewsTest, LinkViewsHaveOneLineALink) {
  Say("[One](https://a.example/x) and [TWO](https://b.example/y)");
  EXPECT_EQ(views_->Text(v1::VIEW_LINKS_HOST), "a.example\nb.example");
  EXPECT_EQ(views_->Text(v1::VIEW_LINKS_TEXT), "one\ntwo");
  EXPECT_EQ(Origin(v1::VIEW_LINKS_URL, "https://b.example/y"),
            "[TWO](https://b.example/y)");
}

TEST_F(ViewsTest, FieldsOfTheAuthorLeadBackToTheField) {
  comment_.mutable_author()->set_name("V1AGRA Shop");
  comment_.mutable_author()->set_email("Me@Example.COM");
  Say("x");
  EXPECT_EQ(views_->Text(v1::VIEW_AUTHOR_NAME), "viagra shop");
  EXPECT_EQ(views_->ToOrigin(v1::VIEW_AUTHOR_NAME, {7, 11}), (ByteSpan{7, 11}));
  EXPECT_EQ(views_->Text(v1::VIEW_AUTHOR_EMAIL), "me@example.com");
}

TEST_F(ViewsTest, SourceIsTheBodyAndHtmlHasNoWayBack) {
  Say("*x*");
  EXPECT_EQ(views_->Text(v1::VIEW_SOURCE), "*x*");
  EXPECT_EQ(Origin(v1::VIEW_SOURCE, "x"), "x");
  EXPECT_EQ(views_->Text(v1::VIEW_HTML), "<p><em>x</em></p>");
  EXPECT_EQ(views_->ToOrigin(v1::VIEW_HTML, {0, 3}), ByteSpan{});
}

TEST_F(ViewsTest, UnspecifiedIsText) {
  Say("Some TEXT");
  EXPECT_EQ(views_->Text(v1::VIEW_UNSPECIFIED), views_->Text(v1::VIEW_TEXT));
}

}  // namespace
}  // namespace sluice::signals
