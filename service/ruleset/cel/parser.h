#pragma once

#include <cstdint>
#include <string_view>

#include "service/ruleset/cel/ast.h"
#include "service/ruleset/cel/diagnostic.h"

namespace sluice::ruleset::cel {

// Bytes of an expression. Nodes are fewer than bytes, so this bounds all work.
inline constexpr size_t kMaxExpressionBytes = 32 << 10;
// Brackets, calls, macros and right branches of `?:` inside one another: how
// deep the parser recurses, about eight frames each.
inline constexpr int kMaxNesting = 250;

// Parses the whole of `source` (UTF-8) and expands the macros. After the first
// mistake it goes on at the next comma, bracket or logical operator, so that
// several are reported; with any diagnostic the tape is not fit to be used.
Ast Parse(std::string_view source, Diagnostics* diagnostics);

}  // namespace sluice::ruleset::cel
