#pragma once

#include <vector>

#include "service/learner.h"
#include "service/moderator.h"
#include "service/store/store.h"

namespace sluice {

// Takes in what other programs on the same database stored, so that all of them
// judge alike: comments they checked into history (velocity, repetition,
// campaigns, regulars) and the rules' counts, decisions into history and the
// models, undone ones out of them. Some 50 microseconds a comment. Authors'
// records are in the store itself.
void TakeIn(const std::vector<store::Other>& others, Moderator* moderator,
            Learner* learner);

}  // namespace sluice
