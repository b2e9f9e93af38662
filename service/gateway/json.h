#pragma once

#include <google/protobuf/struct.pb.h>

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace sluice::gateway {

// A JSON object of bounded depth. Errors: INVALID_ARGUMENT.
absl::StatusOr<google::protobuf::Struct> ParseJson(std::string_view json);

std::string ToJson(const google::protobuf::Message& message);

// The string of a field; of a number or truth value its text; empty if there
// is none.
std::string StringOf(const google::protobuf::Struct& object,
                     const std::string& name);

void Set(const std::string& name, std::string_view value,
         google::protobuf::Struct* object);
void Set(const std::string& name, double value,
         google::protobuf::Struct* object);
void SetBool(const std::string& name, bool value,
             google::protobuf::Struct* object);

}  // namespace sluice::gateway
