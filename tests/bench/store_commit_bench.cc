// Group commit against one commit a call, with 64 callers, on a real file:
//   store_commit_bench [folder]
// The folder must be on a disk, not in memory; the default is the current one.

#include <fmt/format.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "service/store/sqlite_store.h"

namespace sluice::store {
namespace {

constexpr int kCallers = 64;
constexpr double kLimit = 25;
constexpr auto kSpan = std::chrono::seconds(3);
constexpr long kTmpfsMagic = 0x01021994;

v1::Checked CheckOf(int64_t number) {
  v1::Checked checked;
  checked.mutable_comment()->set_name(
      fmt::format("sites/bench/comments/{}", number));
  checked.mutable_comment()->set_body(std::string(600, 'a'));
  checked.mutable_comment()->mutable_author()->set_email(
      fmt::format("{}@example.org", number % 1000));
  checked.mutable_decision()->set_verdict(v1::VERDICT_HOLD);
  checked.set_html(std::string(620, 'a'));
  checked.set_request_hash(std::string(32, 'h'));
  return checked;
}

bool Hold(Store* store, int64_t number) {
  std::promise<bool> stored;
  store->RecordCheck(CheckOf(number), Time(std::chrono::microseconds(number)),
                     Durability::kBeforeAnswer,
                     [&stored](const absl::StatusOr<CheckRecord>& record) {
                       stored.set_value(record.ok());
                     });
  return stored.get_future().get();
}

// Holds a second when `callers` wait for one each, again and again.
double HoldsPerSecond(Store* store, int callers, std::atomic<int64_t>* next) {
  std::atomic<bool> stop{false};
  std::atomic<int64_t> held{0};
  std::vector<std::thread> threads;
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < callers; ++i) {
    threads.emplace_back([&] {
      while (!stop) held += Hold(store, (*next)++) ? 1 : 0;
    });
  }
  std::this_thread::sleep_for(kSpan);
  stop = true;
  for (std::thread& thread : threads) thread.join();
  const std::chrono::duration<double> seconds =
      std::chrono::steady_clock::now() - start;
  return static_cast<double>(held) / seconds.count();
}

int Main(const std::filesystem::path& folder) {
  struct statfs facts {};
  if (statfs(folder.c_str(), &facts) != 0 || facts.f_type == kTmpfsMagic) {
    std::fprintf(stderr, "store_commit_bench: %s is not on a disk\n",
                 folder.c_str());
    return 1;
  }
  const std::string path =
      (folder / fmt::format("store_commit_bench.{}.db", getpid())).string();
  double one = 0;
  double many = 0;
  StoreStats before, after;
  {
    auto store = OpenSqliteStore({.path = path});
    if (!store.ok()) {
      std::fprintf(stderr, "%s\n", store.status().ToString().c_str());
      return 1;
    }
    std::atomic<int64_t> next{1};
    // One caller at a time has a commit of its own for each hold.
    one = HoldsPerSecond(store->get(), 1, &next);
    before = (*store)->Stats();
    many = HoldsPerSecond(store->get(), kCallers, &next);
    after = (*store)->Stats();
  }
  for (const char* suffix : {"", "-wal", "-shm", "-lock"})
    std::filesystem::remove(path + suffix);
  std::printf(
      "single commits: %.0f holds/s; %d callers: %.0f holds/s, "
      "%.1f holds a commit\n",
      one, kCallers, many,
      static_cast<double>(after.events - before.events) /
          static_cast<double>(
              std::max<int64_t>(1, after.commits - before.commits)));
  const double speedup = many / one;
  std::printf("bar store_group_commit_speedup %.1f %.0f %s\n", speedup, kLimit,
              speedup >= kLimit ? "ok" : "short");
  return speedup >= kLimit ? 0 : 1;
}

}  // namespace
}  // namespace sluice::store

int main(int argc, char** argv) {
  return sluice::store::Main(argc > 1 ? argv[1]
                                      : std::filesystem::current_path());
}
