#include "service/signals/observe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/markup/render.h"

namespace sluice::signals {
namespace {

using ::testing::DoubleNear;
using ::testing::UnorderedElementsAre;

const Time kNow{std::chrono::seconds(1'800'000'000)};

class ObserveTest : public ::testing::Test {
 protected:
  v1::Signals Of(const std::string& body) {
    comment_.set_body(body);
    const markup::Rendering rendering =
        markup::Render(body, markup::Format::kMarkdownExtra,
                       markup::DefaultHtmlPolicy(), "c-1");
    Views views(comment_, rendering);
    return Observe(&views, history_, facts_, kNow);
  }

  v1::Comment comment_;
  History history_;
  SiteFacts facts_;
};

TEST_F(ObserveTest, CountsLinksAndTheirDomains) {
  const auto links =
      Of("[one](https://a.example.com/x) <https://b.example.com/> "
         "[two](http://other.org/) see third.net")
          .links();
  EXPECT_EQ(links.count(), 4);
  EXPECT_EQ(links.domains(), 3);
  ASSERT_EQ(links.items_size(), 4);
  EXPECT_EQ(links.items(0).host(), "a.example.com");
  EXPECT_EQ(links.items(0).domain(), "example.com");
  EXPECT_EQ(links.items(0).text(), "one");
  EXPECT_TRUE(links.items(0).published());
  EXPECT_EQ(links.items(3).host(), "third.net");
  EXPECT_FALSE(links.items(3).published());
}

TEST_F(ObserveTest, SeesALinkWhoseTextShowsAnotherHost) {
  const auto links =
      Of("[www.bank.com](https://evil.net/) [evil.net](https://www.evil.net/)")
          .links();
  EXPECT_EQ(links.items(0).text_host(), "www.bank.com");
  EXPECT_EQ(links.text_host_differs(), 1);
}

TEST_F(ObserveTest, SeesOddHosts) {
  facts_.shortener_domains = {"sho.rt"};
  facts_.hosts = {"blog.example"};
  const auto links = Of("[a](http://192.0.2.1/) [b](http://example.com:8080/) "
                        "[c](http://xn--bcher-kva.example/) "
                        "[d](https://sho.rt/x) [e](https://blog.example/about)")
                         .links();
  EXPECT_EQ(links.ip_hosts(), 1);
  EXPECT_EQ(links.with_port(), 1);
  EXPECT_EQ(links.punycode_hosts(), 1);
  EXPECT_EQ(links.own_site(), 1);
}

TEST_F(ObserveTest, SeesBbcodeAndTheAuthorsOwnLink) {
  comment_.mutable_author()->set_url("https://www.pills.com/");
  const auto links =
      Of("[url=http://pills.com]buy[/url] and http://shop.pills.com/now")
          .links();
  EXPECT_GE(links.bbcode(), 1);
  EXPECT_TRUE(links.author_url());
  EXPECT_GE(links.same_as_author_url(), 1);
}

TEST_F(ObserveTest, MeasuresTheTextAsRendered) {
  const auto shape = Of("HELLO *there* there 42!\n\n> quoted words").shape();
  EXPECT_EQ(shape.words(), 6);
  EXPECT_EQ(shape.lines(), 3);
  EXPECT_GT(shape.quoted_share(), 0.3);
  EXPECT_LT(shape.quoted_share(), 0.5);
  EXPECT_THAT(shape.repeated_share(), DoubleNear(1.0 / 6, 1e-9));
  EXPECT_EQ(shape.longest_word(), 6);
  EXPECT_GT(shape.capitals_share(), 0.15);
}

TEST_F(ObserveTest, OneCharacterHasNoEntropy) {
  const auto shape = Of(std::string(1000, 'a')).shape();
  EXPECT_EQ(shape.entropy(), 0);
  EXPECT_EQ(shape.longest_run(), 1000);
  EXPECT_EQ(shape.longest_word(), 1000);
}

TEST_F(ObserveTest, NamesWhatTheWhitelistRemoved) {
  const auto markup =
      Of("<b>fine</b> <script>alert(1)</script> <font color=red>x</font>")
          .markup();
  EXPECT_GE(markup.removed(), 2);
  EXPECT_THAT(std::vector<std::string>(markup.removed_names().begin(),
                                       markup.removed_names().end()),
              ::testing::IsSupersetOf({"script", "font"}));
}

TEST_F(ObserveTest, CountsRawHtmlOnAMarkdownForm) {
  struct Case {
    const char* body;
    int32_t tags;
  };
  for (const Case& c :
       std::vector<Case>{{"*plain* [Markdown](https://a.example/)", 0},
                         {"<b>bold</b> and <script>x</script>", 4},
                         {"<a href=\"https://a.example/\">x</a>", 2},
                         {"<https://a.example/> <ann@a.example>", 0},
                         {"`<b>` is shown", 0},
                         {"    <b>code</b>\n", 0},
                         {"1 < 2, a <b and no end", 0},
                         {"x <br/> y <BR >", 2},
                         {"&lt;b&gt;", 0}}) {
    EXPECT_EQ(Of(c.body).markup().raw_html(), c.tags) << c.body;
  }
  comment_.set_format(v1::FORMAT_HTML);
  EXPECT_EQ(Of("<b>x</b>").markup().raw_html(), 0) << "HTML was asked for";
  comment_.set_format(v1::FORMAT_UNSPECIFIED);
  facts_.markdown_by_default = false;
  EXPECT_EQ(Of("<b>x</b>").markup().raw_html(), 0);
}

TEST_F(ObserveTest, KnowsTheLanguageAndWhetherThePageHasAnother) {
  comment_.mutable_page()->set_language("en-GB");
  const auto english =
      Of("Thank you for writing this, I had not thought of the second case "
         "before and will try it at home.")
          .shape();
  EXPECT_EQ(english.language(), "en");
  EXPECT_GT(english.language_confidence(), 0.9);
  EXPECT_FALSE(english.language_differs());
  const auto german =
      Of("Vielen Dank, an den zweiten Fall hatte ich noch gar nicht gedacht, "
         "das werde ich zu Hause gleich ausprobieren.")
          .shape();
  EXPECT_EQ(german.language(), "de");
  EXPECT_TRUE(german.language_differs());
  comment_.mutable_page()->set_language("de");
  EXPECT_FALSE(Of("Vielen Dank, an den zweiten Fall hatte ich noch gar nicht "
                  "gedacht, das werde ich ausprobieren.")
                   .shape()
                   .language_differs());
}

TEST_F(ObserveTest, OfAShortTextNoLanguageIsClaimed) {
  comment_.mutable_page()->set_language("en");
  for (const char* body : {"Merci!", "ok", "12345 67890 12345 67890", "+1"}) {
    EXPECT_FALSE(Of(body).shape().language_differs()) << body;
    EXPECT_LT(Of(body).shape().language_confidence(), 0.7) << body;
  }
}

TEST_F(ObserveTest, SeesDisguises) {
  const auto disguise = Of("v\xE2\x80\x8Biagra \xD1\x81ialis").disguise();
  EXPECT_EQ(disguise.invisible(), 1);
  EXPECT_GE(disguise.confusables(), 1);
}

TEST_F(ObserveTest, CountsEachDisguiseUnderItsName) {
  struct Case {
    const char* body;
    const char* field;
    int32_t count;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"vi\u200Ba\u00ADgra", "invisible", 2},
           {"vi\U000E0061agra", "invisible", 1},
           {"vi\u202Eag\u202Cra", "bidi_controls", 2},
           {"via\u0301gra vi\u0338agra", "combining", 2},
           {"\uFF56\U0001D422agra \u24D0", "compatibility", 3},
           {"vi\u0430gra", "confusables", 1},
           {"vi\u0430gra \u0441ialis", "mixed_script_words", 2},
           {"v1agra c@sh", "leet_digits", 2},
           {"v.i.a.g.r.a c-i-a-l-i-s", "spaced_words", 2},
           {"\u0250\u0279\u0183\u0250\u1D09\u028C \u028Enq", "upside_down", 7},
           {"viaaaagra sooo www", "stretched", 2},
           {"vi**ag**ra", "split_words", 1},
           {"c<i>ia</i>l<b>i</b>s and <i>so</i> on", "split_words", 1},
           {"v&#105;agra caf&eacute; H<sub>2</sub>O", "split_words", 1}}) {
    const v1::DisguiseSignals disguise = Of(c.body).disguise();
    const auto* field = disguise.GetDescriptor()->FindFieldByName(c.field);
    ASSERT_NE(field, nullptr) << c.field;
    EXPECT_EQ(disguise.GetReflection()->GetInt32(disguise, field), c.count)
        << c.field << " of " << c.body;
  }
  EXPECT_EQ(Of("An honest *text*, [with](https://example.org/) **signs**; "
               "`code()` and caf\u00E9.")
                .disguise()
                .ByteSizeLong(),
            0u);
}

TEST_F(ObserveTest, TakesTheStrongestIdentitysRecord) {
  history_.by_id.set_accepted(7);
  history_.by_email.set_accepted(3);
  history_.by_name.set_accepted(99);
  EXPECT_EQ(Of("x").author().accepted(), 0) << "a name alone is no identity";
  comment_.mutable_author()->set_email("a@b.example");
  EXPECT_EQ(Of("x").author().accepted(), 3);
  comment_.mutable_author()->set_id("user-1");
  EXPECT_EQ(Of("x").author().accepted(), 7);
  EXPECT_EQ(Of("x").author().by_name().accepted(), 99);
}

TEST_F(ObserveTest, ReadsTheAuthorsNameAndAddress) {
  facts_.disposable_domains = {"throw.away"};
  comment_.mutable_author()->set_name("Best Loans bestloans.com");
  comment_.mutable_author()->set_email("x@Throw.Away");
  const auto author = Of("x").author();
  EXPECT_EQ(author.name_words(), 3);
  EXPECT_TRUE(author.name_has_url());
  EXPECT_EQ(author.email_domain(), "throw.away");
  EXPECT_TRUE(author.disposable_email());
}

class ImpersonationTest : public ObserveTest {
 protected:
  ImpersonationTest() {
    facts_.protected_names = {
        {"Clive Robinson", NameSkeleton("Clive Robinson")}};
  }
  std::string Imitated(const std::string& name) {
    comment_.mutable_author()->set_name(name);
    const v1::AuthorSignals author = Of("x").author();
    EXPECT_EQ(author.impersonates(), !author.impersonated_name().empty());
    return author.impersonated_name();
  }
};

TEST_F(ImpersonationTest, SeesAProtectedNameInEveryDisguise) {
  for (const char* name :
       {"Clive Robinson", "clive  robinson", "C1ive R0binson", "Clive.Robinson",
        "\xD0\xA1live Robinson", "Cl\xC3\xACve Robinson", "CIive Robinson",
        "Clive Robins0n", "Clive Robinsn", "Clive Robinsom", "Clvie Robinson"})
    EXPECT_EQ(Imitated(name), "Clive Robinson") << name;
  for (const char* name : {"", "Clive", "Olive Robertson", "Robinson", "Anna",
                           "Clive Robinson Crusoe"})
    EXPECT_EQ(Imitated(name), "") << name;
}

TEST_F(ImpersonationTest, StaffAndWhoIsARegularUnderTheNameMayUseIt) {
  comment_.mutable_author()->set_is_staff(true);
  EXPECT_EQ(Imitated("Clive Robinson"), "");
  comment_.mutable_author()->set_is_staff(false);
  history_.past.is_regular = true;
  EXPECT_EQ(Imitated("Clive Robinson"), "");
}

TEST_F(ImpersonationTest, ANearNameIsNoneForWhoHasCommentsOfTheirOwn) {
  comment_.mutable_author()->set_email("olive@example.org");
  history_.by_email.set_accepted(1);
  EXPECT_EQ(Imitated("Olive Robinson"), "");
  EXPECT_EQ(Imitated("Clive Robinson"), "Clive Robinson");
}

TEST_F(ImpersonationTest, SeesARegularsName) {
  history_.past.regular_likeness = Likeness::kSame;
  history_.past.regular_name = "Ann";
  EXPECT_EQ(Imitated("Ann"), "Ann");
  history_.past.regular_likeness = Likeness::kNear;
  EXPECT_EQ(Imitated("Annn"), "Ann");
  comment_.mutable_author()->set_email("x@example.org");
  history_.by_email.set_accepted(1);
  EXPECT_EQ(Imitated("Annn"), "");
}

// Not for any accepted comment of that address: under another name it would be
// cheap to come by.
TEST_F(ImpersonationTest, ARegularsSecondAddressIsTakenOnceItWasAcceptedSo) {
  comment_.mutable_author()->set_email("ann@work.example.org");
  history_.past.regular_likeness = Likeness::kSame;
  history_.past.regular_name = "Ann";
  history_.by_email.set_accepted(3);
  EXPECT_EQ(Imitated("Ann"), "Ann");
  history_.past.is_accepted = true;
  EXPECT_EQ(Imitated("Ann"), "");
  EXPECT_EQ(Imitated("Clive Robinson"), "Clive Robinson") << "is protected";
}

TEST_F(ObserveTest, WordsAreCountedAsAReaderSeesThem) {
  EXPECT_EQ(Of("six words that a reader counts").shape().words(), 6);
  EXPECT_EQ(Of("s\u00ADi\u200Bx wo\u202Erds th\u2060at a reader counts")
                .shape()
                .words(),
            6);
  EXPECT_EQ(Of("s i x   w o r d s   that a reader counts").shape().words(), 6);
  EXPECT_EQ(
      Of("s.i.x w.o.r.d.s t.h.a.t a r.e.a.d.e.r c.o.u.n.t.s").shape().words(),
      6);
}

TEST_F(ObserveTest, KnowsThePagesAge) {
  comment_.mutable_page()->mutable_publish_time()->set_seconds(1'800'000'000 -
                                                               86'400);
  comment_.mutable_page()->set_closed(true);
  EXPECT_EQ(Of("x").page().age_seconds(), 86'400);
  EXPECT_TRUE(Of("x").page().closed());
}

TEST_F(ObserveTest, AHoneypotIsSprungByAnythingTyped) {
  EXPECT_FALSE(Of("x").form().honeypot_filled());
  comment_.mutable_form()->set_honeypot(" ");
  EXPECT_TRUE(Of("x").form().honeypot_filled());
}

TEST_F(ObserveTest, IsDeterministic) {
  const std::string body =
      "A [link](https://example.com/) and *words* <b>and</b> example.org";
  EXPECT_EQ(Of(body).SerializeAsString(), Of(body).SerializeAsString());
}

TEST_F(ObserveTest, ListsAtMostItsLimitAndCountsTheRest) {
  std::string body;
  for (int i = 0; i < 100; ++i)
    body += "[x](https://example" + std::to_string(i) + ".com/) ";
  const auto links = Of(body).links();
  EXPECT_EQ(links.count(), 100);
  EXPECT_EQ(links.items_size(), 32);
  EXPECT_EQ(links.domains(), 100);
}

}  // namespace
}  // namespace sluice::signals
