#include "service/gateway/json.h"

#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>

namespace sluice::gateway {

absl::StatusOr<google::protobuf::Struct> ParseJson(std::string_view json) {
  google::protobuf::Struct object;
  const auto status = google::protobuf::util::JsonStringToMessage(
      {json.data(), json.size()}, &object);
  if (status.ok()) return object;
  return absl::InvalidArgumentError("the body is not a JSON object");
}

std::string ToJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = false;
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(message, &json, options)
           .ok())
    return "{}";
  return json;
}

std::string StringOf(const google::protobuf::Struct& object,
                     const std::string& name) {
  const auto found = object.fields().find(name);
  if (found == object.fields().end()) return {};
  const google::protobuf::Value& value = found->second;
  if (value.has_string_value()) return value.string_value();
  if (value.has_number_value()) return fmt::format("{}", value.number_value());
  if (value.has_bool_value()) return value.bool_value() ? "true" : "false";
  return {};
}

void Set(const std::string& name, std::string_view value,
         google::protobuf::Struct* object) {
  (*object->mutable_fields())[name].set_string_value(std::string(value));
}

void Set(const std::string& name, double value,
         google::protobuf::Struct* object) {
  (*object->mutable_fields())[name].set_number_value(value);
}

void SetBool(const std::string& name, bool value,
             google::protobuf::Struct* object) {
  (*object->mutable_fields())[name].set_bool_value(value);
}

}  // namespace sluice::gateway
