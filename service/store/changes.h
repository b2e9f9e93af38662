#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "service/store/database.h"
#include "service/store/store.h"

// Changes of state that people made, as watchers and webhooks are told them.
namespace sluice::store {

// Most changes a read returns, whatever its limit.
inline constexpr int kMaxChanges = 1000;

// A read stops once its HTML has this many bytes.
inline constexpr size_t kMaxChangeBytes = 256 << 10;

// Batches of imports begin with it. What people decided long ago is nobody's
// news.
inline constexpr std::string_view kImportBatch = "i";

// Whether an event is such a change.
bool IsChange(const v1::Event& event);

// The change that `events.back()` is. `events`: of one comment from the first
// on, in order. INTERNAL if they are no valid chain.
absl::StatusOr<Change> ChangeOf(const std::vector<v1::Event>& events);

// Those of a site after a sequence. One walk of an index; what a change costs
// is to read its comment's events.
absl::StatusOr<std::vector<Change>> ReadChanges(Connection* connection,
                                                std::string_view site,
                                                int64_t after, int limit);

// NOT_FOUND if the event is not there any more.
absl::StatusOr<Change> ReadChange(Connection* connection, int64_t entry,
                                  int64_t sequence);

// The last sequence that was ever given.
absl::StatusOr<int64_t> ReadLastSequence(Connection* connection);

}  // namespace sluice::store
