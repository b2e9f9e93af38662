#include "service/webhook/dispatcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <future>

#include "service/store/memory_store.h"

namespace sluice::webhook {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class FakeClock final : public Clock {
 public:
  Time Now() const override { return now; }
  Time now{std::chrono::seconds(1'700'000'000)};
};

// A network where the test says what each comment's call is answered. While
// nothing is under way, Wait is the time that passes.
class FakeTransport final : public Transport {
 public:
  explicit FakeTransport(FakeClock* clock) : clock_(clock) {}

  void Send(Request request) override { under_way.push_back(request); }
  std::vector<Answer> Wait(std::chrono::milliseconds at_most) override {
    std::vector<Answer> answers;
    for (const Request& request : under_way) {
      const std::string comment = CommentOf(request);
      calls.push_back(comment);
      bodies.push_back(request.body);
      const int status = statuses.count(comment) ? statuses[comment] : 200;
      answers.push_back({request.id, status, status == 0 ? "no route" : ""});
    }
    most_at_once = std::max(most_at_once, under_way.size());
    under_way.clear();
    if (answers.empty()) {
      clock_->now += at_most;
      waits.push_back(at_most);
    }
    return answers;
  }
  void Wake() override {}

  // The webhook and the comment's id.
  static std::string CommentOf(const Request& request) {
    const std::string key = "/comments/";
    const size_t begin = request.body.find(key) + key.size();
    return request.url.substr(8, 1) + ":" +
           request.body.substr(begin, request.body.find('"', begin) - begin);
  }

  std::map<std::string, int> statuses;  // by CommentOf; 200 where none is said
  std::vector<Request> under_way;
  std::vector<std::string> calls, bodies;
  std::vector<std::chrono::milliseconds> waits;
  size_t most_at_once = 0;

 private:
  FakeClock* const clock_;
};

class DispatcherTest : public ::testing::Test {
 protected:
  void Start(std::vector<Hook> hooks) {
    std::vector<store::Webhook> webhooks;
    for (const Hook& hook : hooks) webhooks.push_back(hook.webhook);
    ASSERT_TRUE(store_.outbox()->SetWebhooks(webhooks).ok());
    dispatcher_ = std::make_unique<Dispatcher>(
        &store_, &clock_, [] { return uint64_t{0}; }, &transport_,
        std::move(hooks));
  }
  static Hook HookOf(const std::string& letter, int max_attempts = 12) {
    Hook hook;
    hook.webhook = {"https://" + letter + ".example/", ""};
    hook.key = "0123456789abcdef";
    hook.max_attempts = max_attempts;
    return hook;
  }
  void Decide(const std::string& comment,
              v1::Verdict verdict = v1::VERDICT_ACCEPT) {
    v1::Checked checked;
    checked.mutable_comment()->set_name("sites/blog/comments/" + comment);
    checked.mutable_decision()->set_verdict(v1::VERDICT_HOLD);
    store_.RecordCheck(checked, clock_.now, store::Durability::kBeforeAnswer,
                       [](const auto&) {});
    v1::EntryDecision decision;
    decision.set_name(checked.comment().name());
    decision.set_verdict(verdict);
    store_.Decide({decision}, "ann", "", clock_.now,
                  [](const auto& results) { EXPECT_TRUE(results.ok()); });
  }
  void Turn(int times = 1) {
    for (int i = 0; i < times; ++i) dispatcher_->Turn();
  }
  store::DeadLetters Dead() { return *store_.outbox()->ListDead("blog", 99); }

  FakeClock clock_;
  FakeTransport transport_{&clock_};
  store::MemoryStore store_;
  std::unique_ptr<Dispatcher> dispatcher_;
};

TEST_F(DispatcherTest, TellsEachWebhookOnce) {
  Start({HookOf("x"), HookOf("y")});
  Decide("a");
  Turn(3);
  EXPECT_THAT(transport_.calls, ElementsAre("x:a", "y:a"));
  EXPECT_THAT(transport_.bodies[0], HasSubstr("\"state\":\"STATE_ACCEPTED\""));
  EXPECT_THAT(transport_.bodies[0], HasSubstr("\"resume_token\":\""));
}

TEST_F(DispatcherTest, AHookThatMakesItsOwnCallsGoesWhereItSays) {
  Hook hook = HookOf("x");
  hook.webhook.url = "a name";
  hook.make_call =
      [](const v1::Entry& entry,
         const v1::WatchVerdictsResponse& change) -> std::optional<OwnCall> {
    if (change.state() != v1::STATE_ACCEPTED) return std::nullopt;
    return OwnCall{"https://z.example/", "{" + entry.name() + "\""};
  };
  Start({hook});
  Decide("a");
  Decide("b", v1::VERDICT_REJECT);  // nobody is to be told
  Turn(3);
  EXPECT_THAT(transport_.calls, ElementsAre("z:a"));
  EXPECT_THAT(transport_.bodies, ElementsAre("{sites/blog/comments/a\""));
  const auto due = store_.outbox()->Due(hook.webhook, clock_.now, 9, {});
  ASSERT_TRUE(due.ok());
  EXPECT_THAT(due->due, IsEmpty());
  EXPECT_EQ(due->next, std::nullopt);
}

TEST_F(DispatcherTest, TriesAgainWithGrowingPausesAndThenGivesUp) {
  Start({HookOf("x", 4)});
  transport_.statuses["x:a"] = 500;
  Decide("a");
  const Time begin = clock_.now;
  Turn(40);
  EXPECT_EQ(transport_.calls.size(), 4u);
  const store::DeadLetters dead = Dead();
  ASSERT_EQ(dead.count, 1);
  EXPECT_EQ(dead.letters[0].attempts(), 4);
  EXPECT_EQ(dead.letters[0].error(), "status 500");
  const std::chrono::seconds at_begin =
      std::chrono::floor<std::chrono::seconds>(begin.time_since_epoch());
  EXPECT_EQ(dead.letters[0].create_time().seconds(), at_begin.count());
  EXPECT_EQ(dead.letters[0].last_time().seconds(), at_begin.count() + 7);
}

TEST_F(DispatcherTest, AnyAnswerButTwoHundredIsNone) {
  const std::pair<int, std::string> cases[] = {{199, "status 199"},
                                               {301, "status 301"},
                                               {404, "status 404"},
                                               {0, "no route"}};
  for (const auto& [status, error] : cases) {
    Start({HookOf("x", 1)});
    const std::string comment = "c" + std::to_string(status);
    transport_.statuses["x:" + comment] = status;
    Decide(comment);
    Turn(3);
    EXPECT_EQ(Dead().letters.at(0).error(), error);
  }
}

TEST_F(DispatcherTest, AFailedCommentHoldsBackItsOwnChangesAlone) {
  Start({HookOf("x")});
  transport_.statuses["x:a"] = 503;
  Decide("a", v1::VERDICT_REJECT);
  Turn();
  Decide("a", v1::VERDICT_ACCEPT);
  Decide("b");
  transport_.calls.clear();
  transport_.bodies.clear();
  Turn();
  EXPECT_THAT(transport_.calls, ElementsAre("x:b"));
  transport_.statuses.clear();
  Turn(4);
  ASSERT_THAT(transport_.calls, ElementsAre("x:b", "x:a", "x:a"));
  EXPECT_THAT(transport_.bodies[1], HasSubstr("STATE_REJECTED"));
  EXPECT_THAT(transport_.bodies[2], HasSubstr("STATE_ACCEPTED"));
}

TEST_F(DispatcherTest, FewCallsOfAWebhookAreUnderWayAtOnce) {
  Start({HookOf("x")});
  constexpr int kMany = 50;
  for (int i = 0; i < kMany; ++i) Decide(std::to_string(i));
  Turn(kMany);
  EXPECT_EQ(transport_.calls.size(), static_cast<size_t>(kMany));
  EXPECT_EQ(transport_.most_at_once,
            static_cast<size_t>(Dispatcher::kMaxInFlight));
}

TEST_F(DispatcherTest, WhileTheStoreIsAwayNothingIsSentTwice) {
  Start({HookOf("x")});
  Decide("a");
  Turn();
  Decide("b");
  ASSERT_EQ(transport_.calls.size(), 1u);
  store_.FailWith(absl::UnavailableError("the disk is away"));
  Turn(3);
  store_.FailWith(absl::OkStatus());
  Turn(3);
  EXPECT_THAT(transport_.calls, ElementsAre("x:a", "x:b"));
}

TEST_F(DispatcherTest, ADeliveryThatCouldNotBeWrittenDownIsNotRepeatedAtOnce) {
  Start({HookOf("x")});
  Decide("a");
  // The call is made, and its answer comes when the store has gone away.
  class Failing final : public Transport {
   public:
    Failing(Transport* inner, store::MemoryStore* store)
        : inner_(inner), store_(store) {}
    void Send(Request request) override { inner_->Send(std::move(request)); }
    std::vector<Answer> Wait(std::chrono::milliseconds at_most) override {
      store_->FailWith(absl::UnavailableError("the disk is away"));
      return inner_->Wait(at_most);
    }
    void Wake() override {}

   private:
    Transport* const inner_;
    store::MemoryStore* const store_;
  } failing(&transport_, &store_);
  Dispatcher dispatcher(&store_, &clock_, [] { return uint64_t{0}; }, &failing,
                        {HookOf("x")});
  dispatcher.Turn();
  for (int i = 0; i < 3; ++i) {
    store_.FailWith(absl::OkStatus());
    dispatcher.Turn();
  }
  EXPECT_THAT(transport_.calls, ElementsAre("x:a"));
}

TEST_F(DispatcherTest, WithNothingToDoItSleepsLong) {
  Start({HookOf("x")});
  Turn(2);
  EXPECT_THAT(transport_.waits,
              ElementsAre(std::chrono::minutes(1), std::chrono::minutes(1)));
  EXPECT_THAT(transport_.calls, IsEmpty());
}

TEST(ReadHooks, AKeyMustBeThereAndLongEnough) {
  v1::ServerConfig config;
  EXPECT_TRUE(ReadHooks(config)->empty());
  config.add_webhooks()->set_secret_file("no/such/file");
  EXPECT_THAT(std::string(ReadHooks(config).status().message()),
              HasSubstr("no/such/file"));
}

}  // namespace
}  // namespace sluice::webhook
