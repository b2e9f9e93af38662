#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "sluice/v1/admin_service.pb.h"
#include "sluice/v1/key_service.pb.h"
#include "sluice/v1/learning_service.pb.h"
#include "sluice/v1/moderation_service.pb.h"
#include "sluice/v1/review_service.pb.h"
#include "sluice/v1/ruleset_service.pb.h"

namespace grpc {
class ClientContext;
}

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

// Where a server is, and how to prove oneself to it.
struct ServerAddress {
  std::string address = "127.0.0.1:7711";
  std::string key;       // of KeyService; empty: none
  std::string key_file;  // instead: a file whose first line it is
  bool tls = false;      // encrypt; set by any of the following
  std::string tls_ca;    // file with the authorities to trust; empty: the
                         // system's
  std::string tls_cert;  // mutual TLS: one's own certificate chain
  std::string tls_key;   // and its private key
};

// The calls of a server, each waiting for its answer. Errors are ready to
// print: what happened and what to do next.
class Connection {
 public:
  // A file that cannot be read is told by the first call.
  Connection(const ServerAddress& server, int timeout_seconds);
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
  // Waits until the server answers. `wrong`, if given, gets the parts of it
  // that have a problem, `ready` among them if it cannot answer checks.
  absl::Status Health(std::vector<std::string>* wrong = nullptr);
  absl::Status CreateKey(const v1::CreateKeyRequest& request,
                         v1::CreateKeyResponse* response);
  absl::Status ListKeys(const v1::ListKeysRequest& request,
                        v1::ListKeysResponse* response);
  absl::Status RevokeKey(const v1::RevokeKeyRequest& request,
                         v1::RevokeKeyResponse* response);
  absl::Status Caller(const v1::GetCallerRequest& request,
                      v1::GetCallerResponse* response);
  absl::Status Status(const v1::GetStatusRequest& request,
                      v1::GetStatusResponse* response);
  // As Backtest, of a backup.
  absl::Status CreateBackup(
      const std::function<bool(const v1::CreateBackupResponse&)>& take);
  // Waits as long as it takes: the time-out is not looked at.
  absl::Status Retrain(const v1::RetrainModelRequest& request,
                       v1::RetrainModelResponse* response);
  absl::Status ModelReport(const v1::GetModelReportRequest& request,
                           v1::ModelReport* response);

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

  void Prepare(grpc::ClientContext* context) const;

  const std::string server_;
  const int timeout_seconds_;
  absl::Status unusable_;  // why there can be no call
  std::string authorization_;
  std::unique_ptr<Stubs> stubs_;
};

// The exit code for an error of Connection.
ExitCode ExitCodeOf(const absl::Status& status);

}  // namespace sluice::client
