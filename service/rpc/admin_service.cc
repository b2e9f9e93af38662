#include "service/rpc/backup_stream.h"
#include "service/rpc/log.h"
#include "service/rpc/services.h"
#include "sluice/v1/admin_service.grpc.pb.h"

namespace sluice::rpc {
namespace {

using Raw = v1::AdminService::WithCallbackMethod_CreateBackup<
    v1::AdminService::Service>;

class AdminServiceImpl final : public Raw {
 public:
  explicit AdminServiceImpl(const ServiceContext* context)
      : backups_(context->moderator->store()) {}

  grpc::ServerWriteReactor<v1::CreateBackupResponse>* CreateBackup(
      grpc::CallbackServerContext* server,
      const v1::CreateBackupRequest*) override {
    return backups_.Create(server, [](const absl::Status& status) {
      Log(status.ok() ? v1::LogConfig::LEVEL_INFO
                      : v1::LogConfig::LEVEL_WARNING,
          "call",
          {{"method", "CreateBackup"},
           {"code", std::string(absl::StatusCodeToString(status.code()))},
           {"error", std::string(status.message())}});
    });
  }

 private:
  Backups backups_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeAdminService(const ServiceContext* context) {
  return std::make_unique<AdminServiceImpl>(context);
}

}  // namespace sluice::rpc
