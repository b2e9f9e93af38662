#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "service/store/event_log.h"
#include "service/store/read_pool.h"
#include "service/store/store.h"

// Removal of personal data from a SQLite store, each step in the writer's
// transaction and small, so that checks wait for none of them long.
namespace sluice::store {

// Comments of one transaction.
inline constexpr int kPurgeStep = 50;

// One step of retention at a site.
absl::StatusOr<PurgeResult> PurgeStep(Connection* connection, EventLog* log,
                                      const std::string& site,
                                      const Cutoffs& cutoffs, int64_t now);

// Whose comments are erased: those under these identities, or one comment.
struct ErasureTarget {
  std::string site;
  std::string id;       // keyed hash; empty: none
  std::string email;    // keyed hash; empty: none
  std::string comment;  // name, where there is no identity
};

// NOT_FOUND if the request names a comment that is not there.
absl::StatusOr<ErasureTarget> FindTarget(Connection* connection,
                                         const std::string& key,
                                         const v1::EraseAuthorRequest& request);

// Erases some comments of the target, or only counts all of them if the request
// says so; adds to `response`. False: there is no more.
absl::StatusOr<bool> EraseStep(Connection* connection, EventLog* log,
                               const ErasureTarget& target,
                               const v1::EraseAuthorRequest& request,
                               int64_t now, v1::EraseAuthorResponse* response);

}  // namespace sluice::store
