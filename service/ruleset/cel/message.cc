#include "service/ruleset/cel/message.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <memory>

#include "service/ruleset/cel/ops.h"
#include "service/ruleset/cel/time.h"

namespace sluice::ruleset::cel {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MessageFactory;
using google::protobuf::Reflection;

// An Any in an Any in an Any: each layer is parsed, so hostile data could make
// that quadratic.
constexpr int kMaxAnyLayers = 8;

// A string of a field without a copy. Generated messages keep strings as they
// are, so `scratch` is used by no field we meet; if it is, the arena keeps it.
std::string_view StringField(const Message& message,
                             const FieldDescriptor* field, Arena* arena) {
  std::string scratch;
  const std::string& text =
      message.GetReflection()->GetStringReference(message, field, &scratch);
  return &text == &scratch ? arena->Copy(text) : std::string_view(text);
}

Value Text(const FieldDescriptor* field, std::string_view text) {
  return field->type() == FieldDescriptor::TYPE_BYTES ? Value::Bytes(text)
                                                      : Value::String(text);
}

Value EnumValue(const FieldDescriptor* field, int number) {
  return field->enum_type()->full_name() == "google.protobuf.NullValue"
             ? Value::Null()
             : Value::Int(number);
}

Value Element(const Message& message, const FieldDescriptor* field, int index,
              Arena* arena) {
  const Reflection& reflection = *message.GetReflection();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return Value::Int(reflection.GetRepeatedInt32(message, field, index));
    case FieldDescriptor::CPPTYPE_INT64:
      return Value::Int(reflection.GetRepeatedInt64(message, field, index));
    case FieldDescriptor::CPPTYPE_UINT32:
      return Value::Uint(reflection.GetRepeatedUInt32(message, field, index));
    case FieldDescriptor::CPPTYPE_UINT64:
      return Value::Uint(reflection.GetRepeatedUInt64(message, field, index));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return Value::Double(reflection.GetRepeatedDouble(message, field, index));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return Value::Double(reflection.GetRepeatedFloat(message, field, index));
    case FieldDescriptor::CPPTYPE_BOOL:
      return Value::Bool(reflection.GetRepeatedBool(message, field, index));
    case FieldDescriptor::CPPTYPE_ENUM:
      return EnumValue(field,
                       reflection.GetRepeatedEnumValue(message, field, index));
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string scratch;
      const std::string& text = reflection.GetRepeatedStringReference(
          message, field, index, &scratch);
      return Text(field, &text == &scratch ? arena->Copy(text)
                                           : std::string_view(text));
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return FromMessage(reflection.GetRepeatedMessage(message, field, index),
                         arena);
  }
  return NoSuchOverload();
}

// A repeated field.
class FieldList final : public List {
 public:
  FieldList(const Message* message, const FieldDescriptor* field)
      : message_(message), field_(field) {}
  size_t size() const override {
    return static_cast<size_t>(
        message_->GetReflection()->FieldSize(*message_, field_));
  }
  Value At(size_t index, Arena* arena) const override {
    return Element(*message_, field_, static_cast<int>(index), arena);
  }

 private:
  const Message* message_;
  const FieldDescriptor* field_;
};

// A map field. Reflection offers no lookup, so Find goes through the entries.
class FieldMap final : public Map {
 public:
  FieldMap(const Message* message, const FieldDescriptor* field)
      : message_(message), field_(field) {}
  size_t size() const override {
    return static_cast<size_t>(
        message_->GetReflection()->FieldSize(*message_, field_));
  }
  std::optional<Value> Find(const Value& key, Arena* arena) const override {
    for (size_t i = 0; i < size(); ++i) {
      if (CompareKeys(KeyAt(i, arena), key) == 0) return ValueAt(i, arena);
    }
    return std::nullopt;
  }
  Value KeyAt(size_t index, Arena* arena) const override {
    return GetField(Entry(index), field_->message_type()->map_key(), arena);
  }
  Value ValueAt(size_t index, Arena* arena) const override {
    const FieldDescriptor* value = field_->message_type()->map_value();
    const Message& entry = Entry(index);
    // An entry always has its value, whether or not it was on the wire.
    if (value->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      return FromMessage(entry.GetReflection()->GetMessage(entry, value),
                         arena);
    }
    return GetField(entry, value, arena);
  }
  size_t find_cost() const override { return 1 + size(); }

 private:
  const Message& Entry(size_t index) const {
    return message_->GetReflection()->GetRepeatedMessage(
        *message_, field_, static_cast<int>(index));
  }

  const Message* message_;
  const FieldDescriptor* field_;
};

Instant ReadInstant(const Message& message) {
  const Descriptor* type = message.GetDescriptor();
  const Reflection& reflection = *message.GetReflection();
  return {reflection.GetInt64(message, type->FindFieldByNumber(1)),
          reflection.GetInt32(message, type->FindFieldByNumber(2))};
}

Value FromValue(const Message& message, Arena* arena) {
  const auto* oneof = message.GetDescriptor()->oneof_decl(0);
  const FieldDescriptor* field =
      message.GetReflection()->GetOneofFieldDescriptor(message, oneof);
  return field == nullptr ? Value::Null() : GetField(message, field, arena);
}

// What an Any holds; nullptr: not a type that is linked in, or not its bytes.
Message* Unpack(const Message& any, Arena* arena) {
  const Descriptor* type = any.GetDescriptor();
  const std::string_view url =
      StringField(any, type->FindFieldByNumber(1), arena);
  const std::string_view bytes =
      StringField(any, type->FindFieldByNumber(2), arena);
  const std::string name(url.substr(url.rfind('/') + 1));
  const Descriptor* inner =
      google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(
          name);
  if (inner == nullptr) return nullptr;
  std::unique_ptr<Message> made(
      MessageFactory::generated_factory()->GetPrototype(inner)->New());
  if (!made->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return nullptr;
  }
  return arena->Keep(std::move(made));
}

bool IsAny(const Message& message) {
  return message.GetDescriptor()->well_known_type() ==
         Descriptor::WELLKNOWNTYPE_ANY;
}

Value EqualFields(const Message& a, const Message& b,
                  const FieldDescriptor* field, CallContext& context,
                  int depth) {
  // Any fields are compared as messages, so that an unknown type still compares
  // by its bytes.
  if (!field->is_repeated() &&
      field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
      field->message_type()->well_known_type() ==
          Descriptor::WELLKNOWNTYPE_ANY) {
    return EqualMessages(a.GetReflection()->GetMessage(a, field),
                         b.GetReflection()->GetMessage(b, field), context,
                         depth + 1);
  }
  return Equal(GetField(a, field, &context.arena),
               GetField(b, field, &context.arena), context, depth + 1);
}

Value EqualAny(const Message& a, const Message& b, CallContext& context,
               int depth) {
  const Message* left = Unpack(a, &context.arena);
  const Message* right = Unpack(b, &context.arena);
  if (left != nullptr && right != nullptr) {
    return EqualMessages(*left, *right, context, depth + 1);
  }
  const Descriptor* type = a.GetDescriptor();
  for (const int number : {1, 2}) {
    const FieldDescriptor* field = type->FindFieldByNumber(number);
    if (StringField(a, field, &context.arena) !=
        StringField(b, field, &context.arena)) {
      return Value::Bool(false);
    }
  }
  return Value::Bool(true);
}

}  // namespace

Value FromMessage(const Message& message, Arena* arena) {
  const Message* at = &message;
  for (int layer = 0; IsAny(*at); ++layer) {
    at = layer < kMaxAnyLayers ? Unpack(*at, arena) : nullptr;
    if (at == nullptr) return Value::Error("cannot read what is in the Any");
  }
  const Descriptor* type = at->GetDescriptor();
  switch (type->well_known_type()) {
    case Descriptor::WELLKNOWNTYPE_TIMESTAMP:
      return CheckedTimestamp(ReadInstant(*at));
    case Descriptor::WELLKNOWNTYPE_DURATION:
      return CheckedDuration(ReadInstant(*at));
    case Descriptor::WELLKNOWNTYPE_BOOLVALUE:
    case Descriptor::WELLKNOWNTYPE_INT32VALUE:
    case Descriptor::WELLKNOWNTYPE_INT64VALUE:
    case Descriptor::WELLKNOWNTYPE_UINT32VALUE:
    case Descriptor::WELLKNOWNTYPE_UINT64VALUE:
    case Descriptor::WELLKNOWNTYPE_FLOATVALUE:
    case Descriptor::WELLKNOWNTYPE_DOUBLEVALUE:
    case Descriptor::WELLKNOWNTYPE_STRINGVALUE:
    case Descriptor::WELLKNOWNTYPE_BYTESVALUE:
      return GetField(*at, type->FindFieldByNumber(1), arena);
    case Descriptor::WELLKNOWNTYPE_STRUCT:
      return Value::OfMap(arena->New<FieldMap>(at, type->FindFieldByNumber(1)));
    case Descriptor::WELLKNOWNTYPE_LISTVALUE:
      return Value::OfList(
          arena->New<FieldList>(at, type->FindFieldByNumber(1)));
    case Descriptor::WELLKNOWNTYPE_VALUE:
      return FromValue(*at, arena);
    default:
      return Value::OfMessage(at);
  }
}

Value GetField(const Message& message, const FieldDescriptor* field,
               Arena* arena) {
  if (field->is_map()) {
    return Value::OfMap(arena->New<FieldMap>(&message, field));
  }
  if (field->is_repeated()) {
    return Value::OfList(arena->New<FieldList>(&message, field));
  }
  const Reflection& reflection = *message.GetReflection();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return Value::Int(reflection.GetInt32(message, field));
    case FieldDescriptor::CPPTYPE_INT64:
      return Value::Int(reflection.GetInt64(message, field));
    case FieldDescriptor::CPPTYPE_UINT32:
      return Value::Uint(reflection.GetUInt32(message, field));
    case FieldDescriptor::CPPTYPE_UINT64:
      return Value::Uint(reflection.GetUInt64(message, field));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return Value::Double(reflection.GetDouble(message, field));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return Value::Double(reflection.GetFloat(message, field));
    case FieldDescriptor::CPPTYPE_BOOL:
      return Value::Bool(reflection.GetBool(message, field));
    case FieldDescriptor::CPPTYPE_ENUM:
      return EnumValue(field, reflection.GetEnumValue(message, field));
    case FieldDescriptor::CPPTYPE_STRING:
      return Text(field, StringField(message, field, arena));
    case FieldDescriptor::CPPTYPE_MESSAGE:
      break;
  }
  const auto known = field->message_type()->well_known_type();
  const bool null_if_unset = known != Descriptor::WELLKNOWNTYPE_UNSPECIFIED &&
                             known != Descriptor::WELLKNOWNTYPE_TIMESTAMP &&
                             known != Descriptor::WELLKNOWNTYPE_DURATION &&
                             known != Descriptor::WELLKNOWNTYPE_STRUCT &&
                             known != Descriptor::WELLKNOWNTYPE_LISTVALUE &&
                             known != Descriptor::WELLKNOWNTYPE_FIELDMASK;
  if (null_if_unset && !reflection.HasField(message, field)) {
    return Value::Null();
  }
  return FromMessage(reflection.GetMessage(message, field), arena);
}

bool HasField(const Message& message, const FieldDescriptor* field) {
  const Reflection& reflection = *message.GetReflection();
  return field->is_repeated() ? reflection.FieldSize(message, field) > 0
                              : reflection.HasField(message, field);
}

Value EqualMessages(const Message& a, const Message& b, CallContext& context,
                    int depth) {
  if (depth > kMaxValueDepth) return Value::Error("values nested too deep");
  if (a.GetDescriptor() != b.GetDescriptor()) return Value::Bool(false);
  if (IsAny(a)) return EqualAny(a, b, context, depth);
  std::vector<const FieldDescriptor*> left, right;
  a.GetReflection()->ListFields(a, &left);
  b.GetReflection()->ListFields(b, &right);
  if (left != right) return Value::Bool(false);
  for (const FieldDescriptor* field : left) {
    const Value same = EqualFields(a, b, field, context, depth);
    if (!same.is_true()) return same;
  }
  return Value::Bool(true);
}

}  // namespace sluice::ruleset::cel
