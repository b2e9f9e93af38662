#include "service/gateway/connect.h"

#include <fmt/format.h>
#include <google/protobuf/message.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <utility>

#include "service/base/ascii.h"
#include "service/gateway/connect_error.h"
#include "service/gateway/gzip.h"

namespace sluice::gateway {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

constexpr std::string_view kPackage = "/sluice.v1.";
constexpr std::chrono::milliseconds kTimeout{30'000};
constexpr std::chrono::milliseconds kMaxTimeout{600'000};
constexpr size_t kMaxTimeoutDigits = 10;    // as the protocol says
constexpr size_t kMinPacked = 1024;         // bytes of an answer worth packing
constexpr size_t kMaxMetadata = 64;         // headers that are handed on
constexpr size_t kMaxMetadataBytes = 8192;  // of all of them

// Headers that are about the connection, the body or the protocol.
constexpr std::array<std::string_view, 18> kNotMetadata = {
    "accept",           "accept-encoding",
    "accept-language",  "connection",
    "content-encoding", "content-length",
    "content-type",     "cookie",
    "expect",           "host",
    "keep-alive",       "origin",
    "referer",          "te",
    "trailer",          "transfer-encoding",
    "upgrade",          "user-agent"};
constexpr std::array<std::string_view, 4> kNotPrefixes = {"connect-", "grpc-",
                                                          "sec-", ":"};

std::unique_ptr<Message> NewMessage(const Descriptor* type) {
  return std::unique_ptr<Message>(
      google::protobuf::MessageFactory::generated_factory()
          ->GetPrototype(type)
          ->New());
}

bool IsName(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
}

bool IsPrintable(std::string_view value) {
  return std::all_of(value.begin(), value.end(),
                     [](char c) { return c >= 0x20 && c < 0x7F; });
}

bool EndsWithBin(std::string_view name) {
  return name.size() > 4 && name.substr(name.size() - 4) == "-bin";
}

// The caller's own headers, as gRPC's metadata.
Headers MetadataOf(const Headers& headers) {
  Headers metadata;
  size_t bytes = 0;
  for (const auto& [header, value] : headers) {
    const std::string name = LowerAscii(header);
    const bool ours = std::find(kNotMetadata.begin(), kNotMetadata.end(),
                                name) != kNotMetadata.end() ||
                      std::any_of(kNotPrefixes.begin(), kNotPrefixes.end(),
                                  [&name](std::string_view prefix) {
                                    return name.rfind(prefix, 0) == 0;
                                  });
    bytes += name.size() + value.size();
    if (ours || !IsName(name) || !IsPrintable(value)) continue;
    if (metadata.size() >= kMaxMetadata || bytes > kMaxMetadataBytes) break;
    metadata.emplace_back(name, EndsWithBin(name) ? FromBase64(value) : value);
  }
  return metadata;
}

// Metadata of an answer as headers; what came at its end has `trailer-` before
// its name.
void AddHeaders(const Headers& metadata, std::string_view prefix,
                Headers* headers) {
  for (const auto& [name, value] : metadata) {
    headers->emplace_back(std::string(prefix) + name,
                          EndsWithBin(name) ? Base64(value) : value);
  }
}

absl::StatusOr<std::chrono::milliseconds> TimeoutOf(std::string_view text) {
  if (text.empty()) return kTimeout;
  int64_t value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.size() > kMaxTimeoutDigits || error != std::errc() ||
      end != text.data() + text.size() || value < 0)
    return absl::InvalidArgumentError(
        "Connect-Timeout-Ms is not a number of at most ten digits");
  return std::min(std::chrono::milliseconds(value), kMaxTimeout);
}

bool Accepts(std::string_view accept_encoding, std::string_view wanted) {
  const std::string list = LowerAscii(accept_encoding);
  const size_t at = list.find(wanted);
  return at != list.npos &&
         list.substr(at + wanted.size(), 4).find(";q=0") != 0;
}

absl::Status FromJson(const std::string& json, Message* message) {
  const auto status =
      google::protobuf::util::JsonStringToMessage(json, message);
  if (status.ok()) return absl::OkStatus();
  return absl::InvalidArgumentError(fmt::format(
      "the body is not the JSON of {}: {}",
      message->GetDescriptor()->full_name(),
      std::string(status.message().data(), status.message().size())));
}

// The body without its packing, as Protocol Buffers.
absl::StatusOr<std::string> WireOf(HttpRequest* request, const Descriptor* type,
                                   bool json, size_t max_bytes) {
  const std::string packing = LowerAscii(request->Header("content-encoding"));
  if (packing == "gzip") {
    absl::StatusOr<std::string> body = Gunzip(request->body, max_bytes);
    if (!body.ok()) return body.status();
    request->body = *std::move(body);
  } else if (!packing.empty() && packing != "identity") {
    return absl::UnimplementedError(fmt::format(
        "the encoding {} is not known; gzip and identity are", packing));
  }
  if (!json) return std::move(request->body);
  const std::unique_ptr<Message> message = NewMessage(type);
  if (absl::Status status = FromJson(request->body, message.get());
      !status.ok())
    return status;
  return message->SerializeAsString();
}

HttpResponse ErrorOf(const absl::Status& status) {
  return ConnectError(status.code(), std::string(status.message().data(),
                                                 status.message().size()));
}

// The answer of a call that went well.
HttpResponse AnswerOf(RpcAnswer answer, const Descriptor* type, bool json,
                      bool may_pack) {
  HttpResponse response;
  response.content_type = json ? "application/json" : "application/proto";
  response.body = std::move(answer.response);
  if (json) {
    const std::unique_ptr<Message> message = NewMessage(type);
    std::string text;
    if (!message->ParseFromString(response.body) ||
        !google::protobuf::util::MessageToJsonString(*message, &text).ok())
      return ConnectError(absl::StatusCode::kInternal,
                          "the answer could not be written as JSON");
    response.body = std::move(text);
  }
  if (may_pack && response.body.size() >= kMinPacked) {
    response.body = Gzip(response.body);
    response.headers.emplace_back("Content-Encoding", "gzip");
  }
  return response;
}

const MethodDescriptor* FindMethod(std::string_view path) {
  std::string name(path.substr(1));
  std::replace(name.begin(), name.end(), '/', '.');
  return google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(
      name);
}

HttpResponse WithHeader(HttpResponse response, const char* name,
                        const char* value) {
  response.headers.emplace_back(name, value);
  return response;
}

}  // namespace

ConnectDoor::ConnectDoor(const v1::ServerConfig* config, Upstream* upstream)
    : config_(*config), upstream_(upstream) {}

bool ConnectDoor::IsItsPath(std::string_view path) {
  return path.substr(0, kPackage.size()) == kPackage &&
         std::count(path.begin(), path.end(), '/') == 2;
}

void ConnectDoor::Handle(std::string_view path, HttpRequest request,
                         HttpDone done) {
  const MethodDescriptor* method = FindMethod(path);
  if (method == nullptr) {
    HttpResponse response = ConnectError(absl::StatusCode::kUnimplemented,
                                         "there is no such method");
    response.status = 404;
    return done(std::move(response));
  }
  if (method->client_streaming() || method->server_streaming())
    return done(ConnectError(absl::StatusCode::kUnimplemented,
                             "this method is a stream; call it by gRPC"));
  if (request.method != "POST") {
    HttpResponse response;
    response.status = 405;
    return done(WithHeader(std::move(response), "Allow", "POST"));
  }
  const std::string type = MediaType(request.Header("content-type"));
  const bool json = type == "application/json";
  if (!json && type != "application/proto") {
    HttpResponse response;
    response.status = 415;
    return done(WithHeader(std::move(response), "Accept-Post",
                           "application/json, application/proto"));
  }
  const std::string_view version = request.Header("connect-protocol-version");
  if (!version.empty() && version != "1")
    return done(ConnectError(absl::StatusCode::kInvalidArgument,
                             "Connect-Protocol-Version must be 1"));
  const absl::StatusOr<std::chrono::milliseconds> timeout =
      TimeoutOf(request.Header("connect-timeout-ms"));
  if (!timeout.ok()) return done(ErrorOf(timeout.status()));
  const bool may_pack = Accepts(request.Header("accept-encoding"), "gzip");

  RpcCall call;
  call.method = std::string(path);
  call.metadata = MetadataOf(request.headers);
  call.timeout = *timeout;
  absl::StatusOr<std::string> wire =
      WireOf(&request, method->input_type(), json,
             config_.limits().max_message_bytes());
  if (!wire.ok()) return done(ErrorOf(wire.status()));
  call.request = *std::move(wire);
  upstream_->Call(std::move(call), [method, json, may_pack,
                                    done = std::move(done)](RpcAnswer answer) {
    const Headers headers = std::move(answer.headers);
    const Headers trailers = std::move(answer.trailers);
    HttpResponse response =
        answer.code == absl::StatusCode::kOk
            ? AnswerOf(std::move(answer), method->output_type(), json, may_pack)
            : ConnectError(answer);
    AddHeaders(headers, "", &response.headers);
    AddHeaders(trailers, "trailer-", &response.headers);
    done(std::move(response));
  });
}

}  // namespace sluice::gateway
