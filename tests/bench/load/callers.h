#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sluice/v1/moderation_service.grpc.pb.h"

namespace sluice::bench {

// What a run of calls gave. Latencies are seen from the caller.
struct Run {
  int64_t comments = 0;
  int64_t errors = 0;
  int64_t held = 0;
  std::chrono::nanoseconds wall{};
  std::vector<double> latencies;  // microseconds, sorted

  double PerSecond() const;
  double Quantile(double q) const;
};

// Calls one server over a fixed number of connections with a fixed number of
// calls at work. Its methods are called one after another.
class Callers {
 public:
  Callers(const std::string& address, int channels, int in_flight);

  // One CheckComment a comment.
  Run Check(const std::vector<v1::Comment>& comments);

  // The same in calls of `batch`.
  Run CheckInBatches(const std::vector<v1::Comment>& comments, int batch);

  // What a comment would be, without a trace.
  v1::CheckCommentResponse DryRun(const v1::Comment& comment);

 private:
  std::vector<std::unique_ptr<v1::ModerationService::Stub>> stubs_;
  int in_flight_;
};

}  // namespace sluice::bench
