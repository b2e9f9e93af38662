#pragma once

#include <grpcpp/security/server_credentials.h>

#include <memory>

#include "sluice/v1/config.pb.h"

namespace sluice::rpc {

// TLS from files that are looked at, at most every second, as connections
// begin; those that changed are used from then on if they fit together, else
// those before stay. (gRPC's own watcher of files takes a certificate without
// its key, and then refuses every connection.)
std::shared_ptr<grpc::ServerCredentials> MakeTlsCredentials(
    const v1::TlsConfig& config);

}  // namespace sluice::rpc
