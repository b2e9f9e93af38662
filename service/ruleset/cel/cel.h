#pragma once

// CEL, the Common Expression Language, as the `when` of a rule: parsed, checked
// against protobuf descriptors, compiled to a flat program, evaluated within
// bounds. The public header of this folder.
//
//   Environment environment({.container = "sluice.v1"});
//   uint32_t signals = environment.AddVariable(
//       "signals", Type::Message(v1::Signals::descriptor()));
//   Compiled compiled =
//       Compile(environment, "signals.links.count >= 3", Type::Bool());
//   // compiled.diagnostics says what is wrong and where; else:
//   Value variables[] = {Value::OfMessage(&message)};
//   Evaluator evaluator;
//   Value hit = evaluator.Evaluate(*compiled.program, {variables, 1});
//
// Source: langdef.md and extensions/strings.md of github.com/google/cel-spec.
// The whole grammar, the standard functions, macros and types are there; so are
// the string extensions, `math.*`, `base64.*`, `cel.bind`, optional values and
// two-variable comprehensions of the published extensions. Not there: enums as
// types of their own (an enum is an int, as in CEL 1.0), proto2 extensions,
// `cel.block`.
//
// Stricter than the language asks: `matches` takes a literal pattern unless the
// environment says otherwise.
//
// Bounds: kMaxExpressionBytes, kMaxNesting when compiling;
// kMaxSteps, kMaxArenaBytes, kMaxTextBytes when evaluating. Only the parser
// recurses, at most kMaxNesting deep; everything after it is a loop over a
// tape.
//
// The way of an expression: lexer.h -> parser.h (a tape of nodes, ast.h) ->
// checker.h (types, names) -> program.h (steps) -> eval.h.

#include <memory>
#include <string_view>

#include "service/ruleset/cel/diagnostic.h"
#include "service/ruleset/cel/environment.h"
#include "service/ruleset/cel/eval.h"
#include "service/ruleset/cel/program.h"
#include "service/ruleset/cel/type.h"
#include "service/ruleset/cel/value.h"

namespace sluice::ruleset::cel {

struct Compiled {
  std::unique_ptr<const Program> program;  // nullptr: see diagnostics
  Diagnostics diagnostics;                 // by position
};

// Compiles an expression; all mistakes are reported, not only the first. `want`
// is the type the expression must have (dyn: any). Thread-safe.
Compiled Compile(const Environment& environment, std::string_view source,
                 const Type& want = Type::Dyn());

}  // namespace sluice::ruleset::cel
