#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <limits>

#include "service/ruleset/cel/machine.h"
#include "service/ruleset/cel/message.h"
#include "service/ruleset/cel/ops.h"

namespace sluice::ruleset::cel {
namespace {

using google::protobuf::FieldDescriptor;

constexpr std::string_view kNoSuchKey = "no such key";
constexpr std::string_view kNoSuchField = "no such field";

const FieldDescriptor* FindField(const Value& message, std::string_view name) {
  return message.message().GetDescriptor()->FindFieldByName(std::string(name));
}

// The index of an element; nullopt: not a whole number.
std::optional<int64_t> ListIndex(const Value& index) {
  Value whole = index;
  if (index.is(Kind::kDouble)) {
    const auto number = WholeNumber(index.double_value());
    if (!number) return std::nullopt;
    whole = *number;
  }
  if (whole.is(Kind::kInt)) return whole.int_value();
  if (!whole.is(Kind::kUint)) return std::nullopt;
  const uint64_t limit = std::numeric_limits<int64_t>::max();
  return static_cast<int64_t>(std::min(whole.uint_value(), limit));
}

bool Takes(const Overload& overload, const Value* arguments) {
  for (size_t i = 0; i < overload.parameters.size(); ++i) {
    const Kind want = overload.parameters[i].kind();
    if (want != Kind::kDyn && want != Kind::kParam &&
        want != arguments[i].kind()) {
      return false;
    }
  }
  return true;
}

}  // namespace

void Machine::Field(const Instruction& at) {
  Value& value = Top();
  if (value.is_error()) return;
  const FieldDescriptor* field = program_.fields_[at.a];
  if (value.is(Kind::kMessage) &&
      value.message().GetDescriptor() == field->containing_type()) {
    value = GetField(value.message(), field, &self_.arena_);
    return;
  }
  bool missing = false;
  value = SelectName(value, program_.names_[at.b], &missing);
}

Value Machine::SelectName(const Value& from, std::string_view name,
                          bool* missing) {
  switch (from.kind()) {
    case Kind::kError:
      return from;
    case Kind::kMap: {
      context_.Charge(from.map().find_cost());
      const auto found = from.map().Find(Value::String(name), &self_.arena_);
      *missing = !found;
      return found ? *found : Value::Error(kNoSuchKey);
    }
    case Kind::kMessage: {
      const FieldDescriptor* field = FindField(from, name);
      if (field == nullptr) return Value::Error(kNoSuchField);
      *missing = !HasField(from.message(), field);
      return GetField(from.message(), field, &self_.arena_);
    }
    case Kind::kObject: {
      const int index = from.object().type().FieldIndex(name);
      if (index < 0) return Value::Error(kNoSuchField);
      return from.object().Get(static_cast<size_t>(index), &self_.arena_);
    }
    default:
      return NoSuchOverload();
  }
}

Value Machine::AsOptional(Value value, bool missing) {
  if (missing) return Value::Optional(nullptr);
  if (value.is_error()) return value;
  return Value::Optional(self_.arena_.New<Value>(value));
}

void Machine::Select(const Instruction& at) {
  Value& value = Top();
  const std::string_view name = program_.names_[at.a];
  bool missing = false;
  if (value.is(Kind::kOptional)) {
    if (value.optional() == nullptr) return;
    const Value found = SelectName(*value.optional(), name, &missing);
    value = AsOptional(found, missing);
    return;
  }
  const Value found = SelectName(value, name, &missing);
  value = at.flag != 0 ? AsOptional(found, missing) : found;
}

void Machine::Has(const Instruction& at) {
  Value& value = Top();
  if (value.is(Kind::kOptional)) {
    if (value.optional() == nullptr) {
      value = Value::Bool(false);
      return;
    }
    value = *value.optional();
  }
  bool missing = false;
  const Value found = SelectName(value, program_.names_[at.a], &missing);
  value = missing            ? Value::Bool(false)
          : found.is_error() ? found
                             : Value::Bool(true);
}

Value Machine::ElementOf(const Value& from, const Value& index, bool* missing) {
  if (from.is(Kind::kList)) {
    const auto at = ListIndex(index);
    if (!at) return NoSuchOverload();
    const bool inside =
        *at >= 0 && static_cast<uint64_t>(*at) < from.list().size();
    *missing = !inside;
    if (!inside) return Value::Error("index out of range");
    return from.list().At(static_cast<size_t>(*at), &self_.arena_);
  }
  if (!from.is(Kind::kMap)) return NoSuchOverload();
  if (!IsKey(index) && !index.is(Kind::kDouble)) return NoSuchOverload();
  context_.Charge(from.map().find_cost());
  const auto found = from.map().Find(index, &self_.arena_);
  *missing = !found;
  return found ? *found : Value::Error(kNoSuchKey);
}

void Machine::Index(const Instruction& at) {
  const Value index = Pop();
  Value& value = Top();
  if (value.is_error()) return;
  if (index.is_error()) {
    value = index;
    return;
  }
  bool optional = at.flag != 0;
  Value from = value;
  if (from.is(Kind::kOptional)) {
    if (from.optional() == nullptr) return;
    from = *from.optional();
    optional = true;
  }
  bool missing = false;
  const Value found = ElementOf(from, index, &missing);
  value = optional ? AsOptional(found, missing) : found;
}

// If there is an error among the topmost values it replaces them all.
bool Machine::FirstError(size_t count) {
  for (Value* value = top_ - count; value < top_; ++value) {
    if (!value->is_error()) continue;
    const Value error = *value;
    top_ -= count;
    Push(error);
    return true;
  }
  return false;
}

void Machine::Call(const Instruction& at) {
  if (FirstError(at.count)) return;
  const FunctionDeclaration& function = *program_.functions_[at.a];
  Value* const arguments = top_ - at.count;
  Value result = NoSuchOverload();
  for (const Overload& overload : function.overloads) {
    if (overload.method != (at.flag != 0)) continue;
    const bool fits =
        function.any_count ||
        (overload.parameters.size() == at.count && Takes(overload, arguments));
    if (!fits) continue;
    result = overload.builtin != nullptr
                 ? overload.builtin(arguments, at.count, context_)
                 : overload.host(arguments, at.count, context_);
    break;
  }
  top_ = arguments;
  Push(result);
}

// Takes the absent ones of the items written with '?' off the stack and opens
// the others. Items are `width` values wide, the last is the optional one.
// Returns how many items are left; 0 with an error on top if one is no
// optional.
size_t Machine::DropAbsent(const Instruction& at, size_t width) {
  const std::vector<bool>& optional = program_.optional_items_[at.b];
  Value* const items = top_ - at.count * width;
  size_t kept = 0;
  for (size_t i = 0; i < at.count; ++i) {
    Value value = items[i * width + width - 1];
    if (optional[i]) {
      if (!value.is(Kind::kOptional)) {
        top_ = items;
        Push(NoSuchOverload());
        return 0;
      }
      if (value.optional() == nullptr) continue;
      value = *value.optional();
    }
    if (width == 2) items[kept * 2] = items[i * 2];
    items[kept * width + width - 1] = value;
    ++kept;
  }
  top_ = items + kept * width;
  return kept;
}

void Machine::MakeList(const Instruction& at) {
  if (FirstError(at.count)) return;
  size_t count = at.count;
  if (at.b != UINT32_MAX) {
    Value* const items = top_ - count;
    count = DropAbsent(at, 1);
    if (count == 0 && top_ > items && Top().is_error()) return;
  }
  top_ -= count;
  Push(NewList(top_, count, &self_.arena_));
}

void Machine::MakeMap(const Instruction& at) {
  if (FirstError(2 * static_cast<size_t>(at.count))) return;
  size_t count = at.count;
  if (at.b != UINT32_MAX) {
    Value* const items = top_ - 2 * count;
    count = DropAbsent(at, 2);
    if (count == 0 && top_ > items && Top().is_error()) return;
  }
  top_ -= 2 * count;
  Push(NewMap(top_, count, &self_.arena_));
}

void Machine::MakeMessage(const Instruction& at) {
  if (FirstError(at.count)) return;
  const Program::MessageLiteral& literal = program_.messages_[at.a];
  std::vector<const FieldDescriptor*> fields;
  std::vector<Value> values;
  Value* const items = top_ - at.count;
  Value result = literal.message == nullptr
                     ? Value::Error("no such message type or field")
                     : Value::Null();
  for (size_t i = 0; i < at.count && !result.is_error(); ++i) {
    Value value = items[i];
    if (at.b != UINT32_MAX && program_.optional_items_[at.b][i]) {
      if (!value.is(Kind::kOptional)) result = NoSuchOverload();
      if (!value.is(Kind::kOptional) || value.optional() == nullptr) continue;
      value = *value.optional();
    }
    fields.push_back(literal.fields[i]);
    values.push_back(value);
  }
  if (!result.is_error()) {
    result = BuildMessage(literal.message, fields.data(), values.data(),
                          fields.size(), &self_.arena_);
  }
  top_ = items;
  Push(result);
}

}  // namespace sluice::ruleset::cel
