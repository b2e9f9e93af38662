#include "service/rpc/watch_verdicts.h"

#include <string>
#include <utility>

#include "service/rpc/log.h"
#include "service/rpc/status.h"

namespace sluice::rpc {
namespace {

class WatchReactor final
    : public grpc::ServerWriteReactor<v1::WatchVerdictsResponse>,
      public WatchHub::Watcher {
 public:
  WatchReactor(WatchHub* hub, grpc::CallbackServerContext* server)
      : hub_(hub), server_(server) {}

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
    if (!message->name().empty()) ++told_;
    StartWrite(message);
  }
  void End(const absl::Status& status) override {
    Log(v1::LogConfig::LEVEL_INFO, "call",
        {{"method", "WatchVerdicts"},
         {"code", std::string(absl::StatusCodeToString(status.code()))},
         {"site", site_},
         {"told", std::to_string(told_)}});
    Finish(ToGrpc(status));
  }
  void Abort() override { server_->TryCancel(); }

  void OnWriteDone(bool ok) override { hub_->Wrote(this, ok); }
  void OnCancel() override { hub_->Cancelled(this); }
  void OnDone() override { delete this; }

 private:
  WatchHub* const hub_;
  grpc::CallbackServerContext* const server_;
  std::string site_;
  int64_t told_ = 0;  // one Write follows the other
};

}  // namespace

grpc::ServerWriteReactor<v1::WatchVerdictsResponse>* StartWatch(
    WatchHub* hub, const AdmitRules& admit, grpc::CallbackServerContext* server,
    const v1::WatchVerdictsRequest& request) {
  auto* reactor = new WatchReactor(hub, server);
  reactor->Start(admit, request);
  return reactor;
}

}  // namespace sluice::rpc
