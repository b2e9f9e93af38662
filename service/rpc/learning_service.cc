#include <google/protobuf/util/time_util.h>

#include <chrono>
#include <utility>

#include "service/learner_report.h"
#include "service/rpc/call.h"
#include "service/rpc/history_jobs.h"
#include "service/rpc/services.h"
#include "sluice/v1/learning_service.grpc.pb.h"

namespace sluice::rpc {
namespace {

using Stubs = v1::LearningService;
using Raw = Stubs::WithRawCallbackMethod_RetrainModel<
    Stubs::WithRawCallbackMethod_GetModelReport<Stubs::Service>>;
using RetrainCall = Call<v1::RetrainModelRequest, v1::RetrainModelResponse>;
using ReportCall = Call<v1::GetModelReportRequest, v1::ModelReport>;

constexpr double kOneIn1000 = 0.001;

class LearningServiceImpl final : public Raw {
 public:
  explicit LearningServiceImpl(const ServiceContext* context)
      : context_(*context) {}

  grpc::ServerUnaryReactor* RetrainModel(grpc::CallbackServerContext* server,
                                         const grpc::ByteBuffer* in,
                                         grpc::ByteBuffer* out) override {
    return RetrainCall::Start(
        context_.gate, "RetrainModel", server, in, out,
        [this](RetrainCall::Ptr call) {
          std::string site;
          absl::Status status =
              AdmitSite(context_.admit, "site", call->request()->site(), &site);
          if (status.ok()) {
            status = jobs_.Start([this, call, site] {
              const absl::Status done = Retrain(site, call->response());
              call->Note("taken", call->response()->taken() ? "yes" : "no");
              return [call, done] { call->Finish(done); };
            });
          }
          if (!status.ok()) call->Finish(status);
        });
  }

  grpc::ServerUnaryReactor* GetModelReport(grpc::CallbackServerContext* server,
                                           const grpc::ByteBuffer* in,
                                           grpc::ByteBuffer* out) override {
    return ReportCall::Start(
        context_.gate, "GetModelReport", server, in, out,
        [this](ReportCall::Ptr call) {
          std::string site;
          absl::Status status =
              AdmitSite(context_.admit, "site", call->request()->site(), &site);
          const double wish = call->request()->good_lost();
          if (status.ok() && !(wish >= 0 && wish < 1)) {
            status = InvalidArgument(
                {{"good_lost", "must be 0 or more, and less than 1"}});
          }
          if (status.ok()) {
            status = jobs_.Start([this, call, site, wish] {
              const absl::Status done =
                  Report(site, wish == 0 ? kOneIn1000 : wish, call->response());
              return [call, done] { call->Finish(done); };
            });
          }
          if (!status.ok()) call->Finish(status);
        });
  }

 private:
  absl::Status Retrain(const std::string& site,
                       v1::RetrainModelResponse* response) {
    const auto begin = std::chrono::steady_clock::now();
    const RetrainResult result = context_.learner->Retrain(site);
    if (!result.status.ok()) return result.status;
    response->set_taken(result.taken);
    response->set_reason(result.reason);
    response->set_version(result.version);
    response->set_lessons(result.lessons);
    response->set_log_loss(result.log_loss);
    response->set_log_loss_before(result.log_loss_before);
    response->set_milliseconds(
        std::chrono::duration_cast<std::chrono::milliseconds>(
            std::chrono::steady_clock::now() - begin)
            .count());
    return absl::OkStatus();
  }

  absl::Status Report(const std::string& site, double wish,
                      v1::ModelReport* response) {
    absl::StatusOr<v1::ModelReport> report =
        ReportOf(context_.moderator->store(), *context_.moderator, site, wish);
    if (!report.ok()) return report.status();
    *response = *std::move(report);
    *response->mutable_create_time() =
        google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(
            context_.moderator->clock().Now().time_since_epoch().count());
    return absl::OkStatus();
  }

  const ServiceContext& context_;
  HistoryJobs jobs_;  // last: a job uses the rest
};

}  // namespace

std::unique_ptr<grpc::Service> MakeLearningService(
    const ServiceContext* context) {
  return std::make_unique<LearningServiceImpl>(context);
}

}  // namespace sluice::rpc
