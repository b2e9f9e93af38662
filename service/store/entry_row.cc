#include "service/store/entry_row.h"

#include <utility>

#include "service/base/resource_name.h"
#include "service/store/entry.h"

namespace sluice::store {

absl::Status ParseStored(std::string_view bytes,
                         google::protobuf::Message* message) {
  if (message->ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return absl::OkStatus();
  return absl::InternalError(
      "an event in the store cannot be read; restore a backup");
}

absl::StatusOr<v1::Entry> EntryOf(const Query& row) {
  v1::Event event;
  if (absl::Status status = ParseStored(row.BytesAt(kCheck), &event);
      !status.ok())
    return status;
  const int64_t created = row.IntAt(kCreateTime);
  v1::Entry entry;
  *entry.mutable_checked() = std::move(*event.mutable_checked());
  entry.set_name(CommentName(row.BytesAt(kSite), row.BytesAt(kComment)));
  entry.set_state(static_cast<v1::State>(row.IntAt(kState)));
  *entry.mutable_create_time() = TimestampOf(created);
  *entry.mutable_update_time() = TimestampOf(row.IntAt(kUpdateTime));
  entry.set_etag(EtagOf(created, row.IntAt(kEvents)));
  entry.set_spam_reports(static_cast<int32_t>(row.IntAt(kSpamReports)));
  entry.set_ham_reports(static_cast<int32_t>(row.IntAt(kHamReports)));
  if (!row.IsNullAt(kReview)) {
    if (absl::Status status = ParseStored(row.BytesAt(kReview), &event);
        !status.ok())
      return status;
    *entry.mutable_review() = std::move(*event.mutable_reviewed());
    *entry.mutable_review_time() = TimestampOf(row.IntAt(kReviewTime));
  }
  if (!row.IsNullAt(kClaim)) {
    if (absl::Status status = ParseStored(row.BytesAt(kClaim), &event);
        !status.ok())
      return status;
    *entry.mutable_claim() = std::move(*event.mutable_claimed());
  }
  return entry;
}

}  // namespace sluice::store
