#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "client/review/worker.h"

namespace sluice::client::review {
namespace {

using ::testing::ElementsAre;

Call Read(int64_t id, const std::string& slot = "") {
  return {id, v1::CountEntriesRequest(), slot, false};
}
Call Decision(int64_t id) { return {id, v1::DecideEntriesRequest(), "", true}; }

// Answers what the test has put there; blocks until it has.
class Server1 final : public Server {
 public:
  absl::Status Ask(const Request& request, Response*) override {
    std::unique_lock<std::mutex> lock(mutex_);
    decisions.push_back(
        std::holds_alternative<v1::DecideEntriesRequest>(request));
    ++asked_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !answers_.empty(); });
    absl::Status answer = answers_.front();
    answers_.pop_front();
    return answer;
  }
  void Give(absl::Status status) {
    const std::lock_guard<std::mutex> lock(mutex_);
    answers_.push_back(std::move(status));
    changed_.notify_all();
  }
  void WaitForAsked(int count) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] { return asked_ >= count; });
  }

  std::vector<bool> decisions;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<absl::Status> answers_;
  int asked_ = 0;
};

class WorkerTest : public ::testing::Test {
 protected:
  WorkerTest()
      : worker(
            &server,
            [this] {
              const std::lock_guard<std::mutex> lock(mutex);
              ++woken;
              changed.notify_all();
            },
            [](int) { return std::chrono::milliseconds(0); }) {}
  ~WorkerTest() override {
    for (int i = 0; i < 8; ++i) server.Give(absl::OkStatus());
  }

  std::vector<int64_t> WaitForAnswers(size_t count) {
    std::vector<int64_t> ids;
    std::unique_lock<std::mutex> lock(mutex);
    while (ids.size() < count) {
      for (const Answer& answer : worker.Take()) {
        ids.push_back(answer.id);
        last = answer.status;
      }
      if (ids.size() < count)
        changed.wait(lock, [this] { return std::exchange(woken, 0) > 0; });
    }
    return ids;
  }

  Server1 server;
  std::mutex mutex;
  std::condition_variable changed;
  int woken = 0;
  absl::Status last;
  Worker worker;
};

TEST_F(WorkerTest, DecisionsGoBeforeReads) {
  worker.Add({Read(1)});
  server.WaitForAsked(1);
  worker.Add({Read(2), Decision(3)});
  for (int i = 0; i < 3; ++i) server.Give(absl::OkStatus());
  EXPECT_THAT(WaitForAnswers(3), ElementsAre(1, 3, 2));
}

TEST_F(WorkerTest, OnlyTheLastReadOfASlotIsSent) {
  worker.Add({Decision(1)});
  server.WaitForAsked(1);
  worker.Add({Read(2, "s"), Read(3, "t"), Read(4, "s")});
  for (int i = 0; i < 3; ++i) server.Give(absl::OkStatus());
  EXPECT_THAT(WaitForAnswers(3), ElementsAre(1, 3, 4));
}

TEST_F(WorkerTest, ADecisionIsSentUntilThereIsAnAnswer) {
  worker.Add({Decision(1)});
  server.Give(absl::UnavailableError("no\nadvice"));
  server.WaitForAsked(2);
  EXPECT_TRUE(worker.link().lost);
  EXPECT_EQ(worker.link().why, "no");
  server.Give(absl::DeadlineExceededError(""));
  server.Give(absl::ResourceExhaustedError(""));
  server.Give(absl::OkStatus());
  EXPECT_THAT(WaitForAnswers(1), ElementsAre(1));
  EXPECT_TRUE(last.ok());
  EXPECT_FALSE(worker.link().lost);
}

TEST_F(WorkerTest, AReadThatTakesTooLongFails) {
  worker.Add({Read(1)});
  server.Give(absl::DeadlineExceededError(""));
  EXPECT_THAT(WaitForAnswers(1), ElementsAre(1));
  EXPECT_TRUE(absl::IsDeadlineExceeded(last));
}

TEST_F(WorkerTest, WhatIsNotSentCanBeTakenBack) {
  worker.Add({Read(1)});
  server.WaitForAsked(1);
  worker.Add({Decision(2)});
  worker.Cancel(2);
  worker.Cancel(1);  // a read is not a decision
  EXPECT_THAT(WaitForAnswers(1), ElementsAre(2));
  EXPECT_TRUE(absl::IsCancelled(last));
  server.Give(absl::OkStatus());
  EXPECT_THAT(WaitForAnswers(1), ElementsAre(1));
  EXPECT_THAT(server.decisions, ElementsAre(false));
}

TEST(DefaultBackoff, GrowsToFiveSeconds) {
  EXPECT_EQ(Worker::DefaultBackoff(1).count(), 250);
  EXPECT_EQ(Worker::DefaultBackoff(3).count(), 1000);
  EXPECT_EQ(Worker::DefaultBackoff(1000).count(), 5000);
}

}  // namespace
}  // namespace sluice::client::review
