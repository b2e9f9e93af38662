#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "service/ruleset/cel/ast.h"
#include "service/ruleset/cel/environment.h"
#include "service/ruleset/cel/type.h"

namespace sluice::ruleset::cel {

// "+", "in" ...; what an operator looks like.
std::string_view OperatorText(Op op);

// The type of `a op b` for arithmetic operators, comparisons and `in`; nullopt:
// the operator does not take these.
std::optional<Type> OperatorType(Op op, const Type& a, const Type& b);

// Why it does not, and what to write instead: "'+' does not take int and
// double; convert one: double(...)".
std::string OperatorProblem(Op op, const Type& a, const Type& b);

// The result type of calling `function` as a method or not with these argument
// types; nullopt: no overload takes them. `dyn` where several overloads do.
std::optional<Type> CallType(const FunctionDeclaration& function, bool method,
                             const std::vector<Type>& arguments);

// What the function takes: "contains() takes string.(string), not
// int.(string)".
std::string CallProblem(const FunctionDeclaration& function, bool method,
                        const std::vector<Type>& arguments);

// A wrapper as the primitive it wraps.
Type Unwrap(const Type& type);

}  // namespace sluice::ruleset::cel
