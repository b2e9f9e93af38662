#include <string>
#include <utility>

#include "service/rpc/call.h"
#include "service/rpc/services.h"
#include "sluice/v1/key_service.grpc.pb.h"

namespace sluice::rpc {
namespace {

using Stubs = v1::KeyService;
using Raw = Stubs::WithRawCallbackMethod_CreateKey<
    Stubs::WithRawCallbackMethod_ListKeys<
        Stubs::WithRawCallbackMethod_RevokeKey<
            Stubs::WithRawCallbackMethod_GetCaller<Stubs::Service>>>>;

// An error of the key ring, `field: what`, as one with a BadRequest.
absl::Status WithField(const absl::Status& status) {
  if (!absl::IsInvalidArgument(status)) return status;
  const std::string message(status.message());
  const size_t colon = message.find(": ");
  if (colon == std::string::npos) return status;
  return InvalidArgument(
      {{message.substr(0, colon), message.substr(colon + 2)}});
}

class KeyServiceImpl final : public Raw {
 public:
  explicit KeyServiceImpl(const ServiceContext* context) : context_(*context) {}

  using In = const grpc::ByteBuffer*;
  using Out = grpc::ByteBuffer*;
  using Server = grpc::CallbackServerContext*;
  using Reactor = grpc::ServerUnaryReactor*;

  Reactor CreateKey(Server server, In in, Out out) override {
    using CreateCall = Call<v1::CreateKeyRequest, v1::CreateKeyResponse>;
    return CreateCall::Start(
        context_.gate, "CreateKey", server, in, out,
        [this](CreateCall::Ptr call) {
          const v1::CreateKeyRequest& request = *call->request();
          if (absl::Status status = AdmitSites(call->caller(), request);
              !status.ok())
            return call->Finish(status);
          context_.keys->Create(
              call->caller(), request,
              [call](absl::StatusOr<v1::CreateKeyResponse> made) {
                if (!made.ok()) return call->Finish(WithField(made.status()));
                call->Note("made", made->key().id());
                *call->response() = *std::move(made);
                call->Finish(absl::OkStatus());
              });
        });
  }

  Reactor ListKeys(Server server, In in, Out out) override {
    using ListCall = Call<v1::ListKeysRequest, v1::ListKeysResponse>;
    return ListCall::Start(context_.gate, "ListKeys", server, in, out,
                           [this](ListCall::Ptr call) {
                             absl::StatusOr<std::vector<v1::Key>> keys =
                                 context_.keys->List(call->caller());
                             if (!keys.ok()) return call->Finish(keys.status());
                             for (v1::Key& key : *keys)
                               *call->response()->add_keys() = std::move(key);
                             call->Finish(absl::OkStatus());
                           });
  }

  Reactor RevokeKey(Server server, In in, Out out) override {
    using RevokeCall = Call<v1::RevokeKeyRequest, v1::RevokeKeyResponse>;
    return RevokeCall::Start(
        context_.gate, "RevokeKey", server, in, out,
        [this](RevokeCall::Ptr call) {
          const std::string id = call->request()->id();
          context_.keys->Revoke(
              call->caller(), id, [call](absl::StatusOr<v1::Key> key) {
                if (!key.ok()) return call->Finish(key.status());
                call->Note("revoked", key->id());
                *call->response()->mutable_key() = *std::move(key);
                call->Finish(absl::OkStatus());
              });
        });
  }

  Reactor GetCaller(Server server, In in, Out out) override {
    using CallerCall = Call<v1::GetCallerRequest, v1::GetCallerResponse>;
    return CallerCall::Start(context_.gate, "GetCaller", server, in, out,
                             [this](CallerCall::Ptr call) {
                               Tell(call->caller(), call->response());
                               call->Finish(absl::OkStatus());
                             });
  }

 private:
  absl::Status AdmitSites(const access::Caller& caller,
                          const v1::CreateKeyRequest& request) const {
    for (int i = 0; i < request.sites_size(); ++i) {
      // To a key of some sites another one is not allowed, known or not.
      const std::string& site = request.sites(i);
      if (!caller.MayUseSite(site) || context_.admit.is_known_site(site))
        continue;
      return InvalidArgument(
          {{"sites[" + std::to_string(i) + "]",
            "is not known to this server; name it under `sites` of its "
            "configuration"}});
    }
    return absl::OkStatus();
  }

  void Tell(const access::Caller& caller, v1::GetCallerResponse* out) const {
    out->set_id(std::string(caller.id()));
    for (int scope = v1::SCOPE_CHECK; scope <= v1::SCOPE_ADMIN; ++scope) {
      if (caller.MayUse(static_cast<v1::Scope>(scope)))
        out->add_scopes(static_cast<v1::Scope>(scope));
    }
    out->set_all_sites(caller.MayUseAllSites());
    const std::shared_ptr<const Sites> sites = context_.moderator->sites();
    for (const auto& [id, site] : *sites) {
      if (caller.MayUseSite(id)) out->add_sites(id);
    }
    if (caller.has_key() && caller.key().key.has_expire_time())
      *out->mutable_expire_time() = caller.key().key.expire_time();
  }

  const ServiceContext& context_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeKeyService(const ServiceContext* context) {
  return std::make_unique<KeyServiceImpl>(context);
}

}  // namespace sluice::rpc
