#pragma once

#include <cstdint>
#include <optional>

#include "service/ruleset/cel/ast.h"
#include "service/ruleset/cel/environment.h"
#include "service/ruleset/cel/value.h"

namespace sluice::ruleset::cel {

// How two numbers, texts, bools or times compare; numbers across kinds, an int
// as the double nearest to it. nullopt: not comparable, or a NaN.
std::optional<int> Compare(const Value& a, const Value& b);

// Whether a value may be a key of a map.
bool IsKey(const Value& value);

// A total order of keys, numbers across kinds; a double counts only if it is a
// whole number, else it is no key's equal.
int CompareKeys(const Value& a, const Value& b);

// CEL's equality: values of different kinds are unequal, numbers equal across
// kinds, NaN equals nothing, lists and maps by their elements. Errors only when
// values are nested deeper than kMaxValueDepth.
inline constexpr int kMaxValueDepth = 300;
Value Equal(const Value& a, const Value& b, CallContext& context,
            int depth = 0);

// `a op b` for the arithmetic operators, comparisons, equality and `in`;
// neither is an error.
Value BinaryOperation(Op op, const Value& a, const Value& b,
                      CallContext& context);
Value Negate(const Value& a);

Value NoSuchOverload();

// The double as an int or uint of the same value; nullopt: it is none.
std::optional<Value> WholeNumber(double value);

}  // namespace sluice::ruleset::cel
