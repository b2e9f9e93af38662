#include <utility>

#include "service/rpc/backup_stream.h"
#include "service/rpc/call.h"
#include "service/rpc/refused.h"
#include "service/rpc/services.h"
#include "service/rpc/state.h"
#include "sluice/v1/admin_service.grpc.pb.h"

namespace sluice::rpc {
namespace {

using Raw = v1::AdminService::WithRawCallbackMethod_GetStatus<
    v1::AdminService::WithCallbackMethod_CreateBackup<
        v1::AdminService::Service>>;

class AdminServiceImpl final : public Raw {
 public:
  explicit AdminServiceImpl(const ServiceContext* context)
      : context_(*context), backups_(context->moderator->store()) {}

  grpc::ServerUnaryReactor* GetStatus(grpc::CallbackServerContext* server,
                                      const grpc::ByteBuffer* in,
                                      grpc::ByteBuffer* out) override {
    using StatusCall = Call<v1::GetStatusRequest, v1::GetStatusResponse>;
    return StatusCall::Start(context_.gate, "GetStatus", server, in, out,
                             [this](StatusCall::Ptr call) {
                               *call->response() = ReadState(context_);
                               call->Finish(absl::OkStatus());
                             });
  }

  grpc::ServerWriteReactor<v1::CreateBackupResponse>* CreateBackup(
      grpc::CallbackServerContext* server,
      const v1::CreateBackupRequest* request) override {
    auto visit = std::make_shared<Visit>();
    absl::Status status =
        context_.gate->Enter("CreateBackup", *server, visit.get());
    if (status.ok()) status = context_.gate->Allow(*visit, *request);
    if (!status.ok()) {
      return Refuse<grpc::ServerWriteReactor<v1::CreateBackupResponse>>(
          context_.gate, *visit, status);
    }
    const Gate* gate = context_.gate;
    return backups_.Create(server, [gate, visit](const absl::Status& ended) {
      gate->Leave(*visit, ended, {});
    });
  }

 private:
  const ServiceContext& context_;
  Backups backups_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeAdminService(const ServiceContext* context) {
  return std::make_unique<AdminServiceImpl>(context);
}

}  // namespace sluice::rpc
