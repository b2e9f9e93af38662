#include "service/rpc/watch_verdicts.h"

#include <string>
#include <utility>

#include "service/rpc/refused.h"

namespace sluice::rpc {
namespace {

class WatchReactor final
    : public grpc::ServerWriteReactor<v1::WatchVerdictsResponse>,
      public WatchHub::Watcher {
 public:
  WatchReactor(WatchHub* hub, const Gate* gate, Visit visit,
               grpc::CallbackServerContext* server)
      : hub_(hub), gate_(gate), visit_(std::move(visit)), server_(server) {}

  // REQUIRES: called once, before the reactor is handed to gRPC.
  void Start(const AdmitRules& admit, const v1::WatchVerdictsRequest& request) {
    if (const absl::Status status =
            AdmitSite(admit, "parent", request.parent(), &site_);
        !status.ok()) {
      return End(status);
    }
    hub_->Add(this, site_, request.resume_token());
  }

  void Write(const v1::WatchVerdictsResponse* message) override {
    if (visit_.caller().ended()) {
      // The key was revoked, or has expired: nothing more is told. The write
      // fails, and with it the stream.
      server_->TryCancel();
      return StartWrite(&nothing_);
    }
    if (!message->name().empty()) ++told_;
    StartWrite(message);
  }
  void End(const absl::Status& status) override {
    gate_->Leave(visit_, status,
                 {{"site", site_}, {"told", std::to_string(told_)}});
    Finish(ToGrpc(status));
  }
  void Abort() override { server_->TryCancel(); }

  void OnWriteDone(bool ok) override { hub_->Wrote(this, ok); }
  void OnCancel() override { hub_->Cancelled(this); }
  void OnDone() override { delete this; }

 private:
  WatchHub* const hub_;
  const Gate* const gate_;
  const Visit visit_;
  const v1::WatchVerdictsResponse nothing_;
  grpc::CallbackServerContext* const server_;
  std::string site_;
  int64_t told_ = 0;  // one Write follows the other
};

}  // namespace

grpc::ServerWriteReactor<v1::WatchVerdictsResponse>* StartWatch(
    WatchHub* hub, const ServiceContext& context,
    grpc::CallbackServerContext* server,
    const v1::WatchVerdictsRequest& request) {
  Visit visit;
  absl::Status status = context.gate->Enter("WatchVerdicts", *server, &visit);
  if (status.ok()) status = context.gate->Allow(visit, request);
  if (!status.ok()) {
    return Refuse<grpc::ServerWriteReactor<v1::WatchVerdictsResponse>>(
        context.gate, visit, status);
  }
  auto* reactor = new WatchReactor(hub, context.gate, std::move(visit), server);
  reactor->Start(context.admit, request);
  return reactor;
}

}  // namespace sluice::rpc
