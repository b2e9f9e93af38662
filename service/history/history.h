#pragma once

#include "absl/status/statusor.h"
#include "service/signals/observe.h"
#include "service/signals/traces.h"
#include "sluice/v1/event.pb.h"

namespace sluice::history {

// What is remembered of earlier comments to count how fast and how often they
// come. An interface because several replicas must share it: MemoryHistory
// serves one server, a database would serve all.
//
// Thread-safe. Deterministic: the same calls in the same order give the same
// answers; time comes with the traces.
class History {
 public:
  virtual ~History() = default;

  // What there is of earlier comments as of traces.time; a comment of the same
  // name is not counted. Errors: UNAVAILABLE where the memory is elsewhere and
  // does not answer.
  virtual absl::StatusOr<signals::Past> Recall(
      const signals::Traces& traces) = 0;

  // Counts a comment. One whose name is remembered already is not counted
  // again.
  virtual void Remember(const signals::Traces& traces, v1::State state) = 0;

  // The comment of that name (Traces::name) stands so now: a person decided, or
  // a decision was undone. Unknown ones are passed over.
  virtual void Follow(uint64_t name, v1::State state) = 0;

  // The site (Traces::site) asks for form tokens. Remembering a comment with a
  // signed token says so too.
  virtual void NoteTokenIssued(uint64_t site) = 0;
};

}  // namespace sluice::history
