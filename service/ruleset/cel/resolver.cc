#include "service/ruleset/cel/resolver.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <array>

#include "service/ruleset/cel/functions.h"

namespace sluice::ruleset::cel {
namespace {

using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;

constexpr std::array<std::string_view, 12> kTypeNames = {
    "bool",      "bytes",  "double", "int",  "list",          "map",
    "null_type", "string", "type",   "uint", "optional_type", "dyn"};

}  // namespace

Resolver::Resolver(const Environment& environment)
    : environment_(environment), scopes_(environment.Scopes()) {}

std::optional<Resolved> Resolver::Exact(const std::string& name) const {
  Resolved found;
  found.name = environment_.FindName(name);
  if (found.name != nullptr) return found;
  if (std::find(kTypeNames.begin(), kTypeNames.end(), name) !=
      kTypeNames.end()) {
    found.type_name = name;
    return found;
  }
  const auto* pool = environment_.pool();
  if (pool->FindMessageTypeByName(name) != nullptr) {
    found.type_name = name;
    return found;
  }
  // pkg.Enum.VALUE; protobuf itself files values beside their enum.
  const size_t dot = name.rfind('.');
  if (dot == std::string::npos) return std::nullopt;
  const EnumDescriptor* type = pool->FindEnumTypeByName(name.substr(0, dot));
  if (type == nullptr) return std::nullopt;
  const EnumValueDescriptor* value =
      type->FindValueByName(name.substr(dot + 1));
  if (value == nullptr) return std::nullopt;
  found.enum_value = value->number();
  found.enum_is_null = type->full_name() == "google.protobuf.NullValue";
  return found;
}

std::optional<Resolved> Resolver::Name(const std::string& name,
                                       bool absolute) const {
  if (absolute) return Exact(name);
  for (const std::string& scope : scopes_) {
    auto found = Exact(scope.empty() ? name : scope + "." + name);
    if (found) return found;
  }
  return std::nullopt;
}

const FunctionDeclaration* Resolver::FindFunction(const std::string& name,
                                                  bool absolute) const {
  if (absolute) return environment_.FindFunction(name);
  for (const std::string& scope : scopes_) {
    const auto* found =
        environment_.FindFunction(scope.empty() ? name : scope + "." + name);
    if (found != nullptr) return found;
  }
  return nullptr;
}

const google::protobuf::Descriptor* Resolver::Message(const std::string& name,
                                                      bool absolute) const {
  const auto* pool = environment_.pool();
  if (absolute) return pool->FindMessageTypeByName(name);
  for (const std::string& scope : scopes_) {
    const auto* found =
        pool->FindMessageTypeByName(scope.empty() ? name : scope + "." + name);
    if (found != nullptr) return found;
  }
  return nullptr;
}

std::vector<std::string> Resolver::FunctionNames() const {
  std::vector<std::string> names = {"has",        "all", "exists",
                                    "exists_one", "map", "filter"};
  for (const auto& [name, function] : environment_.functions()) {
    names.push_back(name);
  }
  for (const FunctionDeclaration* function : BuiltinFunctions()) {
    names.push_back(function->name);
  }
  return names;
}

}  // namespace sluice::ruleset::cel
