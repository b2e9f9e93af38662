#pragma once

#include "absl/status/status.h"
#include "service/judge.h"
#include "service/replay/walk.h"
#include "sluice/v1/ruleset_service.pb.h"

namespace sluice::replay {

// Each rule's record in the stored decisions of a site: what it hit then, by
// whatever version of the ruleset, and what people decided. Only the cost is
// measured now, by the rules in force, on at most kMaxTimedComments stored
// comments. Errors: those of WalkHistory.
absl::Status CollectStatistics(store::Store* store, Site site,
                               const WalkOptions& options, bool by_version,
                               v1::GetRuleStatisticsResponse* response);

inline constexpr int64_t kMaxTimedComments = 2000;

}  // namespace sluice::replay
