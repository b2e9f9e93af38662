#include "service/rpc/call.h"
#include "service/rpc/services.h"
#include "service/rpc/state.h"
#include "sluice/v1/admin_service.grpc.pb.h"

namespace sluice::rpc {
namespace {

using Raw = v1::AdminService::WithRawCallbackMethod_GetStatus<
    v1::AdminService::Service>;

class AdminServiceImpl final : public Raw {
 public:
  explicit AdminServiceImpl(const ServiceContext* context)
      : context_(*context) {}

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

 private:
  const ServiceContext& context_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeAdminService(const ServiceContext* context) {
  return std::make_unique<AdminServiceImpl>(context);
}

}  // namespace sluice::rpc
