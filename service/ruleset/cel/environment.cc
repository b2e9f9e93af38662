#include "service/ruleset/cel/environment.h"

#include <google/protobuf/descriptor.h>

#include <cassert>
#include <utility>

#include "service/ruleset/cel/functions.h"

namespace sluice::ruleset::cel {

Environment::Environment(EnvironmentOptions options)
    : options_(std::move(options)) {
  if (options_.pool == nullptr) {
    options_.pool = google::protobuf::DescriptorPool::generated_pool();
  }
}

uint32_t Environment::AddVariable(std::string name, Type type,
                                  bool time_dependent) {
  NameDeclaration variable;
  variable.name = name;
  variable.type = std::move(type);
  variable.index = variables_;
  variable.time_dependent = time_dependent;
  [[maybe_unused]] const bool is_new =
      names_.emplace(std::move(name), std::move(variable)).second;
  assert(is_new);
  return variables_++;
}

void Environment::AddConstant(std::string name, Type type, Value value) {
  NameDeclaration constant;
  constant.name = name;
  constant.type = std::move(type);
  constant.is_constant = true;
  constant.constant = value;
  [[maybe_unused]] const bool is_new =
      names_.emplace(std::move(name), std::move(constant)).second;
  assert(is_new);
}

const StructType* Environment::AddStruct(StructType type) {
  return &structs_.emplace_back(std::move(type));
}

void Environment::AddFunction(std::string name, std::vector<Type> parameters,
                              Type result, Function function,
                              FunctionFlags flags) {
  FunctionDeclaration& declaration = functions_[name];
  declaration.name = std::move(name);
  declaration.is_host = true;
  declaration.literal_arguments |= flags.literal_arguments;
  declaration.time_dependent |= flags.time_dependent;
  Overload& overload = declaration.overloads.emplace_back();
  overload.parameters = std::move(parameters);
  overload.result = std::move(result);
  overload.host = std::move(function);
}

const NameDeclaration* Environment::FindName(std::string_view name) const {
  const auto found = names_.find(name);
  return found == names_.end() ? nullptr : &found->second;
}

const FunctionDeclaration* Environment::FindFunction(
    std::string_view name) const {
  const auto found = functions_.find(name);
  return found == functions_.end() ? FindBuiltin(name) : &found->second;
}

std::vector<std::string> Environment::Scopes() const {
  std::vector<std::string> scopes;
  std::string scope = options_.container;
  while (!scope.empty()) {
    scopes.push_back(scope);
    const size_t dot = scope.rfind('.');
    scope.resize(dot == std::string::npos ? 0 : dot);
  }
  scopes.emplace_back();
  return scopes;
}

}  // namespace sluice::ruleset::cel
