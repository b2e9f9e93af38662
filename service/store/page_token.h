#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "service/store/store.h"

namespace sluice::store {

// The last entry of a page: where the next one begins.
struct PagePosition {
  int64_t time = 0;      // microseconds; 0 when ordered by score
  double rank = 0;       // the score or the campaign's size, negated
  int64_t sequence = 0;  // of the check
  int64_t since = 0;     // of the campaign; 0 when not ordered by it
};

// Whether `a` stands before `b` in a listing.
bool ComesBefore(Order order, const PagePosition& a, const PagePosition& b);

// The states that a query lists: bit 1 << State.
uint32_t StatesOf(const ListQuery& query);

// A token names its query, so that it cannot go on in another listing. It is
// opaque, not secret.
std::string EncodePageToken(const ListQuery& query, const PagePosition& last);

// INVALID_ARGUMENT if `query.page_token` is none of ours, or of another query.
// REQUIRES: it is not empty.
absl::StatusOr<PagePosition> DecodePageToken(const ListQuery& query);

}  // namespace sluice::store
