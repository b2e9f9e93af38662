#include "service/rpc/gate.h"

#include <gtest/gtest.h>

#include <future>

#include "service/store/memory_key_store.h"
#include "sluice/v1/moderation_service.pb.h"
#include "sluice/v1/review_service.pb.h"

namespace sluice::rpc {
namespace {

// The example of W3C's Trace Context.
constexpr std::string_view kTrace =
    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

TEST(TraceId, IsTakenFromAValidHeader) {
  EXPECT_EQ(TraceIdOf(kTrace), "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(TraceIdOf("cc" + std::string(kTrace.substr(2)) + "-later"),
            "4bf92f3577b34da6a3ce929d0e0e4736");
}

// It is written to the log: nothing else may come through.
TEST(TraceId, OfAnythingElseIsEmpty) {
  std::string text(kTrace);
  for (size_t at = 0; at < text.size(); ++at) {
    for (const char c : {'\n', '"', 'G', 'F', ' '}) {
      std::string bad = text;
      bad[at] = c;
      EXPECT_EQ(TraceIdOf(bad), "") << bad;
    }
  }
  for (const std::string& bad :
       {std::string(), text.substr(1), text + "-x", text + "0",
        "ff" + text.substr(2), "cc" + text.substr(2) + "x",
        "00-" + std::string(32, '0') + text.substr(35),
        text.substr(0, 36) + std::string(16, '0') + "-01",
        std::string(100'000, '0')})
    EXPECT_EQ(TraceIdOf(bad), "") << bad.substr(0, 80);
}

class HandClock final : public Clock {
 public:
  Time Now() const override {
    return Time(std::chrono::seconds(1'700'000'000));
  }
};

class SitesOfARequest : public ::testing::Test {
 protected:
  SitesOfARequest() {
    access::KeyRing::Options options;
    options.refresh = std::chrono::milliseconds(0);
    options.limits = {.calls_per_second = 0.001, .burst = 10};
    ring_ = *access::KeyRing::Open(&store_, &clock_, std::move(options));
    gate_ = std::make_unique<Gate>(ring_.get(), nullptr);
  }

  Visit VisitOf(const std::string& method, const std::string& site) {
    v1::CreateKeyRequest request;
    request.add_scopes(v1::SCOPE_ADMIN);
    if (!site.empty()) request.add_sites(site);
    request.set_all_sites(site.empty());
    std::promise<std::string> secret;
    ring_->Create({}, request, [&secret](const auto& made) {
      secret.set_value(made.ok() ? made->secret() : "");
    });
    access::Caller caller = *ring_->Identify(secret.get_future().get());
    EXPECT_TRUE(caller.limiter()->Enter());
    Visit visit;
    for (size_t i = 0; i < Methods().size(); ++i)
      if (Methods()[i].method == method) visit.method = i;
    visit.permit = access::Permit(std::move(caller));
    return visit;
  }

  HandClock clock_;
  store::MemoryKeyStore store_;
  std::unique_ptr<access::KeyRing> ring_;
  std::unique_ptr<Gate> gate_;
};

TEST_F(SitesOfARequest, AreAllLookedAtAlsoTheLastOfABatch) {
  const Visit visit = VisitOf("DecideEntries", "a");
  v1::DecideEntriesRequest request;
  request.set_parent("sites/a");
  for (int i = 0; i < 100; ++i)
    request.add_decisions()->set_name("sites/a/comments/c");
  EXPECT_TRUE(gate_->Allow(visit, request).ok());
  request.mutable_decisions(99)->set_name("sites/b/comments/c");
  EXPECT_TRUE(absl::IsPermissionDenied(gate_->Allow(visit, request)));
  request.mutable_decisions(99)->set_name("sites/a/comments/c");
  request.set_parent("sites/b");
  EXPECT_TRUE(absl::IsPermissionDenied(gate_->Allow(visit, request)));
}

TEST_F(SitesOfARequest, MayBeAnyForAKeyOfAllSites) {
  const Visit visit = VisitOf("ListEntries", "");
  v1::ListEntriesRequest request;
  request.set_parent("sites/whichever");
  EXPECT_TRUE(gate_->Allow(visit, request).ok());
}

TEST_F(SitesOfARequest, ABatchCostsWhatItsCommentsCost) {
  const Visit visit = VisitOf("BatchCheckComments", "a");
  v1::BatchCheckCommentsRequest request;
  for (int i = 0; i < 9; ++i)
    request.add_requests()->mutable_comment()->set_name("sites/a");
  EXPECT_TRUE(gate_->Allow(visit, request).ok());
  const absl::Status status = gate_->Allow(visit, request);
  EXPECT_TRUE(absl::IsResourceExhausted(status));
  EXPECT_TRUE(status.GetPayload("type.googleapis.com/google.rpc.RetryInfo")
                  .has_value());
}

}  // namespace
}  // namespace sluice::rpc
