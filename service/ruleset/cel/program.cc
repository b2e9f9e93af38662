#include "service/ruleset/cel/program.h"

#include <re2/re2.h>

#include <algorithm>

#include "service/ruleset/cel/assembler.h"
#include "service/ruleset/cel/cel.h"
#include "service/ruleset/cel/checker.h"
#include "service/ruleset/cel/parser.h"

namespace sluice::ruleset::cel {

Program::Program() = default;
Program::~Program() = default;

Compiled Compile(const Environment& environment, std::string_view source,
                 const Type& want) {
  Compiled compiled;
  Diagnostics& diagnostics = compiled.diagnostics;
  Ast ast = Parse(source, &diagnostics);
  if (!diagnostics.empty()) return compiled;
  const std::vector<Fact> facts = Check(environment, want, &ast, &diagnostics);
  auto program = Assemble(environment, source, ast, facts, &diagnostics);
  std::stable_sort(diagnostics.begin(), diagnostics.end(),
                   [](const Diagnostic& a, const Diagnostic& b) {
                     return a.begin < b.begin;
                   });
  if (diagnostics.empty()) compiled.program = std::move(program);
  return compiled;
}

}  // namespace sluice::ruleset::cel
