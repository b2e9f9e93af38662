#include "service/rpc/status.h"

#include <fmt/format.h>

#include "absl/strings/cord.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace sluice::rpc {
namespace {

constexpr std::string_view kTypeUrl = "type.googleapis.com/";
constexpr size_t kMaxViolations = 32;

template <typename Detail>
void Attach(const Detail& detail, absl::Status* status) {
  status->SetPayload(
      std::string(kTypeUrl) + std::string(Detail::descriptor()->full_name()),
      absl::Cord(detail.SerializeAsString()));
}

}  // namespace

absl::Status InvalidArgument(const std::vector<Violation>& violations) {
  google::rpc::BadRequest details;
  for (const Violation& violation : violations) {
    if (static_cast<size_t>(details.field_violations_size()) == kMaxViolations)
      break;
    auto* out = details.add_field_violations();
    out->set_field(violation.field);
    out->set_description(violation.description);
  }
  const Violation& first = violations.front();
  std::string message = fmt::format("{}: {}", first.field, first.description);
  if (violations.size() > 1)
    message += fmt::format(" (and {} more)", violations.size() - 1);
  absl::Status status = absl::InvalidArgumentError(message);
  Attach(details, &status);
  return status;
}

absl::Status Overloaded(std::string_view message,
                        std::chrono::milliseconds retry_after) {
  google::rpc::RetryInfo details;
  details.mutable_retry_delay()->set_seconds(retry_after.count() / 1000);
  details.mutable_retry_delay()->set_nanos(
      static_cast<int32_t>(retry_after.count() % 1000) * 1'000'000);
  absl::Status status = absl::ResourceExhaustedError(std::string(message));
  Attach(details, &status);
  return status;
}

absl::Status WithReason(absl::Status status, std::string_view reason) {
  // Debian's error_details.proto is older than ErrorInfo; on the wire it is two
  // strings, reason = 1 and domain = 2, both shorter than 128 bytes here.
  constexpr std::string_view kDomain = "sluice.v1";
  std::string wire = "\x0a";
  wire += static_cast<char>(reason.size());
  wire += reason;
  wire += '\x12';
  wire += static_cast<char>(kDomain.size());
  wire += kDomain;
  status.SetPayload(std::string(kTypeUrl) + "google.rpc.ErrorInfo",
                    absl::Cord(wire));
  return status;
}

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  google::rpc::Status details;
  details.set_code(static_cast<int>(status.code()));
  details.set_message(std::string(status.message()));
  status.ForEachPayload(
      [&details](absl::string_view type_url, const absl::Cord& payload) {
        auto* any = details.add_details();
        any->set_type_url(std::string(type_url));
        any->set_value(std::string(payload));
      });
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()),
                      details.message(), details.SerializeAsString());
}

}  // namespace sluice::rpc
