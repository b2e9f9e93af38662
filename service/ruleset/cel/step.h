#pragma once

#include <cstdint>

namespace sluice::ruleset::cel {

// The instructions of the stack machine. "->" is what a step leaves on the
// stack for what it takes; an error among the operands of a strict step is its
// result.
enum class Step : uint8_t {
  kConstant,    // -> constants[a]
  kVariable,    // -> variable a
  kLocal,       // -> local a
  kFail,        // -> the error names[a]
  kField,       // message -> fields[a] of it; names[b] if it has another type
  kSelect,      // x -> x.names[a]; flag: optional
  kHas,         // x -> has(x.names[a])
  kIndex,       // x, i -> x[i]; flag: optional
  kCall,        // count operands -> functions[a] of them; flag: method
  kMatches,     // text -> patterns[a] finds a match in it
  kList,        // count operands -> list; b: optional_items, or none
  kMap,         // 2 * count operands -> map; b as above
  kMessage,     // count operands -> messages[a]; b as above
  kNot,         // bool -> bool
  kNegate,      // number -> number
  kBinary,      // x, y -> x op y; flag: the Op
  kAndJump,     // false stays and jumps to a, anything else just stays
  kAnd,         // x, y -> x && y
  kOrJump,      // true stays and jumps to a
  kOr,          // x, y -> x || y
  kBranch,      // bool -> ; false: jumps to a. Else an error: code[a - 1] jumps
  kJump,        // to a
  kStore,       // x -> ; local a becomes x
  kLoopBegin,   // range -> ; flag: Macro, count: variables, a: their first
                // local; nothing to go over: -> result, jumps to b
  kFilter,      // bool -> ; false: goes on as the kLoopNext at a does
  kLoopNext,    // body's value -> ; jumps to b, or at the end -> result
  kOptional,    // optional -> ; local a becomes what it holds; none: it stays,
                // jumps to b
  kOptionalOf,  // x -> optional.of(x)
};

}  // namespace sluice::ruleset::cel
