#pragma once

#include <grpcpp/grpcpp.h>

#include "service/rpc/services.h"
#include "service/rpc/watch_hub.h"
#include "sluice/v1/moderation_service.grpc.pb.h"

namespace sluice::rpc {

// One WatchVerdicts call: admitted here, served by the hub, which must outlive
// it. Deletes itself when done; writes one log line then.
grpc::ServerWriteReactor<v1::WatchVerdictsResponse>* StartWatch(
    WatchHub* hub, const ServiceContext& context,
    grpc::CallbackServerContext* server,
    const v1::WatchVerdictsRequest& request);

}  // namespace sluice::rpc
