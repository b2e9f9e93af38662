#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "service/base/clock.h"
#include "service/rpc/services.h"
#include "service/store/store.h"
#include "sluice/v1/review_service.pb.h"

// What moderators may ask for: each request checked field by field, and turned
// into what the store takes. Errors: INVALID_ARGUMENT naming each wrong field,
// a site that this server does not know among them.
namespace sluice::rpc {

inline constexpr int kMaxPageSize = 200;

absl::Status ListQueryOf(const ServiceContext& context,
                         const v1::ListEntriesRequest& request, Time now,
                         store::ListQuery* query);
absl::Status AdmitDecisions(const ServiceContext& context,
                            const v1::DecideEntriesRequest& request);
absl::Status AdmitUndo(const ServiceContext& context,
                       const v1::UndoDecisionRequest& request);
absl::Status ClaimOf(const ServiceContext& context,
                     const v1::ClaimEntriesRequest& request, Time now,
                     store::ClaimRequest* claim);
absl::Status AdmitDays(int days);
// `query` finds what matches, oldest first.
absl::Status MatchingOf(const ServiceContext& context,
                        const v1::DecideMatchingRequest& request, Time now,
                        store::ListQuery* query);
absl::Status SimilarCountOf(const v1::ListSimilarRequest& request, int* count);
// Completes the comment as a check's, see admit.h.
absl::Status AdmitImport(const ServiceContext& context, Time now,
                         v1::ImportEntriesRequest* request);
// NOT_FOUND if it names a comment that is not there.
absl::Status AuthorQueryOf(const ServiceContext& context,
                           const v1::ListAuthorHistoryRequest& request,
                           store::ListQuery* query);

// The entry as a client sees it at `now`: without a claim that has ended.
v1::Entry AsShown(v1::Entry entry, Time now);

}  // namespace sluice::rpc
