#include "service/rpc/admit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "absl/strings/cord.h"
#include "google/rpc/error_details.pb.h"
#include "service/base/resource_name.h"

namespace sluice::rpc {
namespace {

using ::testing::ElementsAre;

const Time kNow{std::chrono::seconds(1'800'000'000)};

AdmitRules Rules() {
  AdmitRules rules;
  rules.is_known_site = [](std::string_view site) { return site == "blog"; };
  rules.random = [] { return uint64_t{42}; };
  return rules;
}

v1::Comment Good() {
  v1::Comment comment;
  comment.set_name("sites/blog/comments/c1");
  comment.set_body("A thought.");
  return comment;
}

std::vector<std::string> FieldsOf(const absl::Status& status) {
  std::vector<std::string> fields;
  status.ForEachPayload(
      [&fields](absl::string_view, const absl::Cord& payload) {
        google::rpc::BadRequest details;
        ASSERT_TRUE(details.ParseFromString(std::string(payload)));
        for (const auto& violation : details.field_violations())
          fields.push_back(violation.field());
      });
  return fields;
}

absl::Status AdmitChanged(const std::function<void(v1::Comment*)>& change) {
  v1::Comment comment = Good();
  change(&comment);
  return Admit(Rules(), kNow, "comment.", &comment);
}

TEST(Admit, TakesAGoodComment) {
  EXPECT_TRUE(AdmitChanged([](v1::Comment*) {}).ok());
  EXPECT_TRUE(AdmitChanged([](v1::Comment* comment) {
                comment->mutable_author()->set_name("Zoë");
                comment->mutable_author()->set_email("zoe+blog@bücher.example");
                comment->mutable_author()->set_url("HTTPS://zoe.example/");
                comment->mutable_page()->set_language("pt-BR");
                comment->mutable_client()->set_ip("2001:db8::1");
                comment->set_parent("sites/blog/comments/c0");
                comment->mutable_create_time()->set_seconds(1'800'000'100);
                (*comment->mutable_labels())["edited"] = "true";
              }).ok());
}

TEST(Admit, NamesEveryWrongField) {
  struct Case {
    const char* field;
    std::function<void(v1::Comment*)> change;
  };
  const Case cases[] = {
      {"comment.name", [](v1::Comment* c) { c->set_name("blog/c1"); }},
      {"comment.body", [](v1::Comment* c) { c->clear_body(); }},
      {"comment.body", [](v1::Comment* c) { c->set_body(" \n\t "); }},
      {"comment.body",
       [](v1::Comment* c) { c->set_body(std::string(65'537, 'a')); }},
      {"comment.format",
       [](v1::Comment* c) { c->set_format(static_cast<v1::Format>(9)); }},
      {"comment.author.name",
       [](v1::Comment* c) { c->mutable_author()->set_name("two\nlines"); }},
      {"comment.author.name",
       [](v1::Comment* c) {
         c->mutable_author()->set_name(std::string(257, 'n'));
       }},
      {"comment.author.id",
       [](v1::Comment* c) {
         c->mutable_author()->set_id(std::string(129, 'i'));
       }},
      {"comment.author.url",
       [](v1::Comment* c) {
         c->mutable_author()->set_url("javascript:alert(1)");
       }},
      {"comment.author.url",
       [](v1::Comment* c) { c->mutable_author()->set_url("http://"); }},
      {"comment.author.url",
       [](v1::Comment* c) { c->mutable_author()->set_url("http://a b/"); }},
      {"comment.page.url",
       [](v1::Comment* c) { c->mutable_page()->set_url("/relative"); }},
      {"comment.page.title",
       [](v1::Comment* c) {
         c->mutable_page()->set_title(std::string(513, 't'));
       }},
      {"comment.page.language",
       [](v1::Comment* c) { c->mutable_page()->set_language("english!"); }},
      {"comment.client.ip",
       [](v1::Comment* c) { c->mutable_client()->set_ip("300.1.1.1"); }},
      {"comment.form.token",
       [](v1::Comment* c) {
         c->mutable_form()->set_token(std::string(1025, 't'));
       }},
      {"comment.parent",
       [](v1::Comment* c) { c->set_parent("sites/other/comments/c0"); }},
      {"comment.create_time",
       [](v1::Comment* c) {
         c->mutable_create_time()->set_seconds(1'800'100'000);
       }},
      {"comment.create_time",
       [](v1::Comment* c) { c->mutable_create_time()->set_nanos(-1); }},
      {"comment.labels",
       [](v1::Comment* c) { (*c->mutable_labels())[""] = "x"; }},
      {"comment.labels",
       [](v1::Comment* c) {
         (*c->mutable_labels())["k"] = std::string(257, 'v');
       }},
  };
  for (const Case& test : cases) {
    const absl::Status status = AdmitChanged(test.change);
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << test.field;
    EXPECT_THAT(FieldsOf(status), ElementsAre(test.field));
  }
}

TEST(Admit, NamesAllWrongFieldsAtOnce) {
  const absl::Status status = AdmitChanged([](v1::Comment* comment) {
    comment->clear_body();
    comment->mutable_author()->set_email("nobody");
    comment->mutable_client()->set_ip("x");
  });
  EXPECT_THAT(
      FieldsOf(status),
      ElementsAre("comment.body", "comment.author.email", "comment.client.ip"));
}

TEST(Admit, RefusesWhatIsNoEmailAddress) {
  for (const char* email : {"a", "@b.c", "a@", "a b@c.d", "a@b@c.d", "a@-b.c",
                            "a@b..c", "<a@b.c>", "a@b c.d"}) {
    const absl::Status status = AdmitChanged([email](v1::Comment* comment) {
      comment->mutable_author()->set_email(email);
    });
    EXPECT_THAT(FieldsOf(status), ElementsAre("comment.author.email")) << email;
  }
}

TEST(Admit, SaysThatASiteIsUnknown) {
  const absl::Status status = AdmitChanged(
      [](v1::Comment* comment) { comment->set_name("sites/other"); });
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(FieldsOf(status), ElementsAre("comment.name"));
}

TEST(Admit, GivesAnIdThatSortsByTime) {
  v1::Comment early = Good();
  v1::Comment late = Good();
  early.set_name("sites/blog");
  late.set_name("sites/blog");
  ASSERT_TRUE(Admit(Rules(), kNow, "comment.", &early).ok());
  ASSERT_TRUE(
      Admit(Rules(), kNow + std::chrono::milliseconds(1), "comment.", &late)
          .ok());
  EXPECT_EQ(ParseResourceName(early.name()).comment.size(), 20u);
  EXPECT_LT(early.name(), late.name());
}

TEST(Admit, CutsLongHeadersAtACharacter) {
  v1::Comment comment = Good();
  comment.mutable_client()->set_user_agent(std::string(1023, 'a') + "\xC3\xA4");
  ASSERT_TRUE(Admit(Rules(), kNow, "comment.", &comment).ok());
  EXPECT_EQ(comment.client().user_agent(), std::string(1023, 'a'));
}

}  // namespace
}  // namespace sluice::rpc
