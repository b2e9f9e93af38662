#include "service/gateway/akismet_comment.h"

#include <gtest/gtest.h>

#include "service/gateway/akismet_callback.h"
#include "service/gateway/callers.h"
#include "service/gateway/gzip.h"
#include "service/gateway/json.h"
#include "service/gateway/occurrences.h"

namespace sluice::gateway {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

constexpr Time kNow{std::chrono::seconds(1'790'000'000)};
const std::string kKey(32, 'k');

v1::Comment CommentOf(Fields fields, AkismetFlags* flags = nullptr) {
  AkismetFlags ignored;
  return CommentOfForm(Form(std::move(fields)), v1::FORMAT_HTML, 100, kNow,
                       flags != nullptr ? flags : &ignored);
}

TEST(AkismetCommentTest, TakesEachFieldAsCheckCommentWantsIt) {
  const v1::Comment comment = CommentOf({
      {"comment_content", "Hello"},
      {"comment_author", " Ann\r\n"},
      {"comment_author_email", "ann@example.net"},
      {"comment_author_url", "ann.example.net/x"},
      {"user_ip", "::FFFF:198.51.100.7"},
      {"permalink", "http://blog.example.org/p/1"},
      {"blog_lang", "pt_BR, en"},
      {"user_id", "12"},
      {"content_type", "forum-post"},
  });
  EXPECT_EQ(comment.author().name(), "Ann");
  EXPECT_EQ(comment.author().email(), "ann@example.net");
  EXPECT_EQ(comment.author().url(), "http://ann.example.net/x");
  EXPECT_EQ(comment.author().id(), "12");
  EXPECT_EQ(comment.client().ip(), "198.51.100.7");
  EXPECT_EQ(comment.page().language(), "pt-BR");
  EXPECT_EQ(comment.labels().at(kTypeLabel), "forum-post");
  EXPECT_EQ(comment.format(), v1::FORMAT_HTML);
}

TEST(AkismetCommentTest, LeavesOutWhatIsOfTheWrongKind) {
  for (const char* url : {"javascript:alert(1)", "http://", "http:///x",
                          "http://a b/", "ftp://a.example/", "no url"}) {
    const v1::Comment comment = CommentOf({{"comment_author_url", url}});
    EXPECT_EQ(comment.author().url(), "") << url;
    EXPECT_EQ(comment.labels().at(kUrlLabel), url);
  }
  for (const char* email : {"a", "a@", "@b", "a b@c.example", "a@-c.example",
                            "a@c..example", "a\"@c.example"})
    EXPECT_EQ(CommentOf({{"comment_author_email", email}}).author().email(), "")
        << email;
  for (const char* ip : {"", "1.2.3", "::ffff:1.2.3", "host", "1.2.3.4:80"})
    EXPECT_EQ(CommentOf({{"user_ip", ip}}).client().ip(), "") << ip;
  for (const char* tag : {"", "-", "en-", "toolongtag", "e n"})
    EXPECT_EQ(CommentOf({{"blog_lang", tag}}).page().language(), "") << tag;
  EXPECT_EQ(CommentOf({{"user_id", "0"}}).author().id(), "");
}

TEST(AkismetCommentTest, ATextTooLongIsCutBetweenCharactersAndSaidToBe) {
  AkismetFlags flags;
  std::string text(99, 'a');
  text += "\xC3\xBC";
  EXPECT_EQ(CommentOf({{"comment_content", text}}, &flags).body(),
            std::string(99, 'a'));
  EXPECT_TRUE(flags.too_long);
  CommentOf({{"comment_content", std::string(100, 'a')}}, &flags);
  EXPECT_FALSE(flags.too_long);
}

TEST(AkismetCommentTest, ReadsDatesAsClientsWriteThem) {
  for (const char* date :
       {"2026-09-21T14:13:20Z", "2026-09-21T14:13:20.000Z",
        "2026-09-21T14:13:20+00:00", "2026-09-21 14:13:20"}) {
    AkismetFlags flags;
    const v1::Comment comment = CommentOf({{"comment_date_gmt", date}}, &flags);
    EXPECT_TRUE(flags.dated) << date;
    EXPECT_EQ(comment.create_time().seconds(), 1'790'000'000) << date;
  }
  for (const char* date :
       {"", "2026-09-21", "2026-13-01 00:00:00", "2026-02-30 00:00:00",
        "2026-09-21 24:00:00", "0000-00-00 00:00:00", "2099-01-01 00:00:00"}) {
    AkismetFlags flags;
    EXPECT_FALSE(
        CommentOf({{"comment_date_gmt", date}}, &flags).has_create_time())
        << date;
    EXPECT_FALSE(flags.dated);
  }
}

TEST(AkismetCommentTest, KnowsTestValues) {
  struct {
    Fields fields;
    bool test, spam, administrator, recheck;
  } cases[] = {
      {{{"is_test", "1"}}, true, false, false, false},
      {{{"is_test", "TRUE"}}, true, false, false, false},
      {{{"is_test", "0"}}, false, false, false, false},
      {{{"comment_author", "viagra-test-123"}}, false, true, false, false},
      {{{"user_role", "administrator"}}, false, false, true, false},
      {{{"user_role", ""}, {"recheck_reason", "edit"}},
       false,
       false,
       false,
       true},
  };
  for (const auto& c : cases) {
    AkismetFlags flags;
    CommentOf(c.fields, &flags);
    EXPECT_EQ(flags.is_test, c.test);
    EXPECT_EQ(flags.guaranteed_spam, c.spam);
    EXPECT_EQ(flags.administrator, c.administrator);
    EXPECT_EQ(flags.recheck, c.recheck);
  }
}

std::string IdOf(std::string_view text, std::string_view site = "blog",
                 uint64_t occurrence = 0, std::string_view key = "k") {
  return CommentIdOf(key, site,
                     CommentOf({{"comment_content", std::string(text)},
                                {"comment_author", "Ann"},
                                {"user_ip", "198.51.100.7"}}),
                     occurrence);
}

TEST(CommentIdTest, IsTheSameForWhatWordPressMakesOfAText) {
  const std::string id = IdOf("Buy <b>here</b> & \"there\"");
  for (const char* same :
       {"buy here there", "Buy here &amp; &quot;there&quot;",
        "Buy\n\n<a rel=\"nofollow\">here</a> &#038; \"there\"",
        "Buy <script>here</script> there"})
    EXPECT_EQ(IdOf(same), id) << same;
  EXPECT_NE(IdOf("buy here theres"), id);
  EXPECT_NE(IdOf("buy here there", "other"), id);
  EXPECT_NE(IdOf("buy here there", "blog", 1), id);
  EXPECT_NE(IdOf("buy here there", "blog", 0, "another key"), id);
}

TEST(CommentIdTest, HostileTextsCostNoMoreThanTheirLength) {
  // Each tag that never ends, each entity that is none: looked at once.
  std::string text;
  for (int i = 0; i < 500'000; ++i) text += "<a";
  EXPECT_EQ(IdOf(text).size(), 36u);
  text.assign(1'000'000, '&');
  EXPECT_EQ(IdOf(text).size(), 36u);
}

TEST(OccurrencesTest, TellsARepetitionFromTheSameComment) {
  Occurrences known;
  EXPECT_FALSE(known.Find("a", kNow).known);
  known.Set("a", 3, kNow);
  EXPECT_EQ(known.Find("a", kNow).occurrence, 3u);
  EXPECT_TRUE(known.Find("a", kNow + Occurrences::kSame).same);
  EXPECT_FALSE(
      known.Find("a", kNow + Occurrences::kSame + std::chrono::seconds(1))
          .same);
}

TEST(OccurrencesTest, ForgetsThoseSeenLongestAgo) {
  Occurrences known;
  for (size_t i = 0; i < Occurrences::kMaxKnown; ++i)
    known.Set(std::to_string(i), 0, kNow);
  known.Set("0", 1, kNow);
  known.Set("new", 0, kNow);
  EXPECT_TRUE(known.Find("0", kNow).known);
  EXPECT_FALSE(known.Find("1", kNow).known);
}

TEST(SealTest, OpensUnderItsKeyAloneAndOnlyUnchanged) {
  const std::string sealed = Seal(kKey, "123456789abc");
  EXPECT_EQ(sealed.find("123456789abc"), sealed.npos);
  EXPECT_EQ(Unseal(kKey, sealed), "123456789abc");
  EXPECT_EQ(Seal(kKey, "123456789abc"), sealed);
  EXPECT_NE(Seal(kKey, "123456789abd"), sealed);
  EXPECT_EQ(Unseal(std::string(32, 'x'), sealed), std::nullopt);
  for (size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_EQ(Unseal(kKey, changed), std::nullopt) << i;
  }
  EXPECT_EQ(Unseal(kKey, ""), std::nullopt);
  EXPECT_EQ(Unseal(kKey, "AAAA"), std::nullopt);
}

v1::SiteConfig Site() {
  v1::SiteConfig site;
  site.set_id("blog");
  site.add_hosts("Blog.example.org");
  return site;
}

TEST(CallbackTest, OnlyHostsOfTheSiteAreCalled) {
  const v1::SiteConfig site = Site();
  EXPECT_TRUE(IsCallbackAllowed(site, "https://blog.example.org/hook?a=1"));
  EXPECT_TRUE(IsCallbackAllowed(site, "HTTP://BLOG.example.org:8080"));
  for (const char* url :
       {"https://other.example.org/", "ftp://blog.example.org/",
        "https://blog.example.org@evil.example/",
        "https://evil.example\\@blog.example.org/",
        "https://evil.example/#@blog.example.org",
        "https://blog.example.org.evil.example/", "blog.example.org", "",
        "https://blog.example.org/\r\nX: y", "file:///etc/passwd"})
    EXPECT_FALSE(IsCallbackAllowed(site, url)) << url;
  v1::SiteConfig named = site;
  named.mutable_akismet()->add_callback_hosts("hooks.example.org");
  EXPECT_FALSE(IsCallbackAllowed(named, "https://blog.example.org/"));
  EXPECT_TRUE(IsCallbackAllowed(named, "https://hooks.example.org/"));
  EXPECT_FALSE(IsCallbackAllowed(v1::SiteConfig(), "https://blog.example.org"));
}

TEST(CallbackTest, TellsWhatThePluginReads) {
  v1::Entry entry;
  entry.set_name("sites/blog/comments/g1");
  RememberCallback(Site(), kKey, "https://blog.example.org/hook", "abc",
                   entry.mutable_checked()->mutable_comment());
  v1::WatchVerdictsResponse change;
  change.set_state(v1::STATE_REJECTED);
  const std::optional<Callback> call = CallbackFor(Site(), kKey, entry, change);
  ASSERT_TRUE(call.has_value());
  EXPECT_EQ(call->url, "https://blog.example.org/hook");
  const auto body = ParseJson(call->body);
  ASSERT_TRUE(body.ok());
  EXPECT_EQ(StringOf(*body, "key"), "abc");
  EXPECT_EQ(StringOf(*body, "endpoint"), "comment-check");
  const auto& comments = body->fields().at("comments").list_value();
  ASSERT_EQ(comments.values_size(), 1);
  EXPECT_EQ(StringOf(comments.values(0).struct_value(), "guid"), "g1");
  EXPECT_EQ(StringOf(comments.values(0).struct_value(), "result"), "true");
  // Held again; decided by the blog; not allowed any more; no callback.
  change.set_state(v1::STATE_HELD);
  EXPECT_FALSE(CallbackFor(Site(), kKey, entry, change).has_value());
  change.set_state(v1::STATE_ACCEPTED);
  EXPECT_FALSE(CallbackFor(v1::SiteConfig(), kKey, entry, change).has_value());
  EXPECT_FALSE(CallbackFor(Site(), kKey, v1::Entry(), change).has_value());
  entry.mutable_review()->set_moderator("site:admin");
  EXPECT_FALSE(CallbackFor(Site(), kKey, entry, change).has_value());
}

TEST(HostOfTest, TakesTheHostThatWouldBeCalled) {
  const std::pair<const char*, const char*> cases[] = {
      {"http://Blog.Example.org:80/x", "blog.example.org"},
      {"blog.example.org.", "blog.example.org"},
      {"https://user:pass@host.example/", "host.example"},
      {"https://a.example\\@b.example/", "a.example"},
      {"http://[::1]:80/", "::1"},
      {"mailto:a@b.example", "b.example"},
      {"gopher://a.example", ""},
      {"", ""}};
  for (const auto& [url, host] : cases) EXPECT_EQ(HostOf(url), host) << url;
}

TEST(GzipTest, IsItsOwnInverseAndBounded) {
  const std::string text(100'000, 'x');
  const std::string packed = Gzip(text);
  EXPECT_LT(packed.size(), 1000u);
  EXPECT_EQ(*Gunzip(packed, text.size()), text);
  EXPECT_EQ(Gunzip(packed, text.size() - 1).status().code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(*Gunzip(Gzip(""), 10), "");
  for (const std::string& bad :
       {std::string(), std::string("x"), packed.substr(0, packed.size() - 1),
        packed + "x"})
    EXPECT_EQ(Gunzip(bad, 1 << 20).status().code(),
              absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace sluice::gateway
