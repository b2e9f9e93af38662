#include "service/store/read_pool.h"

#include <utility>

namespace sluice::store {

ReadPool::Lease::Lease(ReadPool* pool, std::unique_ptr<Connection> own)
    : pool_(pool), own_(std::move(own)) {}

ReadPool::Lease::Lease(ReadPool* pool, Connection* shared)
    : pool_(pool), shared_(shared) {}

ReadPool::Lease::Lease(Lease&& other) noexcept
    : pool_(std::exchange(other.pool_, nullptr)),
      own_(std::move(other.own_)),
      shared_(other.shared_) {}

// A mutex that is locked in Borrow and unlocked here is beyond the analysis.
SLUICE_NO_THREAD_ANALYSIS ReadPool::Lease::~Lease() {
  if (pool_ == nullptr) return;
  if (own_)
    pool_->Return(std::move(own_));
  else
    pool_->shared_mutex_->Unlock();
}

ReadPool::ReadPool(Open open, size_t max_readers)
    : open_(std::move(open)), max_readers_(max_readers) {}

ReadPool::ReadPool(Connection* shared, Mutex* shared_mutex)
    : shared_(shared), shared_mutex_(shared_mutex) {}

SLUICE_NO_THREAD_ANALYSIS absl::StatusOr<ReadPool::Lease> ReadPool::Borrow() {
  if (shared_ != nullptr) {
    shared_mutex_->Lock();
    return Lease(this, shared_);
  }
  {
    const MutexLock lock(&mutex_);
    while (idle_.empty() && lent_ == max_readers_) returned_.Wait(&mutex_);
    ++lent_;
    while (!idle_.empty()) {
      std::unique_ptr<Connection> connection = std::move(idle_.back());
      idle_.pop_back();
      if (connection->usable()) return Lease(this, std::move(connection));
    }
  }
  absl::StatusOr<std::unique_ptr<Connection>> opened = open_();
  if (opened.ok()) return Lease(this, *std::move(opened));
  Return(nullptr);
  return opened.status();
}

void ReadPool::Return(std::unique_ptr<Connection> connection) {
  {
    const MutexLock lock(&mutex_);
    --lent_;
    if (connection && connection->usable())
      idle_.push_back(std::move(connection));
  }
  returned_.NotifyOne();
}

}  // namespace sluice::store
