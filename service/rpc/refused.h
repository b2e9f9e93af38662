#pragma once

#include <grpcpp/support/server_callback.h>

#include "absl/status/status.h"
#include "service/rpc/gate.h"
#include "service/rpc/status.h"

namespace sluice::rpc {

// A stream that ends as it begins, with an error. `Reactor` is one of gRPC's
// server reactors for streams. Deletes itself.
template <typename Reactor>
class Refused final : public Reactor {
 public:
  explicit Refused(const absl::Status& why) { this->Finish(ToGrpc(why)); }
  void OnDone() override { delete this; }
};

// Such a stream, with its line in the log.
template <typename Reactor>
Reactor* Refuse(const Gate* gate, const Visit& visit, const absl::Status& why) {
  gate->Leave(visit, why, {});
  return new Refused<Reactor>(why);
}

}  // namespace sluice::rpc
