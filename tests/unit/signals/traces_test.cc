#include "service/signals/traces.h"

#include <gtest/gtest.h>

#include "service/markup/render.h"

namespace sluice::signals {
namespace {

const Time kNow{std::chrono::seconds(1'800'000'000)};

class TracesTest : public ::testing::Test {
 protected:
  TracesTest() { comment_.set_name("sites/blog/comments/c1"); }

  Traces Of(const std::string& body = "x") {
    comment_.set_body(body);
    const markup::Rendering rendering =
        markup::Render(body, markup::Format::kMarkdownExtra,
                       markup::DefaultHtmlPolicy(), "c-1");
    Views views(comment_, rendering);
    return TracesOf(&views, facts_, {KeyedHash(), "key"}, kNow);
  }

  Traces WithIp(const std::string& ip) {
    comment_.mutable_client()->set_ip(ip);
    return Of();
  }

  Traces WithEmail(const std::string& email) {
    comment_.mutable_author()->set_email(email);
    return Of();
  }

  v1::Comment comment_;
  SiteFacts facts_;
};

TEST_F(TracesTest, OneAddressInManySpellings) {
  EXPECT_EQ(WithIp("2001:db8::1").ip, WithIp("2001:0DB8:0:0::0001").ip);
  EXPECT_EQ(WithIp("192.0.2.1").ip, WithIp("::ffff:192.0.2.1").ip);
  EXPECT_NE(WithIp("192.0.2.1").ip, WithIp("192.0.2.2").ip);
  EXPECT_EQ(WithIp("not an address").ip, 0u);
  EXPECT_EQ(WithIp("").ip_prefix, 0u);
}

TEST_F(TracesTest, NeighboursShareAPrefix) {
  EXPECT_EQ(WithIp("192.0.2.1").ip_prefix, WithIp("192.0.2.254").ip_prefix);
  EXPECT_NE(WithIp("192.0.2.1").ip_prefix, WithIp("192.0.3.1").ip_prefix);
  EXPECT_EQ(WithIp("2001:db8:1:2::1").ip_prefix,
            WithIp("2001:db8:1:ffff::9").ip_prefix);
  EXPECT_NE(WithIp("2001:db8:1::1").ip_prefix,
            WithIp("2001:db8:2::1").ip_prefix);
}

TEST_F(TracesTest, ATagInAnAddressHidesNobody) {
  const uint64_t ann = WithEmail("ann@example.org").email;
  EXPECT_EQ(WithEmail("Ann+sale1@Example.ORG").email, ann);
  EXPECT_NE(WithEmail("bob@example.org").email, ann);
  EXPECT_NE(WithEmail("ann@exa+mple.org").email, ann);
  EXPECT_EQ(WithEmail("").email, 0u);
  EXPECT_EQ(WithEmail("@example.org").email, 0u);
}

TEST_F(TracesTest, AFragmentIsNoPageOfItsOwn) {
  comment_.mutable_page()->set_url("https://blog.example/post");
  const uint64_t page = Of().page;
  comment_.mutable_page()->set_url("https://blog.example/post#comment-7");
  EXPECT_EQ(Of().page, page);
  comment_.mutable_page()->set_url("https://blog.example/post?p=2");
  EXPECT_NE(Of().page, page);
}

TEST_F(TracesTest, DomainsAreRegistrableAndOnceEach) {
  facts_.hosts = {"www.blog.org"};
  const Traces traces =
      Of("[a](https://a.shop.com/) [b](https://b.shop.com/) "
         "[c](http://192.0.2.1/) [own](https://blog.org/post)");
  EXPECT_EQ(traces.domains.size(), 2u);
  EXPECT_EQ(Of("see shop.com").domains.size(), 1u);
  EXPECT_NE(std::find(traces.domains.begin(), traces.domains.end(),
                      Of("see shop.com").domains[0]),
            traces.domains.end());
}

TEST_F(TracesTest, TheAuthorsUrlIsADomainToo) {
  comment_.mutable_author()->set_url("https://www.shop.com/");
  EXPECT_EQ(Of().domains, Of("[x](https://shop.com/y)").domains);
}

TEST_F(TracesTest, AWallOfLinksLeavesABoundedTrace) {
  std::string body;
  for (int i = 0; i < 500; ++i)
    body += "[x](https://example" + std::to_string(i) + ".com/) ";
  EXPECT_EQ(Of(body).domains.size(), kMaxTracedDomains);
}

TEST_F(TracesTest, TwoSitesShareNoTrace) {
  comment_.mutable_author()->set_email("ann@example.org");
  const Traces here = WithIp("192.0.2.1");
  comment_.set_name("sites/other/comments/c1");
  const Traces there = WithIp("192.0.2.1");
  EXPECT_NE(here.ip, there.ip);
  EXPECT_NE(here.email, there.email);
  EXPECT_NE(here.site, there.site);
}

TEST_F(TracesTest, AnImportedCommentCountsWhenItWasSent) {
  comment_.mutable_create_time()->set_seconds(1'700'000'000);
  EXPECT_EQ(Of().time, Time{std::chrono::seconds(1'700'000'000)});
  comment_.mutable_create_time()->set_seconds(1'900'000'000);
  EXPECT_EQ(Of().time, kNow) << "not in the future";
}

}  // namespace
}  // namespace sluice::signals
