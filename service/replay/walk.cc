// Threads take turns at reading a chunk, work on theirs at once, and take turns
// again, in the order of the chunks, at handing on what came of it. So memory
// is bounded by the threads, and whoever is slow to take results slows the
// reading.

#include "service/replay/walk.h"

#include <google/protobuf/arena.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <thread>
#include <utility>

#include "service/base/mutex.h"
#include "service/store/scan.h"

namespace sluice::replay {
namespace {

constexpr int kChunk = 256;
constexpr unsigned kMaxThreads = 64;
constexpr size_t kArenaBlock = 1 << 20;
// A replay is never as urgent as the comment that someone is waiting for.
constexpr int kNiceness = 10;

class Walk {
 public:
  Walk(store::Store* store, const WalkOptions& options, const Work& work)
      : store_(store), options_(options), work_(work) {
    query_.site = options.site;
    query_.since = options.since;
    query_.limit = kChunk;
    query_.count = true;
  }

  absl::Status Run() {
    const unsigned wanted = options_.threads != 0
                                ? options_.threads
                                : std::thread::hardware_concurrency();
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < std::clamp(wanted, 1u, kMaxThreads); ++i)
      threads.emplace_back([this] { Loop(); });
    for (std::thread& thread : threads) thread.join();
    const MutexLock lock(&order_mutex_);
    return status_;
  }

 private:
  struct Taken {
    int64_t number;
    store::ScanChunk chunk;
  };

  void Loop() {
    // On Linux a thread's own; if it is refused, the walk is just less polite.
    (void)setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kNiceness);
    std::vector<char> block(kArenaBlock);
    google::protobuf::ArenaOptions arena_options;
    arena_options.initial_block = block.data();
    arena_options.initial_block_size = block.size();
    google::protobuf::Arena arena(arena_options);
    std::vector<Row> rows;
    while (std::optional<Taken> taken = Take()) {
      InOrder in_order;
      absl::Status status = Parse(taken->chunk, &arena, &rows);
      if (status.ok()) in_order = work_(rows);
      const auto count = static_cast<int64_t>(taken->chunk.checks.size());
      if (!HandOn(taken->number, count, std::move(status), in_order)) return;
      arena.Reset();
    }
  }

  std::optional<Taken> Take() {
    const MutexLock lock(&read_mutex_);
    if (ended_) return std::nullopt;
    if (options_.cancelled && options_.cancelled()) {
      Stop(absl::CancelledError("the replay was cancelled"));
      ended_ = true;
      return std::nullopt;
    }
    absl::StatusOr<store::ScanChunk> chunk = store_->Scan(query_);
    if (!chunk.ok()) Stop(chunk.status());
    if (!chunk.ok() || chunk->checks.empty()) {
      ended_ = true;
      return std::nullopt;
    }
    if (query_.count) total_ = chunk->total;
    read_ += static_cast<int64_t>(chunk->checks.size());
    ended_ =
        !chunk->next || (options_.max_rows > 0 && read_ >= options_.max_rows);
    query_.after = chunk->next;
    query_.count = false;
    return Taken{next_read_++, *std::move(chunk)};
  }

  static absl::Status Parse(const store::ScanChunk& chunk,
                            google::protobuf::Arena* arena,
                            std::vector<Row>* rows) {
    rows->clear();
    for (const store::ScannedCheck& check : chunk.checks) {
      auto* event = google::protobuf::Arena::CreateMessage<v1::Event>(arena);
      absl::Status status = store::ParseScanned(check, event);
      if (!status.ok()) return status;
      const v1::Checked& checked = event->checked();
      // Erased: there is nothing left to judge.
      if (checked.comment().body().empty()) continue;
      rows->push_back({&checked, check.create_time, check.human});
    }
    return absl::OkStatus();
  }

  // Returns whether to go on.
  bool HandOn(int64_t number, int64_t count, absl::Status status,
              const InOrder& in_order) {
    {
      const MutexLock lock(&order_mutex_);
      while (!stopped_ && next_in_order_ != number) turn_.Wait(&order_mutex_);
      if (stopped_) return false;
    }
    // This chunk's turn: nobody else comes here until the number moves on.
    done_ += count;
    const Progress progress{done_, std::max(done_, total_.load())};
    bool more = status.ok();
    if (more) more = in_order(progress);
    if (!more) {
      Stop(std::move(status));
      return false;
    }
    const MutexLock lock(&order_mutex_);
    ++next_in_order_;
    turn_.NotifyAll();
    return true;
  }

  void Stop(absl::Status status) {
    const MutexLock lock(&order_mutex_);
    if (!stopped_) status_ = std::move(status);
    stopped_ = true;
    turn_.NotifyAll();
  }

  store::Store* const store_;
  const WalkOptions& options_;
  const Work& work_;

  Mutex read_mutex_;
  store::ScanQuery query_ SLUICE_GUARDED_BY(read_mutex_);
  bool ended_ SLUICE_GUARDED_BY(read_mutex_) = false;
  int64_t next_read_ SLUICE_GUARDED_BY(read_mutex_) = 0;
  int64_t read_ SLUICE_GUARDED_BY(read_mutex_) = 0;
  std::atomic<int64_t> total_ = 0;

  Mutex order_mutex_;
  CondVar turn_;
  bool stopped_ SLUICE_GUARDED_BY(order_mutex_) = false;
  int64_t next_in_order_ SLUICE_GUARDED_BY(order_mutex_) = 0;
  absl::Status status_ SLUICE_GUARDED_BY(order_mutex_);
  int64_t done_ = 0;  // of the thread whose turn it is
};

}  // namespace

absl::Status WalkHistory(store::Store* store, const WalkOptions& options,
                         const Work& work) {
  return Walk(store, options, work).Run();
}

}  // namespace sluice::replay
