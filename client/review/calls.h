#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "absl/status/status.h"
#include "sluice/v1/review_service.pb.h"
#include "sluice/v1/ruleset_service.pb.h"

namespace sluice::client::review {

using Request =
    std::variant<v1::ListEntriesRequest, v1::GetEntryRequest,
                 v1::DecideEntriesRequest, v1::DecideMatchingRequest,
                 v1::UndoDecisionRequest, v1::ClaimEntriesRequest,
                 v1::ListSimilarRequest, v1::ListAuthorHistoryRequest,
                 v1::CountEntriesRequest, v1::ExplainCommentRequest>;
using Response =
    std::variant<std::monostate, v1::ListEntriesResponse, v1::GetEntryResponse,
                 v1::DecideEntriesResponse, v1::DecideMatchingResponse,
                 v1::UndoDecisionResponse, v1::ClaimEntriesResponse,
                 v1::ListSimilarResponse, v1::ListAuthorHistoryResponse,
                 v1::CountEntriesResponse, v1::ExplainCommentResponse>;

// Something to ask the server.
struct Call {
  int64_t id = 0;
  Request request;
  // A later call of the same slot makes this one needless, unless it is empty.
  std::string slot;
  // Carries what a moderator decided: goes before reads, and is sent again
  // until there is an answer.
  bool decides = false;
};

// What became of a call. CANCELLED: it was taken back before it was sent.
struct Answer {
  int64_t id = 0;
  absl::Status status;
  Response response;
};

// How the server is reached.
struct Link {
  bool lost = false;
  std::string why;            // the last error
  int64_t retry_seconds = 0;  // until the next attempt
};

}  // namespace sluice::client::review
