#pragma once

#include <functional>

#include "service/store/read_pool.h"
#include "service/store/store.h"

namespace sluice::store {

// What a program that shares its database knows of the others there.
// Thread-safe.
class Companion {
 public:
  virtual ~Companion() = default;

  // Called once. `on_change`: others stored changes. The pool outlives it.
  virtual void Start(ReadPool* readers, std::function<void()> on_change) = 0;

  // See Store::FollowOthers.
  virtual void Follow(Store::OthersDone told) = 0;

  // Whether this one does what only one may do.
  virtual bool leads() const = 0;
};

}  // namespace sluice::store
