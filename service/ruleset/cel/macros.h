#pragma once

#include <string_view>

#include "service/ruleset/cel/ast.h"

namespace sluice::ruleset::cel {

enum class SecondVariable : uint8_t { kNever, kMaybe, kAlways };

// A macro of the form range.name(variable[, variable][, filter], body).
struct MacroShape {
  std::string_view name;
  Macro macro;
  SecondVariable second;
  bool filtered;           // may have a condition before its last argument
  std::string_view usage;  // what it takes, for an error
};

// nullptr: not a macro.
const MacroShape* FindMacro(std::string_view name);

}  // namespace sluice::ruleset::cel
