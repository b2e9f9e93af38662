#include "client/connection.h"

#include <fmt/format.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>
#include <string_view>

#include "client/terminal.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "sluice/v1/admin_service.grpc.pb.h"
#include "sluice/v1/key_service.grpc.pb.h"
#include "sluice/v1/learning_service.grpc.pb.h"
#include "sluice/v1/moderation_service.grpc.pb.h"
#include "sluice/v1/review_service.grpc.pb.h"
#include "sluice/v1/ruleset_service.grpc.pb.h"

namespace sluice::client {
namespace {

// What to do next, by code; the server's own message says what happened.
std::string Advice(grpc::StatusCode code, const std::string& server) {
  switch (code) {
    case grpc::StatusCode::UNAVAILABLE:
      return fmt::format(
          "is sluiced running on {}? Start it with deploy/quickstart, or name "
          "another with --server",
          server);
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return "the server did not answer in time; try again, or give it longer "
             "with --timeout";
    case grpc::StatusCode::NOT_FOUND:
      return "look at `sluice queue` for the ids there are, and at --site";
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      return "the server is busy; try again shortly";
    case grpc::StatusCode::UNAUTHENTICATED:
      return "name a key with --key-file or SLUICE_KEY; `sluice key create` "
             "makes one";
    case grpc::StatusCode::PERMISSION_DENIED:
      return "`sluice key whoami` says what the key may do";
    case grpc::StatusCode::UNIMPLEMENTED:
      return "this server does not have it; its version may be older or newer "
             "than this client's";
    default:
      return "";
  }
}

std::string Violations(const grpc::Status& status) {
  google::rpc::Status details;
  std::string out;
  if (!details.ParseFromString(status.error_details())) return out;
  for (const auto& any : details.details()) {
    google::rpc::BadRequest bad;
    if (!any.UnpackTo(&bad)) continue;
    for (const auto& violation : bad.field_violations()) {
      out += fmt::format("\n  {}: {}", Visible(violation.field(), false),
                         Visible(violation.description(), false));
    }
  }
  return out;
}

absl::Status FromGrpc(const grpc::Status& status, const std::string& server) {
  if (status.ok()) return absl::OkStatus();
  const std::string violations = Violations(status);
  std::string text = violations.empty()
                         ? Visible(status.error_message(), true)
                         : "the server refuses the request:" + violations;
  if (status.error_code() == grpc::StatusCode::UNAVAILABLE)
    text = fmt::format("cannot reach {}", server);
  if (text.empty()) text = "the call failed";
  if (const std::string advice = Advice(status.error_code(), server);
      !advice.empty())
    text += "\n" + advice;
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()), text);
}

// The whole file; empty for no path. An error goes to `status`.
std::string ReadFile(const std::string& path, absl::Status* status) {
  if (path.empty()) return "";
  std::ifstream in(path, std::ios::binary);
  std::string content{std::istreambuf_iterator<char>(in), {}};
  if (in.is_open() && !content.empty()) return content;
  *status = absl::InvalidArgumentError(
      fmt::format("{} cannot be read, or is empty", path));
  return "";
}

std::string FirstLine(std::string text) {
  text.resize(std::min(text.size(), text.find_first_of("\r\n")));
  return text;
}

bool IsVisible(std::string_view key) {
  return std::all_of(key.begin(), key.end(),
                     [](char c) { return c > ' ' && c < 0x7f; });
}

std::shared_ptr<grpc::ChannelCredentials> CredentialsOf(
    const ServerAddress& server, absl::Status* status) {
  const bool own = !server.tls_cert.empty() || !server.tls_key.empty();
  if (!server.tls && server.tls_ca.empty() && !own)
    return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = ReadFile(server.tls_ca, status);
  options.pem_cert_chain = ReadFile(server.tls_cert, status);
  options.pem_private_key = ReadFile(server.tls_key, status);
  return grpc::SslCredentials(options);
}

}  // namespace

struct Connection::Stubs {
  explicit Stubs(const std::shared_ptr<grpc::Channel>& to)
      : channel(to),
        moderation(v1::ModerationService::NewStub(to)),
        review(v1::ReviewService::NewStub(to)),
        ruleset(v1::RulesetService::NewStub(to)),
        keys(v1::KeyService::NewStub(to)),
        admin(v1::AdminService::NewStub(to)),
        learning(v1::LearningService::NewStub(to)),
        health(grpc::health::v1::Health::NewStub(to)) {}

  std::shared_ptr<grpc::Channel> channel;
  std::unique_ptr<v1::ModerationService::Stub> moderation;
  std::unique_ptr<v1::ReviewService::Stub> review;
  std::unique_ptr<v1::RulesetService::Stub> ruleset;
  std::unique_ptr<v1::KeyService::Stub> keys;
  std::unique_ptr<v1::AdminService::Stub> admin;
  std::unique_ptr<v1::LearningService::Stub> learning;
  std::unique_ptr<grpc::health::v1::Health::Stub> health;
};

Connection::Connection(const ServerAddress& server, int timeout_seconds)
    : server_(server.address), timeout_seconds_(timeout_seconds) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(64 << 20);
  // `sluice review` tells how long it waits before it tries a lost server
  // again.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 200);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 200);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2000);
  std::string key = server.key;
  if (key.empty()) key = FirstLine(ReadFile(server.key_file, &unusable_));
  if (!key.empty()) authorization_ = "Bearer " + key;
  // Such a line would be two headers; gRPC ends the program over it.
  if (!IsVisible(key))
    unusable_ = absl::InvalidArgumentError(
        "the key has characters that no key has; look at --key-file and "
        "SLUICE_KEY");
  stubs_ = std::make_unique<Stubs>(grpc::CreateCustomChannel(
      server_, CredentialsOf(server, &unusable_), arguments));
}

void Connection::Prepare(grpc::ClientContext* context) const {
  if (!authorization_.empty())
    context->AddMetadata("authorization", authorization_);
}

Connection::~Connection() = default;

template <typename Stub, typename Request, typename Response, typename Method>
absl::Status Connection::Call(Stub* stub, Method method, const Request& request,
                              Response* response) {
  if (!unusable_.ok()) return unusable_;
  grpc::ClientContext context;
  Prepare(&context);
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::seconds(timeout_seconds_));
  return FromGrpc((stub->*method)(&context, request, response), server_);
}

absl::Status Connection::Check(const v1::CheckCommentRequest& request,
                               v1::CheckCommentResponse* response) {
  return Call(stubs_->moderation.get(),
              &v1::ModerationService::Stub::CheckComment, request, response);
}
absl::Status Connection::Retrain(const v1::RetrainModelRequest& request,
                                 v1::RetrainModelResponse* response) {
  if (!unusable_.ok()) return unusable_;
  grpc::ClientContext context;
  Prepare(&context);
  return FromGrpc(stubs_->learning->RetrainModel(&context, request, response),
                  server_);
}
absl::Status Connection::ModelReport(const v1::GetModelReportRequest& request,
                                     v1::ModelReport* response) {
  return Call(stubs_->learning.get(),
              &v1::LearningService::Stub::GetModelReport, request, response);
}
absl::Status Connection::Preview(const v1::PreviewCommentRequest& request,
                                 v1::PreviewCommentResponse* response) {
  return Call(stubs_->moderation.get(),
              &v1::ModerationService::Stub::PreviewComment, request, response);
}
absl::Status Connection::Report(const v1::ReportCommentRequest& request,
                                v1::ReportCommentResponse* response) {
  return Call(stubs_->moderation.get(),
              &v1::ModerationService::Stub::ReportComment, request, response);
}
absl::Status Connection::List(const v1::ListEntriesRequest& request,
                              v1::ListEntriesResponse* response) {
  return Call(stubs_->review.get(), &v1::ReviewService::Stub::ListEntries,
              request, response);
}
absl::Status Connection::Get(const v1::GetEntryRequest& request,
                             v1::GetEntryResponse* response) {
  return Call(stubs_->review.get(), &v1::ReviewService::Stub::GetEntry, request,
              response);
}
absl::Status Connection::Decide(const v1::DecideEntriesRequest& request,
                                v1::DecideEntriesResponse* response) {
  return Call(stubs_->review.get(), &v1::ReviewService::Stub::DecideEntries,
              request, response);
}
absl::Status Connection::DecideMatching(
    const v1::DecideMatchingRequest& request,
    v1::DecideMatchingResponse* response) {
  return Call(stubs_->review.get(), &v1::ReviewService::Stub::DecideMatching,
              request, response);
}
absl::Status Connection::Undo(const v1::UndoDecisionRequest& request,
                              v1::UndoDecisionResponse* response) {
  return Call(stubs_->review.get(), &v1::ReviewService::Stub::UndoDecision,
              request, response);
}
absl::Status Connection::Claim(const v1::ClaimEntriesRequest& request,
                               v1::ClaimEntriesResponse* response) {
  return Call(stubs_->review.get(), &v1::ReviewService::Stub::ClaimEntries,
              request, response);
}
absl::Status Connection::Similar(const v1::ListSimilarRequest& request,
                                 v1::ListSimilarResponse* response) {
  return Call(stubs_->review.get(), &v1::ReviewService::Stub::ListSimilar,
              request, response);
}
absl::Status Connection::AuthorHistory(
    const v1::ListAuthorHistoryRequest& request,
    v1::ListAuthorHistoryResponse* response) {
  return Call(stubs_->review.get(), &v1::ReviewService::Stub::ListAuthorHistory,
              request, response);
}
absl::Status Connection::Erase(const v1::EraseAuthorRequest& request,
                               v1::EraseAuthorResponse* response) {
  return Call(stubs_->review.get(), &v1::ReviewService::Stub::EraseAuthor,
              request, response);
}
absl::Status Connection::DeadLetters(const v1::ListDeadLettersRequest& request,
                                     v1::ListDeadLettersResponse* response) {
  return Call(stubs_->review.get(), &v1::ReviewService::Stub::ListDeadLetters,
              request, response);
}
absl::Status Connection::RetryDeadLetters(
    const v1::RetryDeadLettersRequest& request,
    v1::RetryDeadLettersResponse* response) {
  return Call(stubs_->review.get(), &v1::ReviewService::Stub::RetryDeadLetters,
              request, response);
}
absl::Status Connection::Count(const v1::CountEntriesRequest& request,
                               v1::CountEntriesResponse* response) {
  return Call(stubs_->review.get(), &v1::ReviewService::Stub::CountEntries,
              request, response);
}
absl::Status Connection::Rules(const v1::GetRulesetRequest& request,
                               v1::GetRulesetResponse* response) {
  return Call(stubs_->ruleset.get(), &v1::RulesetService::Stub::GetRuleset,
              request, response);
}
absl::Status Connection::Reload(const v1::ReloadRulesRequest& request,
                                v1::ReloadRulesResponse* response) {
  return Call(stubs_->ruleset.get(), &v1::RulesetService::Stub::ReloadRules,
              request, response);
}
absl::Status Connection::Confirm(const v1::ConfirmRuleRequest& request,
                                 v1::ConfirmRuleResponse* response) {
  return Call(stubs_->ruleset.get(), &v1::RulesetService::Stub::ConfirmRule,
              request, response);
}
absl::Status Connection::Explain(const v1::ExplainCommentRequest& request,
                                 v1::ExplainCommentResponse* response) {
  return Call(stubs_->ruleset.get(), &v1::RulesetService::Stub::ExplainComment,
              request, response);
}

absl::Status Connection::Statistics(const v1::GetRuleStatisticsRequest& request,
                                    v1::GetRuleStatisticsResponse* response) {
  return Call(stubs_->ruleset.get(),
              &v1::RulesetService::Stub::GetRuleStatistics, request, response);
}
absl::Status Connection::Tune(const v1::TuneScoresRequest& request,
                              v1::TuneScoresResponse* response) {
  return Call(stubs_->ruleset.get(), &v1::RulesetService::Stub::TuneScores,
              request, response);
}
absl::Status Connection::Draft(const v1::DraftRuleRequest& request,
                               v1::DraftRuleResponse* response) {
  return Call(stubs_->ruleset.get(), &v1::RulesetService::Stub::DraftRule,
              request, response);
}

absl::Status Connection::Backtest(
    const v1::BacktestRulesetRequest& request,
    const std::function<bool(const v1::BacktestRulesetResponse&)>& take) {
  // How long it takes is the history's to say; a server that cannot be reached
  // is told at once.
  if (!unusable_.ok()) return unusable_;
  grpc::ClientContext context;
  Prepare(&context);
  const auto reader = stubs_->ruleset->BacktestRuleset(&context, request);
  v1::BacktestRulesetResponse response;
  while (reader->Read(&response)) {
    if (take(response)) continue;
    context.TryCancel();
    (void)reader->Finish();
    return absl::OkStatus();
  }
  return FromGrpc(reader->Finish(), server_);
}

absl::Status Connection::CreateBackup(
    const std::function<bool(const v1::CreateBackupResponse&)>& take) {
  if (!unusable_.ok()) return unusable_;
  grpc::ClientContext context;
  Prepare(&context);
  const auto reader =
      stubs_->admin->CreateBackup(&context, v1::CreateBackupRequest());
  v1::CreateBackupResponse response;
  while (reader->Read(&response)) {
    if (take(response)) continue;
    context.TryCancel();
    (void)reader->Finish();
    return absl::OkStatus();
  }
  return FromGrpc(reader->Finish(), server_);
}

absl::Status Connection::Health(std::vector<std::string>* wrong) {
  if (!unusable_.ok()) return unusable_;
  const auto deadline =
      std::chrono::system_clock::now() + std::chrono::seconds(timeout_seconds_);
  if (!stubs_->channel->WaitForConnected(deadline))
    return FromGrpc(grpc::Status(grpc::StatusCode::UNAVAILABLE, ""), server_);
  if (wrong == nullptr) return absl::OkStatus();
  for (const char* part : {"ready", "store", "rules", "tls", "keys"}) {
    grpc::health::v1::HealthCheckRequest request;
    request.set_service(part);
    grpc::health::v1::HealthCheckResponse response;
    const absl::Status asked =
        Call(stubs_->health.get(), &grpc::health::v1::Health::Stub::Check,
             request, &response);
    if (absl::IsNotFound(asked)) continue;  // an older server
    if (!asked.ok()) return asked;
    if (response.status() != grpc::health::v1::HealthCheckResponse::SERVING)
      wrong->push_back(part);
  }
  return absl::OkStatus();
}

absl::Status Connection::CreateKey(const v1::CreateKeyRequest& request,
                                   v1::CreateKeyResponse* response) {
  return Call(stubs_->keys.get(), &v1::KeyService::Stub::CreateKey, request,
              response);
}
absl::Status Connection::ListKeys(const v1::ListKeysRequest& request,
                                  v1::ListKeysResponse* response) {
  return Call(stubs_->keys.get(), &v1::KeyService::Stub::ListKeys, request,
              response);
}
absl::Status Connection::RevokeKey(const v1::RevokeKeyRequest& request,
                                   v1::RevokeKeyResponse* response) {
  return Call(stubs_->keys.get(), &v1::KeyService::Stub::RevokeKey, request,
              response);
}
absl::Status Connection::Caller(const v1::GetCallerRequest& request,
                                v1::GetCallerResponse* response) {
  return Call(stubs_->keys.get(), &v1::KeyService::Stub::GetCaller, request,
              response);
}
absl::Status Connection::Status(const v1::GetStatusRequest& request,
                                v1::GetStatusResponse* response) {
  return Call(stubs_->admin.get(), &v1::AdminService::Stub::GetStatus, request,
              response);
}

absl::Status Connection::Watch(
    const v1::WatchVerdictsRequest& request,
    const std::function<void(const v1::WatchVerdictsResponse&)>& take) {
  if (!unusable_.ok()) return unusable_;
  grpc::ClientContext context;
  Prepare(&context);
  const auto reader = stubs_->moderation->WatchVerdicts(&context, request);
  v1::WatchVerdictsResponse response;
  while (reader->Read(&response)) take(response);
  const grpc::Status status = reader->Finish();
  return FromGrpc(
      status.ok() ? grpc::Status(grpc::StatusCode::UNAVAILABLE, "") : status,
      server_);
}

absl::Status Connection::Import(
    const std::function<bool(v1::ImportEntriesRequest*)>& next,
    v1::ImportEntriesResponse* response) {
  if (!unusable_.ok()) return unusable_;
  grpc::ClientContext context;
  Prepare(&context);
  const auto writer = stubs_->review->ImportEntries(&context, response);
  v1::ImportEntriesRequest request;
  while (next(&request) && writer->Write(request)) request.Clear();
  writer->WritesDone();
  return FromGrpc(writer->Finish(), server_);
}

ExitCode ExitCodeOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return kAccept;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
      return kUnreachable;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kUnimplemented:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kPermissionDenied:
      return kRefused;
    default:
      return kFailed;
  }
}

}  // namespace sluice::client
