// size(), lists, optional values.

#include <algorithm>

#include "service/ruleset/cel/functions.h"
#include "service/ruleset/cel/ops.h"
#include "service/text/utf8.h"

namespace sluice::ruleset::cel {
namespace {

Value TextSize(const Value* a, size_t, CallContext& context) {
  context.ChargeBytes(a[0].text().size());
  return Value::Int(static_cast<int64_t>(text::CountCodePoints(a[0].text())));
}
Value BytesSize(const Value* a, size_t, CallContext&) {
  return Value::Int(static_cast<int64_t>(a[0].text().size()));
}
Value ListSize(const Value* a, size_t, CallContext&) {
  return Value::Int(static_cast<int64_t>(a[0].list().size()));
}
Value MapSize(const Value* a, size_t, CallContext&) {
  return Value::Int(static_cast<int64_t>(a[0].map().size()));
}

Value ReverseList(const Value* a, size_t, CallContext& context) {
  const List& list = a[0].list();
  context.Charge(list.size());
  std::vector<Value> values;
  for (size_t i = list.size(); i > 0; --i) {
    values.push_back(list.At(i - 1, &context.arena));
  }
  return NewList(values.data(), values.size(), &context.arena);
}

Value NewOptional(const Value& value, CallContext& context) {
  return Value::Optional(context.arena.New<Value>(value));
}

bool IsZero(const Value& value) {
  switch (value.kind()) {
    case Kind::kNull:
      return true;
    case Kind::kBool:
      return !value.bool_value();
    case Kind::kInt:
    case Kind::kUint:
      return value.uint_value() == 0;
    case Kind::kDouble:
      return value.double_value() == 0;
    case Kind::kString:
    case Kind::kBytes:
      return value.text().empty();
    case Kind::kList:
      return value.list().size() == 0;
    case Kind::kMap:
      return value.map().size() == 0;
    case Kind::kDuration:
      return value.instant() == Instant{};
    default:
      return false;
  }
}

Value OptionalOf(const Value* a, size_t, CallContext& context) {
  return NewOptional(a[0], context);
}
Value OptionalNone(const Value*, size_t, CallContext&) {
  return Value::Optional(nullptr);
}
Value OptionalOfNonZero(const Value* a, size_t, CallContext& context) {
  return IsZero(a[0]) ? Value::Optional(nullptr) : NewOptional(a[0], context);
}
Value HasValue(const Value* a, size_t, CallContext&) {
  return Value::Bool(a[0].optional() != nullptr);
}
Value ValueOf(const Value* a, size_t, CallContext&) {
  if (a[0].optional() == nullptr)
    return Value::Error("optional.none() has no value");
  return *a[0].optional();
}
Value OrValue(const Value* a, size_t, CallContext&) {
  return a[0].optional() == nullptr ? a[1] : *a[0].optional();
}
Value Or(const Value* a, size_t, CallContext&) {
  return a[0].optional() == nullptr ? a[1] : a[0];
}

}  // namespace

std::vector<BuiltinRow> CollectionFunctions() {
  return {
      {"size(string): int", TextSize},
      {"size(bytes): int", BytesSize},
      {"size(list<A>): int", ListSize},
      {"size(map<A,B>): int", MapSize},
      {"string.size(): int", TextSize},
      {"bytes.size(): int", BytesSize},
      {"list<A>.size(): int", ListSize},
      {"map<A,B>.size(): int", MapSize},
      {"list<A>.reverse(): list<A>", ReverseList},
      {"optional.of(A): optional<A>", OptionalOf},
      {"optional.none(): optional<dyn>", OptionalNone},
      {"optional.ofNonZeroValue(A): optional<A>", OptionalOfNonZero},
      {"optional<A>.hasValue(): bool", HasValue},
      {"optional<A>.value(): A", ValueOf},
      {"optional<A>.orValue(A): A", OrValue},
      {"optional<A>.or(optional<A>): optional<A>", Or},
  };
}

}  // namespace sluice::ruleset::cel
