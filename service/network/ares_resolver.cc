#include "service/network/ares_resolver.h"

#include <ares.h>
#include <arpa/nameser.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <thread>
#include <utility>

#include "service/base/mutex.h"
#include "service/network/dns_reply.h"

namespace sluice::network {
namespace {

using Steady = std::chrono::steady_clock;

class AresResolver final : public Resolver {
 public:
  static absl::StatusOr<std::unique_ptr<Resolver>> Start(
      const AresOptions& options);
  ~AresResolver() override;

  void Lookup(const std::string& name, Done done) override;

 private:
  struct Question {
    std::string name;
    Done done;
    Steady::time_point deadline;
  };
  // What c-ares hands back with a reply. The question may have been answered
  // by its deadline already: then its number is not waiting any more.
  struct Reply {
    AresResolver* resolver;
    uint64_t number;
  };

  AresResolver(const AresOptions& options, ares_channel channel, int wake)
      : options_(options), channel_(channel), wake_(wake) {
    thread_ = std::thread([this] { Run(); });
  }

  static void OnReply(void* argument, int status, int timeouts,
                      unsigned char* bytes, int size);
  void Run();
  void Wake();
  void AskQueued();
  void Poll();
  int PollMilliseconds() const;
  void FailPast(Steady::time_point now);
  void Finish(uint64_t number, DnsAnswer answer);

  const AresOptions options_;
  const ares_channel channel_;  // used on thread_ alone
  const int wake_;              // an eventfd
  Mutex mutex_;
  std::deque<Question> queue_ SLUICE_GUARDED_BY(mutex_);
  size_t pending_ SLUICE_GUARDED_BY(mutex_) = 0;
  bool stop_ SLUICE_GUARDED_BY(mutex_) = false;
  // By number, which is the order of their deadlines too; thread_ alone.
  std::map<uint64_t, Question> waiting_;
  uint64_t next_number_ = 0;
  std::thread thread_;
};

absl::StatusOr<std::unique_ptr<Resolver>> AresResolver::Start(
    const AresOptions& options) {
  ares_options wanted{};
  // A second try is worth its while only if the first can still be answered.
  wanted.timeout =
      static_cast<int>(std::max<int64_t>(1, options.timeout.count() * 2 / 5));
  wanted.tries = 2;
  wanted.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES;
  ares_channel channel;
  int status = ares_init_options(
      &channel, &wanted, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_FLAGS);
  if (status != ARES_SUCCESS) {
    return absl::InternalError(
        fmt::format("name resolution: {}", ares_strerror(status)));
  }
  if (!options.servers.empty()) {
    const std::string servers =
        fmt::format("{}", fmt::join(options.servers, ","));
    status = ares_set_servers_ports_csv(channel, servers.c_str());
    if (status != ARES_SUCCESS) {
      ares_destroy(channel);
      return absl::InvalidArgumentError(fmt::format(
          "network.servers: '{}': {}", servers, ares_strerror(status)));
    }
  }
  const int wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake < 0) {
    ares_destroy(channel);
    return absl::InternalError("name resolution: the system gives no eventfd");
  }
  return std::unique_ptr<Resolver>(new AresResolver(options, channel, wake));
}

AresResolver::~AresResolver() {
  {
    const MutexLock lock(&mutex_);
    stop_ = true;
  }
  Wake();
  thread_.join();
  ares_destroy(channel_);  // lets every OnReply free its argument
  close(wake_);
}

void AresResolver::Lookup(const std::string& name, Done done) {
  {
    const MutexLock lock(&mutex_);
    if (!stop_ && pending_ < options_.max_pending) {
      ++pending_;
      queue_.push_back(
          {name, std::move(done), Steady::now() + options_.timeout});
      done = nullptr;
    }
  }
  if (done != nullptr) return done({});
  Wake();
}

void AresResolver::Wake() {
  const uint64_t one = 1;
  const ssize_t written = write(wake_, &one, sizeof(one));
  static_cast<void>(written);  // full means that it is awake already
}

void AresResolver::Run() {
  while (true) {
    {
      const MutexLock lock(&mutex_);
      if (stop_) break;
    }
    AskQueued();
    Poll();
    FailPast(Steady::now());
  }
  AskQueued();
  FailPast(Steady::time_point::max());
}

void AresResolver::AskQueued() {
  std::deque<Question> questions;
  {
    const MutexLock lock(&mutex_);
    questions.swap(queue_);
  }
  for (Question& question : questions) {
    const uint64_t number = next_number_++;
    const std::string name = question.name;
    waiting_.emplace(number, std::move(question));
    ares_query(channel_, name.c_str(), ns_c_in, ns_t_a, OnReply,
               new Reply{this, number});
  }
}

void AresResolver::Poll() {
  std::array<ares_socket_t, ARES_GETSOCK_MAXNUM> sockets;
  const int wanted =
      ares_getsock(channel_, sockets.data(), ARES_GETSOCK_MAXNUM);
  std::array<pollfd, ARES_GETSOCK_MAXNUM + 1> polled;
  polled[0] = {wake_, POLLIN, 0};
  nfds_t count = 1;
  for (int i = 0; i < ARES_GETSOCK_MAXNUM; ++i) {
    const bool reads = ARES_GETSOCK_READABLE(wanted, i) != 0;
    const bool writes = ARES_GETSOCK_WRITABLE(wanted, i) != 0;
    if (!reads && !writes) break;
    const int events = (reads ? POLLIN : 0) | (writes ? POLLOUT : 0);
    polled[count++] = {sockets[static_cast<size_t>(i)],
                       static_cast<short>(events), 0};
  }
  poll(polled.data(), count, PollMilliseconds());
  uint64_t wakes;
  const ssize_t read_bytes = read(wake_, &wakes, sizeof(wakes));
  static_cast<void>(read_bytes);
  for (nfds_t i = 1; i < count; ++i) {
    const short happened = polled[i].revents;
    const bool reads = (happened & (POLLIN | POLLERR | POLLHUP)) != 0;
    const bool writes = (happened & (POLLOUT | POLLERR)) != 0;
    ares_process_fd(channel_, reads ? polled[i].fd : ARES_SOCKET_BAD,
                    writes ? polled[i].fd : ARES_SOCKET_BAD);
  }
  ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);  // time-outs
}

// Until the next deadline, or the next try of c-ares; for ever if nothing
// waits.
int AresResolver::PollMilliseconds() const {
  if (waiting_.empty()) return -1;
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
                        waiting_.begin()->second.deadline - Steady::now())
                        .count();
  const int64_t most = std::clamp<int64_t>(left + 1, 0, 60'000);
  timeval next{};
  if (ares_timeout(channel_, nullptr, &next) == nullptr)
    return static_cast<int>(most);
  const int64_t try_again = next.tv_sec * 1000 + next.tv_usec / 1000 + 1;
  return static_cast<int>(std::min(most, try_again));
}

void AresResolver::FailPast(Steady::time_point now) {
  while (!waiting_.empty() && waiting_.begin()->second.deadline <= now)
    Finish(waiting_.begin()->first, {});
}

void AresResolver::OnReply(void* argument, int status, int /*timeouts*/,
                           unsigned char* bytes, int size) {
  const std::unique_ptr<Reply> reply(static_cast<Reply*>(argument));
  if (status == ARES_EDESTRUCTION) return;
  DnsAnswer answer;
  // Without an answer c-ares still hands over the reply, which says how long
  // that holds.
  if (bytes != nullptr && size > 0 &&
      (status == ARES_SUCCESS || status == ARES_ENODATA ||
       status == ARES_ENOTFOUND)) {
    answer = ParseDnsReply(
        {reinterpret_cast<const char*>(bytes), static_cast<size_t>(size)});
  }
  reply->resolver->Finish(reply->number, std::move(answer));
}

void AresResolver::Finish(uint64_t number, DnsAnswer answer) {
  const auto found = waiting_.find(number);
  if (found == waiting_.end()) return;
  const Done done = std::move(found->second.done);
  waiting_.erase(found);
  {
    const MutexLock lock(&mutex_);
    --pending_;
  }
  done(std::move(answer));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Resolver>> StartAresResolver(
    const AresOptions& options) {
  return AresResolver::Start(options);
}

}  // namespace sluice::network
