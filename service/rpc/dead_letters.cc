#include "service/rpc/dead_letters.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>
#include <vector>

namespace sluice::rpc {
namespace {

constexpr int kDefaultPage = 50;
constexpr int kMaxPage = 200;
constexpr int kMaxIds = 1000;

absl::Status IdsOf(const v1::RetryDeadLettersRequest& request,
                   std::vector<int64_t>* ids) {
  if (request.ids_size() > kMaxIds) {
    return InvalidArgument({{"ids", fmt::format("has {} entries; at most {} "
                                                "are allowed, none means all",
                                                request.ids_size(), kMaxIds)}});
  }
  for (int i = 0; i < request.ids_size(); ++i) {
    const std::string& text = request.ids(i);
    int64_t id = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), id);
    if (error != std::errc() || end != text.data() + text.size() || id <= 0) {
      return InvalidArgument(
          {{fmt::format("ids[{}]", i), "is not an id of ListDeadLetters"}});
    }
    ids->push_back(id);
  }
  return absl::OkStatus();
}

}  // namespace

void ListDeadLetters(const AdmitRules& admit, store::Store* store,
                     const ListDeadLettersCall::Ptr& call) {
  const v1::ListDeadLettersRequest& request = *call->request();
  std::string site;
  absl::Status status = AdmitSite(admit, "parent", request.parent(), &site);
  if (status.ok() && request.page_size() < 0) {
    status =
        InvalidArgument({{"page_size", "is negative; 1 to 200 are allowed"}});
  }
  if (!status.ok()) return call->Finish(status);
  const int size = request.page_size() == 0
                       ? kDefaultPage
                       : std::min(request.page_size(), kMaxPage);
  absl::StatusOr<store::DeadLetters> dead =
      store->outbox()->ListDead(site, size);
  if (!dead.ok()) return call->Finish(dead.status());
  for (v1::DeadLetter& letter : dead->letters)
    *call->response()->add_letters() = std::move(letter);
  call->response()->set_count(dead->count);
  call->Finish(absl::OkStatus());
}

void RetryDeadLetters(const AdmitRules& admit, store::Store* store, Time now,
                      const RetryDeadLettersCall::Ptr& call) {
  std::string site;
  std::vector<int64_t> ids;
  absl::Status status =
      AdmitSite(admit, "parent", call->request()->parent(), &site);
  if (status.ok()) status = IdsOf(*call->request(), &ids);
  if (!status.ok()) return call->Finish(status);
  store->outbox()->Retry(site, std::move(ids), now,
                         [call](absl::StatusOr<int64_t> count) {
                           if (count.ok()) call->response()->set_count(*count);
                           call->Finish(count.status());
                         });
}

}  // namespace sluice::rpc
