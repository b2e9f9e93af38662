#pragma once

#include <functional>

#include "absl/status/status.h"
#include "service/judge.h"
#include "service/replay/walk.h"
#include "sluice/v1/ruleset_service.pb.h"

namespace sluice::replay {

// Takes the messages of a backtest in order: changes and progress as they come,
// the totals last. May block; false ends the backtest. Never called at once.
using TakeMessage = std::function<bool(v1::BacktestRulesetResponse message)>;

// Replays both rulesets over a site's history and tells every verdict that
// differs: over the comments, signals and model's opinions that were stored, at
// the time of each check. Demotions of the breaker are of today, not of the
// rules, and left out of both. Errors: those of WalkHistory.
absl::Status RunBacktest(store::Store* store, Site before, Site after,
                         const WalkOptions& options, const TakeMessage& take);

}  // namespace sluice::replay
