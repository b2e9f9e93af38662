// URLs as a browser reads them (url.spec.whatwg.org), in canonical form.

#include "service/markup/url.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice::markup {
namespace {

struct Case {
  const char* in;
  const char* out;  // "" if it is none
};

TEST(Url, CanonicalFormAndItsOwnFixedPoint) {
  const Case cases[] = {
      {"http://e.test", "http://e.test/"},
      {"  HTTPS://E.TEST:443/a/../b/./c  ", "https://e.test/b/c"},
      {"ht\ntp://e.test/a\tb", "http://e.test/ab"},
      {"https:e.test", "https://e.test/"},
      {"https:\\\\e.test\\x", "https://e.test/x"},
      {"http:////e.test//x", "http://e.test//x"},
      {"http://e.test:8080", "http://e.test:8080/"},
      {"http://e.test:00080/", "http://e.test/"},
      {"http://e.test:/", "http://e.test/"},
      {"http://e.test:65536/", ""},
      {"http://e.test:8a/", ""},
      {"http://", ""},
      {"http://?x", ""},
      {"http://a b/", ""},
      {"http://a%20b/", ""},
      {"http://%65.test/", "http://e.test/"},
      {"http://e.test/%2e%2E/x/%2e", "http://e.test/x/"},
      {"http://e.test/a b\"<>`{}|^?c d'\"#e f`",
       "http://e.test/a%20b%22%3C%3E%60%7B%7D%7C%5E?c%20d%27%22#e%20f%60"},
      {"http://e.test/\u00FC?\u00FC#\u00FC",
       "http://e.test/%C3%BC?%C3%BC#%C3%BC"},
      {"http://e.test/%zz", "http://e.test/%zz"},
      {"mailto:a@b.test", "mailto:a@b.test"},
      {"tel:+1 2", "tel:+1%202"},
      {"JavaScript:alert(1)", "javascript:alert(1)"},
      {"/x", ""},
      {"x", ""},
      {"1http://e.test", ""},
      {"", ""},
  };
  for (const Case& c : cases) {
    const std::optional<Url> url = ParseUrl(c.in);
    EXPECT_EQ(url ? url->href : "", c.out) << c.in;
    if (!url) continue;
    const std::optional<Url> again = ParseUrl(url->href);
    ASSERT_TRUE(again) << c.in;
    EXPECT_EQ(again->href, url->href);
  }
}

TEST(Url, Hosts) {
  const Case cases[] = {
      {"EXAMPLE.test", "example.test"},
      {"ex\u00E4mple.test", "xn--exmple-cua.test"},
      {"fa\u00DF.test", "xn--fa-hia.test"},
      {"\uFF45\uFF0E\u3002test", "e..test"},
      {"e\u00ADx.test", "ex.test"},
      {"xn--a", ""},
      {"a_b.test", "a_b.test"},
      {"127.1", "127.0.0.1"},
      {"0x7F.0.0.01", "127.0.0.1"},
      {"2130706433", "127.0.0.1"},
      {"017700000001", "127.0.0.1"},
      {"1.2.3.4.5", ""},
      {"256.1.1.1", ""},
      {"1.2.3.4.", "1.2.3.4"},
      {"0x", "0.0.0.0"},
      {"e.0x1g", "e.0x1g"},
      {"e.09", ""},
      {"[::1]", "[::1]"},
      {"[1:0:0:2:0:0:0:3]", "[1:0:0:2::3]"},
      {"[::ffff:1.2.3.4]", "[::ffff:102:304]"},
      {"[1:2:3:4:5:6:7::8]", ""},
      {"[1:2:3:4:5:6:7::]", "[1:2:3:4:5:6:7:0]"},
      {"[::1", ""},
      {"[::1.2.3]", ""},
      {"a<b", ""},
      {"a%00b", ""},
  };
  for (const Case& c : cases) {
    const std::optional<std::string> host = CanonicalHost(c.in);
    EXPECT_EQ(host.value_or(""), c.out) << c.in;
  }
}

TEST(Url, UserinfoIsSeen) {
  EXPECT_TRUE(ParseUrl("http://u:p@e.test/")->has_userinfo);
  EXPECT_TRUE(ParseUrl("http://@e.test/")->has_userinfo);
  EXPECT_EQ(ParseUrl("http://a@b@e.test/")->host, "e.test");
  EXPECT_FALSE(ParseUrl("http://e.test/@")->has_userinfo);
}

TEST(Url, RelativeStaysOnItsHost) {
  const Case cases[] = {
      {"/a b", "/a%20b"},     {"?q", "?q"},       {"#x", "#x"},
      {"a/b:c", "a/b:c"},     {"//e.test", ""},   {"\\\\e.test", ""},
      {"/\\e.test", ""},      {"/\t/e.test", ""}, {"javascript:x", ""},
      {"java\nscript:x", ""}, {"1:x", "./1:x"},
  };
  for (const Case& c : cases) {
    const std::optional<Url> url = ParseRelativeUrl(c.in);
    EXPECT_EQ(url ? url->href : "", c.out) << c.in;
  }
}

TEST(Url, HiddenCharacters) {
  EXPECT_FALSE(HasHiddenCharacters("\x01 http://e.test/\na "));
  EXPECT_TRUE(HasHiddenCharacters("http://e.test/\x01x"));
  EXPECT_TRUE(HasHiddenCharacters("http://e.test/\u202Ex"));
  EXPECT_TRUE(HasHiddenCharacters("http://e.test/\u200Bx"));
  EXPECT_FALSE(HasHiddenCharacters("http://e.test/\u00FC"));
}

TEST(Url, TooLongIsNone) {
  EXPECT_FALSE(ParseUrl("http://e.test/" + std::string(kMaxUrl, 'a')));
}

}  // namespace
}  // namespace sluice::markup
