#include "client/review/server.h"

namespace sluice::client::review {
namespace {

// One overload a call of the protocol.
struct Sender {
  Connection& to;
  Response* response;

  absl::Status operator()(const v1::ListEntriesRequest& request) {
    return to.List(request, &response->emplace<v1::ListEntriesResponse>());
  }
  absl::Status operator()(const v1::GetEntryRequest& request) {
    return to.Get(request, &response->emplace<v1::GetEntryResponse>());
  }
  absl::Status operator()(const v1::DecideEntriesRequest& request) {
    return to.Decide(request, &response->emplace<v1::DecideEntriesResponse>());
  }
  absl::Status operator()(const v1::DecideMatchingRequest& request) {
    return to.DecideMatching(request,
                             &response->emplace<v1::DecideMatchingResponse>());
  }
  absl::Status operator()(const v1::UndoDecisionRequest& request) {
    return to.Undo(request, &response->emplace<v1::UndoDecisionResponse>());
  }
  absl::Status operator()(const v1::ClaimEntriesRequest& request) {
    return to.Claim(request, &response->emplace<v1::ClaimEntriesResponse>());
  }
  absl::Status operator()(const v1::ListSimilarRequest& request) {
    return to.Similar(request, &response->emplace<v1::ListSimilarResponse>());
  }
  absl::Status operator()(const v1::ListAuthorHistoryRequest& request) {
    return to.AuthorHistory(
        request, &response->emplace<v1::ListAuthorHistoryResponse>());
  }
  absl::Status operator()(const v1::CountEntriesRequest& request) {
    return to.Count(request, &response->emplace<v1::CountEntriesResponse>());
  }
  absl::Status operator()(const v1::ExplainCommentRequest& request) {
    return to.Explain(request,
                      &response->emplace<v1::ExplainCommentResponse>());
  }
};

}  // namespace

absl::Status RemoteServer::Ask(const Request& request, Response* response) {
  return std::visit(Sender{connection_, response}, request);
}

}  // namespace sluice::client::review
