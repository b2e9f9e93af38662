// int(x), string(x) and their like, type(x), dyn(x).

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <charconv>
#include <cmath>
#include <limits>

#include "service/ruleset/cel/functions.h"
#include "service/ruleset/cel/ops.h"
#include "service/ruleset/cel/time.h"
#include "service/text/utf8.h"

namespace sluice::ruleset::cel {
namespace {

constexpr double kTwo63 = 9223372036854775808.0;
constexpr double kTwo64 = 18446744073709551616.0;

Value OutOfRange() { return Value::Error("number out of range"); }

Value Same(const Value* a, size_t, CallContext&) { return a[0]; }

template <typename T>
bool ParseNumber(std::string_view text, T* number) {
  if (!text.empty() && text[0] == '+') {
    text.remove_prefix(1);
    if (!text.empty() && text[0] == '-') return false;
  }
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, *number);
  return parsed.ec == std::errc() && parsed.ptr == end;
}

Value UintToInt(const Value* a, size_t, CallContext&) {
  const uint64_t value = a[0].uint_value();
  if (value > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
    return OutOfRange();
  }
  return Value::Int(static_cast<int64_t>(value));
}

// Towards zero. Both ends are excluded: next to 2^63 doubles are 1,024 apart,
// so one that reads as the limit may have been anything around it.
Value DoubleToInt(const Value* a, size_t, CallContext&) {
  const double value = a[0].double_value();
  if (!(value > -kTwo63 && value < kTwo63)) return OutOfRange();
  return Value::Int(static_cast<int64_t>(value));
}

Value StringToInt(const Value* a, size_t, CallContext&) {
  int64_t number = 0;
  if (!ParseNumber(a[0].text(), &number)) {
    return Value::Error("this text is no int");
  }
  return Value::Int(number);
}

Value TimestampToInt(const Value* a, size_t, CallContext&) {
  return Value::Int(a[0].instant().seconds);
}

Value IntToUint(const Value* a, size_t, CallContext&) {
  if (a[0].int_value() < 0) return OutOfRange();
  return Value::Uint(static_cast<uint64_t>(a[0].int_value()));
}

Value DoubleToUint(const Value* a, size_t, CallContext&) {
  const double value = a[0].double_value();
  if (!(value >= 0 && value < kTwo64)) return OutOfRange();
  return Value::Uint(static_cast<uint64_t>(value));
}

Value StringToUint(const Value* a, size_t, CallContext&) {
  uint64_t number = 0;
  if (!ParseNumber(a[0].text(), &number)) {
    return Value::Error("this text is no uint");
  }
  return Value::Uint(number);
}

Value IntToDouble(const Value* a, size_t, CallContext&) {
  return Value::Double(static_cast<double>(a[0].int_value()));
}
Value UintToDouble(const Value* a, size_t, CallContext&) {
  return Value::Double(static_cast<double>(a[0].uint_value()));
}
Value StringToDouble(const Value* a, size_t, CallContext&) {
  double number = 0;
  if (!ParseNumber(a[0].text(), &number)) {
    return Value::Error("this text is no double");
  }
  return Value::Double(number);
}

Value StringToBool(const Value* a, size_t, CallContext&) {
  const std::string_view text = a[0].text();
  for (const auto* word : {"1", "t", "true", "T", "TRUE", "True"}) {
    if (text == word) return Value::Bool(true);
  }
  for (const auto* word : {"0", "f", "false", "F", "FALSE", "False"}) {
    if (text == word) return Value::Bool(false);
  }
  return Value::Error("this text is no bool");
}

Value NewText(const std::string& text, CallContext& context) {
  return Value::String(context.arena.Copy(text));
}

Value BoolToString(const Value* a, size_t, CallContext&) {
  return Value::String(a[0].bool_value() ? "true" : "false");
}
Value IntToString(const Value* a, size_t, CallContext& context) {
  return NewText(fmt::format("{}", a[0].int_value()), context);
}
Value UintToString(const Value* a, size_t, CallContext& context) {
  return NewText(fmt::format("{}", a[0].uint_value()), context);
}
Value DoubleToString(const Value* a, size_t, CallContext& context) {
  const double value = a[0].double_value();
  if (std::isnan(value)) return Value::String("NaN");
  if (std::isinf(value)) return Value::String(value > 0 ? "+Inf" : "-Inf");
  return NewText(fmt::format("{}", value), context);
}
Value BytesToString(const Value* a, size_t, CallContext& context) {
  context.ChargeBytes(a[0].text().size());
  if (!text::IsValidUtf8(a[0].text())) {
    return Value::Error("these bytes are not UTF-8");
  }
  return Value::String(a[0].text());
}
Value TimestampToString(const Value* a, size_t, CallContext& context) {
  return NewText(FormatTimestamp(a[0].instant()), context);
}
Value DurationToString(const Value* a, size_t, CallContext& context) {
  return NewText(FormatDuration(a[0].instant()), context);
}

Value StringToBytes(const Value* a, size_t, CallContext&) {
  return Value::Bytes(a[0].text());
}

Value StringToTimestamp(const Value* a, size_t, CallContext&) {
  const auto parsed = ParseTimestamp(a[0].text());
  if (!parsed) return Value::Error("this text is no timestamp");
  return Value::Timestamp(*parsed);
}
Value IntToTimestamp(const Value* a, size_t, CallContext&) {
  return CheckedTimestamp({a[0].int_value(), 0});
}
Value StringToDuration(const Value* a, size_t, CallContext&) {
  const auto parsed = ParseDuration(a[0].text());
  if (!parsed) return Value::Error("this text is no duration");
  return Value::Duration(*parsed);
}
Value IntToDuration(const Value* a, size_t, CallContext&) {
  return CheckedDuration({a[0].int_value(), 0});
}

Value TypeOfValue(const Value* a, size_t, CallContext&) {
  if (a[0].is(Kind::kMessage)) {
    return Value::TypeNamed(a[0].message().GetDescriptor()->full_name());
  }
  if (a[0].is(Kind::kObject))
    return Value::TypeNamed(a[0].object().type().name);
  return Value::TypeNamed(KindName(a[0].kind()));
}

}  // namespace

std::vector<BuiltinRow> ConversionFunctions() {
  return {
      {"int(int): int", Same},
      {"int(uint): int", UintToInt},
      {"int(double): int", DoubleToInt},
      {"int(string): int", StringToInt},
      {"int(timestamp): int", TimestampToInt},
      {"uint(uint): uint", Same},
      {"uint(int): uint", IntToUint},
      {"uint(double): uint", DoubleToUint},
      {"uint(string): uint", StringToUint},
      {"double(double): double", Same},
      {"double(int): double", IntToDouble},
      {"double(uint): double", UintToDouble},
      {"double(string): double", StringToDouble},
      {"bool(bool): bool", Same},
      {"bool(string): bool", StringToBool},
      {"string(string): string", Same},
      {"string(bool): string", BoolToString},
      {"string(int): string", IntToString},
      {"string(uint): string", UintToString},
      {"string(double): string", DoubleToString},
      {"string(bytes): string", BytesToString},
      {"string(timestamp): string", TimestampToString},
      {"string(duration): string", DurationToString},
      {"bytes(bytes): bytes", Same},
      {"bytes(string): bytes", StringToBytes},
      {"timestamp(timestamp): timestamp", Same},
      {"timestamp(string): timestamp", StringToTimestamp},
      {"timestamp(int): timestamp", IntToTimestamp},
      {"duration(duration): duration", Same},
      {"duration(string): duration", StringToDuration},
      {"duration(int): duration", IntToDuration},
      {"type(A): type", TypeOfValue},
      {"dyn(A): dyn", Same},
  };
}

}  // namespace sluice::ruleset::cel
