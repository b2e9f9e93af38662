#include <fmt/format.h>
#include <google/protobuf/util/time_util.h>

#include <utility>

#include "service/base/resource_name.h"
#include "service/rpc/call.h"
#include "service/rpc/ruleset_history.h"
#include "service/rpc/services.h"
#include "sluice/v1/ruleset_service.grpc.pb.h"

namespace sluice::rpc {
namespace {

using Stubs = v1::RulesetService;
using Raw = Stubs::WithRawCallbackMethod_GetRuleset<
    Stubs::WithRawCallbackMethod_CheckRuleset<
        Stubs::WithCallbackMethod_BacktestRuleset<
            Stubs::WithRawCallbackMethod_GetRuleStatistics<
                Stubs::WithRawCallbackMethod_ReloadRules<
                    Stubs::WithRawCallbackMethod_ConfirmRule<
                        Stubs::WithRawCallbackMethod_ExplainComment<
                            Stubs::WithRawCallbackMethod_TuneScores<
                                Stubs::WithRawCallbackMethod_DraftRule<
                                    Stubs::Service>>>>>>>>>;

class RulesetServiceImpl final : public Raw {
 public:
  explicit RulesetServiceImpl(const ServiceContext* context)
      : context_(*context), history_(context) {}

  using In = const grpc::ByteBuffer*;
  using Out = grpc::ByteBuffer*;
  using Server = grpc::CallbackServerContext*;
  using Reactor = grpc::ServerUnaryReactor*;

  Reactor GetRuleset(Server server, In in, Out out) override {
    using GetCall = Call<v1::GetRulesetRequest, v1::GetRulesetResponse>;
    return GetCall::Start(
        context_.gate, "GetRuleset", server, in, out,
        [this](GetCall::Ptr call) {
          std::string site_id;
          if (absl::Status status =
                  AdmitSite(context_.admit, "parent", call->request()->parent(),
                            &site_id);
              !status.ok()) {
            return call->Finish(status);
          }
          const std::shared_ptr<const Sites> sites =
              context_.moderator->sites();
          const ruleset::Ruleset& rules = *sites->at(site_id).ruleset;
          call->response()->set_version(rules.version());
          *call->response()->mutable_load_time() =
              google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(
                  context_.keeper->load_time().time_since_epoch().count());
          for (const v1::Rule& rule : rules.rules())
            *call->response()->add_rules() = rule;
          *call->response()->mutable_policy() = rules.policy();
          for (v1::Diagnostic& problem : ProblemsFor(call->caller(), site_id))
            *call->response()->add_problems() = std::move(problem);
          for (v1::RuleDemotion& demotion :
               context_.moderator->demotions(site_id)) {
            *call->response()->add_demotions() = std::move(demotion);
          }
          call->Finish(absl::OkStatus());
        });
  }

  Reactor CheckRuleset(Server server, In in, Out out) override {
    using CheckCall = Call<v1::CheckRulesetRequest, v1::CheckRulesetResponse>;
    return CheckCall::Start(
        context_.gate, "CheckRuleset", server, in, out,
        [this](CheckCall::Ptr call) {
          std::vector<ruleset::SourceFile> files;
          if (absl::Status status = FilesOf(call->request()->files(), &files);
              !status.ok())
            return call->Finish(status);
          ruleset::LoadOptions options;
          options.now = context_.moderator->clock().Now();
          ruleset::LoadResult loaded = ruleset::LoadRuleset(files, options);
          for (v1::Diagnostic& diagnostic : loaded.diagnostics) {
            *call->response()->add_diagnostics() = std::move(diagnostic);
          }
          if (loaded.ruleset != nullptr)
            call->response()->set_version(loaded.ruleset->version());
          call->Finish(absl::OkStatus());
        });
  }

  Reactor ReloadRules(Server server, In in, Out out) override {
    using ReloadCall = Call<v1::ReloadRulesRequest, v1::ReloadRulesResponse>;
    return ReloadCall::Start(
        context_.gate, "ReloadRules", server, in, out,
        [this](ReloadCall::Ptr call) {
          RulesKeeper::Result result = context_.keeper->Load();
          if (!result.loaded) {
            std::string message =
                "the rule files on disk do not load; those in force stay";
            for (const v1::Diagnostic& diagnostic : result.diagnostics) {
              message += "\n" + ruleset::FormatDiagnostic(diagnostic);
            }
            return call->Finish(absl::FailedPreconditionError(message));
          }
          const std::shared_ptr<const Sites> sites =
              context_.moderator->sites();
          call->response()->set_version(
              sites->begin()->second.ruleset->version());
          call->response()->set_changed(result.changed);
          *call->response()->mutable_load_time() =
              google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(
                  context_.keeper->load_time().time_since_epoch().count());
          for (v1::Diagnostic& diagnostic : result.diagnostics) {
            *call->response()->add_diagnostics() = std::move(diagnostic);
          }
          call->Finish(absl::OkStatus());
        });
  }

  Reactor ConfirmRule(Server server, In in, Out out) override {
    using ConfirmCall = Call<v1::ConfirmRuleRequest, v1::ConfirmRuleResponse>;
    return ConfirmCall::Start(context_.gate, "ConfirmRule", server, in, out,
                              [this](ConfirmCall::Ptr call) {
                                std::string site_id;
                                if (absl::Status status = AdmitSite(
                                        context_.admit, "parent",
                                        call->request()->parent(), &site_id);
                                    !status.ok()) {
                                  return call->Finish(status);
                                }
                                call->Finish(context_.moderator->ConfirmRule(
                                    site_id, call->request()->rule()));
                              });
  }

  Reactor ExplainComment(Server server, In in, Out out) override {
    return ExplainCall::Start(
        context_.gate, "ExplainComment", server, in, out,
        [this](ExplainCall::Ptr call) {
          v1::ExplainCommentRequest* request = call->request();
          if (request->target_case() == v1::ExplainCommentRequest::kName)
            return ExplainStored(call.get());
          v1::Comment comment = request->comment();
          const Time now = context_.moderator->clock().Now();
          absl::Status status =
              Admit(context_.admit, now, "comment.", &comment);
          if (!status.ok()) return call->Finish(status);
          const std::shared_ptr<const Sites> sites =
              context_.moderator->sites();
          const auto site = sites->find(ParseResourceName(comment.name()).site);
          if (site == sites->end())
            return call->Finish(
                absl::NotFoundError("there is no such comment"));
          *call->response() =
              context_.moderator->Explain(site->second, comment);
          call->Finish(absl::OkStatus());
        });
  }

  Reactor GetRuleStatistics(Server server, In in, Out out) override {
    using StatisticsCall = RulesetHistory::StatisticsCall;
    return StatisticsCall::Start(context_.gate, "GetRuleStatistics", server, in,
                                 out, [=, this](StatisticsCall::Ptr call) {
                                   history_.Statistics(server, std::move(call));
                                 });
  }
  Reactor TuneScores(Server server, In in, Out out) override {
    using TuneCall = RulesetHistory::TuneCall;
    return TuneCall::Start(context_.gate, "TuneScores", server, in, out,
                           [=, this](TuneCall::Ptr call) {
                             history_.Tune(server, std::move(call));
                           });
  }
  Reactor DraftRule(Server server, In in, Out out) override {
    using DraftCall = RulesetHistory::DraftCall;
    return DraftCall::Start(context_.gate, "DraftRule", server, in, out,
                            [=, this](DraftCall::Ptr call) {
                              history_.Draft(server, std::move(call));
                            });
  }
  grpc::ServerWriteReactor<v1::BacktestRulesetResponse>* BacktestRuleset(
      Server server, const v1::BacktestRulesetRequest* request) override {
    return history_.Backtest(server, *request);
  }

 private:
  using ExplainCall =
      Call<v1::ExplainCommentRequest, v1::ExplainCommentResponse>;

  // What is wrong with the files on disk. A key that is not for all sites is
  // told only what it could see by trying its own site's files, nothing of
  // another site's folder.
  std::vector<v1::Diagnostic> ProblemsFor(const access::Caller& caller,
                                          const std::string& site) const {
    std::vector<v1::Diagnostic> problems = context_.keeper->problems();
    if (problems.empty() || caller.MayUseAllSites()) return problems;
    RulesKeeper::Trial trial = context_.keeper->TryDisk(site);
    if (trial.site.has_value()) return {};
    return std::move(trial.diagnostics);
  }

  void ExplainStored(ExplainCall* call) {
    const std::string& name = call->request()->name();
    absl::Status status = AdmitCommentName(context_.admit, "name", name);
    if (!status.ok()) return call->Finish(status);
    const absl::StatusOr<v1::Entry> entry =
        context_.moderator->store()->Get(name);
    if (!entry.ok()) return call->Finish(entry.status());
    const std::shared_ptr<const Sites> sites = context_.moderator->sites();
    const auto site = sites->find(ParseResourceName(name).site);
    if (site == sites->end())
      return call->Finish(absl::NotFoundError("there is no such comment"));
    const auto& then = entry->create_time();
    *call->response() = context_.moderator->ExplainAgain(
        site->second, entry->checked(),
        Time{std::chrono::seconds(then.seconds()) +
             std::chrono::microseconds(then.nanos() / 1000)});
    call->Finish(absl::OkStatus());
  }

  const ServiceContext& context_;
  RulesetHistory history_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeRulesetService(
    const ServiceContext* context) {
  return std::make_unique<RulesetServiceImpl>(context);
}

}  // namespace sluice::rpc
