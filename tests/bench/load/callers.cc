#include "tests/bench/load/callers.h"

#include <fmt/format.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <utility>

namespace sluice::bench {
namespace {

using Clock = std::chrono::steady_clock;

// Starts calls 0 to `count`, at most `in_flight` at once, and waits for all.
// `start(i, done)` begins one, whose end calls `done`.
class InFlight {
 public:
  using Start = std::function<void(int64_t, std::function<void()>)>;

  static void RunAll(int64_t count, int in_flight, const Start& start) {
    InFlight all(count, start);
    for (int i = 0; i < in_flight; ++i) all.Next();
    std::unique_lock<std::mutex> lock(all.mutex_);
    all.ended_.wait(lock, [&] { return all.done_ == count; });
  }

 private:
  InFlight(int64_t count, const Start& start) : count_(count), start_(start) {}

  void Next() {
    const int64_t mine = next_.fetch_add(1);
    if (mine >= count_) return;
    start_(mine, [this] {
      Next();
      const std::lock_guard<std::mutex> lock(mutex_);
      if (++done_ == count_) ended_.notify_one();
    });
  }

  const int64_t count_;
  const Start& start_;
  std::atomic<int64_t> next_{0};
  std::mutex mutex_;
  std::condition_variable ended_;
  int64_t done_ = 0;  // guarded by mutex_
};

// A call at work, kept until it ends.
template <typename Request, typename Response>
struct Call {
  grpc::ClientContext context;
  Request request;
  Response response;
  Clock::time_point begin;
};

}  // namespace

double Run::PerSecond() const {
  return static_cast<double>(comments) /
         std::chrono::duration<double>(wall).count();
}

double Run::Quantile(double q) const {
  if (latencies.empty()) return 0;
  const auto at =
      static_cast<size_t>(q * static_cast<double>(latencies.size()));
  return latencies[std::min(at, latencies.size() - 1)];
}

Callers::Callers(const std::string& address, int channels, int in_flight)
    : in_flight_(in_flight) {
  for (int i = 0; i < channels; ++i) {
    grpc::ChannelArguments arguments;
    arguments.SetInt("sluice.channel", i);  // else they would share one
    stubs_.push_back(v1::ModerationService::NewStub(grpc::CreateCustomChannel(
        address, grpc::InsecureChannelCredentials(), arguments)));
  }
}

Run Callers::Check(const std::vector<v1::Comment>& comments) {
  using One = Call<v1::CheckCommentRequest, v1::CheckCommentResponse>;
  Run run;
  run.comments = static_cast<int64_t>(comments.size());
  run.latencies.resize(comments.size());
  std::atomic<int64_t> errors{0};
  std::atomic<int64_t> held{0};
  const auto begin = Clock::now();
  InFlight::RunAll(
      run.comments, in_flight_, [&](int64_t i, std::function<void()> done) {
        const auto at = static_cast<size_t>(i);
        auto* call = new One;
        *call->request.mutable_comment() = comments[at];
        call->begin = Clock::now();
        stubs_[at % stubs_.size()]->async()->CheckComment(
            &call->context, &call->request, &call->response,
            [&, at, call, done = std::move(done)](const grpc::Status& status) {
              run.latencies[at] = std::chrono::duration<double, std::micro>(
                                      Clock::now() - call->begin)
                                      .count();
              errors += !status.ok();
              held += call->response.decision().verdict() == v1::VERDICT_HOLD;
              delete call;
              done();
            });
      });
  run.wall = Clock::now() - begin;
  run.errors = errors;
  run.held = held;
  std::sort(run.latencies.begin(), run.latencies.end());
  return run;
}

Run Callers::CheckInBatches(const std::vector<v1::Comment>& comments,
                            int batch) {
  using One =
      Call<v1::BatchCheckCommentsRequest, v1::BatchCheckCommentsResponse>;
  Run run;
  const auto size = static_cast<size_t>(batch);
  const size_t calls = comments.size() / size;
  run.comments = static_cast<int64_t>(calls * size);
  std::atomic<int64_t> errors{0};
  const auto begin = Clock::now();
  InFlight::RunAll(
      static_cast<int64_t>(calls), std::min(in_flight_, 4),
      [&](int64_t i, std::function<void()> done) {
        const auto at = static_cast<size_t>(i);
        auto* call = new One;
        for (size_t j = at * size; j < (at + 1) * size; ++j)
          *call->request.add_requests()->mutable_comment() = comments[j];
        stubs_[at % stubs_.size()]->async()->BatchCheckComments(
            &call->context, &call->request, &call->response,
            [&, call, done = std::move(done)](const grpc::Status& status) {
              errors += !status.ok();
              for (const auto& result : call->response.results())
                errors += result.has_error();
              delete call;
              done();
            });
      });
  run.wall = Clock::now() - begin;
  run.errors = errors;
  return run;
}

v1::CheckCommentResponse Callers::DryRun(const v1::Comment& comment) {
  grpc::ClientContext context;
  v1::CheckCommentRequest request;
  *request.mutable_comment() = comment;
  request.set_dry_run(true);
  v1::CheckCommentResponse response;
  const grpc::Status status =
      stubs_[0]->CheckComment(&context, request, &response);
  if (!status.ok()) {
    fmt::print(stderr, "a check failed: {}\n", status.error_message());
    std::exit(1);
  }
  return response;
}

}  // namespace sluice::bench
