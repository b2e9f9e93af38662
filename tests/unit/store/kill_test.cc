// A process that is killed with -9 while it answers loses nothing it answered.

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <random>

#include "service/base/mutex.h"
#include "tests/unit/store/consistency.h"

namespace sluice::store {
namespace {

constexpr int kMaxInFlight = 32;

int Kills() {
  const char* asked = std::getenv("SLUICE_STORE_KILLS");
  return asked == nullptr ? 50 : std::atoi(asked);
}

std::string NameOfNumber(int32_t number) {
  return NameOf("k" + std::to_string(number));
}

// Records holds and rejects from `first` on until it is killed, and writes the
// number of each that was answered.
[[noreturn]] void RecordUntilKilled(const std::string& path, int32_t first,
                                    int answers) {
  absl::StatusOr<std::unique_ptr<Store>> store =
      OpenSqliteStore({.path = path, .checkpoint_pages = 50});
  if (!store.ok()) _exit(1);
  Mutex mutex;
  CondVar answered;
  int in_flight = 0;
  for (int32_t number = first;; ++number) {
    {
      const MutexLock lock(&mutex);
      while (in_flight == kMaxInFlight) answered.Wait(&mutex);
      ++in_flight;
    }
    const bool hold = number % 3 != 0;
    v1::Checked checked = CheckOf(NameOfNumber(number),
                                  hold ? v1::VERDICT_HOLD : v1::VERDICT_REJECT);
    checked.mutable_comment()->mutable_author()->set_email("ann@example.org");
    (*store)->RecordCheck(
        checked, At(number), Durability::kBeforeAnswer,
        [&, number](const absl::StatusOr<CheckRecord>& record) {
          if (!record.ok()) _exit(1);
          if (write(answers, &number, sizeof number) != sizeof number) _exit(1);
          const MutexLock lock(&mutex);
          --in_flight;
          answered.NotifyOne();
        });
  }
}

// Starts a child, kills it after `answers_before_kill`, and returns all that it
// answered.
std::vector<int32_t> KillOne(const std::string& path, int32_t first,
                             size_t answers_before_kill) {
  int ends[2];
  if (pipe(ends) != 0) return {};
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    RecordUntilKilled(path, first, ends[1]);
  }
  close(ends[1]);
  std::vector<int32_t> answered;
  int32_t number;
  while (read(ends[0], &number, sizeof number) == sizeof number) {
    answered.push_back(number);
    if (answered.size() == answers_before_kill) kill(child, SIGKILL);
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status)) << "the child stopped by itself";
  return answered;
}

TEST(Kill, MinusNineLosesNothingThatWasAnswered) {
  const TemporaryFolder folder;
  const std::string path = folder.File("store.db");
  std::mt19937_64 random(9);
  std::vector<int32_t> all;
  for (int round = 0; round < Kills(); ++round) {
    // Numbers of rounds do not overlap: what was written and not answered is
    // allowed to be there.
    const std::vector<int32_t> answered =
        KillOne(path, round * 1'000'000, 1 + random() % 200);
    ASSERT_FALSE(answered.empty());
    const std::unique_ptr<Store> store = OpenOrDie({.path = path});
    for (int32_t number : answered) {
      const auto events = store->Events(NameOfNumber(number));
      ASSERT_TRUE(events.ok()) << "round " << round << " lost " << number;
      ASSERT_EQ(events->size(), 1u);
    }
    all.insert(all.end(), answered.begin(), answered.end());
  }
  const std::unique_ptr<Store> store = OpenOrDie({.path = path});
  for (int32_t number : all)
    ASSERT_TRUE(store->Get(NameOfNumber(number)).ok()) << number;
  EXPECT_EQ(Contradiction(store.get(), "blog", At(0)), "");
}

}  // namespace
}  // namespace sluice::store
