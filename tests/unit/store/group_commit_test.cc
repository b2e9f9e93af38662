// How many commits there are, when one may be waited for, and when not. Syncs
// are held back by the VFS, so nothing here depends on time.

#include <gtest/gtest.h>

#include <condition_variable>
#include <thread>

#include "service/store/sqlite_store.h"
#include "tests/unit/store/fault_vfs.h"
#include "tests/unit/store/testing.h"

namespace sluice::store {
namespace {

// An hour: what is written behind is written by something else than the timer.
constexpr std::chrono::milliseconds kNever{3'600'000};

// Counts callbacks, and waits for them.
class Answers {
 public:
  Store::CheckDone Check() {
    return [this](const absl::StatusOr<CheckRecord>& record) {
      Add(record.status());
    };
  }
  void Add(const absl::Status& status) {
    const MutexLock lock(&mutex_);
    ++counts_[status.code()];
    changed_.NotifyAll();
  }
  int Of(absl::StatusCode code) {
    const MutexLock lock(&mutex_);
    return counts_[code];
  }
  void WaitFor(int total) {
    const MutexLock lock(&mutex_);
    while (Total() < total) changed_.Wait(&mutex_);
  }

 private:
  int Total() const SLUICE_REQUIRES(mutex_) {
    int total = 0;
    for (const auto& [code, count] : counts_) total += count;
    return total;
  }

  Mutex mutex_;
  CondVar changed_;
  std::map<absl::StatusCode, int> counts_ SLUICE_GUARDED_BY(mutex_);
};

class GroupCommit : public ::testing::Test {
 protected:
  void Open(SqliteOptions options = {}) {
    options.path = folder_.File("store.db");
    options.vfs = vfs_.name();
    if (options.write_behind == SqliteOptions().write_behind)
      options.write_behind = kNever;
    store_ = OpenOrDie(options);
  }
  void HoldLater(const std::string& id) {
    store_->RecordCheck(CheckOf(NameOf(id), v1::VERDICT_HOLD), At(0),
                        Durability::kBeforeAnswer, answers_.Check());
  }
  // One hold, kept in its sync.
  void BlockWriter() {
    vfs_.BlockSyncs();
    HoldLater("blocker");
    vfs_.WaitUntilBlocked();
  }

  FaultVfs vfs_;
  const TemporaryFolder folder_;
  Answers answers_;
  std::unique_ptr<Store> store_;
};

TEST_F(GroupCommit, WhatWaitsTogetherSharesOneCommit) {
  constexpr int kCallers = 64;
  Open();
  BlockWriter();
  for (int i = 0; i < kCallers; ++i) HoldLater(std::to_string(i));
  EXPECT_EQ(answers_.Of(absl::StatusCode::kOk), 0);  // none before its sync
  vfs_.Unblock();
  answers_.WaitFor(kCallers + 1);
  EXPECT_EQ(answers_.Of(absl::StatusCode::kOk), kCallers + 1);
  EXPECT_EQ(store_->Stats().commits, 2);
  EXPECT_EQ(store_->Stats().events, kCallers + 1);
  EXPECT_EQ(store_->Stats().pending, 0);
}

TEST_F(GroupCommit, ChecksDecisionsAndReportsShareOne) {
  Open();
  ASSERT_TRUE(Hold(store_.get(), NameOf("a")).ok());
  BlockWriter();
  HoldLater("b");
  store_->Decide({DecisionOf(NameOf("a"), v1::VERDICT_ACCEPT)}, "ann", "",
                 At(1),
                 [this](const absl::StatusOr<Store::DecideResults>& results) {
                   answers_.Add(results.status());
                 });
  store_->Report(NameOf("b"), {}, At(2),
                 [this](const absl::Status& status) { answers_.Add(status); });
  vfs_.Unblock();
  answers_.WaitFor(4);
  EXPECT_EQ(answers_.Of(absl::StatusCode::kOk), 4);
  EXPECT_EQ(store_->Stats().commits, 3);  // a; the blocker; all the rest
}

TEST_F(GroupCommit, AnAcceptDoesNotWaitForTheDisk) {
  Open();
  BlockWriter();
  const absl::StatusOr<CheckRecord> record =
      Accept(store_.get(), NameOf("a"));  // returns, though nothing can sync
  EXPECT_TRUE(record.ok()) << record.status();
  EXPECT_EQ(store_->Get(NameOf("a"))->state(), v1::STATE_ACCEPTED);
  EXPECT_EQ(store_->Count("blog")->accepted, 1);
  vfs_.Unblock();
}

TEST_F(GroupCommit, AnAcceptGoesWithTheNextCommit) {
  Open();
  ASSERT_TRUE(Accept(store_.get(), NameOf("a")).ok());
  EXPECT_EQ(store_->Stats().pending, 1);
  EXPECT_EQ(store_->Stats().commits, 0);
  ASSERT_TRUE(Hold(store_.get(), NameOf("b")).ok());
  EXPECT_EQ(store_->Stats().pending, 0);
  EXPECT_EQ(store_->Stats().commits, 1);
}

TEST_F(GroupCommit, AnAcceptAloneIsWrittenByItsTimer) {
  SqliteOptions options;
  options.write_behind = std::chrono::milliseconds(1);
  Open(options);
  vfs_.BlockSyncs();
  ASSERT_TRUE(Accept(store_.get(), NameOf("a")).ok());
  vfs_.WaitUntilBlocked();  // hangs if nothing comes
  vfs_.Unblock();
}

TEST_F(GroupCommit, ClosingWritesWhatWaits) {
  Open();
  ASSERT_TRUE(Accept(store_.get(), NameOf("a")).ok());
  store_.reset();
  Open();
  EXPECT_TRUE(store_->Get(NameOf("a")).ok());
}

TEST_F(GroupCommit, TwoChecksOfOneNameInOneCommitAreOne) {
  Open();
  BlockWriter();
  HoldLater("a");
  HoldLater("a");
  v1::Checked other = CheckOf(NameOf("a"), v1::VERDICT_ACCEPT);
  other.set_request_hash("another");
  // An accept whose name is on its way must wait for the outcome too.
  store_->RecordCheck(other, At(0), Durability::kBehind, answers_.Check());
  EXPECT_EQ(answers_.Of(absl::StatusCode::kAlreadyExists), 0);
  vfs_.Unblock();
  answers_.WaitFor(4);
  EXPECT_EQ(answers_.Of(absl::StatusCode::kOk), 3);
  EXPECT_EQ(answers_.Of(absl::StatusCode::kAlreadyExists), 1);
  EXPECT_EQ(store_->Events(NameOf("a"))->size(), 1u);
}

TEST_F(GroupCommit, PastItsBoundTheQueueRefusesAtOnce) {
  SqliteOptions options;
  options.max_pending = 10;
  Open(options);
  BlockWriter();
  for (int i = 0; i < 9; ++i) HoldLater(std::to_string(i));
  for (int i = 0; i < 5; ++i) HoldLater("more" + std::to_string(i));
  EXPECT_EQ(answers_.Of(absl::StatusCode::kResourceExhausted), 5);
  EXPECT_TRUE(absl::IsResourceExhausted(
      Accept(store_.get(), NameOf("accepted")).status()));
  EXPECT_TRUE(absl::IsNotFound(store_->Get(NameOf("accepted")).status()));
  EXPECT_EQ(store_->Stats().pending, 10);
  vfs_.Unblock();
  answers_.WaitFor(15);
  EXPECT_EQ(answers_.Of(absl::StatusCode::kOk), 10);
  EXPECT_TRUE(Accept(store_.get(), NameOf("accepted")).ok());
}

TEST_F(GroupCommit, TheQueueIsBoundedInBytesToo) {
  SqliteOptions options;
  options.max_pending_bytes = 10'000;
  Open(options);
  BlockWriter();
  v1::Checked large = CheckOf(NameOf("large"), v1::VERDICT_HOLD);
  large.mutable_comment()->set_body(std::string(9'000, 'x'));
  store_->RecordCheck(large, At(0), Durability::kBeforeAnswer,
                      answers_.Check());
  large.mutable_comment()->set_name(NameOf("large2"));
  store_->RecordCheck(large, At(0), Durability::kBeforeAnswer,
                      answers_.Check());
  EXPECT_EQ(answers_.Of(absl::StatusCode::kResourceExhausted), 1);
  vfs_.Unblock();
  answers_.WaitFor(3);
}

TEST_F(GroupCommit, AnIdleStoreWritesNothing) {
  Open();
  ASSERT_TRUE(Hold(store_.get(), NameOf("a")).ok());
  ASSERT_TRUE(Hold(store_.get(), NameOf("a")).ok());  // repeated
  EXPECT_TRUE(absl::IsNotFound(
      DecideOne(store_.get(), DecisionOf(NameOf("b"), v1::VERDICT_ACCEPT))
          .status()));
  EXPECT_TRUE(store_->Flush().ok());
  EXPECT_EQ(store_->Stats().commits, 1);
}

}  // namespace
}  // namespace sluice::store
