#include <fmt/format.h>

#include <utility>

#include "google/rpc/status.pb.h"
#include "service/base/resource_name.h"
#include "service/rpc/call.h"
#include "service/rpc/dead_letters.h"
#include "service/rpc/erase_author.h"
#include "service/rpc/services.h"
#include "sluice/v1/review_service.grpc.pb.h"

namespace sluice::rpc {
namespace {

using Stubs = v1::ReviewService;
using Raw = Stubs::WithRawCallbackMethod_ListEntries<
    Stubs::WithRawCallbackMethod_GetEntry<Stubs::WithRawCallbackMethod_DecideEntries<
        Stubs::WithRawCallbackMethod_DecideMatching<
            Stubs::WithRawCallbackMethod_UndoDecision<
                Stubs::WithRawCallbackMethod_ClaimEntries<
                    Stubs::WithRawCallbackMethod_ListSimilar<
                        Stubs::WithRawCallbackMethod_ListAuthorHistory<
                            Stubs::WithRawCallbackMethod_CountEntries<
                                Stubs::WithCallbackMethod_ImportEntries<
                                    Stubs::WithRawCallbackMethod_EraseAuthor<
                                        Stubs::WithRawCallbackMethod_ListDeadLetters<
                                            Stubs::
                                                WithRawCallbackMethod_RetryDeadLetters<
                                                    Stubs::Service>>>>>>>>>>>>>;

constexpr int kDefaultPage = 50;
constexpr int kMaxPage = 200;
constexpr int kMaxDecisions = 200;
constexpr size_t kMaxModerator = 64;
constexpr size_t kMaxReasonCode = 64;
constexpr size_t kMaxNote = 1000;

absl::Status OrderOf(std::string_view order_by, store::Order* order) {
  if (order_by.empty() || order_by == "create_time") {
    *order = store::Order::kOldestFirst;
  } else if (order_by == "create_time desc") {
    *order = store::Order::kNewestFirst;
  } else if (order_by == "score desc") {
    *order = store::Order::kHighestScoreFirst;
  } else {
    return InvalidArgument(
        {{"order_by",
          "is not `create_time`, `create_time desc` or `score desc`"}});
  }
  return absl::OkStatus();
}

absl::Status QueryOf(const AdmitRules& admit,
                     const v1::ListEntriesRequest& request,
                     store::ListQuery* query) {
  absl::Status status =
      AdmitSite(admit, "parent", request.parent(), &query->site);
  if (status.ok()) status = OrderOf(request.order_by(), &query->order);
  if (!status.ok()) return status;
  if (!v1::State_IsValid(request.state()))
    return InvalidArgument({{"state", "is not a state of event.proto"}});
  if (request.page_size() < 0)
    return InvalidArgument(
        {{"page_size", "is negative; 1 to 200 are allowed"}});
  if (!request.filter().empty()) return NotYet("ListEntries.filter");
  query->state = request.state() == v1::STATE_UNSPECIFIED ? v1::STATE_HELD
                                                          : request.state();
  query->page_size = request.page_size() == 0
                         ? kDefaultPage
                         : std::min(request.page_size(), kMaxPage);
  query->page_token = request.page_token();
  return absl::OkStatus();
}

absl::Status AdmitDecisions(const AdmitRules& admit,
                            const v1::DecideEntriesRequest& request) {
  std::string site;
  if (absl::Status status = AdmitSite(admit, "parent", request.parent(), &site);
      !status.ok())
    return status;
  std::vector<Violation> wrong;
  const int count = request.decisions_size();
  if (count == 0 || count > kMaxDecisions) {
    wrong.push_back(
        {"decisions", fmt::format("has {} entries; 1 to {} are allowed", count,
                                  kMaxDecisions)});
  }
  if (request.moderator().empty() ||
      request.moderator().size() > kMaxModerator) {
    wrong.push_back({"moderator", "must name who decides in 1 to 64 bytes"});
  }
  for (int i = 0; i < std::min(count, kMaxDecisions); ++i) {
    const v1::EntryDecision& decision = request.decisions(i);
    const auto add = [&wrong, i](std::string_view field,
                                 std::string_view what) {
      wrong.push_back(
          {fmt::format("decisions[{}].{}", i, field), std::string(what)});
    };
    const ResourceName name = ParseResourceName(decision.name());
    if (name.comment.empty() || name.site != site)
      add("name", "is not a comment of this site");
    if (decision.verdict() != v1::VERDICT_ACCEPT &&
        decision.verdict() != v1::VERDICT_REJECT) {
      add("verdict", "must be ACCEPT or REJECT");
    }
    if (decision.reason_code().size() > kMaxReasonCode)
      add("reason_code", "is longer than 64 bytes");
    if (decision.note().size() > kMaxNote)
      add("note", "is longer than 1,000 bytes");
  }
  return wrong.empty() ? absl::OkStatus() : InvalidArgument(wrong);
}

std::vector<v1::Entry> Decided(const store::Store::DecideResults& results) {
  std::vector<v1::Entry> entries;
  for (const absl::StatusOr<v1::Entry>& entry : results) {
    if (entry.ok()) entries.push_back(*entry);
  }
  return entries;
}

class ReviewServiceImpl final : public Raw {
 public:
  explicit ReviewServiceImpl(const ServiceContext* context)
      : context_(*context) {}

  using In = const grpc::ByteBuffer*;
  using Out = grpc::ByteBuffer*;
  using Server = grpc::CallbackServerContext*;
  using Reactor = grpc::ServerUnaryReactor*;

  Reactor ListEntries(Server server, In in, Out out) override {
    using ListCall = Call<v1::ListEntriesRequest, v1::ListEntriesResponse>;
    return ListCall::Start(
        "ListEntries", server, in, out, [this](ListCall::Ptr call) {
          store::ListQuery query;
          absl::Status status =
              QueryOf(context_.admit, *call->request(), &query);
          if (!status.ok()) return call->Finish(status);
          absl::StatusOr<store::EntryPage> page = store()->List(query);
          if (page.ok()) {
            for (v1::Entry& entry : page->entries)
              *call->response()->add_entries() = std::move(entry);
            call->response()->set_next_page_token(
                std::move(page->next_page_token));
          }
          call->Finish(page.status());
        });
  }

  Reactor GetEntry(Server server, In in, Out out) override {
    using GetCall = Call<v1::GetEntryRequest, v1::GetEntryResponse>;
    return GetCall::Start(
        "GetEntry", server, in, out, [this](GetCall::Ptr call) {
          const std::string& name = call->request()->name();
          if (absl::Status status =
                  AdmitCommentName(context_.admit, "name", name);
              !status.ok()) {
            return call->Finish(status);
          }
          absl::StatusOr<v1::Entry> entry = store()->Get(name);
          if (!entry.ok()) return call->Finish(entry.status());
          absl::StatusOr<std::vector<v1::Event>> events = store()->Events(name);
          if (!events.ok()) return call->Finish(events.status());
          *call->response()->mutable_entry() = *std::move(entry);
          for (v1::Event& event : *events)
            *call->response()->add_events() = std::move(event);
          call->Finish(absl::OkStatus());
        });
  }

  Reactor DecideEntries(Server server, In in, Out out) override {
    using DecideCall =
        Call<v1::DecideEntriesRequest, v1::DecideEntriesResponse>;
    return DecideCall::Start(
        "DecideEntries", server, in, out, [this](DecideCall::Ptr call) {
          const v1::DecideEntriesRequest& request = *call->request();
          if (absl::Status status = AdmitDecisions(context_.admit, request);
              !status.ok())
            return call->Finish(status);
          const std::string batch =
              fmt::format("b{:016x}", context_.admit.random());
          std::vector<v1::EntryDecision> decisions(request.decisions().begin(),
                                                   request.decisions().end());
          call->Note("moderator", request.moderator());
          call->Note("entries", std::to_string(decisions.size()));
          call->response()->set_batch(batch);
          store()->Decide(
              std::move(decisions), request.moderator(), batch,
              context_.moderator->clock().Now(),
              [this,
               call](absl::StatusOr<store::Store::DecideResults> results) {
                if (!results.ok()) return call->Finish(results.status());
                const std::vector<v1::Entry> decided = Decided(*results);
                context_.moderator->Follow(decided);
                context_.learner->Learn(decided);
                for (absl::StatusOr<v1::Entry>& entry : *results) {
                  auto* result = call->response()->add_results();
                  if (entry.ok()) {
                    *result->mutable_entry() = *std::move(entry);
                  } else {
                    result->mutable_error()->ParseFromString(
                        ToGrpc(entry.status()).error_details());
                  }
                }
                call->Finish(absl::OkStatus());
              });
        });
  }

  Reactor CountEntries(Server server, In in, Out out) override {
    using CountCall = Call<v1::CountEntriesRequest, v1::CountEntriesResponse>;
    return CountCall::Start(
        "CountEntries", server, in, out, [this](CountCall::Ptr call) {
          std::string site;
          if (absl::Status status = AdmitSite(context_.admit, "parent",
                                              call->request()->parent(), &site);
              !status.ok()) {
            return call->Finish(status);
          }
          const absl::StatusOr<store::Counts> counts = store()->Count(site);
          if (!counts.ok()) return call->Finish(counts.status());
          call->response()->set_held(counts->held);
          call->response()->set_accepted(counts->accepted);
          call->response()->set_rejected(counts->rejected);
          if (counts->oldest_held.has_value()) {
            const int64_t micros =
                counts->oldest_held->time_since_epoch().count();
            call->response()->mutable_oldest_held_time()->set_seconds(
                micros / 1'000'000);
            call->response()->mutable_oldest_held_time()->set_nanos(
                static_cast<int32_t>(micros % 1'000'000) * 1000);
          }
          call->Finish(absl::OkStatus());
        });
  }

  // Parts of the API that a later version fills.
  Reactor DecideMatching(Server server, In in, Out out) override {
    return Refuse<v1::DecideMatchingRequest, v1::DecideMatchingResponse>(
        "DecideMatching", server, in, out);
  }
  Reactor UndoDecision(Server server, In in, Out out) override {
    return Refuse<v1::UndoDecisionRequest, v1::UndoDecisionResponse>(
        "UndoDecision", server, in, out);
  }
  Reactor ClaimEntries(Server server, In in, Out out) override {
    return Refuse<v1::ClaimEntriesRequest, v1::ClaimEntriesResponse>(
        "ClaimEntries", server, in, out);
  }
  Reactor ListSimilar(Server server, In in, Out out) override {
    return Refuse<v1::ListSimilarRequest, v1::ListSimilarResponse>(
        "ListSimilar", server, in, out);
  }
  Reactor ListAuthorHistory(Server server, In in, Out out) override {
    return Refuse<v1::ListAuthorHistoryRequest, v1::ListAuthorHistoryResponse>(
        "ListAuthorHistory", server, in, out);
  }
  Reactor EraseAuthor(Server server, In in, Out out) override {
    return EraseAuthorCall::Start(
        "EraseAuthor", server, in, out,
        [this](const EraseAuthorCall::Ptr& call) {
          rpc::EraseAuthor(context_.admit, store(),
                           context_.moderator->clock().Now(), call);
        });
  }
  Reactor ListDeadLetters(Server server, In in, Out out) override {
    return ListDeadLettersCall::Start(
        "ListDeadLetters", server, in, out,
        [this](const ListDeadLettersCall::Ptr& call) {
          rpc::ListDeadLetters(context_.admit, store(), call);
        });
  }
  Reactor RetryDeadLetters(Server server, In in, Out out) override {
    return RetryDeadLettersCall::Start(
        "RetryDeadLetters", server, in, out,
        [this](const RetryDeadLettersCall::Ptr& call) {
          rpc::RetryDeadLetters(context_.admit, store(),
                                context_.moderator->clock().Now(), call);
        });
  }
  grpc::ServerReadReactor<v1::ImportEntriesRequest>* ImportEntries(
      Server, v1::ImportEntriesResponse*) override {
    return RefuseReads<v1::ImportEntriesRequest>("ImportEntries");
  }

 private:
  store::Store* store() { return context_.moderator->store(); }

  const ServiceContext& context_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeReviewService(
    const ServiceContext* context) {
  return std::make_unique<ReviewServiceImpl>(context);
}

}  // namespace sluice::rpc
