#include "service/gateway/callers.h"

#include <gtest/gtest.h>

#include "service/gateway/connect_error.h"
#include "service/gateway/http.h"
#include "service/gateway/json.h"

namespace sluice::gateway {
namespace {

// A server with one key, or with none.
class FakeUpstream final : public Upstream {
 public:
  void Call(RpcCall call, Done done) override {
    ++calls;
    std::string key;
    for (const auto& [name, value] : call.metadata) {
      if (name == "authorization") key = value;
    }
    RpcAnswer answer;
    v1::GetCallerResponse caller;
    if (key == "Bearer good") {
      caller = of_key;
    } else if (key.empty() && open) {
      caller.set_all_sites(true);
      caller.add_scopes(v1::SCOPE_REVIEW);
    } else {
      answer.code = absl::StatusCode::kUnauthenticated;
    }
    answer.response = caller.SerializeAsString();
    done(std::move(answer));
  }

  bool open = false;
  v1::GetCallerResponse of_key;
  int calls = 0;
};

class CallersTest : public ::testing::Test {
 protected:
  CallersTest() {
    for (const char* id : {"one", "two", "three"}) {
      v1::SiteConfig* site = config_.add_sites();
      site->set_id(id);
      site->add_hosts(std::string(id) + ".example.org");
    }
    upstream_.of_key.set_id("k1");
    upstream_.of_key.add_scopes(v1::SCOPE_CHECK);
  }
  absl::StatusOr<Caller> Find(std::string_view key, std::string_view blog) {
    absl::StatusOr<Caller> found = absl::UnknownError("not called back");
    Callers(&config_, &upstream_).Find(key, blog, [&found](auto answer) {
      found = std::move(answer);
    });
    return found;
  }
  std::string SiteOf(std::string_view key, std::string_view blog) {
    const absl::StatusOr<Caller> found = Find(key, blog);
    return found.ok() ? found->site->id()
                      : absl::StatusCodeToString(found.status().code());
  }

  v1::ServerConfig config_;
  FakeUpstream upstream_;
};

TEST_F(CallersTest, AKeyIsForItsSitesAlone) {
  upstream_.of_key.add_sites("two");
  EXPECT_EQ(SiteOf("good", "https://two.example.org/blog"), "two");
  EXPECT_EQ(SiteOf("good", "https://unknown.example/"), "two");
  EXPECT_EQ(SiteOf("good", ""), "two");
  EXPECT_EQ(SiteOf("good", "https://one.example.org/"), "PERMISSION_DENIED");
  EXPECT_EQ(SiteOf("bad", "https://two.example.org/"), "UNAUTHENTICATED");
  EXPECT_FALSE(Find("good", "")->may_review);
  EXPECT_EQ(Find("good", "")->key, "good");
}

TEST_F(CallersTest, OfSeveralSitesTheBlogsHostChooses) {
  upstream_.of_key.add_sites("two");
  upstream_.of_key.add_sites("three");
  EXPECT_EQ(SiteOf("good", "http://THREE.example.org"), "three");
  EXPECT_EQ(SiteOf("good", "http://else.example"), "two");
}

TEST_F(CallersTest, AServerThatAsksForNoKeysTakesAnyAndCallsWithNone) {
  upstream_.open = true;
  const absl::StatusOr<Caller> found = Find("whatever", "three.example.org");
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->site->id(), "three");
  EXPECT_TRUE(found->may_review);
  EXPECT_EQ(found->key, "");
}

TEST_F(CallersTest, WhatCannotBeAKeyIsNeverCalledWith) {
  upstream_.open = true;
  for (const std::string& key :
       {std::string(), std::string("a\r\nb"), std::string("a b"),
        std::string("\xC3\xA4"), std::string(1, '\0'), std::string(257, 'a')})
    EXPECT_EQ(SiteOf(key, ""), "UNAUTHENTICATED");
  EXPECT_EQ(upstream_.calls, 0);
}

TEST(ConnectErrorTest, EachCodeHasItsNameAndStatus) {
  EXPECT_EQ(ConnectCode(absl::StatusCode::kCancelled), "canceled");
  EXPECT_EQ(HttpStatusOf(absl::StatusCode::kCancelled), 499);
  EXPECT_EQ(ConnectCode(absl::StatusCode::kUnauthenticated), "unauthenticated");
  EXPECT_EQ(HttpStatusOf(absl::StatusCode::kUnauthenticated), 401);
  EXPECT_EQ(ConnectCode(static_cast<absl::StatusCode>(99)), "unknown");
  const HttpResponse response =
      ConnectError(absl::StatusCode::kUnavailable, "away \"now\"");
  EXPECT_EQ(response.status, 503);
  const auto body = ParseJson(response.body);
  ASSERT_TRUE(body.ok());
  EXPECT_EQ(StringOf(*body, "code"), "unavailable");
  EXPECT_EQ(StringOf(*body, "message"), "away \"now\"");
}

TEST(ConnectErrorTest, BytesAreBase64WithoutPadding) {
  EXPECT_EQ(Base64("\xFB\xFF"), "+/8");
  EXPECT_EQ(FromBase64("+/8="), "\xFB\xFF");
  EXPECT_EQ(FromBase64("+/8"), "\xFB\xFF");
  EXPECT_EQ(FromBase64("!!"), "");
}

}  // namespace
}  // namespace sluice::gateway
