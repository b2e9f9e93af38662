#include "service/rpc/watch_hub.h"

#include <algorithm>
#include <utility>

#include "service/rpc/status.h"
#include "service/store/resume_token.h"

// Under the lock it is decided what a watcher is told, and the stream's phase
// says so; the watcher itself is called after the lock was given back, for it
// may call the hub. A stream in phase kWriting belongs to its writer until
// Wrote.

namespace sluice::rpc {
namespace {

// Changes of one read.
constexpr int kPage = 100;

absl::Status Stopping() {
  return absl::UnavailableError(
      "the server is stopping; watch again from the last token");
}

void CallAll(const std::vector<std::function<void()>>& calls) {
  for (const auto& call : calls) call();
}

}  // namespace

WatchHub::WatchHub(store::Store* store, const Options& options)
    : store_(store), options_(options), store_id_(store->Id()) {
  hook_ = store_->change_hooks().Add([this] {
    const MutexLock lock(&mutex_);
    ++commits_;
    wake_.NotifyOne();
  });
  thread_ = std::thread([this] { Run(); });
}

WatchHub::~WatchHub() {
  store_->change_hooks().Remove(hook_);
  Stop();
  thread_.join();
}

void WatchHub::Add(Watcher* watcher, std::string site, std::string token) {
  absl::Status refused;
  {
    const MutexLock lock(&mutex_);
    if (stopped_) {
      refused = Stopping();
    } else if (streams_.size() >= options_.max_watchers) {
      refused = absl::ResourceExhaustedError(
          "too many watchers; let one end, or take webhooks");
    } else {
      auto stream = std::make_unique<Stream>();
      stream->watcher = watcher;
      stream->site = std::move(site);
      stream->token = std::move(token);
      watcher->id_ = ++last_id_;
      streams_[last_id_] = std::move(stream);
      wake_.NotifyOne();
    }
  }
  if (!refused.ok()) watcher->End(refused);
}

void WatchHub::Wrote(Watcher* watcher, bool ok) {
  Calls calls;
  {
    const MutexLock lock(&mutex_);
    const int64_t id = watcher->id_;
    Stream* stream = streams_.at(id).get();
    stream->phase = Phase::kIdle;
    stream->last_write = Clock::now();
    if (stream->aborting) {
      stream->wrote = true;
    } else if (!ok || stream->cancelled) {
      End(id, absl::CancelledError("the watcher is gone"), &calls);
    } else if (stopped_) {
      End(id, Stopping(), &calls);
    } else {
      WriteNext(stream, &calls);
    }
  }
  CallAll(calls);
}

void WatchHub::Cancelled(Watcher* watcher) {
  Calls calls;
  {
    const MutexLock lock(&mutex_);
    const auto found = streams_.find(watcher->id_);
    if (found == streams_.end()) return;
    if (found->second->phase == Phase::kWriting || found->second->aborting)
      found->second->cancelled = true;
    else
      End(watcher->id_, absl::CancelledError("the watcher is gone"), &calls);
  }
  CallAll(calls);
}

void WatchHub::Stop() {
  Calls calls;
  {
    const MutexLock lock(&mutex_);
    stopped_ = true;
    wake_.NotifyOne();
    std::vector<int64_t> idle;
    for (const auto& [id, stream] : streams_) {
      if (stream->phase != Phase::kWriting) idle.push_back(id);
    }
    for (int64_t id : idle) End(id, Stopping(), &calls);
  }
  CallAll(calls);

  std::vector<std::pair<int64_t, Watcher*>> stuck;
  {
    const MutexLock lock(&mutex_);
    const Clock::time_point end = Clock::now() + options_.grace;
    while (!streams_.empty() && Clock::now() < end)
      ended_.WaitUntil(&mutex_, end);
    for (const auto& [id, stream] : streams_) {
      stream->aborting = true;
      stuck.emplace_back(id, stream->watcher);
    }
  }
  for (const auto& [id, watcher] : stuck) watcher->Abort();
  calls.clear();
  {
    const MutexLock lock(&mutex_);
    for (const auto& [id, watcher] : stuck) {
      Stream* stream = streams_.at(id).get();
      stream->aborting = false;
      if (stream->wrote) End(id, Stopping(), &calls);
    }
  }
  CallAll(calls);
}

size_t WatchHub::watchers() const {
  const MutexLock lock(&mutex_);
  return streams_.size();
}

void WatchHub::End(int64_t id, const absl::Status& status, Calls* calls) {
  const auto found = streams_.find(id);
  // A copy of its own: abseil counts references where TSan cannot see it.
  calls->push_back([watcher = found->second->watcher, code = status.code(),
                    message = std::string(status.message())] {
    watcher->End(code == absl::StatusCode::kInvalidArgument
                     ? InvalidArgument({{"resume_token", message}})
                     : absl::Status(code, message));
  });
  streams_.erase(found);
  ended_.NotifyAll();
}

void WatchHub::Write(Stream* stream, Calls* calls) {
  stream->phase = Phase::kWriting;
  stream->message.set_resume_token(
      store::EncodeResumeToken(store_id_, stream->site, stream->after));
  calls->push_back([watcher = stream->watcher, message = &stream->message] {
    watcher->Write(message);
  });
}

// The page's next change; else the thread is to read the next page.
void WatchHub::WriteNext(Stream* stream, Calls* calls) {
  if (stream->page == nullptr || stream->next >= stream->page->size()) {
    stream->page = nullptr;
    stream->read_at = 0;
    wake_.NotifyOne();
    return;
  }
  const store::Change& change = (*stream->page)[stream->next++];
  stream->after = change.sequence;
  stream->message = change.told;
  Write(stream, calls);
}

void WatchHub::Run() {
  while (true) {
    std::vector<Demand> demands = NextDemands();
    if (demands.empty()) return;
    Read(&demands);
    Serve(std::move(demands));
  }
}

bool WatchHub::Wants(const Stream& stream, Clock::time_point now) const {
  if (stream.phase == Phase::kStarting) return true;
  return stream.phase == Phase::kIdle &&
         (stream.read_at != commits_ ||
          now >= stream.last_write + options_.heartbeat);
}

// Waits for streams that want something; empty: it is time to stop.
std::vector<WatchHub::Demand> WatchHub::NextDemands() {
  const MutexLock lock(&mutex_);
  while (!stopped_) {
    const Clock::time_point now = Clock::now();
    Clock::time_point next = now + options_.heartbeat;
    std::vector<Demand> demands;
    for (auto& [id, stream] : streams_) {
      if (Wants(*stream, now)) {
        const bool starting = stream->phase == Phase::kStarting;
        const bool heartbeat =
            !starting && now >= stream->last_write + options_.heartbeat;
        stream->read_at = commits_;
        demands.push_back({id, stream->site, stream->token, starting,
                           stream->after, heartbeat, absl::OkStatus(),
                           nullptr});
      } else if (stream->phase == Phase::kIdle) {
        next = std::min(next, stream->last_write + options_.heartbeat);
      }
    }
    if (!demands.empty()) return demands;
    if (streams_.empty())
      wake_.Wait(&mutex_);
    else
      wake_.WaitUntil(&mutex_, next);
  }
  return {};
}

// Where the stream begins.
absl::Status WatchHub::FindStart(Demand* demand) {
  const absl::StatusOr<int64_t> last = store_->LastSequence();
  if (!last.ok()) return last.status();
  if (demand->token.empty()) {
    demand->after = *last;
    return absl::OkStatus();
  }
  const absl::StatusOr<int64_t> sequence =
      store::DecodeResumeToken(store_id_, demand->site, demand->token);
  if (!sequence.ok()) return sequence.status();
  if (*sequence > *last) {
    return absl::InvalidArgumentError(
        "is newer than the store, which may have come from a backup; send 0 to "
        "begin with the oldest");
  }
  demand->after = *sequence;
  return absl::OkStatus();
}

void WatchHub::Read(std::vector<Demand>* demands) {
  std::map<std::pair<std::string, int64_t>, absl::StatusOr<Page>> pages;
  for (Demand& demand : *demands) {
    if (demand.starting) {
      demand.status = FindStart(&demand);
      continue;
    }
    const auto [at, fresh] = pages.try_emplace({demand.site, demand.after},
                                               absl::UnknownError("not read"));
    if (fresh) {
      absl::StatusOr<std::vector<store::Change>> changes =
          store_->Changes(demand.site, demand.after, kPage);
      if (changes.ok()) {
        at->second = std::make_shared<const std::vector<store::Change>>(
            *std::move(changes));
      } else {
        at->second = changes.status();
      }
    }
    demand.status = at->second.status();
    if (at->second.ok()) demand.page = *at->second;
  }
}

void WatchHub::Serve(std::vector<Demand> demands) {
  Calls calls;
  {
    const MutexLock lock(&mutex_);
    for (Demand& demand : demands) {
      const auto found = streams_.find(demand.id);
      if (found == streams_.end()) continue;  // ended while the store was read
      Stream* stream = found->second.get();
      if (!demand.status.ok()) {
        End(demand.id, demand.status, &calls);
      } else if (demand.starting) {
        stream->after = demand.after;
        stream->read_at = 0;
        Write(stream, &calls);
      } else if (!demand.page->empty()) {
        stream->page = std::move(demand.page);
        stream->next = 0;
        WriteNext(stream, &calls);
      } else if (demand.heartbeat) {
        stream->message.Clear();
        Write(stream, &calls);
      }
    }
  }
  CallAll(calls);
}

}  // namespace sluice::rpc
