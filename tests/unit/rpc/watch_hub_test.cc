#include "service/rpc/watch_hub.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <optional>
#include <thread>

#include "service/store/memory_store.h"
#include "service/store/resume_token.h"

namespace sluice::rpc {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Time At(int64_t seconds) { return Time(std::chrono::seconds(seconds)); }

std::string NameOf(const std::string& comment) {
  return "sites/blog/comments/" + comment;
}

// A stream whose reader is the test: a message counts as taken when Take
// returns it.
class Reader final : public WatchHub::Watcher {
 public:
  explicit Reader(WatchHub* hub) : hub_(hub) {}

  void Write(const v1::WatchVerdictsResponse* message) override {
    const MutexLock lock(&mutex_);
    EXPECT_FALSE(written_.has_value()) << "a write while one is under way";
    written_ = *message;
    changed_.NotifyAll();
  }
  void End(const absl::Status& status) override {
    const MutexLock lock(&mutex_);
    EXPECT_FALSE(ended_.has_value()) << "ended twice";
    ended_ = status;
    changed_.NotifyAll();
  }
  void Abort() override {
    const MutexLock lock(&mutex_);
    aborted_ = true;
    changed_.NotifyAll();
  }

  // Waits for a message, and lets it stay under way.
  v1::WatchVerdictsResponse Peek() {
    const MutexLock lock(&mutex_);
    while (!written_ && !ended_) changed_.Wait(&mutex_);
    return written_.value_or(v1::WatchVerdictsResponse());
  }
  // Waits for a message and takes it.
  v1::WatchVerdictsResponse Take(bool ok = true) {
    const v1::WatchVerdictsResponse message = Peek();
    {
      const MutexLock lock(&mutex_);
      if (!written_) return message;
      written_.reset();
    }
    hub_->Wrote(this, ok);
    return message;
  }
  std::string TakeName() { return Take().name(); }
  absl::Status Ended() {
    const MutexLock lock(&mutex_);
    while (!ended_) changed_.Wait(&mutex_);
    return *ended_;
  }
  void WaitForAbort() {
    const MutexLock lock(&mutex_);
    while (!aborted_) changed_.Wait(&mutex_);
  }

 private:
  WatchHub* const hub_;
  Mutex mutex_;
  CondVar changed_;
  std::optional<v1::WatchVerdictsResponse> written_ SLUICE_GUARDED_BY(mutex_);
  std::optional<absl::Status> ended_ SLUICE_GUARDED_BY(mutex_);
  bool aborted_ SLUICE_GUARDED_BY(mutex_) = false;
};

class WatchHubTest : public ::testing::Test {
 protected:
  void Check(const std::string& comment) {
    v1::Checked checked;
    checked.mutable_comment()->set_name(NameOf(comment));
    checked.mutable_decision()->set_verdict(v1::VERDICT_HOLD);
    checked.set_html("<p>" + comment + "</p>");
    store_.RecordCheck(checked, At(1), store::Durability::kBeforeAnswer,
                       [](const auto& record) { EXPECT_TRUE(record.ok()); });
  }
  void Decide(const std::string& comment,
              v1::Verdict verdict = v1::VERDICT_ACCEPT) {
    v1::EntryDecision decision;
    decision.set_name(NameOf(comment));
    decision.set_verdict(verdict);
    store_.Decide({decision}, "ann", "", At(2),
                  [](const auto& results) { EXPECT_TRUE(results.ok()); });
  }
  void CheckAndDecide(const std::string& comment) {
    Check(comment);
    Decide(comment);
  }

  store::MemoryStore store_;
};

TEST_F(WatchHubTest, BeginsWithATokenAndTellsWhatComesAfter) {
  WatchHub hub(&store_, {});
  CheckAndDecide("before");
  Reader reader(&hub);
  hub.Add(&reader, "blog", "");
  const v1::WatchVerdictsResponse first = reader.Take();
  EXPECT_EQ(first.name(), "");
  EXPECT_NE(first.resume_token(), "");
  CheckAndDecide("a");
  const v1::WatchVerdictsResponse told = reader.Take();
  EXPECT_EQ(told.name(), NameOf("a"));
  EXPECT_EQ(told.state(), v1::STATE_ACCEPTED);
  EXPECT_EQ(told.html(), "<p>a</p>");
  EXPECT_NE(told.resume_token(), first.resume_token());
  hub.Stop();
  EXPECT_TRUE(absl::IsUnavailable(reader.Ended()));
}

TEST_F(WatchHubTest, ResumesAfterEachTokenWithNothingMissed) {
  WatchHub hub(&store_, {});
  for (const char* name : {"a", "b", "c"}) CheckAndDecide(name);
  std::vector<std::string> tokens = {"0"};
  std::vector<std::string> names;
  {
    Reader reader(&hub);
    hub.Add(&reader, "blog", "0");
    reader.Take();
    for (int i = 0; i < 3; ++i) {
      const v1::WatchVerdictsResponse told = reader.Take();
      names.push_back(told.name());
      tokens.push_back(told.resume_token());
    }
    hub.Cancelled(&reader);
    EXPECT_TRUE(absl::IsCancelled(reader.Ended()));
  }
  EXPECT_THAT(names, ElementsAre(NameOf("a"), NameOf("b"), NameOf("c")));
  CheckAndDecide("d");
  names.push_back(NameOf("d"));
  for (size_t from = 0; from < tokens.size(); ++from) {
    Reader reader(&hub);
    hub.Add(&reader, "blog", tokens[from]);
    EXPECT_EQ(reader.TakeName(), "");
    for (size_t i = from; i < names.size(); ++i)
      EXPECT_EQ(reader.TakeName(), names[i]);
    hub.Cancelled(&reader);
    EXPECT_TRUE(absl::IsCancelled(reader.Ended()));
  }
}

TEST_F(WatchHubTest, RefusesATokenThatIsNotItsOwn) {
  store::MemoryStore other;
  WatchHub hub(&store_, {});
  const std::string cases[] = {
      "1",
      "nonsense",
      "AAAAAAAAAAAAAAAAAAAAAA",
      store::EncodeResumeToken(other.Id(), "blog", 0),
      store::EncodeResumeToken(store_.Id(), "other", 0),
      store::EncodeResumeToken(store_.Id(), "blog", 1)};  // not yet there
  for (const std::string& token : cases) {
    Reader reader(&hub);
    hub.Add(&reader, "blog", token);
    const absl::Status ended = reader.Ended();
    EXPECT_TRUE(absl::IsInvalidArgument(ended)) << token << ": " << ended;
    EXPECT_THAT(std::string(ended.message()), HasSubstr("resume_token"));
  }
  EXPECT_EQ(hub.watchers(), 0u);
}

TEST_F(WatchHubTest, OneMessageIsUnderWayHoweverManyWait) {
  WatchHub hub(&store_, {});
  Reader slow(&hub), fast(&hub);
  hub.Add(&slow, "blog", "0");
  hub.Add(&fast, "blog", "0");
  EXPECT_EQ(slow.Peek().name(), "");
  constexpr int kMany = 350;  // more than a page
  for (int i = 0; i < kMany; ++i) CheckAndDecide(std::to_string(i));
  EXPECT_EQ(fast.TakeName(), "");
  for (int i = 0; i < kMany; ++i)
    EXPECT_EQ(fast.TakeName(), NameOf(std::to_string(i)));
  EXPECT_EQ(slow.TakeName(), "");  // Write fails the test if there were two
  for (int i = 0; i < kMany; ++i)
    EXPECT_EQ(slow.TakeName(), NameOf(std::to_string(i)));
  hub.Stop();
}

TEST_F(WatchHubTest, ADecisionBetweenReadAndSleepIsNotMissed) {
  WatchHub hub(&store_, {});
  Reader reader(&hub);
  hub.Add(&reader, "blog", "");
  reader.Take();
  constexpr int kMany = 500;
  Check("a");
  std::thread moderator([this] {
    for (int i = 0; i < kMany; ++i)
      Decide("a", i % 2 == 0 ? v1::VERDICT_ACCEPT : v1::VERDICT_REJECT);
  });
  for (int i = 0; i < kMany; ++i) {
    EXPECT_EQ(reader.Take().state(),
              i % 2 == 0 ? v1::STATE_ACCEPTED : v1::STATE_REJECTED);
  }
  moderator.join();
  hub.Stop();
}

TEST_F(WatchHubTest, BeatsWhereNothingHappens) {
  WatchHub::Options options;
  options.heartbeat = std::chrono::milliseconds(1);
  WatchHub hub(&store_, options);
  Reader reader(&hub);
  hub.Add(&reader, "blog", "");
  const std::string token = reader.Take().resume_token();
  for (int i = 0; i < 3; ++i) {
    const v1::WatchVerdictsResponse beat = reader.Take();
    EXPECT_EQ(beat.name(), "");
    EXPECT_EQ(beat.resume_token(), token);
  }
  CheckAndDecide("a");
  v1::WatchVerdictsResponse told;
  while (told.name().empty()) told = reader.Take();
  EXPECT_EQ(told.name(), NameOf("a"));
  const v1::WatchVerdictsResponse beat = reader.Take();
  EXPECT_EQ(beat.name(), "");
  EXPECT_EQ(beat.html(), "");
  EXPECT_EQ(beat.resume_token(), told.resume_token());
  hub.Stop();
}

TEST_F(WatchHubTest, OneTooManyIsRefused) {
  WatchHub::Options options;
  options.max_watchers = 2;
  WatchHub hub(&store_, options);
  Reader one(&hub), two(&hub), three(&hub), four(&hub);
  hub.Add(&one, "blog", "");
  hub.Add(&two, "blog", "");
  hub.Add(&three, "blog", "");
  EXPECT_TRUE(absl::IsResourceExhausted(three.Ended()));
  one.Take();
  hub.Cancelled(&one);
  EXPECT_TRUE(absl::IsCancelled(one.Ended()));
  hub.Add(&four, "blog", "");
  four.Take();
  two.Take();
  hub.Stop();
}

TEST_F(WatchHubTest, TheStoresErrorEndsTheStream) {
  WatchHub hub(&store_, {});
  Reader reader(&hub);
  hub.Add(&reader, "blog", "");
  reader.Take();
  store_.FailWith(absl::UnavailableError("the disk is away"));
  Reader late(&hub);
  hub.Add(&late, "blog", "");
  EXPECT_EQ(late.Ended().message(), "the disk is away");
  store_.FailWith(absl::OkStatus());
  hub.Stop();
}

TEST_F(WatchHubTest, StopsAlthoughAReaderIsStuck) {
  WatchHub::Options options;
  options.grace = std::chrono::milliseconds(1);
  WatchHub hub(&store_, options);
  Reader stuck(&hub), idle(&hub);
  hub.Add(&stuck, "blog", "");
  hub.Add(&idle, "blog", "");
  stuck.Peek();
  idle.Take();
  hub.Stop();
  EXPECT_TRUE(absl::IsUnavailable(idle.Ended()));
  stuck.WaitForAbort();
  stuck.Take(false);
  EXPECT_TRUE(absl::IsCancelled(stuck.Ended()));
  Reader late(&hub);
  hub.Add(&late, "blog", "");
  EXPECT_TRUE(absl::IsUnavailable(late.Ended()));
}

TEST_F(WatchHubTest, AReaderThatGoesInTheMiddleOfAMessageEndsOnce) {
  WatchHub hub(&store_, {});
  Reader reader(&hub);
  hub.Add(&reader, "blog", "");
  reader.Peek();
  hub.Cancelled(&reader);
  EXPECT_EQ(hub.watchers(), 1u);
  reader.Take();
  EXPECT_TRUE(absl::IsCancelled(reader.Ended()));
  hub.Cancelled(&reader);
  EXPECT_EQ(hub.watchers(), 0u);
}

}  // namespace
}  // namespace sluice::rpc
