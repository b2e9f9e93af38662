#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "service/base/mutex.h"
#include "service/judge.h"
#include "sluice/v1/decision.pb.h"

namespace sluice::rpc {

// How often, and how long: a histogram without a lock.
class Timing {
 public:
  // Upper bounds in microseconds; the last bucket has none.
  static constexpr std::array<int64_t, 15> kBounds = {
      10,    25,     50,     100,     250,     500,       1'000,     2'500,
      5'000, 10'000, 25'000, 100'000, 250'000, 1'000'000, 10'000'000};

  void Count(std::chrono::nanoseconds took);

  struct Read {
    std::array<uint64_t, kBounds.size() + 1> counts{};  // of each bucket alone
    double seconds = 0;
    uint64_t count = 0;
  };
  Read read() const;

 private:
  std::array<std::atomic<uint64_t>, kBounds.size() + 1> counts_{};
  std::atomic<uint64_t> nanos_{0};
};

// The figures of a server, counted where things happen and read by whoever
// tells them (metrics_exporter.h). Counting takes no lock but for rules' hits.
// Thread-safe.
class Metrics {
 public:
  static constexpr size_t kMaxMethods = 64;
  static constexpr size_t kCodes = 17;
  static constexpr size_t kMaxRules = 20'000;  // of all sites
  static constexpr size_t kVerdicts = 4;

  // `sites` that verdicts are counted by; others are not counted.
  explicit Metrics(const std::vector<std::string>& sites);

  // CountCall must follow.
  void CountBegun() { at_work_.fetch_add(1, std::memory_order_relaxed); }
  // `method` is an index into Methods().
  void CountCall(size_t method, absl::StatusCode code,
                 std::chrono::nanoseconds took);
  // A check that was answered, not a repeated one.
  void CountVerdict(std::string_view site, const v1::Decision& decision);
  void CountSteps(const StepTimes& times);

  struct Site {
    std::array<std::atomic<uint64_t>, kVerdicts> verdicts{};  // by v1::Verdict
    std::atomic<uint64_t> degraded{0};
  };
  const std::map<std::string, Site, std::less<>>& sites() const {
    return sites_;
  }
  const Timing& call_time(size_t method) const { return call_times_[method]; }
  uint64_t calls(size_t method, size_t code) const {
    return calls_[method][code].load(std::memory_order_relaxed);
  }
  const Timing& step_time(size_t step) const { return step_times_[step]; }
  // Calls that have begun and have not ended.
  int64_t at_work() const { return at_work_.load(std::memory_order_relaxed); }
  // Hits by site and rule.
  using Hits = std::map<std::pair<std::string, std::string>, uint64_t>;
  Hits rule_hits() const;
  // Checks by the name of what could not finish.
  std::map<std::string, uint64_t> unfinished() const;

 private:
  std::map<std::string, Site, std::less<>> sites_;  // the map itself is const
  std::array<std::array<std::atomic<uint64_t>, kCodes>, kMaxMethods> calls_{};
  std::array<Timing, kMaxMethods> call_times_;
  std::array<Timing, kSteps> step_times_;
  std::atomic<int64_t> at_work_{0};
  mutable Mutex mutex_;
  std::map<std::string, std::map<std::string, uint64_t, std::less<>>,
           std::less<>>
      hits_ SLUICE_GUARDED_BY(mutex_);
  size_t rules_ SLUICE_GUARDED_BY(mutex_) = 0;
  std::map<std::string, uint64_t, std::less<>> unfinished_
      SLUICE_GUARDED_BY(mutex_);
};

}  // namespace sluice::rpc
