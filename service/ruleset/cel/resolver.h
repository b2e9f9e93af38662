#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "service/ruleset/cel/environment.h"

namespace google::protobuf {
class Descriptor;
}  // namespace google::protobuf

namespace sluice::ruleset::cel {

// What a qualified name stands for.
struct Resolved {
  const NameDeclaration* name = nullptr;
  std::optional<int64_t> enum_value;
  bool enum_is_null = false;  // google.protobuf.NullValue.NULL_VALUE
  std::string type_name;      // a type as a value
};

// Looks names up in the environment's container and its parents, innermost
// first; an absolute name only as it stands.
class Resolver {
 public:
  explicit Resolver(const Environment& environment);

  std::optional<Resolved> Name(const std::string& name, bool absolute) const;
  const FunctionDeclaration* FindFunction(const std::string& name,
                                          bool absolute) const;
  const google::protobuf::Descriptor* Message(const std::string& name,
                                              bool absolute) const;

  // For "did you mean".
  std::vector<std::string> FunctionNames() const;

 private:
  std::optional<Resolved> Exact(const std::string& name) const;

  const Environment& environment_;
  std::vector<std::string> scopes_;
};

}  // namespace sluice::ruleset::cel
