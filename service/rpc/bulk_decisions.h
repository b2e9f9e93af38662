#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "absl/status/status.h"
#include "service/rpc/services.h"
#include "sluice/v1/review_service.pb.h"

namespace sluice::rpc {

// Decides all entries that match a filter. Counting and deciding walk the queue
// page by page, which may take a while: on a thread of its own, one request
// after the other, so that no thread of gRPC waits and memory stays that of one
// page.
//
// A request is decided in commits of up to 200, each followed and learned from
// at once: an error in between leaves the rest undecided, and what was decided
// can be undone by its batch. An entry that someone else changed between being
// found and being decided is left alone.
class BulkDecisions {
 public:
  // `context` must outlive it.
  explicit BulkDecisions(const ServiceContext* context);
  ~BulkDecisions();  // waits for the one under way; the others are ABORTED

  struct Request {
    v1::DecideMatchingRequest request;
    store::ListQuery query;  // of what matches, oldest first
    std::string batch;
  };
  using Done = std::function<void(absl::StatusOr<v1::DecideMatchingResponse>)>;

  // RESOURCE_EXHAUSTED if too many wait.
  void Decide(Request request, Done done);

 private:
  static constexpr size_t kMaxWaiting = 16;
  static constexpr int kMaxSample = 10;

  struct Waiting {
    Request request;
    Done done;
  };

  void Run();
  absl::StatusOr<v1::DecideMatchingResponse> Work(const Request& request);
  absl::Status Count(const Request& request,
                     v1::DecideMatchingResponse* response);
  absl::Status DecideAll(const Request& request,
                         v1::DecideMatchingResponse* response);
  absl::StatusOr<std::vector<v1::Entry>> DecidePage(
      const Request& request, std::vector<v1::Entry> entries);

  const ServiceContext& context_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Waiting> waiting_;  // guarded by mutex_
  bool stop_ = false;            // guarded by mutex_
  std::thread thread_;           // last: it uses all of the above
};

}  // namespace sluice::rpc
