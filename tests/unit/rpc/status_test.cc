#include "service/rpc/status.h"

#include <gtest/gtest.h>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace sluice::rpc {
namespace {

google::rpc::Status DetailsOf(const absl::Status& status) {
  google::rpc::Status details;
  EXPECT_TRUE(details.ParseFromString(ToGrpc(status).error_details()));
  return details;
}

TEST(Status, OkStaysOk) { EXPECT_TRUE(ToGrpc(absl::OkStatus()).ok()); }

TEST(Status, InvalidArgumentCarriesEachViolation) {
  const absl::Status status = InvalidArgument(
      {{"comment.body", "is empty"}, {"comment.format", "is unknown"}});
  EXPECT_EQ(ToGrpc(status).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(ToGrpc(status).error_message(),
            "comment.body: is empty (and 1 more)");
  const google::rpc::Status details = DetailsOf(status);
  ASSERT_EQ(details.details_size(), 1);
  google::rpc::BadRequest bad;
  ASSERT_TRUE(details.details(0).UnpackTo(&bad));
  ASSERT_EQ(bad.field_violations_size(), 2);
  EXPECT_EQ(bad.field_violations(1).field(), "comment.format");
}

TEST(Status, OverloadedSaysWhenToComeBack) {
  google::rpc::RetryInfo retry;
  ASSERT_TRUE(DetailsOf(Overloaded("busy", std::chrono::milliseconds(1250)))
                  .details(0)
                  .UnpackTo(&retry));
  EXPECT_EQ(retry.retry_delay().seconds(), 1);
  EXPECT_EQ(retry.retry_delay().nanos(), 250'000'000);
}

TEST(Status, PlainErrorsKeepCodeAndMessage) {
  const grpc::Status status =
      ToGrpc(absl::NotFoundError("there is no such comment"));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(status.error_message(), "there is no such comment");
}

}  // namespace
}  // namespace sluice::rpc
