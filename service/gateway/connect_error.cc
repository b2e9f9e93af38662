#include "service/gateway/connect_error.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>

#include "google/rpc/status.pb.h"
#include "service/base/base64url.h"
#include "service/gateway/json.h"

namespace sluice::gateway {
namespace {

struct Code {
  std::string_view name;
  int status;
};

// In the order of gRPC's numbers, from 1 on.
constexpr std::array<Code, 16> kCodes = {{{"canceled", 499},
                                          {"unknown", 500},
                                          {"invalid_argument", 400},
                                          {"deadline_exceeded", 504},
                                          {"not_found", 404},
                                          {"already_exists", 409},
                                          {"permission_denied", 403},
                                          {"resource_exhausted", 429},
                                          {"failed_precondition", 400},
                                          {"aborted", 409},
                                          {"out_of_range", 400},
                                          {"unimplemented", 501},
                                          {"internal", 500},
                                          {"unavailable", 503},
                                          {"data_loss", 500},
                                          {"unauthenticated", 401}}};

const Code& CodeOf(absl::StatusCode code) {
  const auto number = static_cast<size_t>(code);
  return kCodes[number >= 1 && number <= kCodes.size() ? number - 1 : 1];
}

// The message in `any`, if its type is one of the program's.
std::unique_ptr<google::protobuf::Message> Unpack(
    const google::protobuf::Any& any, const std::string& type) {
  const google::protobuf::Descriptor* descriptor =
      google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(
          type);
  if (descriptor == nullptr) return nullptr;
  std::unique_ptr<google::protobuf::Message> message(
      google::protobuf::MessageFactory::generated_factory()
          ->GetPrototype(descriptor)
          ->New());
  if (!message->ParseFromString(any.value())) return nullptr;
  return message;
}

void AddDetail(const google::protobuf::Any& any,
               google::protobuf::ListValue* details) {
  google::protobuf::Struct* out = details->add_values()->mutable_struct_value();
  const std::string type = any.type_url().substr(any.type_url().rfind('/') + 1);
  Set("type", type, out);
  Set("value", Base64(any.value()), out);
  const auto message = Unpack(any, type);
  if (message == nullptr) return;
  absl::StatusOr<google::protobuf::Struct> debug = ParseJson(ToJson(*message));
  if (debug.ok())
    *(*out->mutable_fields())["debug"].mutable_struct_value() =
        *std::move(debug);
}

}  // namespace

std::string_view ConnectCode(absl::StatusCode code) {
  return CodeOf(code).name;
}

int HttpStatusOf(absl::StatusCode code) { return CodeOf(code).status; }

HttpResponse ConnectError(const RpcAnswer& answer) {
  HttpResponse response;
  response.status = HttpStatusOf(answer.code);
  response.content_type = "application/json";
  google::protobuf::Struct out;
  Set("code", ConnectCode(answer.code), &out);
  if (!answer.message.empty()) Set("message", answer.message, &out);
  google::rpc::Status status;
  if (status.ParseFromString(answer.details) && status.details_size() > 0) {
    google::protobuf::ListValue* details =
        (*out.mutable_fields())["details"].mutable_list_value();
    for (const google::protobuf::Any& any : status.details())
      AddDetail(any, details);
  }
  response.body = ToJson(out);
  return response;
}

HttpResponse ConnectError(absl::StatusCode code, std::string_view message) {
  RpcAnswer answer;
  answer.code = code;
  answer.message = std::string(message);
  return ConnectError(answer);
}

std::string Base64(std::string_view bytes) {
  std::string text = Base64Url(bytes);
  std::replace(text.begin(), text.end(), '-', '+');
  std::replace(text.begin(), text.end(), '_', '/');
  return text;
}

std::string FromBase64(std::string_view text) {
  std::string url(text.substr(0, text.find('=')));
  std::replace(url.begin(), url.end(), '+', '-');
  std::replace(url.begin(), url.end(), '/', '_');
  return FromBase64Url(url).value_or("");
}

}  // namespace sluice::gateway
