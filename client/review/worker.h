#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "client/review/server.h"

namespace sluice::client::review {

// Asks the server in a thread of its own, one call at a time, so that a screen
// never waits. Answers come in the order in which calls were sent. While the
// server cannot be reached, calls wait and are tried again, decisions before
// reads; no decision is dropped but by Cancel. May be used from any thread.
class Worker {
 public:
  // How long to wait after so many failures in a row (from 1).
  using Backoff = std::function<std::chrono::milliseconds(int)>;

  // `wake` is called from the worker's thread when there is something to take;
  // it must not block. The server must outlive the worker.
  Worker(Server* server, std::function<void()> wake, Backoff backoff);
  // Gives up what waits; waits for the call that is being answered.
  ~Worker();

  void Add(std::vector<Call> calls);
  // Takes a call back if it was not sent yet; it is then answered CANCELLED.
  void Cancel(int64_t id);
  // Tries at once if it waits for a lost server.
  void TryNow();
  // The answers since the last time.
  std::vector<Answer> Take();
  Link link() const;

  // 250 ms, doubled by every failure, at most 5 s.
  static std::chrono::milliseconds DefaultBackoff(int failures);

 private:
  void Run();
  bool Next(Call* call);
  void Finish(Call call, absl::Status status, Response response);
  void WaitForRetry(std::unique_lock<std::mutex>* lock);

  Server& server_;
  const std::function<void()> wake_;
  const Backoff backoff_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_.
  std::deque<Call> decisions_;
  std::deque<Call> reads_;
  std::vector<Answer> answers_;
  Link link_;
  std::chrono::steady_clock::time_point retry_at_;
  int failures_ = 0;
  bool try_now_ = false;
  bool stop_ = false;
  std::thread thread_;  // the last: it uses the others
};

}  // namespace sluice::client::review
