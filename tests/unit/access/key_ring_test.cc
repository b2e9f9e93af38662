#include "service/access/key_ring.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "service/store/memory_key_store.h"

namespace sluice::access {
namespace {

using ::testing::HasSubstr;

class HandClock final : public Clock {
 public:
  Time Now() const override { return Time(std::chrono::seconds(now)); }
  int64_t now = 1'700'000'000;
};

class KeyRingTest : public ::testing::Test {
 protected:
  void SetUp() override { Open({}); }
  void Open(KeyRing::Options options) {
    options.hash_key = "secret";
    options.refresh = std::chrono::milliseconds(0);
    ring_.reset();
    auto opened = KeyRing::Open(&store_, &clock_, std::move(options));
    ASSERT_TRUE(opened.ok());
    ring_ = *std::move(opened);
  }

  static v1::CreateKeyRequest Wanted(std::vector<v1::Scope> scopes,
                                     std::vector<std::string> sites) {
    v1::CreateKeyRequest request;
    for (const v1::Scope scope : scopes) request.add_scopes(scope);
    for (std::string& site : sites) request.add_sites(std::move(site));
    request.set_all_sites(request.sites().empty());
    return request;
  }
  absl::StatusOr<v1::CreateKeyResponse> Create(
      const v1::CreateKeyRequest& request, const Caller& caller = {}) {
    std::promise<absl::StatusOr<v1::CreateKeyResponse>> done;
    ring_->Create(caller, request,
                  [&done](absl::StatusOr<v1::CreateKeyResponse> response) {
                    done.set_value(std::move(response));
                  });
    return done.get_future().get();
  }
  v1::CreateKeyResponse Made(std::vector<v1::Scope> scopes,
                             std::vector<std::string> sites) {
    auto made = Create(Wanted(std::move(scopes), std::move(sites)));
    EXPECT_TRUE(made.ok()) << made.status();
    return made.ok() ? *made : v1::CreateKeyResponse();
  }
  absl::Status Revoke(const std::string& id, const Caller& caller = {}) {
    std::promise<absl::Status> done;
    ring_->Revoke(caller, id, [&done](const absl::StatusOr<v1::Key>& key) {
      done.set_value(key.status());
    });
    return done.get_future().get();
  }
  Caller Who(const std::string& text) {
    const absl::StatusOr<Caller> caller = ring_->Identify(text);
    EXPECT_TRUE(caller.ok()) << caller.status();
    return caller.ok() ? *caller : Caller();
  }
  bool IsRefused(const std::string& text) {
    return absl::IsUnauthenticated(ring_->Identify(text).status());
  }

  HandClock clock_;
  store::MemoryKeyStore store_;
  std::unique_ptr<KeyRing> ring_;
};

TEST_F(KeyRingTest, AKeyMayWhatItsScopesAndSitesSay) {
  const Caller caller =
      Who(Made({v1::SCOPE_CHECK, v1::SCOPE_RULES}, {"b", "a"}).secret());
  EXPECT_TRUE(caller.MayUse(v1::SCOPE_CHECK));
  EXPECT_TRUE(caller.MayUse(v1::SCOPE_RULES));
  EXPECT_FALSE(caller.MayUse(v1::SCOPE_REVIEW));
  EXPECT_FALSE(caller.MayUse(v1::SCOPE_ADMIN));
  EXPECT_TRUE(caller.MayUseSite("a"));
  EXPECT_TRUE(caller.MayUseSite("b"));
  for (const char* other : {"", "c", "aa", "A"})
    EXPECT_FALSE(caller.MayUseSite(other)) << other;
  EXPECT_FALSE(caller.MayUseAllSites());
}

TEST_F(KeyRingTest, AdminBringsEveryScope) {
  const Caller caller = Who(Made({v1::SCOPE_ADMIN}, {}).secret());
  for (int scope = v1::SCOPE_CHECK; scope <= v1::SCOPE_ADMIN; ++scope)
    EXPECT_TRUE(caller.MayUse(static_cast<v1::Scope>(scope)));
  EXPECT_TRUE(caller.MayUseAllSites());
}

TEST_F(KeyRingTest, WithoutAnAdminKeyNoneIsAskedForAndAWrongOneIsRefused) {
  Made({v1::SCOPE_CHECK}, {"a"});
  EXPECT_FALSE(Who("").has_key());
  EXPECT_TRUE(IsRefused("abcdefghijkl"));
  EXPECT_TRUE(IsRefused("nonsense"));
  Made({v1::SCOPE_ADMIN}, {"a"});
  EXPECT_TRUE(IsRefused(""));
}

// Whoever revokes the last key must not open the server to everybody.
TEST_F(KeyRingTest, RevokingTheLastAdminLeavesTheServerClosed) {
  const v1::CreateKeyResponse admin = Made({v1::SCOPE_ADMIN}, {});
  EXPECT_TRUE(ring_->HasAdmin());
  ASSERT_TRUE(Revoke(admin.key().id()).ok());
  EXPECT_FALSE(ring_->HasAdmin());
  EXPECT_TRUE(ring_->DemandsKeys());
  EXPECT_TRUE(IsRefused(""));
  EXPECT_TRUE(IsRefused(admin.secret()));
  Open({});
  EXPECT_TRUE(IsRefused(""));
}

TEST_F(KeyRingTest, CanDemandKeysBeforeThereAreAny) {
  Open({.required = true});
  EXPECT_TRUE(IsRefused(""));
}

TEST_F(KeyRingTest, OneLetterMoreOrLessOrAnotherIsAnotherKey) {
  for (const v1::Key::Form form :
       {v1::Key::FORM_TOKEN, v1::Key::FORM_AKISMET}) {
    v1::CreateKeyRequest request = Wanted({v1::SCOPE_CHECK}, {"a"});
    request.set_form(form);
    const std::string text = Create(request)->secret();
    EXPECT_TRUE(Who(text).has_key());
    for (size_t at = 0; at < text.size(); ++at) {
      std::string other = text;
      other[at] = other[at] == 'x' ? 'y' : 'x';
      EXPECT_TRUE(IsRefused(other)) << at;
    }
  }
}

TEST_F(KeyRingTest, AStreamThatIsOpenIsToldThatItsKeyHasEnded) {
  const v1::CreateKeyResponse made = Made({v1::SCOPE_CHECK}, {"a"});
  const Caller caller = Who(made.secret());
  EXPECT_FALSE(caller.ended());
  ASSERT_TRUE(Revoke(made.key().id()).ok());
  EXPECT_TRUE(caller.ended());
}

TEST_F(KeyRingTest, AKeyExpiresAtItsTime) {
  v1::CreateKeyRequest request = Wanted({v1::SCOPE_CHECK}, {"a"});
  request.mutable_expire_time()->set_seconds(clock_.now + 10);
  const std::string text = Create(request)->secret();
  const Caller caller = Who(text);
  clock_.now += 9;
  EXPECT_FALSE(IsRefused(text));
  clock_.now += 1;
  EXPECT_TRUE(IsRefused(text));
  ASSERT_TRUE(ring_->Refresh().ok());
  EXPECT_TRUE(caller.ended());
}

TEST_F(KeyRingTest, WhatAnotherServerRevokedIsSeenAtTheNextRefresh) {
  const v1::CreateKeyResponse made = Made({v1::SCOPE_CHECK}, {"a"});
  store_.Revoke(made.key().id(), clock_.Now(), [](const absl::Status&) {});
  EXPECT_FALSE(IsRefused(made.secret()));
  ASSERT_TRUE(ring_->Refresh().ok());
  EXPECT_TRUE(IsRefused(made.secret()));
}

TEST_F(KeyRingTest, NoTextOfAKeyIsStoredOrListed) {
  const std::string text = Made({v1::SCOPE_CHECK}, {"a"}).secret();
  const std::vector<store::StoredKey> kept = store_.List().value();
  for (const store::StoredKey& stored : kept) {
    EXPECT_EQ(stored.hash.find(text), std::string::npos);
    EXPECT_EQ(stored.key.SerializeAsString().find(text.substr(13)),
              std::string::npos);
  }
  EXPECT_EQ(ring_->List({})->at(0).SerializeAsString().find(text.substr(13)),
            std::string::npos);
}

TEST_F(KeyRingTest, LastUseIsTold) {
  const v1::CreateKeyResponse made = Made({v1::SCOPE_CHECK}, {"a"});
  EXPECT_FALSE(ring_->List({})->at(0).has_last_used_time());
  clock_.now += 5;
  Who(made.secret());
  EXPECT_EQ(ring_->List({})->at(0).last_used_time().seconds(), clock_.now);
  EXPECT_FALSE(store_.List()->at(0).key.has_last_used_time());
  ring_->NoteUses();
  EXPECT_EQ(store_.List()->at(0).key.last_used_time().seconds(), clock_.now);
}

TEST_F(KeyRingTest, LimitsGoOnWhileOtherKeysAreMade) {
  Open({.limits = {.calls_per_second = 0.01, .burst = 1}});
  const std::string text = Made({v1::SCOPE_CHECK}, {"a"}).secret();
  const auto now = Limiter::Clock::time_point(std::chrono::hours(1));
  EXPECT_FALSE(Who(text).limiter()->Take(1, now).has_value());
  Made({v1::SCOPE_CHECK}, {"b"});
  EXPECT_TRUE(Who(text).limiter()->Take(1, now).has_value());
}

struct Refused {
  std::string name;
  std::function<void(v1::CreateKeyRequest*)> change;
  std::string field;
};

TEST_F(KeyRingTest, AKeyThatMakesNoSenseIsNotMade) {
  const std::vector<Refused> cases = {
      {"no scope", [](auto* r) { r->clear_scopes(); }, "scopes"},
      {"no such scope", [](auto* r) { r->add_scopes(v1::Scope(9)); }, "scopes"},
      {"no site", [](auto* r) { r->clear_sites(); }, "sites"},
      {"sites and all", [](auto* r) { r->set_all_sites(true); }, "sites"},
      {"a bad site", [](auto* r) { r->add_sites("a/comments/b"); }, "sites"},
      {"akismet reviews",
       [](auto* r) {
         r->set_form(v1::Key::FORM_AKISMET);
         r->set_scopes(0, v1::SCOPE_REVIEW);
       },
       "scopes"},
      {"akismet of two",
       [](auto* r) {
         r->set_form(v1::Key::FORM_AKISMET);
         r->add_sites("b");
       },
       "sites"},
      {"akismet of all",
       [](auto* r) {
         r->set_form(v1::Key::FORM_AKISMET);
         r->clear_sites();
         r->set_all_sites(true);
       },
       "sites"},
      {"a long label", [](auto* r) { r->set_label(std::string(101, 'a')); },
       "label"},
      {"a label of two lines", [](auto* r) { r->set_label("a\nb"); }, "label"},
      {"expired", [](auto* r) { r->mutable_expire_time()->set_seconds(1); },
       "expire_time"},
      {"not a number",
       [](auto* r) {
         r->mutable_limits()->set_calls_per_second(
             std::numeric_limits<double>::quiet_NaN());
       },
       "limits.calls_per_second"}};
  for (const Refused& refused : cases) {
    v1::CreateKeyRequest request = Wanted({v1::SCOPE_CHECK}, {"a"});
    refused.change(&request);
    const absl::Status status = Create(request).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << refused.name;
    EXPECT_EQ(std::string(status.message()).rfind(refused.field + ":", 0), 0u)
        << refused.name << ": " << status;
  }
}

// Whoever runs one site of many gives away no more than that, and does not even
// learn which other keys there are.
TEST_F(KeyRingTest, AnAdminOfOneSiteRulesOverItsKeysOnly) {
  const v1::CreateKeyResponse mine = Made({v1::SCOPE_ADMIN}, {"a"});
  const v1::CreateKeyResponse other = Made({v1::SCOPE_CHECK}, {"b"});
  const v1::CreateKeyResponse both = Made({v1::SCOPE_CHECK}, {"a", "b"});
  const Caller caller = Who(mine.secret());
  EXPECT_TRUE(Create(Wanted({v1::SCOPE_CHECK}, {"a"}), caller).ok());
  for (const auto& sites : std::vector<std::vector<std::string>>{
           {"b"}, {"a", "b"}, {"nosuch"}, {}}) {
    EXPECT_TRUE(absl::IsPermissionDenied(
        Create(Wanted({v1::SCOPE_CHECK}, sites), caller).status()));
  }
  v1::CreateKeyRequest fast = Wanted({v1::SCOPE_CHECK}, {"a"});
  fast.mutable_limits()->set_burst(1'000'000);
  EXPECT_TRUE(absl::IsPermissionDenied(Create(fast, caller).status()));
  EXPECT_EQ(ring_->List(caller)->size(), 2u);
  const absl::Status foreign = Revoke(other.key().id(), caller);
  EXPECT_EQ(foreign, Revoke("nosuch00", caller));
  EXPECT_TRUE(absl::IsNotFound(Revoke(both.key().id(), caller)));
  EXPECT_TRUE(Revoke(mine.key().id(), caller).ok());
}

TEST(KeyRingWithoutAStore, ServesWithoutKeysAndMakesNone) {
  HandClock clock;
  const auto ring = KeyRing::Open(nullptr, &clock, {});
  ASSERT_TRUE(ring.ok());
  EXPECT_TRUE((*ring)->Identify("").ok());
  (*ring)->Create({}, {}, [](const auto& made) {
    EXPECT_TRUE(absl::IsUnimplemented(made.status()));
  });
}

}  // namespace
}  // namespace sluice::access
