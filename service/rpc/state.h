#pragma once

#include <string>
#include <vector>

#include "service/rpc/services.h"
#include "sluice/v1/admin_service.pb.h"

namespace sluice::rpc {

// The parts of a server that health and status tell of, by their names.
inline constexpr const char* kParts[] = {"store", "rules", "tls", "keys"};

// What is wrong now, what matters most first. Cheap enough for every second.
std::vector<v1::Problem> FindProblems(const ServiceContext& context);

// The whole state: some reads of the store.
v1::GetStatusResponse ReadState(const ServiceContext& context);

}  // namespace sluice::rpc
