#pragma once

#include <sys/types.h>

namespace sluice::client {

// Sends standard output through a pager while it lives, if that is a terminal:
// $SLUICE_PAGER, else $PAGER, else less, which ends by itself where all fits on
// one screen. An empty one, or `cat`, is none. What could not be started leaves
// standard output as it is.
class Pager {
 public:
  Pager();
  // Waits until the reader has seen enough.
  ~Pager();
  Pager(const Pager&) = delete;
  Pager& operator=(const Pager&) = delete;

 private:
  pid_t child_ = -1;  // none
};

}  // namespace sluice::client
