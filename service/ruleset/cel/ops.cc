#include "service/ruleset/cel/ops.h"

#include <google/protobuf/message.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "service/ruleset/cel/message.h"
#include "service/ruleset/cel/time.h"

namespace sluice::ruleset::cel {
namespace {

constexpr double kTwo63 = 9223372036854775808.0;
constexpr double kTwo64 = 18446744073709551616.0;

template <typename T>
int Order(const T& a, const T& b) {
  return a < b ? -1 : b < a ? 1 : 0;
}

bool IsNumber(const Value& value) {
  return value.is(Kind::kInt) || value.is(Kind::kUint) ||
         value.is(Kind::kDouble);
}

int CompareWhole(const Value& a, const Value& b) {
  if (a.is(Kind::kInt) && b.is(Kind::kInt)) {
    return Order(a.int_value(), b.int_value());
  }
  if (a.is(Kind::kInt) && a.int_value() < 0) return -1;
  if (b.is(Kind::kInt) && b.int_value() < 0) return 1;
  return Order(a.uint_value(), b.uint_value());
}

std::optional<int> CompareDouble(const Value& whole, double real) {
  if (std::isnan(real)) return std::nullopt;
  if (whole.is(Kind::kInt)) {
    if (real < -kTwo63) return 1;
    if (real > kTwo63) return -1;
    return Order(static_cast<double>(whole.int_value()), real);
  }
  if (real < 0) return 1;
  if (real > kTwo64) return -1;
  return Order(static_cast<double>(whole.uint_value()), real);
}

std::optional<int> CompareNumbers(const Value& a, const Value& b) {
  if (!a.is(Kind::kDouble) && !b.is(Kind::kDouble)) return CompareWhole(a, b);
  if (a.is(Kind::kDouble) && b.is(Kind::kDouble)) {
    if (std::isnan(a.double_value()) || std::isnan(b.double_value())) {
      return std::nullopt;
    }
    return Order(a.double_value(), b.double_value());
  }
  if (b.is(Kind::kDouble)) return CompareDouble(a, b.double_value());
  const auto swapped = CompareDouble(b, a.double_value());
  if (!swapped) return std::nullopt;
  return -*swapped;
}

int CompareInstants(Instant a, Instant b) {
  return a.seconds != b.seconds ? Order(a.seconds, b.seconds)
                                : Order(a.nanos, b.nanos);
}

Value Concatenate(const Value& a, const Value& b, CallContext& context) {
  const std::string_view left = a.text();
  const std::string_view right = b.text();
  const size_t size = left.size() + right.size();
  if (size > kMaxTextBytes) return Value::Error("the text grows too long");
  context.ChargeBytes(size);
  auto* made = static_cast<char*>(context.arena.Allocate(size));
  if (!left.empty()) std::memcpy(made, left.data(), left.size());
  if (!right.empty()) {
    std::memcpy(made + left.size(), right.data(), right.size());
  }
  const std::string_view text(made, size);
  return a.is(Kind::kString) ? Value::String(text) : Value::Bytes(text);
}

Value ConcatenateLists(const List& a, const List& b, CallContext& context) {
  const size_t size = a.size() + b.size();
  context.Charge(size);
  if (size * sizeof(Value) > kMaxArenaBytes) {
    return Value::Error("memory limit exceeded");
  }
  auto* values =
      static_cast<Value*>(context.arena.Allocate(size * sizeof(Value)));
  for (size_t i = 0; i < a.size(); ++i) values[i] = a.At(i, &context.arena);
  for (size_t i = 0; i < b.size(); ++i) {
    values[a.size() + i] = b.At(i, &context.arena);
  }
  return Value::OfList(context.arena.New<ValueList>(values, size));
}

Value Overflow() { return Value::Error("integer overflow"); }

Value IntArithmetic(Op op, int64_t a, int64_t b) {
  int64_t result = 0;
  bool overflow = false;
  switch (op) {
    case Op::kAdd:
      overflow = __builtin_add_overflow(a, b, &result);
      break;
    case Op::kSubtract:
      overflow = __builtin_sub_overflow(a, b, &result);
      break;
    case Op::kMultiply:
      overflow = __builtin_mul_overflow(a, b, &result);
      break;
    default:
      if (b == 0) {
        return Value::Error(op == Op::kDivide ? "division by zero"
                                              : "modulus by zero");
      }
      overflow = a == std::numeric_limits<int64_t>::min() && b == -1;
      if (!overflow) result = op == Op::kDivide ? a / b : a % b;
  }
  return overflow ? Overflow() : Value::Int(result);
}

Value UintArithmetic(Op op, uint64_t a, uint64_t b) {
  uint64_t result = 0;
  bool overflow = false;
  switch (op) {
    case Op::kAdd:
      overflow = __builtin_add_overflow(a, b, &result);
      break;
    case Op::kSubtract:
      overflow = __builtin_sub_overflow(a, b, &result);
      break;
    case Op::kMultiply:
      overflow = __builtin_mul_overflow(a, b, &result);
      break;
    default:
      if (b == 0) {
        return Value::Error(op == Op::kDivide ? "division by zero"
                                              : "modulus by zero");
      }
      result = op == Op::kDivide ? a / b : a % b;
  }
  return overflow ? Overflow() : Value::Uint(result);
}

Value DoubleArithmetic(Op op, double a, double b) {
  switch (op) {
    case Op::kAdd:
      return Value::Double(a + b);
    case Op::kSubtract:
      return Value::Double(a - b);
    case Op::kMultiply:
      return Value::Double(a * b);
    case Op::kDivide:
      // IEEE 754 defines division by zero; spelled out because C++ does not.
      if (b != 0) return Value::Double(a / b);
      if (a == 0 || std::isnan(a)) {
        return Value::Double(std::numeric_limits<double>::quiet_NaN());
      }
      return Value::Double(
          std::copysign(std::numeric_limits<double>::infinity(),
                        std::signbit(a) == std::signbit(b) ? 1.0 : -1.0));
    default:
      return NoSuchOverload();
  }
}

Value TimeArithmetic(Op op, const Value& a, const Value& b) {
  const bool a_time = a.is(Kind::kTimestamp);
  const bool b_time = b.is(Kind::kTimestamp);
  if (op == Op::kAdd && !(a_time && b_time)) {
    const Instant sum = AddInstants(a.instant(), b.instant());
    return a_time || b_time ? CheckedTimestamp(sum) : CheckedDuration(sum);
  }
  if (op == Op::kSubtract && (a_time || !b_time)) {
    const Instant difference = SubtractInstants(a.instant(), b.instant());
    return a_time && !b_time ? CheckedTimestamp(difference)
                             : CheckedDuration(difference);
  }
  return NoSuchOverload();
}

Value Arithmetic(Op op, const Value& a, const Value& b, CallContext& context) {
  const auto is_time = [](const Value& value) {
    return value.is(Kind::kTimestamp) || value.is(Kind::kDuration);
  };
  if (is_time(a) && is_time(b)) return TimeArithmetic(op, a, b);
  if (a.kind() != b.kind()) return NoSuchOverload();
  switch (a.kind()) {
    case Kind::kInt:
      return IntArithmetic(op, a.int_value(), b.int_value());
    case Kind::kUint:
      return UintArithmetic(op, a.uint_value(), b.uint_value());
    case Kind::kDouble:
      return DoubleArithmetic(op, a.double_value(), b.double_value());
    case Kind::kString:
    case Kind::kBytes:
      return op == Op::kAdd ? Concatenate(a, b, context) : NoSuchOverload();
    case Kind::kList:
      return op == Op::kAdd ? ConcatenateLists(a.list(), b.list(), context)
                            : NoSuchOverload();
    default:
      return NoSuchOverload();
  }
}

bool Comparable(const Value& a, const Value& b) {
  if (IsNumber(a) && IsNumber(b)) return true;
  if (a.kind() != b.kind()) return false;
  return a.is(Kind::kBool) || a.is(Kind::kString) || a.is(Kind::kBytes) ||
         a.is(Kind::kTimestamp) || a.is(Kind::kDuration);
}

Value Relation(Op op, const Value& a, const Value& b, CallContext& context) {
  if (!Comparable(a, b)) return NoSuchOverload();
  if (a.is(Kind::kString) || a.is(Kind::kBytes)) {
    context.ChargeBytes(std::min(a.text().size(), b.text().size()));
  }
  const std::optional<int> order = Compare(a, b);
  if (!order) return Value::Bool(false);  // a NaN
  switch (op) {
    case Op::kLess:
      return Value::Bool(*order < 0);
    case Op::kLessEqual:
      return Value::Bool(*order <= 0);
    case Op::kGreater:
      return Value::Bool(*order > 0);
    default:
      return Value::Bool(*order >= 0);
  }
}

Value EqualLists(const List& a, const List& b, CallContext& context,
                 int depth) {
  if (a.size() != b.size()) return Value::Bool(false);
  for (size_t i = 0; i < a.size(); ++i) {
    const Value same = Equal(a.At(i, &context.arena), b.At(i, &context.arena),
                             context, depth + 1);
    if (!same.is_true()) return same;
  }
  return Value::Bool(true);
}

Value EqualMaps(const Map& a, const Map& b, CallContext& context, int depth) {
  if (a.size() != b.size()) return Value::Bool(false);
  for (size_t i = 0; i < a.size(); ++i) {
    context.Charge(b.find_cost());
    if (context.cost > kMaxSteps) return Value::Error("cost limit exceeded");
    const auto other = b.Find(a.KeyAt(i, &context.arena), &context.arena);
    if (!other) return Value::Bool(false);
    const Value same =
        Equal(a.ValueAt(i, &context.arena), *other, context, depth + 1);
    if (!same.is_true()) return same;
  }
  return Value::Bool(true);
}

Value In(const Value& a, const Value& b, CallContext& context) {
  if (b.is(Kind::kMap)) {
    context.Charge(b.map().find_cost());
    if (!IsKey(a) && !a.is(Kind::kDouble)) return Value::Bool(false);
    return Value::Bool(b.map().Find(a, &context.arena).has_value());
  }
  if (!b.is(Kind::kList)) return NoSuchOverload();
  const List& list = b.list();
  if (const auto known = list.Contains(a)) return Value::Bool(*known);
  for (size_t i = 0; i < list.size(); ++i) {
    const Value same = Equal(a, list.At(i, &context.arena), context);
    if (!same.is_false()) return same;
  }
  return Value::Bool(false);
}

}  // namespace

Value NoSuchOverload() { return Value::Error("no such overload"); }

std::optional<Value> WholeNumber(double value) {
  if (std::trunc(value) != value) return std::nullopt;  // NaN included
  if (value >= -kTwo63 && value < kTwo63) {
    return Value::Int(static_cast<int64_t>(value));
  }
  if (value >= 0 && value < kTwo64) {
    return Value::Uint(static_cast<uint64_t>(value));
  }
  return std::nullopt;
}

std::optional<int> Compare(const Value& a, const Value& b) {
  if (IsNumber(a) && IsNumber(b)) return CompareNumbers(a, b);
  switch (a.kind()) {
    case Kind::kBool:
      return Order(a.bool_value(), b.bool_value());
    case Kind::kString:
    case Kind::kBytes:
      return a.text().compare(b.text());
    case Kind::kTimestamp:
    case Kind::kDuration:
      return CompareInstants(a.instant(), b.instant());
    default:
      return std::nullopt;
  }
}

bool IsKey(const Value& value) {
  return value.is(Kind::kBool) || value.is(Kind::kInt) ||
         value.is(Kind::kUint) || value.is(Kind::kString);
}

int CompareKeys(const Value& a, const Value& b) {
  const auto rank = [](const Value& value) {
    if (value.is(Kind::kBool)) return 0;
    if (IsNumber(value)) return 1;
    return value.is(Kind::kString) ? 2 : 3;
  };
  if (rank(a) != rank(b)) return Order(rank(a), rank(b));
  if (rank(a) == 3) return -1;
  if (rank(a) != 1) return *Compare(a, b);
  const auto whole = [](const Value& value) {
    return value.is(Kind::kDouble) ? WholeNumber(value.double_value())
                                   : std::optional<Value>(value);
  };
  const auto left = whole(a);
  const auto right = whole(b);
  if (left && right) return CompareWhole(*left, *right);
  const auto order = CompareNumbers(a, b);
  return order && *order != 0 ? *order : -1;
}

Value Equal(const Value& a, const Value& b, CallContext& context, int depth) {
  if (depth > kMaxValueDepth) return Value::Error("values nested too deep");
  if (++context.cost > kMaxSteps) return Value::Error("cost limit exceeded");
  if (IsNumber(a) && IsNumber(b)) {
    return Value::Bool(CompareNumbers(a, b) == std::optional<int>(0));
  }
  if (a.kind() != b.kind()) return Value::Bool(false);
  switch (a.kind()) {
    case Kind::kNull:
      return Value::Bool(true);
    case Kind::kString:
    case Kind::kBytes:
    case Kind::kType:
      context.ChargeBytes(std::min(a.text().size(), b.text().size()));
      return Value::Bool(a.text() == b.text());
    case Kind::kList:
      return EqualLists(a.list(), b.list(), context, depth);
    case Kind::kMap:
      return EqualMaps(a.map(), b.map(), context, depth);
    case Kind::kMessage:
      return EqualMessages(a.message(), b.message(), context, depth);
    case Kind::kObject:
      return Value::Bool(&a.object() == &b.object());
    case Kind::kOptional:
      if (a.optional() == nullptr || b.optional() == nullptr) {
        return Value::Bool(a.optional() == b.optional());
      }
      return Equal(*a.optional(), *b.optional(), context, depth + 1);
    default:
      return Value::Bool(Compare(a, b) == std::optional<int>(0));
  }
}

Value BinaryOperation(Op op, const Value& a, const Value& b,
                      CallContext& context) {
  if (op >= Op::kAdd && op <= Op::kModulo) return Arithmetic(op, a, b, context);
  if (op == Op::kIn) return In(a, b, context);
  if (op != Op::kEqual && op != Op::kNotEqual)
    return Relation(op, a, b, context);
  const Value same = Equal(a, b, context);
  if (op == Op::kEqual || same.is_error()) return same;
  return Value::Bool(!same.bool_value());
}

Value Negate(const Value& a) {
  if (a.is(Kind::kDouble)) return Value::Double(-a.double_value());
  if (!a.is(Kind::kInt)) return NoSuchOverload();
  if (a.int_value() == std::numeric_limits<int64_t>::min()) return Overflow();
  return Value::Int(-a.int_value());
}

}  // namespace sluice::ruleset::cel
