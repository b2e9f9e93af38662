#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "service/ruleset/cel/type.h"

namespace sluice::ruleset::cel {

// An expression is a tape: its nodes in the order in which they are evaluated,
// operands before what uses them. Marks stand where evaluation may branch or
// loop. So checking, compiling and explaining are loops over the tape, and no
// chain of a hundred thousand `+` makes anything recurse.
enum class Op : uint8_t {
  kNothing,  // was part of a qualified name
  kError,    // a syntax error was reported here
  kNull,
  kBool,     // number
  kInt,      // number
  kUint,     // number
  kDouble,   // real
  kString,   // name
  kBytes,    // name
  kIdent,    // name; flag kAbsolute: begins with a dot
  kLocal,    // a: the kBind that declares it, b: 0 or 1, which variable of it
  kSelect,   // a.name; flag kOptionalAccess: a.?name
  kHas,      // has(a.name)
  kIndex,    // a[b]; flag kOptionalAccess: a[?b]
  kCall,     // name(items), or a.name(items) with flag kMethod
  kList,     // [items]
  kMap,      // {items: keys and values in turn}
  kMessage,  // name{fields: items}
  kNot,      // !a
  kNegate,   // -a
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kModulo,  // a op b
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kIn,
  kAnd,      // a && b; c: its mark
  kOr,       // a || b; c: its mark
  kAndMark,  // a has been evaluated
  kOrMark,
  kConditional,  // a ? b : c; `mark` is the kThenMark
  kThenMark,     // the condition a has been evaluated
  kElseMark,     // the first branch b has been evaluated; a: its kThenMark
  kBind,         // the range a (or a value to bind) has been evaluated
  kFilterMark,  // the condition a has been evaluated, a value follows; b: kBind
  kComprehension,  // a: range, b: kBind, c: the body
  kVariable,       // made by the checker: a variable, b its index
  kConstant,       // made by the checker: a constant of the environment
  kTypeName,       // made by the checker: a type as a value, name
};

enum class Macro : uint8_t {
  kNone,
  kAll,
  kExists,
  kExistsOne,
  kMap,
  kFilter,
  kTransformList,
  kTransformMap,
  kTransformMapEntry,
  kBind,
  kOptMap,
  kOptFlatMap,
};

inline constexpr uint32_t kNoNode = UINT32_MAX;

struct Node {
  Op op = Op::kNothing;
  Macro macro = Macro::kNone;  // of kBind and kComprehension
  bool method = false;         // of kCall
  bool absolute = false;       // of kIdent, kMessage
  bool optional = false;       // of kSelect, kIndex
  bool parenthesized = false;
  uint32_t begin = 0, end = 0;            // bytes of the whole in the source
  uint32_t name_begin = 0, name_end = 0;  // of the name or operator in it
  uint32_t a = kNoNode, b = kNoNode, c = kNoNode;
  uint32_t mark = kNoNode;
  uint32_t first = kNoNode;  // the first node of the tape that belongs to it
  uint32_t items = 0, item_count = 0;  // in Ast::items
  uint32_t slot = 0;                   // of kBind: its first local
  uint32_t call = kNoNode;  // of a node before a dot: the kCall that follows
  int64_t number = 0;
  double real = 0;
  std::string name, second_name;  // of kBind: its variables
};

// An item of a list, map, message or call.
struct Item {
  uint32_t value = kNoNode;
  uint32_t key = kNoNode;  // of a map
  std::string field;       // of a message
  uint32_t field_begin = 0, field_end = 0;
  bool optional = false;  // [?x], {?k: v}, T{?f: v}
};

struct Ast {
  std::vector<Node> nodes;
  std::vector<Item> items;
  uint32_t root = kNoNode;
  uint32_t locals = 0;  // most that are in use at once
};

}  // namespace sluice::ruleset::cel
