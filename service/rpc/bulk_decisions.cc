#include "service/rpc/bulk_decisions.h"

#include <fmt/format.h>

#include <future>
#include <utility>

#include "service/rpc/review_requests.h"
#include "service/rpc/status.h"

namespace sluice::rpc {

BulkDecisions::BulkDecisions(const ServiceContext* context)
    : context_(*context), thread_([this] { Run(); }) {}

BulkDecisions::~BulkDecisions() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  thread_.join();
  for (const Waiting& left : waiting_)
    left.done(absl::AbortedError("the server is going down; nothing was done"));
}

void BulkDecisions::Decide(Request request, Done done) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (waiting_.size() < kMaxWaiting) {
      waiting_.push_back({std::move(request), std::move(done)});
      wake_.notify_one();
      return;
    }
  }
  done(Overloaded("too many bulk decisions wait", std::chrono::seconds(1)));
}

void BulkDecisions::Run() {
  while (true) {
    std::unique_lock<std::mutex> lock(mutex_);
    wake_.wait(lock, [this] { return stop_ || !waiting_.empty(); });
    if (stop_) return;
    const Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    next.done(Work(next.request));
  }
}

absl::StatusOr<v1::DecideMatchingResponse> BulkDecisions::Work(
    const Request& request) {
  const v1::DecideMatchingRequest& asked = request.request;
  v1::DecideMatchingResponse response;
  if (asked.dry_run() || asked.expected_count() > 0) {
    if (absl::Status status = Count(request, &response); !status.ok())
      return status;
    if (asked.dry_run()) return response;
    if (response.count() > asked.expected_count()) {
      return absl::AbortedError(
          fmt::format("{} entries match now, not {}; look again and decide "
                      "then. Nothing was decided",
                      response.count(), asked.expected_count()));
    }
    response.Clear();
  }
  if (absl::Status status = DecideAll(request, &response); !status.ok())
    return status;
  if (response.count() > 0) response.set_batch(request.batch);
  return response;
}

absl::Status BulkDecisions::Count(const Request& request,
                                  v1::DecideMatchingResponse* response) {
  store::ListQuery query = request.query;
  do {
    absl::StatusOr<store::EntryPage> page =
        context_.moderator->store()->List(query);
    if (!page.ok()) return page.status();
    response->set_count(response->count() +
                        static_cast<int64_t>(page->entries.size()));
    for (v1::Entry& entry : page->entries) {
      if (response->sample_size() == kMaxSample) break;
      *response->add_sample() =
          AsShown(std::move(entry), context_.moderator->clock().Now());
    }
    query.page_token = std::move(page->next_page_token);
  } while (!query.page_token.empty());
  return absl::OkStatus();
}

absl::Status BulkDecisions::DecideAll(const Request& request,
                                      v1::DecideMatchingResponse* response) {
  store::ListQuery query = request.query;
  const int64_t expected = request.request.expected_count();
  do {
    absl::StatusOr<store::EntryPage> page =
        context_.moderator->store()->List(query);
    if (!page.ok()) return page.status();
    // What came since the count was not seen by who decides.
    if (expected > 0) {
      const auto left = static_cast<size_t>(expected - response->count());
      if (left == 0) break;
      if (page->entries.size() > left) page->entries.resize(left);
    }
    query.page_token = std::move(page->next_page_token);
    if (page->entries.empty()) continue;
    absl::StatusOr<std::vector<v1::Entry>> decided =
        DecidePage(request, std::move(page->entries));
    if (!decided.ok()) return decided.status();
    response->set_count(response->count() +
                        static_cast<int64_t>(decided->size()));
    for (v1::Entry& entry : *decided) {
      if (response->sample_size() == kMaxSample) break;
      *response->add_sample() = std::move(entry);
    }
  } while (!query.page_token.empty());
  return absl::OkStatus();
}

absl::StatusOr<std::vector<v1::Entry>> BulkDecisions::DecidePage(
    const Request& request, std::vector<v1::Entry> entries) {
  const v1::DecideMatchingRequest& asked = request.request;
  std::vector<v1::EntryDecision> decisions;
  for (v1::Entry& entry : entries) {
    v1::EntryDecision& decision = decisions.emplace_back();
    decision.set_name(entry.name());
    decision.set_verdict(asked.verdict());
    decision.set_etag(entry.etag());
    decision.set_reason_code(asked.reason_code());
    decision.set_note(asked.note());
  }
  std::promise<absl::StatusOr<store::Store::DecideResults>> promise;
  context_.moderator->store()->Decide(
      std::move(decisions), asked.moderator(), request.batch,
      context_.moderator->clock().Now(),
      [&promise](absl::StatusOr<store::Store::DecideResults> results) {
        promise.set_value(std::move(results));
      });
  absl::StatusOr<store::Store::DecideResults> results =
      promise.get_future().get();
  if (!results.ok()) return results.status();
  std::vector<v1::Entry> decided;
  for (absl::StatusOr<v1::Entry>& entry : *results) {
    if (entry.ok()) decided.push_back(*std::move(entry));
  }
  context_.moderator->Follow(decided);
  context_.learner->Learn(decided);
  return decided;
}

}  // namespace sluice::rpc
