#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "service/ruleset/cel/ast.h"
#include "service/ruleset/cel/diagnostic.h"
#include "service/ruleset/cel/environment.h"
#include "service/ruleset/cel/type.h"

namespace google::protobuf {
class Descriptor;
class FieldDescriptor;
}  // namespace google::protobuf

namespace sluice::ruleset::cel {

// What checking found out about a node.
struct Fact {
  Type type;
  Type second;  // of kBind: the type of its second variable
  const NameDeclaration* name = nullptr;  // kVariable, kConstant
  const google::protobuf::FieldDescriptor* field = nullptr;  // kSelect, kHas
  const google::protobuf::Descriptor* message = nullptr;     // kMessage
  const FunctionDeclaration* function = nullptr;             // kCall
  // Where its value was read from: "signals.links.count"; empty: computed.
  std::string path;
  bool path_goes_on = false;  // part of a longer path
};

// Resolves names and types, in place: identifiers of `ast` become variables,
// constants, enum values and type names. One Fact a node.
std::vector<Fact> Check(const Environment& environment, const Type& want,
                        Ast* ast, Diagnostics* diagnostics);

// The type a field's value has in CEL.
Type FieldType(const google::protobuf::FieldDescriptor* field);

}  // namespace sluice::ruleset::cel
