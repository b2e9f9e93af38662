// The extension math.* and base64.*.

#include <cmath>
#include <limits>

#include "service/ruleset/cel/base64.h"
#include "service/ruleset/cel/functions.h"
#include "service/ruleset/cel/ops.h"

namespace sluice::ruleset::cel {
namespace {

// The greatest (sign 1) or the least (sign -1) of numbers, or of one list.
template <int Sign>
Value Extreme(const Value* a, size_t count, CallContext& context) {
  std::vector<Value> values(a, a + count);
  if (count == 1 && a[0].is(Kind::kList)) {
    values.clear();
    for (size_t i = 0; i < a[0].list().size(); ++i) {
      values.push_back(a[0].list().At(i, &context.arena));
    }
  }
  context.Charge(values.size());
  if (values.empty()) return Value::Error("this takes at least one number");
  Value best = values[0];
  for (const Value& value : values) {
    const bool number = value.is(Kind::kInt) || value.is(Kind::kUint) ||
                        value.is(Kind::kDouble);
    if (!number) return NoSuchOverload();
    const auto order = Compare(value, best);
    if (order && *order * Sign > 0) best = value;
  }
  return best;
}

template <double (*F)(double)>
Value OfDouble(const Value* a, size_t, CallContext&) {
  return Value::Double(F(a[0].double_value()));
}
double Ceil(double x) { return std::ceil(x); }
double Floor(double x) { return std::floor(x); }
double Round(double x) { return std::round(x); }
double Trunc(double x) { return std::trunc(x); }
double Abs(double x) { return std::fabs(x); }
double Sqrt(double x) { return std::sqrt(x); }
double Sign(double x) { return x > 0 ? 1 : x < 0 ? -1 : x; }

template <bool (*F)(double)>
Value TestDouble(const Value* a, size_t, CallContext&) {
  return Value::Bool(F(a[0].double_value()));
}
bool IsNan(double x) { return std::isnan(x); }
bool IsInf(double x) { return std::isinf(x); }
bool IsFinite(double x) { return std::isfinite(x); }

Value AbsInt(const Value* a, size_t, CallContext&) {
  return a[0].int_value() < 0 ? Negate(a[0]) : a[0];
}
Value Same(const Value* a, size_t, CallContext&) { return a[0]; }
Value SignInt(const Value* a, size_t, CallContext&) {
  const int64_t x = a[0].int_value();
  return Value::Int(x > 0 ? 1 : x < 0 ? -1 : 0);
}
Value SignUint(const Value* a, size_t, CallContext&) {
  return Value::Uint(a[0].uint_value() > 0 ? 1 : 0);
}
Value SqrtInt(const Value* a, size_t, CallContext&) {
  return Value::Double(std::sqrt(static_cast<double>(a[0].int_value())));
}
Value SqrtUint(const Value* a, size_t, CallContext&) {
  return Value::Double(std::sqrt(static_cast<double>(a[0].uint_value())));
}

Value WithBits(const Value& like, uint64_t bits) {
  return like.is(Kind::kInt) ? Value::Int(static_cast<int64_t>(bits))
                             : Value::Uint(bits);
}
Value BitAnd(const Value* a, size_t, CallContext&) {
  return WithBits(a[0], a[0].uint_value() & a[1].uint_value());
}
Value BitOr(const Value* a, size_t, CallContext&) {
  return WithBits(a[0], a[0].uint_value() | a[1].uint_value());
}
Value BitXor(const Value* a, size_t, CallContext&) {
  return WithBits(a[0], a[0].uint_value() ^ a[1].uint_value());
}
Value BitNot(const Value* a, size_t, CallContext&) {
  return WithBits(a[0], ~a[0].uint_value());
}
// Shifts are of the bits, also of a negative int.
Value ShiftLeft(const Value* a, size_t, CallContext&) {
  const int64_t by = a[1].int_value();
  if (by < 0) return Value::Error("negative shift");
  return WithBits(a[0], by > 63 ? 0 : a[0].uint_value() << by);
}
Value ShiftRight(const Value* a, size_t, CallContext&) {
  const int64_t by = a[1].int_value();
  if (by < 0) return Value::Error("negative shift");
  return WithBits(a[0], by > 63 ? 0 : a[0].uint_value() >> by);
}

Value Encode(const Value* a, size_t, CallContext& context) {
  if (a[0].text().size() > kMaxTextBytes / 2) {
    return Value::Error("the text grows too long");
  }
  context.ChargeBytes(a[0].text().size());
  return Value::String(context.arena.Copy(EncodeBase64(a[0].text())));
}
Value Decode(const Value* a, size_t, CallContext& context) {
  context.ChargeBytes(a[0].text().size());
  const auto decoded = DecodeBase64(a[0].text());
  if (!decoded) return Value::Error("this text is not base64");
  return Value::Bytes(context.arena.Copy(*decoded));
}

}  // namespace

std::vector<BuiltinRow> MathFunctions() {
  return {
      {"math.greatest(...): dyn", Extreme<1>},
      {"math.least(...): dyn", Extreme<-1>},
      {"math.ceil(double): double", OfDouble<Ceil>},
      {"math.floor(double): double", OfDouble<Floor>},
      {"math.round(double): double", OfDouble<Round>},
      {"math.trunc(double): double", OfDouble<Trunc>},
      {"math.abs(double): double", OfDouble<Abs>},
      {"math.abs(int): int", AbsInt},
      {"math.abs(uint): uint", Same},
      {"math.sign(double): double", OfDouble<Sign>},
      {"math.sign(int): int", SignInt},
      {"math.sign(uint): uint", SignUint},
      {"math.sqrt(double): double", OfDouble<Sqrt>},
      {"math.sqrt(int): double", SqrtInt},
      {"math.sqrt(uint): double", SqrtUint},
      {"math.isNaN(double): bool", TestDouble<IsNan>},
      {"math.isInf(double): bool", TestDouble<IsInf>},
      {"math.isFinite(double): bool", TestDouble<IsFinite>},
      {"math.bitAnd(int, int): int", BitAnd},
      {"math.bitAnd(uint, uint): uint", BitAnd},
      {"math.bitOr(int, int): int", BitOr},
      {"math.bitOr(uint, uint): uint", BitOr},
      {"math.bitXor(int, int): int", BitXor},
      {"math.bitXor(uint, uint): uint", BitXor},
      {"math.bitNot(int): int", BitNot},
      {"math.bitNot(uint): uint", BitNot},
      {"math.bitShiftLeft(int, int): int", ShiftLeft},
      {"math.bitShiftLeft(uint, int): uint", ShiftLeft},
      {"math.bitShiftRight(int, int): int", ShiftRight},
      {"math.bitShiftRight(uint, int): uint", ShiftRight},
      {"base64.encode(bytes): string", Encode},
      {"base64.decode(string): bytes", Decode},
  };
}

}  // namespace sluice::ruleset::cel
