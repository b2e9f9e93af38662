#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "sluice/v1/admin_service.pb.h"
#include "sluice/v1/learning_service.pb.h"
#include "sluice/v1/moderation_service.pb.h"
#include "sluice/v1/review_service.pb.h"
#include "sluice/v1/ruleset_service.pb.h"

namespace sluice::client {

// Exit codes of `sluice`, as docs/command-line.md lists them.
enum ExitCode {
  kAccept = 0,
  kFailed = 1,
  kUsage = 2,
  kUnreachable = 3,
  kRefused = 4,
  kHold = 10,
  kReject = 11,
};

// The calls of a server, each waiting for its answer. Errors are ready to
// print: what happened and what to do next.
class Connection {
 public:
  Connection(const std::string& server, int timeout_seconds);
  ~Connection();

  absl::Status Check(const v1::CheckCommentRequest& request,
                     v1::CheckCommentResponse* response);
  absl::Status Preview(const v1::PreviewCommentRequest& request,
                       v1::PreviewCommentResponse* response);
  absl::Status Report(const v1::ReportCommentRequest& request,
                      v1::ReportCommentResponse* response);
  absl::Status List(const v1::ListEntriesRequest& request,
                    v1::ListEntriesResponse* response);
  absl::Status Get(const v1::GetEntryRequest& request,
                   v1::GetEntryResponse* response);
  absl::Status Decide(const v1::DecideEntriesRequest& request,
                      v1::DecideEntriesResponse* response);
  absl::Status DecideMatching(const v1::DecideMatchingRequest& request,
                              v1::DecideMatchingResponse* response);
  absl::Status Undo(const v1::UndoDecisionRequest& request,
                    v1::UndoDecisionResponse* response);
  absl::Status Claim(const v1::ClaimEntriesRequest& request,
                     v1::ClaimEntriesResponse* response);
  absl::Status Similar(const v1::ListSimilarRequest& request,
                       v1::ListSimilarResponse* response);
  absl::Status AuthorHistory(const v1::ListAuthorHistoryRequest& request,
                             v1::ListAuthorHistoryResponse* response);
  absl::Status Erase(const v1::EraseAuthorRequest& request,
                     v1::EraseAuthorResponse* response);
  absl::Status DeadLetters(const v1::ListDeadLettersRequest& request,
                           v1::ListDeadLettersResponse* response);
  absl::Status RetryDeadLetters(const v1::RetryDeadLettersRequest& request,
                                v1::RetryDeadLettersResponse* response);
  absl::Status Count(const v1::CountEntriesRequest& request,
                     v1::CountEntriesResponse* response);
  absl::Status Rules(const v1::GetRulesetRequest& request,
                     v1::GetRulesetResponse* response);
  absl::Status Reload(const v1::ReloadRulesRequest& request,
                      v1::ReloadRulesResponse* response);
  absl::Status Confirm(const v1::ConfirmRuleRequest& request,
                       v1::ConfirmRuleResponse* response);
  absl::Status Explain(const v1::ExplainCommentRequest& request,
                       v1::ExplainCommentResponse* response);
  // Takes what the server sends until it ends or `take` returns false. Waits as
  // long as it takes: the time-out is not looked at.
  absl::Status Backtest(
      const v1::BacktestRulesetRequest& request,
      const std::function<bool(const v1::BacktestRulesetResponse&)>& take);
  absl::Status Statistics(const v1::GetRuleStatisticsRequest& request,
                          v1::GetRuleStatisticsResponse* response);
  absl::Status Tune(const v1::TuneScoresRequest& request,
                    v1::TuneScoresResponse* response);
  absl::Status Draft(const v1::DraftRuleRequest& request,
                     v1::DraftRuleResponse* response);
  // As Backtest, of a backup.
  absl::Status CreateBackup(
      const std::function<bool(const v1::CreateBackupResponse&)>& take);
  // Waits as long as it takes: the time-out is not looked at.
  absl::Status Retrain(const v1::RetrainModelRequest& request,
                       v1::RetrainModelResponse* response);
  absl::Status ModelReport(const v1::GetModelReportRequest& request,
                           v1::ModelReport* response);
  absl::Status Health();

  // Follows verdicts until the server or the network ends it. No deadline; the
  // error says why it ended, UNAVAILABLE where the server closed it.
  absl::Status Watch(
      const v1::WatchVerdictsRequest& request,
      const std::function<void(const v1::WatchVerdictsResponse&)>& take);

  // Sends what `next` gives until it returns false. No deadline.
  absl::Status Import(
      const std::function<bool(v1::ImportEntriesRequest*)>& next,
      v1::ImportEntriesResponse* response);

 private:
  struct Stubs;
  template <typename Stub, typename Request, typename Response, typename Method>
  absl::Status Call(Stub* stub, Method method, const Request& request,
                    Response* response);

  const std::string server_;
  const int timeout_seconds_;
  std::unique_ptr<Stubs> stubs_;
};

// The exit code for an error of Connection.
ExitCode ExitCodeOf(const absl::Status& status);

}  // namespace sluice::client
