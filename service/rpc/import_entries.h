#pragma once

#include <grpcpp/grpcpp.h>

#include "service/rpc/services.h"
#include "sluice/v1/review_service.pb.h"

namespace sluice::rpc {

// Takes in a stream of comments of the past. Each is judged on gRPC's thread,
// stored behind, and decided in the store's next commit; reading goes on while
// up to 64 of them wait, so that they share commits, and stops while more do.
// Deletes itself when done.
grpc::ServerReadReactor<v1::ImportEntriesRequest>* StartImport(
    const ServiceContext* context, Visit visit, std::string batch,
    v1::ImportEntriesResponse* response);

}  // namespace sluice::rpc
