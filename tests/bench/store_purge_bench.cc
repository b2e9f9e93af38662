// Retention must not be felt: the time a hold takes to be on disk while a month
// of comments is purged, beside the time it takes when nothing else is done.
//
//   store_purge_bench [--entries N] [--folder DIR] [--pause 0]
//
// The file has N checks (200,000) of two months, filled by store_fill.h. One
// caller holds one comment after another, first alone, then while the older
// half is purged as retention does it, step after step: the addresses of all,
// and the comments that were rejected; with the pauses that retention makes,
// for a minute, or without.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "service/store/sqlite_store.h"
#include "tests/bench/store_fill.h"

namespace sluice::store {
namespace {

constexpr int kQuietHolds = 2000;
constexpr double kLimit = 2;
constexpr std::chrono::seconds kLongest{60};  // of the purge
constexpr int kPurgePause = Store::kPurgePause;

double HoldMicros(Store* store, int64_t number, int64_t entries) {
  v1::Checked checked = FillCheck(number % entries, entries);
  checked.mutable_comment()->set_name(FillName(number));
  checked.mutable_decision()->set_verdict(v1::VERDICT_HOLD);
  std::promise<bool> stored;
  const auto begin = std::chrono::steady_clock::now();
  store->RecordCheck(std::move(checked), FillTime(number),
                     Durability::kBeforeAnswer,
                     [&](const absl::StatusOr<CheckRecord>& record) {
                       stored.set_value(record.ok());
                     });
  if (!stored.get_future().get()) std::abort();
  return std::chrono::duration<double, std::micro>(
             std::chrono::steady_clock::now() - begin)
      .count();
}

struct Quantiles {
  double half, most, worst;
};
Quantiles Of(std::vector<double> took) {
  std::sort(took.begin(), took.end());
  return {took[took.size() / 2], took[took.size() * 99 / 100], took.back()};
}

void Print(const char* what, const Quantiles& took, size_t holds) {
  std::printf(
      "%-14s %6zu holds: median %6.0f us, 99th %6.0f us, worst %6.0f us\n",
      what, holds, took.half, took.most, took.worst);
}

int Main(int64_t entries, const std::string& folder, bool pause) {
  const std::string path = folder + "/store_purge_bench.db";
  const auto remove = [&path] {
    for (const char* suffix : {"", "-wal", "-shm", "-lock"})
      std::filesystem::remove(path + suffix);
  };
  remove();
  StoreFill::Make(path, entries);
  int64_t next = entries;
  std::vector<double> quiet, busy;
  PurgeResult sum;
  double seconds = 0;
  {
    auto store = *OpenSqliteStore({.path = path});
    for (int i = 0; i < kQuietHolds; ++i)
      quiet.push_back(HoldMicros(store.get(), next++, entries));
    std::atomic<bool> done{false};
    std::thread purge([&] {
      const auto begin = std::chrono::steady_clock::now();
      const Time half = FillTime(entries / 2);
      const Cutoffs cutoffs{half, half, Time()};
      for (sum.more = true; sum.more;) {
        const auto at = std::chrono::steady_clock::now();
        const absl::StatusOr<PurgeResult> step =
            store->Purge("blog", cutoffs, FillTime(entries));
        if (!step.ok()) std::abort();
        const auto took = std::chrono::steady_clock::now() - at;
        if (at - begin > kLongest) break;
        if (pause) std::this_thread::sleep_for(took * kPurgePause);
        sum.purged += step->purged;
        sum.removed += step->removed;
        sum.more = step->more;
      }
      seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() -
                                              begin)
                    .count();
      done = true;
    });
    while (!done) busy.push_back(HoldMicros(store.get(), next++, entries));
    purge.join();
  }
  remove();
  const Quantiles alone = Of(quiet);
  const Quantiles beside = Of(busy);
  Print("alone", alone, quiet.size());
  Print("beside a purge", beside, busy.size());
  std::printf("purged %lld, removed %lld in %.1f s\n",
              static_cast<long long>(sum.purged),
              static_cast<long long>(sum.removed), seconds);
  const double ratio = beside.most / alone.most;
  std::printf("bar store_purge_99th %.2f %.2f %s\n", ratio, kLimit,
              ratio <= kLimit ? "ok" : "short");
  return ratio <= kLimit ? 0 : 1;
}

}  // namespace
}  // namespace sluice::store

int main(int argc, char** argv) {
  int64_t entries = 200'000;
  bool pause = true;
  std::string folder = std::filesystem::temp_directory_path().string();
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::strcmp(argv[i], "--entries") == 0)
      entries = std::atoll(argv[i + 1]);
    if (std::strcmp(argv[i], "--folder") == 0) folder = argv[i + 1];
    if (std::strcmp(argv[i], "--pause") == 0) pause = argv[i + 1][0] != '0';
  }
  return sluice::store::Main(entries, folder, pause);
}
