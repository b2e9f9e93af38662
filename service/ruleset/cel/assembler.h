#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "service/ruleset/cel/ast.h"
#include "service/ruleset/cel/checker.h"
#include "service/ruleset/cel/diagnostic.h"
#include "service/ruleset/cel/program.h"

namespace sluice::ruleset::cel {

// Bytes of memory one literal pattern may take when compiled.
inline constexpr int64_t kMaxPatternMemory = 1 << 20;

// Turns a checked tape into a program. Reports patterns that RE2 refuses; the
// program is then not to be used.
std::unique_ptr<Program> Assemble(const Environment& environment,
                                  std::string_view source, const Ast& ast,
                                  const std::vector<Fact>& facts,
                                  Diagnostics* diagnostics);

}  // namespace sluice::ruleset::cel
