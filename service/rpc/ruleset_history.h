#pragma once

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "service/replay/walk.h"
#include "service/rpc/call.h"
#include "service/rpc/history_jobs.h"
#include "service/rpc/services.h"
#include "sluice/v1/ruleset_service.pb.h"

namespace sluice::rpc {

// The files of a request. INVALID_ARGUMENT past 4 MiB in all.
absl::Status FilesOf(
    const google::protobuf::RepeatedPtrField<v1::RulesetFile>& in,
    std::vector<ruleset::SourceFile>* files);

// The methods of RulesetService that read the history. Each admits its request
// on the caller's thread and works on one of HistoryJobs.
class RulesetHistory {
 public:
  explicit RulesetHistory(const ServiceContext* context) : context_(*context) {}

  using BacktestReactor = grpc::ServerWriteReactor<v1::BacktestRulesetResponse>;
  using Server = grpc::CallbackServerContext*;
  BacktestReactor* Backtest(Server server,
                            const v1::BacktestRulesetRequest& request);

  // Each finishes the call. `server` is that of the call.
  using StatisticsCall =
      Call<v1::GetRuleStatisticsRequest, v1::GetRuleStatisticsResponse>;
  void Statistics(Server server, StatisticsCall::Ptr call);
  using TuneCall = Call<v1::TuneScoresRequest, v1::TuneScoresResponse>;
  void Tune(Server server, TuneCall::Ptr call);
  using DraftCall = Call<v1::DraftRuleRequest, v1::DraftRuleResponse>;
  void Draft(Server server, DraftCall::Ptr call);

 private:
  // The site that a method is about, and the part of its history.
  absl::Status Admit(const std::string& parent, replay::WalkOptions* options);
  absl::Status AdmitNames(const v1::DraftRuleRequest& request,
                          const std::string& site) const;
  Site SiteInForce(const std::string& id) const;

  const ServiceContext& context_;
  HistoryJobs jobs_;
};

}  // namespace sluice::rpc
