#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "service/base/clock.h"
#include "service/store/store.h"
#include "sluice/v1/event.pb.h"

namespace sluice::replay {

// One stored check; it lives as long as the call that it is given to.
struct Row {
  const v1::Checked* checked;
  Time then;
  v1::Verdict human;  // VERDICT_UNSPECIFIED: nobody decided
};

struct Progress {
  int64_t done = 0;   // rows up to and with this chunk
  int64_t total = 0;  // as counted at the start, or `done` if that is more
};

struct WalkOptions {
  std::string site;
  std::optional<Time> since;  // unset: all
  unsigned threads = 0;       // 0: one for each processor
  int64_t max_rows = 0;       // 0: no bound
  // Asked between chunks, by one thread at a time; true ends the walk as
  // CANCELLED. Unset: it goes on.
  std::function<bool()> cancelled;
};

// What is to be done in order of time, after the work on a chunk. False ends
// the walk with OK. May block: then the walk waits, with one chunk a thread.
using InOrder = std::function<bool(const Progress& progress)>;

// Works on a chunk. Called on several threads at once.
using Work = std::function<InOrder(const std::vector<Row>& rows)>;

// Walks a site's history on threads of its own, which yield to all others of
// the process, and returns when they are done. The parts in order never run at
// once. Comments whose texts were erased are passed over. Errors: CANCELLED,
// and those of the store.
absl::Status WalkHistory(store::Store* store, const WalkOptions& options,
                         const Work& work);

}  // namespace sluice::replay
