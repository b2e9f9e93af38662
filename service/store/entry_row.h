#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "service/store/database.h"
#include "sluice/v1/event.pb.h"

// How an entry is read from its row and the events that the row names.
namespace sluice::store {

// Begins every statement that reads entries; a literal, so that statements made
// of it are literals too.
#define SLUICE_ENTRY_COLUMNS                                         \
  "SELECT e.check_event, e.site, e.comment, e.state, e.create_time," \
  " e.update_time, e.events, e.rank, e.campaign, e.spam_reports,"    \
  " e.ham_reports, c.body, r.body, r.time, k.body"                   \
  " FROM entries e JOIN events c ON c.sequence = e.check_event"      \
  " LEFT JOIN events r ON r.sequence = e.review_event"               \
  " LEFT JOIN events k ON k.sequence = e.claim_event "

enum EntryColumn {
  kCheckEvent,
  kSite,
  kComment,
  kState,
  kCreateTime,
  kUpdateTime,
  kEvents,
  kRank,
  kCampaign,
  kSpamReports,
  kHamReports,
  kCheck,
  kReview,
  kReviewTime,
  kClaim
};

// The entry of the row a query of those columns stands on.
absl::StatusOr<v1::Entry> EntryOf(const Query& row);

// INTERNAL if the bytes are not what the store wrote.
absl::Status ParseStored(std::string_view bytes,
                         google::protobuf::Message* message);

}  // namespace sluice::store
