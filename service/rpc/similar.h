#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "service/store/store.h"

namespace sluice::rpc {

// Entries like this one, the most alike first, at most `count`: those of its
// campaign, then those whose text, author or links are most like its own.
//
// Looked at are the newest 100 each of the campaign, of the author and of each
// of the first two link domains, and the newest 200 of its state: the cost does
// not grow with the queue. Texts are compared by their pairs of neighbouring
// words (the share that both have of all).
absl::StatusOr<std::vector<v1::Entry>> ListSimilar(store::Store* store,
                                                   const v1::Entry& entry,
                                                   size_t count);

}  // namespace sluice::rpc
