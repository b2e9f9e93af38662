#include "client/review/worker.h"

#include <algorithm>

namespace sluice::client::review {
namespace {

// A decision is sent again after these; a read only if nobody was there.
bool IsForLater(const absl::Status& status, bool decides) {
  return absl::IsUnavailable(status) ||
         (decides && (absl::IsDeadlineExceeded(status) ||
                      absl::IsResourceExhausted(status)));
}

std::string FirstLine(const absl::Status& status) {
  const std::string text(status.message());
  return text.substr(0, text.find('\n'));
}

}  // namespace

Worker::Worker(Server* server, std::function<void()> wake, Backoff backoff)
    : server_(*server),
      wake_(std::move(wake)),
      backoff_(std::move(backoff)),
      thread_([this] { Run(); }) {}

Worker::~Worker() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Worker::Add(std::vector<Call> calls) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (Call& call : calls) {
      if (!call.slot.empty()) {
        std::erase_if(reads_, [&call](const Call& other) {
          return other.slot == call.slot;
        });
      }
      (call.decides ? decisions_ : reads_).push_back(std::move(call));
    }
  }
  changed_.notify_all();
}

void Worker::Cancel(int64_t id) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (std::erase_if(decisions_,
                      [id](const Call& call) { return call.id == id; }) == 0) {
      return;
    }
    answers_.push_back({id, absl::CancelledError("it was not sent"), {}});
  }
  wake_();
}

void Worker::TryNow() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    try_now_ = true;
  }
  changed_.notify_all();
}

std::vector<Answer> Worker::Take() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return std::exchange(answers_, {});
}

Link Worker::link() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  Link link = link_;
  const auto left = retry_at_ - std::chrono::steady_clock::now();
  link.retry_seconds =
      std::max<int64_t>(0, std::chrono::duration_cast<std::chrono::seconds>(
                               left + std::chrono::milliseconds(999))
                               .count());
  return link;
}

std::chrono::milliseconds Worker::DefaultBackoff(int failures) {
  return std::chrono::milliseconds(
      std::min(5000, 250 << std::min(10, failures - 1)));
}

bool Worker::Next(Call* call) {
  std::unique_lock<std::mutex> lock(mutex_);
  if (failures_ > 0) WaitForRetry(&lock);
  changed_.wait(
      lock, [this] { return stop_ || !decisions_.empty() || !reads_.empty(); });
  if (stop_) return false;
  std::deque<Call>& from = decisions_.empty() ? reads_ : decisions_;
  *call = std::move(from.front());
  from.pop_front();
  return true;
}

void Worker::WaitForRetry(std::unique_lock<std::mutex>* lock) {
  changed_.wait_until(*lock, retry_at_, [this] { return stop_ || try_now_; });
  try_now_ = false;
}

void Worker::Finish(Call call, absl::Status status, Response response) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!IsForLater(status, call.decides)) {
    failures_ = 0;
    link_ = Link();
    answers_.push_back({call.id, std::move(status), std::move(response)});
    return;
  }
  ++failures_;
  link_.lost = true;
  link_.why = FirstLine(status);
  retry_at_ = std::chrono::steady_clock::now() + backoff_(failures_);
  try_now_ = false;
  if (call.decides) {
    decisions_.push_front(std::move(call));
  } else if (call.slot.empty() || std::none_of(reads_.begin(), reads_.end(),
                                               [&call](const Call& other) {
                                                 return other.slot == call.slot;
                                               })) {
    reads_.push_front(std::move(call));
  }
}

void Worker::Run() {
  for (Call call; Next(&call);) {
    Response response;
    absl::Status status = server_.Ask(call.request, &response);
    Finish(std::move(call), std::move(status), std::move(response));
    wake_();
  }
}

}  // namespace sluice::client::review
