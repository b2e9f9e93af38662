#pragma once

#include <grpcpp/support/status.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace sluice::rpc {

// One field of a request that is wrong.
struct Violation {
  std::string field;        // path as `comment.author.email`
  std::string description;  // what is wrong and what would be right
};

// INVALID_ARGUMENT with google.rpc.BadRequest. REQUIRES: !violations.empty().
absl::Status InvalidArgument(const std::vector<Violation>& violations);

// RESOURCE_EXHAUSTED with google.rpc.RetryInfo.
absl::Status Overloaded(std::string_view message,
                        std::chrono::milliseconds retry_after);

// The same error with google.rpc.ErrorInfo: a reason in capitals, the domain
// sluice.v1.
absl::Status WithReason(absl::Status status, std::string_view reason);

// The one place where our status becomes gRPC's: payloads keyed by type URL
// become google.rpc.Status.details.
grpc::Status ToGrpc(const absl::Status& status);

}  // namespace sluice::rpc
