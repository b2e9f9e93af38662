#include <fmt/format.h>

#include <utility>

#include "google/rpc/status.pb.h"
#include "service/base/resource_name.h"
#include "service/rpc/bulk_decisions.h"
#include "service/rpc/call.h"
#include "service/rpc/dead_letters.h"
#include "service/rpc/erase_author.h"
#include "service/rpc/import_entries.h"
#include "service/rpc/refused.h"
#include "service/rpc/review_requests.h"
#include "service/rpc/services.h"
#include "service/rpc/similar.h"
#include "service/store/changes.h"
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
      : context_(*context), bulk_(context) {}

  using In = const grpc::ByteBuffer*;
  using Out = grpc::ByteBuffer*;
  using Server = grpc::CallbackServerContext*;
  using Reactor = grpc::ServerUnaryReactor*;

  Reactor ListEntries(Server server, In in, Out out) override {
    using ListCall = Call<v1::ListEntriesRequest, v1::ListEntriesResponse>;
    return ListCall::Start(
        context_.gate, "ListEntries", server, in, out,
        [this](ListCall::Ptr call) {
          store::ListQuery query;
          absl::Status status =
              ListQueryOf(context_, *call->request(), Now(), &query);
          if (!status.ok()) return call->Finish(status);
          absl::StatusOr<store::EntryPage> page = store()->List(query);
          if (page.ok()) {
            Show(std::move(page->entries), call->response()->mutable_entries());
            call->response()->set_next_page_token(
                std::move(page->next_page_token));
          }
          call->Finish(page.status());
        });
  }

  Reactor GetEntry(Server server, In in, Out out) override {
    using GetCall = Call<v1::GetEntryRequest, v1::GetEntryResponse>;
    return GetCall::Start(
        context_.gate, "GetEntry", server, in, out, [this](GetCall::Ptr call) {
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
          *call->response()->mutable_entry() =
              AsShown(*std::move(entry), Now());
          for (v1::Event& event : *events)
            *call->response()->add_events() = std::move(event);
          call->Finish(absl::OkStatus());
        });
  }

  Reactor DecideEntries(Server server, In in, Out out) override {
    using DecideCall =
        Call<v1::DecideEntriesRequest, v1::DecideEntriesResponse>;
    return DecideCall::Start(
        context_.gate, "DecideEntries", server, in, out,
        [this](DecideCall::Ptr call) {
          const v1::DecideEntriesRequest& request = *call->request();
          if (absl::Status status = AdmitDecisions(context_, request);
              !status.ok())
            return call->Finish(status);
          const std::string batch = BatchId();
          std::vector<v1::EntryDecision> decisions(request.decisions().begin(),
                                                   request.decisions().end());
          call->Note("moderator", request.moderator());
          call->Note("entries", std::to_string(decisions.size()));
          call->response()->set_batch(batch);
          store()->Decide(
              std::move(decisions), request.moderator(), batch, Now(),
              [this,
               call](absl::StatusOr<store::Store::DecideResults> results) {
                if (!results.ok()) return call->Finish(results.status());
                const std::vector<v1::Entry> decided = Decided(*results);
                context_.moderator->Follow(decided);
                context_.learner->Learn(decided);
                for (absl::StatusOr<v1::Entry>& entry : *results) {
                  auto* result = call->response()->add_results();
                  if (entry.ok()) {
                    *result->mutable_entry() =
                        AsShown(*std::move(entry), Now());
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
        context_.gate, "CountEntries", server, in, out,
        [this](CountCall::Ptr call) {
          const v1::CountEntriesRequest& request = *call->request();
          std::string site;
          absl::Status status =
              AdmitSite(context_.admit, "parent", request.parent(), &site);
          if (status.ok()) status = AdmitDays(request.days());
          if (!status.ok()) return call->Finish(status);
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
          if (request.days() == 0) return call->Finish(absl::OkStatus());
          absl::StatusOr<std::vector<v1::DayCounts>> days =
              store()->CountDays(site, Now(), request.days());
          if (!days.ok()) return call->Finish(days.status());
          for (v1::DayCounts& day : *days)
            *call->response()->add_days() = std::move(day);
          call->Finish(absl::OkStatus());
        });
  }

  Reactor UndoDecision(Server server, In in, Out out) override {
    return UndoCall::Start(
        context_.gate, "UndoDecision", server, in, out,
        [this](UndoCall::Ptr call) {
          const v1::UndoDecisionRequest& request = *call->request();
          if (absl::Status status = AdmitUndo(context_, request); !status.ok())
            return call->Finish(status);
          call->Note("moderator", request.moderator());
          UndoRest(std::move(call), BatchId());
        });
  }

  Reactor ClaimEntries(Server server, In in, Out out) override {
    using ClaimCall = Call<v1::ClaimEntriesRequest, v1::ClaimEntriesResponse>;
    return ClaimCall::Start(
        context_.gate, "ClaimEntries", server, in, out,
        [this](ClaimCall::Ptr call) {
          store::ClaimRequest claim;
          absl::Status status =
              ClaimOf(context_, *call->request(), Now(), &claim);
          if (!status.ok()) return call->Finish(status);
          call->Note("moderator", claim.moderator);
          store()->Claim(
              std::move(claim), Now(),
              [this, call](absl::StatusOr<std::vector<v1::Entry>> claimed) {
                if (claimed.ok()) {
                  Show(*std::move(claimed),
                       call->response()->mutable_entries());
                }
                call->Finish(claimed.status());
              });
        });
  }

  Reactor ListAuthorHistory(Server server, In in, Out out) override {
    using ListCall =
        Call<v1::ListAuthorHistoryRequest, v1::ListAuthorHistoryResponse>;
    return ListCall::Start(
        context_.gate, "ListAuthorHistory", server, in, out,
        [this](ListCall::Ptr call) {
          store::ListQuery query;
          absl::Status status =
              AuthorQueryOf(context_, *call->request(), &query);
          if (!status.ok()) return call->Finish(status);
          absl::StatusOr<store::EntryPage> page = store()->List(query);
          if (page.ok()) {
            Show(std::move(page->entries), call->response()->mutable_entries());
            call->response()->set_next_page_token(
                std::move(page->next_page_token));
          }
          call->Finish(page.status());
        });
  }

  Reactor DecideMatching(Server server, In in, Out out) override {
    using BulkCall =
        Call<v1::DecideMatchingRequest, v1::DecideMatchingResponse>;
    return BulkCall::Start(
        context_.gate, "DecideMatching", server, in, out,
        [this](BulkCall::Ptr call) {
          BulkDecisions::Request bulk{*call->request(), {}, BatchId()};
          absl::Status status =
              MatchingOf(context_, bulk.request, Now(), &bulk.query);
          if (!status.ok()) return call->Finish(status);
          call->Note("moderator", bulk.request.moderator());
          bulk_.Decide(
              std::move(bulk),
              [call](absl::StatusOr<v1::DecideMatchingResponse> response) {
                if (response.ok()) {
                  *call->response() = *std::move(response);
                  call->Note("entries",
                             std::to_string(call->response()->count()));
                }
                call->Finish(response.status());
              });
        });
  }

  Reactor ListSimilar(Server server, In in, Out out) override {
    using SimilarCall = Call<v1::ListSimilarRequest, v1::ListSimilarResponse>;
    return SimilarCall::Start(
        context_.gate, "ListSimilar", server, in, out,
        [this](SimilarCall::Ptr call) {
          const v1::ListSimilarRequest& request = *call->request();
          int count = 0;
          absl::Status status =
              AdmitCommentName(context_.admit, "name", request.name());
          if (status.ok()) status = SimilarCountOf(request, &count);
          if (!status.ok()) return call->Finish(status);
          const absl::StatusOr<v1::Entry> entry = store()->Get(request.name());
          if (!entry.ok()) return call->Finish(entry.status());
          absl::StatusOr<std::vector<v1::Entry>> similar =
              rpc::ListSimilar(store(), *entry, static_cast<size_t>(count));
          if (similar.ok())
            Show(*std::move(similar), call->response()->mutable_entries());
          call->Finish(similar.status());
        });
  }

  Reactor EraseAuthor(Server server, In in, Out out) override {
    return EraseAuthorCall::Start(
        context_.gate, "EraseAuthor", server, in, out,
        [this](const EraseAuthorCall::Ptr& call) {
          rpc::EraseAuthor(context_.admit, store(),
                           context_.moderator->clock().Now(), call);
        });
  }
  Reactor ListDeadLetters(Server server, In in, Out out) override {
    return ListDeadLettersCall::Start(
        context_.gate, "ListDeadLetters", server, in, out,
        [this](const ListDeadLettersCall::Ptr& call) {
          rpc::ListDeadLetters(context_.admit, store(), call);
        });
  }
  Reactor RetryDeadLetters(Server server, In in, Out out) override {
    return RetryDeadLettersCall::Start(
        context_.gate, "RetryDeadLetters", server, in, out,
        [this](const RetryDeadLettersCall::Ptr& call) {
          rpc::RetryDeadLetters(context_.admit, store(),
                                context_.moderator->clock().Now(), call);
        });
  }
  grpc::ServerReadReactor<v1::ImportEntriesRequest>* ImportEntries(
      Server server, v1::ImportEntriesResponse* response) override {
    Visit visit;
    if (absl::Status status =
            context_.gate->Enter("ImportEntries", *server, &visit);
        !status.ok()) {
      return Refuse<grpc::ServerReadReactor<v1::ImportEntriesRequest>>(
          context_.gate, visit, status);
    }
    return StartImport(&context_, std::move(visit),
                       BatchId(store::kImportBatch), response);
  }

 private:
  using UndoCall = Call<v1::UndoDecisionRequest, v1::UndoDecisionResponse>;

  store::Store* store() { return context_.moderator->store(); }
  Time Now() const { return context_.moderator->clock().Now(); }
  std::string BatchId(std::string_view kind = "b") const {
    return fmt::format("{}{:016x}", kind, context_.admit.random());
  }
  void Show(std::vector<v1::Entry> entries,
            google::protobuf::RepeatedPtrField<v1::Entry>* shown) const {
    for (v1::Entry& entry : entries)
      *shown->Add() = AsShown(std::move(entry), Now());
  }

  // A batch is undone a commit after the other, each followed at once: an
  // error in between leaves the rest of the batch to the next call.
  void UndoRest(UndoCall::Ptr call, const std::string& batch) {
    store()->Undo(
        *call->request(), batch, Now(),
        [this, call, batch](absl::StatusOr<store::UndoResult> undone) {
          v1::UndoDecisionResponse* response = call->response();
          // Between two commits someone else may have undone the rest.
          if (absl::IsNotFound(undone.status()) && response->count() > 0)
            return call->Finish(absl::OkStatus());
          if (!undone.ok()) return call->Finish(undone.status());
          context_.moderator->Follow(undone->entries);
          context_.learner->Unlearn(undone->entries);
          if (response->count() == 0)
            Show(std::move(undone->entries), response->mutable_entries());
          response->set_count(response->count() + undone->count);
          if (undone->more && call->expired()) {
            return call->Finish(absl::DeadlineExceededError(
                "not all of the batch was undone; ask again for the rest"));
          }
          if (undone->more) return UndoRest(call, batch);
          call->Note("entries", std::to_string(response->count()));
          call->Finish(absl::OkStatus());
        });
  }

  const ServiceContext& context_;
  BulkDecisions bulk_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeReviewService(
    const ServiceContext* context) {
  return std::make_unique<ReviewServiceImpl>(context);
}

}  // namespace sluice::rpc
