// T{field: value}: from values to a protobuf message.

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <limits>
#include <memory>

#include "service/ruleset/cel/base64.h"
#include "service/ruleset/cel/message.h"
#include "service/ruleset/cel/ops.h"
#include "service/ruleset/cel/time.h"

namespace sluice::ruleset::cel {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// Values nest as deep as the expression, or as a Struct of the data; past this
// a message could not be parsed again.
constexpr int kMaxMessageDepth = 100;

// Each setter returns what is wrong, or nullptr.
using Problem = const char*;
constexpr Problem kWrongKind = "wrong kind of value for a field";
constexpr Problem kOutOfRange = "value out of the field's range";

class Builder {
 public:
  explicit Builder(Arena* arena) : arena_(arena) {}

  Problem Set(Message* message, const FieldDescriptor* field,
              const Value& value, int depth) {
    if (depth > kMaxMessageDepth) return "message nested too deep";
    if (field->is_map()) return SetMap(message, field, value, depth);
    if (field->is_repeated()) return SetList(message, field, value, depth);
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      return SetMessage(message, field, value, depth);
    }
    return SetScalar(message, field, value, false);
  }

 private:
  Problem SetList(Message* message, const FieldDescriptor* field,
                  const Value& value, int depth) {
    if (!value.is(Kind::kList)) return kWrongKind;
    for (size_t i = 0; i < value.list().size(); ++i) {
      const Value element = value.list().At(i, arena_);
      Problem problem = nullptr;
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        problem = Fill(message->GetReflection()->AddMessage(message, field),
                       element, depth + 1);
      } else {
        problem = SetScalar(message, field, element, true);
      }
      if (problem != nullptr) return problem;
    }
    return nullptr;
  }

  Problem SetMap(Message* message, const FieldDescriptor* field,
                 const Value& value, int depth) {
    if (!value.is(Kind::kMap)) return kWrongKind;
    const FieldDescriptor* key = field->message_type()->map_key();
    const FieldDescriptor* mapped = field->message_type()->map_value();
    for (size_t i = 0; i < value.map().size(); ++i) {
      Message* entry = message->GetReflection()->AddMessage(message, field);
      Problem problem =
          SetScalar(entry, key, value.map().KeyAt(i, arena_), false);
      if (problem == nullptr) {
        problem =
            SetMapped(entry, mapped, value.map().ValueAt(i, arena_), depth);
      }
      if (problem != nullptr) return problem;
    }
    return nullptr;
  }

  Problem SetMapped(Message* entry, const FieldDescriptor* field,
                    const Value& value, int depth) {
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      return Fill(entry->GetReflection()->MutableMessage(entry, field), value,
                  depth + 1);
    }
    return SetScalar(entry, field, value, false);
  }

  Problem SetMessage(Message* message, const FieldDescriptor* field,
                     const Value& value, int depth) {
    // null leaves a message field unset, except where null is a value.
    const auto known = field->message_type()->well_known_type();
    if (value.is(Kind::kNull) && known != Descriptor::WELLKNOWNTYPE_VALUE &&
        known != Descriptor::WELLKNOWNTYPE_ANY) {
      const bool refuses = known == Descriptor::WELLKNOWNTYPE_STRUCT ||
                           known == Descriptor::WELLKNOWNTYPE_LISTVALUE;
      return refuses ? kWrongKind : nullptr;
    }
    return Fill(message->GetReflection()->MutableMessage(message, field), value,
                depth + 1);
  }

  // Makes `message` stand for `value`.
  Problem Fill(Message* message, const Value& value, int depth) {
    if (depth > kMaxMessageDepth) return "message nested too deep";
    const Descriptor* type = message->GetDescriptor();
    switch (type->well_known_type()) {
      case Descriptor::WELLKNOWNTYPE_TIMESTAMP:
        return FillInstant(message, value, Kind::kTimestamp);
      case Descriptor::WELLKNOWNTYPE_DURATION:
        return FillInstant(message, value, Kind::kDuration);
      case Descriptor::WELLKNOWNTYPE_STRUCT:
      case Descriptor::WELLKNOWNTYPE_LISTVALUE:
        return Set(message, type->FindFieldByNumber(1), value, depth + 1);
      case Descriptor::WELLKNOWNTYPE_VALUE:
        return FillValue(message, value, depth);
      case Descriptor::WELLKNOWNTYPE_ANY:
        return FillAny(message, value, depth);
      case Descriptor::WELLKNOWNTYPE_UNSPECIFIED:
      case Descriptor::WELLKNOWNTYPE_FIELDMASK:
        break;
      default:
        return SetScalar(message, type->FindFieldByNumber(1), value, false);
    }
    if (!value.is(Kind::kMessage) || value.message().GetDescriptor() != type) {
      return kWrongKind;
    }
    message->CopyFrom(value.message());
    return nullptr;
  }

  static Problem FillInstant(Message* message, const Value& value, Kind kind) {
    if (!value.is(kind)) return kWrongKind;
    const Descriptor* type = message->GetDescriptor();
    const Reflection* reflection = message->GetReflection();
    reflection->SetInt64(message, type->FindFieldByNumber(1),
                         value.instant().seconds);
    reflection->SetInt32(message, type->FindFieldByNumber(2),
                         value.instant().nanos);
    return nullptr;
  }

  // google.protobuf.Value: the value's JSON form.
  Problem FillValue(Message* message, const Value& value, int depth) {
    const Descriptor* type = message->GetDescriptor();
    const Reflection* reflection = message->GetReflection();
    const auto field = [type](const char* name) {
      return type->FindFieldByName(name);
    };
    constexpr int64_t kSafe = (int64_t{1} << 53) - 1;
    switch (value.kind()) {
      case Kind::kNull:
        reflection->SetEnumValue(message, field("null_value"), 0);
        return nullptr;
      case Kind::kBool:
        reflection->SetBool(message, field("bool_value"), value.bool_value());
        return nullptr;
      case Kind::kInt:
        if (value.int_value() > kSafe || value.int_value() < -kSafe) {
          return FillText(message, fmt::format("{}", value.int_value()));
        }
        return FillNumber(message, static_cast<double>(value.int_value()));
      case Kind::kUint:
        if (value.uint_value() > static_cast<uint64_t>(kSafe)) {
          return FillText(message, fmt::format("{}", value.uint_value()));
        }
        return FillNumber(message, static_cast<double>(value.uint_value()));
      case Kind::kDouble:
        return FillNumber(message, value.double_value());
      case Kind::kString:
        return FillText(message, std::string(value.text()));
      case Kind::kBytes:
        return FillText(message, EncodeBase64(value.text()));
      case Kind::kTimestamp:
        return FillText(message, FormatTimestamp(value.instant()));
      case Kind::kDuration:
        return FillText(message, FormatDuration(value.instant()));
      case Kind::kList:
        return Fill(reflection->MutableMessage(message, field("list_value")),
                    value, depth + 1);
      case Kind::kMap:
        return Fill(reflection->MutableMessage(message, field("struct_value")),
                    value, depth + 1);
      default:
        return kWrongKind;
    }
  }

  static Problem FillText(Message* message, std::string text) {
    message->GetReflection()->SetString(
        message, message->GetDescriptor()->FindFieldByName("string_value"),
        std::move(text));
    return nullptr;
  }
  static Problem FillNumber(Message* message, double number) {
    message->GetReflection()->SetDouble(
        message, message->GetDescriptor()->FindFieldByName("number_value"),
        number);
    return nullptr;
  }

  // The name of the message that stands for a value inside an Any.
  static const char* AnyType(const Value& value) {
    switch (value.kind()) {
      case Kind::kNull:
        return "google.protobuf.Value";
      case Kind::kBool:
        return "google.protobuf.BoolValue";
      case Kind::kInt:
        return "google.protobuf.Int64Value";
      case Kind::kUint:
        return "google.protobuf.UInt64Value";
      case Kind::kDouble:
        return "google.protobuf.DoubleValue";
      case Kind::kString:
        return "google.protobuf.StringValue";
      case Kind::kBytes:
        return "google.protobuf.BytesValue";
      case Kind::kTimestamp:
        return "google.protobuf.Timestamp";
      case Kind::kDuration:
        return "google.protobuf.Duration";
      case Kind::kList:
        return "google.protobuf.ListValue";
      case Kind::kMap:
        return "google.protobuf.Struct";
      default:
        return nullptr;
    }
  }

  Problem FillAny(Message* message, const Value& value, int depth) {
    std::unique_ptr<Message> made;
    const Message* inner = nullptr;
    if (value.is(Kind::kMessage)) {
      inner = &value.message();
    } else {
      const char* name = AnyType(value);
      if (name == nullptr) return kWrongKind;
      const Descriptor* type =
          google::protobuf::DescriptorPool::generated_pool()
              ->FindMessageTypeByName(name);
      if (type == nullptr) return kWrongKind;
      made.reset(google::protobuf::MessageFactory::generated_factory()
                     ->GetPrototype(type)
                     ->New());
      const Problem problem = Fill(made.get(), value, depth + 1);
      if (problem != nullptr) return problem;
      inner = made.get();
    }
    const Descriptor* type = message->GetDescriptor();
    const Reflection* reflection = message->GetReflection();
    reflection->SetString(
        message, type->FindFieldByNumber(1),
        "type.googleapis.com/" + inner->GetDescriptor()->full_name());
    reflection->SetString(message, type->FindFieldByNumber(2),
                          inner->SerializeAsString());
    return nullptr;
  }

  template <typename T>
  static bool InRange(int64_t value) {
    return value >= std::numeric_limits<T>::min() &&
           value <= std::numeric_limits<T>::max();
  }

  Problem SetScalar(Message* m, const FieldDescriptor* f, const Value& v,
                    bool add) {
    switch (f->cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32:
      case FieldDescriptor::CPPTYPE_INT64:
      case FieldDescriptor::CPPTYPE_ENUM:
        return SetInt(m, f, v, add);
      case FieldDescriptor::CPPTYPE_UINT32:
      case FieldDescriptor::CPPTYPE_UINT64:
        return SetUint(m, f, v, add);
      case FieldDescriptor::CPPTYPE_DOUBLE:
      case FieldDescriptor::CPPTYPE_FLOAT:
        return SetReal(m, f, v, add);
      case FieldDescriptor::CPPTYPE_BOOL:
        if (!v.is(Kind::kBool)) return kWrongKind;
        add ? m->GetReflection()->AddBool(m, f, v.bool_value())
            : m->GetReflection()->SetBool(m, f, v.bool_value());
        return nullptr;
      case FieldDescriptor::CPPTYPE_STRING: {
        const bool bytes = f->type() == FieldDescriptor::TYPE_BYTES;
        if (!v.is(bytes ? Kind::kBytes : Kind::kString)) return kWrongKind;
        std::string text(v.text());
        add ? m->GetReflection()->AddString(m, f, std::move(text))
            : m->GetReflection()->SetString(m, f, std::move(text));
        return nullptr;
      }
      case FieldDescriptor::CPPTYPE_MESSAGE:
        break;
    }
    return kWrongKind;
  }

  static Problem SetInt(Message* m, const FieldDescriptor* f, const Value& v,
                        bool add) {
    const Reflection* r = m->GetReflection();
    const bool is_enum = f->cpp_type() == FieldDescriptor::CPPTYPE_ENUM;
    if (is_enum && v.is(Kind::kNull)) {
      return SetInt(m, f, Value::Int(0), add);
    }
    if (!v.is(Kind::kInt)) return kWrongKind;
    const int64_t n = v.int_value();
    if (f->cpp_type() == FieldDescriptor::CPPTYPE_INT64) {
      add ? r->AddInt64(m, f, n) : r->SetInt64(m, f, n);
      return nullptr;
    }
    if (!InRange<int32_t>(n)) return kOutOfRange;
    const auto small = static_cast<int32_t>(n);
    if (is_enum) {
      add ? r->AddEnumValue(m, f, small) : r->SetEnumValue(m, f, small);
    } else {
      add ? r->AddInt32(m, f, small) : r->SetInt32(m, f, small);
    }
    return nullptr;
  }

  static Problem SetUint(Message* m, const FieldDescriptor* f, const Value& v,
                         bool add) {
    const Reflection* r = m->GetReflection();
    if (!v.is(Kind::kUint)) return kWrongKind;
    const uint64_t n = v.uint_value();
    if (f->cpp_type() == FieldDescriptor::CPPTYPE_UINT64) {
      add ? r->AddUInt64(m, f, n) : r->SetUInt64(m, f, n);
      return nullptr;
    }
    if (n > std::numeric_limits<uint32_t>::max()) return kOutOfRange;
    const auto small = static_cast<uint32_t>(n);
    add ? r->AddUInt32(m, f, small) : r->SetUInt32(m, f, small);
    return nullptr;
  }

  static Problem SetReal(Message* m, const FieldDescriptor* f, const Value& v,
                         bool add) {
    const Reflection* r = m->GetReflection();
    if (!v.is(Kind::kDouble)) return kWrongKind;
    const double n = v.double_value();
    if (f->cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE) {
      add ? r->AddDouble(m, f, n) : r->SetDouble(m, f, n);
    } else {
      // Too large for a float becomes infinite, as protobuf itself does it.
      const auto small = static_cast<float>(n);
      add ? r->AddFloat(m, f, small) : r->SetFloat(m, f, small);
    }
    return nullptr;
  }

  Arena* arena_;
};

}  // namespace

Value BuildMessage(const Descriptor* type, const FieldDescriptor* const* fields,
                   const Value* values, size_t count, Arena* arena) {
  const Message* prototype =
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(type);
  if (prototype == nullptr) {
    return Value::Error("this message type is not linked in");
  }
  std::unique_ptr<Message> message(prototype->New());
  Builder builder(arena);
  for (size_t i = 0; i < count; ++i) {
    const Problem problem = builder.Set(message.get(), fields[i], values[i], 0);
    if (problem != nullptr) return Value::Error(problem);
  }
  return FromMessage(*arena->Keep(std::move(message)), arena);
}

}  // namespace sluice::ruleset::cel
