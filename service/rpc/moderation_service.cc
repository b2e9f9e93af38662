#include <fmt/format.h>

#include <atomic>
#include <utility>

#include "google/rpc/status.pb.h"
#include "service/base/resource_name.h"
#include "service/rpc/call.h"
#include "service/rpc/in_flight.h"
#include "service/rpc/refused.h"
#include "service/rpc/services.h"
#include "service/rpc/stream_checks.h"
#include "service/rpc/watch_verdicts.h"
#include "sluice/v1/moderation_service.grpc.pb.h"

namespace sluice::rpc {
namespace {

using Stubs = v1::ModerationService;
using Raw = Stubs::WithRawCallbackMethod_CheckComment<
    Stubs::WithRawCallbackMethod_BatchCheckComments<
        Stubs::WithRawCallbackMethod_PreviewComment<
            Stubs::WithRawCallbackMethod_IssueFormToken<
                Stubs::WithRawCallbackMethod_ReportComment<
                    Stubs::WithCallbackMethod_StreamChecks<
                        Stubs::WithCallbackMethod_WatchVerdicts<
                            Stubs::Service>>>>>>>;

using CheckCall = Call<v1::CheckCommentRequest, v1::CheckCommentResponse>;
using BatchCall =
    Call<v1::BatchCheckCommentsRequest, v1::BatchCheckCommentsResponse>;
using PreviewCall = Call<v1::PreviewCommentRequest, v1::PreviewCommentResponse>;
using TokenCall = Call<v1::IssueFormTokenRequest, v1::IssueFormTokenResponse>;
using ReportCall = Call<v1::ReportCommentRequest, v1::ReportCommentResponse>;

constexpr std::chrono::milliseconds kRetryAfter{200};

std::string VerdictWord(v1::Verdict verdict) {
  switch (verdict) {
    case v1::VERDICT_ACCEPT:
      return "accept";
    case v1::VERDICT_HOLD:
      return "hold";
    case v1::VERDICT_REJECT:
      return "reject";
    default:
      return "none";
  }
}

// What an operator may see of a decision: ids and numbers, never a commenter's
// text.
void NoteDecision(const v1::CheckCommentResponse& answer, CheckCall* call) {
  const v1::Decision& decision = answer.decision();
  call->Note("comment", answer.name());
  call->Note("verdict", VerdictWord(decision.verdict()));
  call->Note("score", fmt::format("{:.2f}", decision.score()));
  std::string reasons;
  for (const v1::Reason& reason : decision.reasons()) {
    if (!reasons.empty()) reasons.push_back(',');
    reasons += reason.id();
  }
  if (!reasons.empty()) call->Note("reasons", std::move(reasons));
  if (decision.degraded())
    call->Note("degraded",
               fmt::format("{}", fmt::join(decision.unfinished(), ",")));
  if (answer.repeated_check()) call->Note("repeated", "true");
  call->Note("ruleset", decision.ruleset_version());
}

void SetStatus(const absl::Status& status, google::rpc::Status* out) {
  out->ParseFromString(ToGrpc(status).error_details());
}

class ModerationServiceImpl final : public Raw {
 public:
  ModerationServiceImpl(const ServiceContext* context, WatchHub* hub)
      : context_(*context),
        hub_(hub),
        in_flight_(context->limits.max_concurrent_checks()) {}

  grpc::ServerUnaryReactor* CheckComment(grpc::CallbackServerContext* server,
                                         const grpc::ByteBuffer* in,
                                         grpc::ByteBuffer* out) override {
    return CheckCall::Start(
        context_.gate, "CheckComment", server, in, out,
        [this](CheckCall::Ptr call) {
          v1::CheckCommentRequest* request = call->request();
          CheckOne("comment.", request,
                   [call](absl::StatusOr<v1::CheckCommentResponse> answer) {
                     if (answer.ok()) {
                       NoteDecision(*answer, call.get());
                       *call->response() = *std::move(answer);
                     }
                     call->Finish(answer.status());
                   });
        });
  }

  grpc::ServerUnaryReactor* BatchCheckComments(
      grpc::CallbackServerContext* server, const grpc::ByteBuffer* in,
      grpc::ByteBuffer* out) override {
    return BatchCall::Start(context_.gate, "BatchCheckComments", server, in,
                            out,
                            [this](BatchCall::Ptr call) { CheckAll(call); });
  }

  grpc::ServerUnaryReactor* PreviewComment(grpc::CallbackServerContext* server,
                                           const grpc::ByteBuffer* in,
                                           grpc::ByteBuffer* out) override {
    return PreviewCall::Start(
        context_.gate, "PreviewComment", server, in, out,
        [this](PreviewCall::Ptr call) {
          const v1::PreviewCommentRequest& request = *call->request();
          std::string site_id;
          absl::Status status =
              AdmitSite(context_.admit, "parent", request.parent(), &site_id);
          if (status.ok())
            status = AdmitBody(context_.admit, "body", request.body());
          if (status.ok() && !v1::Format_IsValid(request.format())) {
            status = InvalidArgument(
                {{"format", "is not a format of comment.proto"}});
          }
          if (status.ok()) {
            const std::shared_ptr<const Sites> sites =
                context_.moderator->sites();
            *call->response() =
                context_.moderator->Preview(sites->at(site_id), request);
          }
          call->Finish(status);
        });
  }

  grpc::ServerUnaryReactor* IssueFormToken(grpc::CallbackServerContext* server,
                                           const grpc::ByteBuffer* in,
                                           grpc::ByteBuffer* out) override {
    return TokenCall::Start(
        context_.gate, "IssueFormToken", server, in, out,
        [this](TokenCall::Ptr call) {
          const v1::IssueFormTokenRequest& request = *call->request();
          std::string site_id;
          absl::Status status =
              AdmitSite(context_.admit, "parent", request.parent(), &site_id);
          if (status.ok()) status = AdmitWebUrl("page_url", request.page_url());
          if (status.ok()) {
            const std::shared_ptr<const Sites> sites =
                context_.moderator->sites();
            *call->response() = context_.moderator->IssueFormToken(
                sites->at(site_id), request.page_url(),
                context_.admit.random());
          }
          call->Finish(status);
        });
  }

  grpc::ServerUnaryReactor* ReportComment(grpc::CallbackServerContext* server,
                                          const grpc::ByteBuffer* in,
                                          grpc::ByteBuffer* out) override {
    return ReportCall::Start(
        context_.gate, "ReportComment", server, in, out,
        [this](ReportCall::Ptr call) {
          const v1::ReportCommentRequest& request = *call->request();
          if (absl::Status status =
                  AdmitCommentName(context_.admit, "name", request.name());
              !status.ok()) {
            return call->Finish(status);
          }
          constexpr size_t kMaxReporter = 128;
          if (request.reporter().size() > kMaxReporter) {
            return call->Finish(
                InvalidArgument({{"reporter", "is longer than 128 bytes"}}));
          }
          v1::Reported report;
          report.set_spam(request.spam());
          report.set_source(request.from_site() ? "site" : "reader");
          report.set_reporter(request.reporter());
          context_.moderator->store()->Report(
              request.name(), std::move(report),
              context_.moderator->clock().Now(),
              [call](const absl::Status& status) { call->Finish(status); });
        });
  }

  grpc::ServerBidiReactor<v1::StreamChecksRequest, v1::StreamChecksResponse>*
  StreamChecks(grpc::CallbackServerContext* server) override {
    using Reactor = grpc::ServerBidiReactor<v1::StreamChecksRequest,
                                            v1::StreamChecksResponse>;
    Visit visit;
    if (absl::Status status =
            context_.gate->Enter("StreamChecks", *server, &visit);
        !status.ok())
      return Refuse<Reactor>(context_.gate, visit, status);
    return new StreamChecksReactor(
        context_.gate, std::move(visit),
        [this](v1::CheckCommentRequest* request, Moderator::CheckDone done) {
          CheckOne("request.comment.", request, std::move(done));
        });
  }

  grpc::ServerWriteReactor<v1::WatchVerdictsResponse>* WatchVerdicts(
      grpc::CallbackServerContext* server,
      const v1::WatchVerdictsRequest* request) override {
    return StartWatch(hub_, context_, server, *request);
  }

 private:
  // admit, then the rest of the flow in moderator.cc.
  void CheckOne(std::string_view prefix, v1::CheckCommentRequest* request,
                Moderator::CheckDone done) {
    if (!in_flight_.Enter())
      return done(Overloaded("too many checks are at work; try again shortly",
                             kRetryAfter));
    auto leave = [this, done = std::move(done)](
                     absl::StatusOr<v1::CheckCommentResponse> answer) {
      in_flight_.Leave();
      if (answer.ok() && !answer->repeated_check()) {
        context_.gate->metrics()->CountVerdict(
            ParseResourceName(answer->name()).site, answer->decision());
      }
      done(std::move(answer));
    };
    const Time now = context_.moderator->clock().Now();
    if (absl::Status status =
            Admit(context_.admit, now, prefix, request->mutable_comment());
        !status.ok()) {
      return leave(status);
    }
    context_.moderator->Check(*request, std::move(leave));
  }

  void CheckAll(const BatchCall::Ptr& call) {
    v1::BatchCheckCommentsRequest* batch = call->request();
    const int size = batch->requests_size();
    if (size == 0 || size > static_cast<int>(context_.limits.max_batch())) {
      return call->Finish(InvalidArgument(
          {{"requests", fmt::format("has {} entries; 1 to {} are allowed", size,
                                    context_.limits.max_batch())}}));
    }
    call->Note("comments", std::to_string(size));
    for (int i = 0; i < size; ++i) call->response()->add_results();
    // Holds come back on the store's thread, accepts at once: the last one,
    // whichever it is, finishes the call.
    auto left = std::make_shared<std::atomic<int>>(size);
    const auto answered =
        [call, left](int i, absl::StatusOr<v1::CheckCommentResponse> answer) {
          v1::BatchCheckCommentsResponse::Result* result =
              call->response()->mutable_results(i);
          if (answer.ok()) {
            *result->mutable_response() = *std::move(answer);
          } else {
            SetStatus(answer.status(), result->mutable_error());
          }
          if (left->fetch_sub(1, std::memory_order_acq_rel) == 1)
            call->Finish(absl::OkStatus());
        };
    for (int i = 0; i < size; ++i) {
      // Some hundred comments take a while, in which the caller may have gone.
      if (call->expired()) {
        answered(i, absl::DeadlineExceededError("the call's deadline passed"));
        continue;
      }
      CheckOne(fmt::format("requests[{}].comment.", i),
               batch->mutable_requests(i),
               [answered, i](absl::StatusOr<v1::CheckCommentResponse> answer) {
                 answered(i, std::move(answer));
               });
    }
  }

  const ServiceContext& context_;
  WatchHub* const hub_;
  InFlight in_flight_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeModerationService(
    const ServiceContext* context, WatchHub* hub) {
  return std::make_unique<ModerationServiceImpl>(context, hub);
}

}  // namespace sluice::rpc
