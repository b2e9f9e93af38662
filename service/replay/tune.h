#pragma once

#include <vector>

#include "absl/status/status.h"
#include "service/judge.h"
#include "service/replay/walk.h"
#include "service/ruleset/source.h"
#include "sluice/v1/ruleset_service.pb.h"

namespace sluice::replay {

// Fits the scores of the rules in force to what people decided, by logistic
// regression on the rules' hits: a score's sum at hold_at is to mean spam one
// time in ten, at reject_at 99 times in a hundred, or more often still if else,
// by cross-validation, more good comments would be rejected than are now. Where
// no such scores are found nothing moves. A score stays where it is unless
// kMinTuneHits decided comments or more speak, is drawn back to where it was
// (L2), keeps its sign, and stays within reject_at or its old size. Comments
// that a stated verdict decides teach nothing and are counted in the effect.
//
// Fills everything but the patch. At most the kMaxTuneCases newest decisions
// count. Errors: those of WalkHistory.
absl::Status TuneScores(store::Store* store, Site site,
                        const WalkOptions& options,
                        v1::TuneScoresResponse* response);

inline constexpr int64_t kMinTuneHits = 10;
inline constexpr size_t kMaxTuneCases = 500'000;

}  // namespace sluice::replay
