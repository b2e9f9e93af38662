#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "service/base/mutex.h"
#include "service/store/database.h"

namespace sluice::store {

// Connections for reading, opened as they are needed, kMaxReaders if nobody
// says otherwise; who comes when all are lent waits. With a write-ahead log
// readers and the writer do not wait for each other.
//
// A database in memory has one connection only: it is lent under its mutex.
class ReadPool {
 public:
  static constexpr size_t kMaxReaders = 4;

  // A connection on loan.
  class Lease {
   public:
    Lease(ReadPool* pool, std::unique_ptr<Connection> own);
    Lease(ReadPool* pool, Connection* shared);
    Lease(Lease&& other) noexcept;
    Lease& operator=(Lease&&) = delete;
    ~Lease();
    Connection* get() const { return own_ ? own_.get() : shared_; }

   private:
    ReadPool* pool_;  // null: moved from
    std::unique_ptr<Connection> own_;
    Connection* shared_ = nullptr;
  };

  using Open = std::function<absl::StatusOr<std::unique_ptr<Connection>>()>;
  explicit ReadPool(Open open, size_t max_readers = kMaxReaders);
  ReadPool(Connection* shared, Mutex* shared_mutex);

  absl::StatusOr<Lease> Borrow();

 private:
  void Return(std::unique_ptr<Connection> connection);

  const Open open_;
  const size_t max_readers_ = kMaxReaders;
  Connection* const shared_ = nullptr;
  Mutex* const shared_mutex_ = nullptr;
  Mutex mutex_;
  CondVar returned_;
  std::vector<std::unique_ptr<Connection>> idle_ SLUICE_GUARDED_BY(mutex_);
  size_t lent_ SLUICE_GUARDED_BY(mutex_) = 0;
};

}  // namespace sluice::store
