#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "service/moderator.h"
#include "service/store/store.h"

namespace sluice {

// Fills the moderator's history with the newest comments of the store, at most
// `max_comments` in all, in the order in which they were sent: what a server
// knows after a restart is what it knew before, as far as that reaches back.
// Call once, after the rules are loaded and before serving. Some 50
// microseconds a comment. Errors: those of Store::List.
absl::Status WarmUpHistory(store::Store* store, const Moderator& moderator,
                           size_t max_comments);

}  // namespace sluice
