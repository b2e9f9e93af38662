#include "service/rpc/erase_author.h"

#include <string>
#include <utility>
#include <vector>

#include "service/base/resource_name.h"

namespace sluice::rpc {
namespace {

constexpr size_t kMaxModerator = 64;

absl::Status Admit(const AdmitRules& admit,
                   const v1::EraseAuthorRequest& request) {
  std::string site;
  if (absl::Status status = AdmitSite(admit, "parent", request.parent(), &site);
      !status.ok())
    return status;
  std::vector<Violation> wrong;
  switch (request.author_case()) {
    case v1::EraseAuthorRequest::kId:
      if (request.id().empty()) wrong.push_back({"id", "is empty"});
      break;
    case v1::EraseAuthorRequest::kEmail:
      if (request.email().empty()) wrong.push_back({"email", "is empty"});
      break;
    case v1::EraseAuthorRequest::kComment: {
      const ResourceName name = ParseResourceName(request.comment());
      if (name.comment.empty() || name.site != site)
        wrong.push_back({"comment", "is not a comment of this site"});
      break;
    }
    default:
      wrong.push_back({"author", "name whom: id, email or comment"});
  }
  if (request.moderator().empty() ||
      request.moderator().size() > kMaxModerator) {
    wrong.push_back({"moderator", "must name who asks in 1 to 64 bytes"});
  }
  return wrong.empty() ? absl::OkStatus() : InvalidArgument(wrong);
}

}  // namespace

void EraseAuthor(const AdmitRules& admit, store::Store* store, Time now,
                 const EraseAuthorCall::Ptr& call) {
  if (absl::Status status = Admit(admit, *call->request()); !status.ok())
    return call->Finish(status);
  call->Note("moderator", call->request()->moderator());
  store->Erase(*call->request(), now,
               [call](absl::StatusOr<v1::EraseAuthorResponse> erased) {
                 if (erased.ok()) {
                   call->Note("comments", std::to_string(erased->comments()));
                   *call->response() = *std::move(erased);
                 }
                 call->Finish(erased.status());
               });
}

}  // namespace sluice::rpc
