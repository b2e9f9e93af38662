#pragma once

#include <string_view>
#include <vector>

#include "service/ruleset/cel/environment.h"
#include "service/ruleset/cel/value.h"

namespace sluice::ruleset::cel {

using Builtin = Value (*)(const Value* arguments, size_t count,
                          CallContext& context);

// One line of a function table: "string.contains(string): bool". What is before
// the dot is a receiver if it names a type, else part of the name
// ("math.abs(int): int"). Types: those of CEL, list<T>, map<K,V>, optional<T>,
// timestamp, duration, and the parameters A and B. "(...)": any arguments.
struct BuiltinRow {
  std::string_view signature;
  Builtin function;
};

// The tables, one a file functions_*.cc.
std::vector<BuiltinRow> ConversionFunctions();
std::vector<BuiltinRow> StringFunctions();
std::vector<BuiltinRow> TimeFunctions();
std::vector<BuiltinRow> CollectionFunctions();
std::vector<BuiltinRow> MathFunctions();

// nullptr: no such function. Thread-safe.
const FunctionDeclaration* FindBuiltin(std::string_view name);
std::vector<const FunctionDeclaration*> BuiltinFunctions();

}  // namespace sluice::ruleset::cel
