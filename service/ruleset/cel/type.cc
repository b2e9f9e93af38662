#include "service/ruleset/cel/type.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>

namespace sluice::ruleset::cel {
namespace {

using google::protobuf::Descriptor;

std::shared_ptr<const std::array<Type, 2>> Pair(Type a, Type b) {
  return std::make_shared<const std::array<Type, 2>>(
      std::array<Type, 2>{std::move(a), std::move(b)});
}

bool CanBeNull(const Type& type) {
  return type.is(Kind::kMessage) || type.is(Kind::kWrapper) ||
         type.is(Kind::kTimestamp) || type.is(Kind::kDuration) ||
         type.is(Kind::kObject) || type.is(Kind::kOptional);
}

}  // namespace

Type Type::List(Type element) {
  Type type(Kind::kList);
  type.parameters_ = Pair(std::move(element), Type());
  return type;
}

Type Type::Map(Type key, Type value) {
  Type type(Kind::kMap);
  type.parameters_ = Pair(std::move(key), std::move(value));
  return type;
}

Type Type::Optional(Type value) {
  Type type(Kind::kOptional);
  type.parameters_ = Pair(std::move(value), Type());
  return type;
}

Type Type::Wrapper(Kind primitive) {
  Type type(Kind::kWrapper);
  type.wrapped_ = primitive;
  return type;
}

Type Type::Param(char name) {
  Type type(Kind::kParam);
  type.param_ = name;
  return type;
}

Type Type::Message(const Descriptor* descriptor) {
  switch (descriptor->well_known_type()) {
    case Descriptor::WELLKNOWNTYPE_TIMESTAMP:
      return Timestamp();
    case Descriptor::WELLKNOWNTYPE_DURATION:
      return Duration();
    case Descriptor::WELLKNOWNTYPE_BOOLVALUE:
      return Wrapper(Kind::kBool);
    case Descriptor::WELLKNOWNTYPE_INT32VALUE:
    case Descriptor::WELLKNOWNTYPE_INT64VALUE:
      return Wrapper(Kind::kInt);
    case Descriptor::WELLKNOWNTYPE_UINT32VALUE:
    case Descriptor::WELLKNOWNTYPE_UINT64VALUE:
      return Wrapper(Kind::kUint);
    case Descriptor::WELLKNOWNTYPE_FLOATVALUE:
    case Descriptor::WELLKNOWNTYPE_DOUBLEVALUE:
      return Wrapper(Kind::kDouble);
    case Descriptor::WELLKNOWNTYPE_STRINGVALUE:
      return Wrapper(Kind::kString);
    case Descriptor::WELLKNOWNTYPE_BYTESVALUE:
      return Wrapper(Kind::kBytes);
    case Descriptor::WELLKNOWNTYPE_STRUCT:
      return Map(String(), Dyn());
    case Descriptor::WELLKNOWNTYPE_LISTVALUE:
      return List(Dyn());
    case Descriptor::WELLKNOWNTYPE_VALUE:
    case Descriptor::WELLKNOWNTYPE_ANY:
      return Dyn();
    default: {
      Type type(Kind::kMessage);
      type.message_ = descriptor;
      return type;
    }
  }
}

Type Type::Object(const StructType* object) {
  Type type(Kind::kObject);
  type.object_ = object;
  return type;
}

Type Type::Parameter(size_t index) const {
  return parameters_ ? (*parameters_)[index] : Dyn();
}

std::string Type::name() const {
  switch (kind_) {
    case Kind::kList:
      return fmt::format("list({})", element().name());
    case Kind::kMap:
      return fmt::format("map({}, {})", key().name(), value().name());
    case Kind::kOptional:
      return fmt::format("optional({})", element().name());
    case Kind::kWrapper:
      return fmt::format("wrapper({})", KindName(wrapped_));
    case Kind::kMessage:
      return message_->full_name();
    case Kind::kObject:
      return object_->name;
    case Kind::kParam:
      return std::string(1, param_);
    default:
      return std::string(KindName(kind_));
  }
}

bool operator==(const Type& a, const Type& b) {
  if (a.kind_ != b.kind_ || a.message_ != b.message_ ||
      a.object_ != b.object_ || a.wrapped_ != b.wrapped_ ||
      a.param_ != b.param_) {
    return false;
  }
  if (a.parameters_ == b.parameters_) return true;
  if (a.is(Kind::kMap)) return a.key() == b.key() && a.value() == b.value();
  return a.element() == b.element();
}

int StructType::FieldIndex(std::string_view field) const {
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].name == field) return static_cast<int>(i);
  }
  return -1;
}

bool Assignable(const Type& to, const Type& from) {
  if (to.is_dyn() || from.is_dyn() || to.is_error() || from.is_error()) {
    return true;
  }
  if (from.is(Kind::kNull) && CanBeNull(to)) return true;
  if (to.is(Kind::kWrapper) && from.kind() == to.wrapped()) return true;
  if (from.is(Kind::kWrapper) && to.kind() == from.wrapped()) return true;
  if (to.kind() != from.kind()) return false;
  switch (to.kind()) {
    case Kind::kList:
    case Kind::kOptional:
      return Assignable(to.element(), from.element());
    case Kind::kMap:
      return Assignable(to.key(), from.key()) &&
             Assignable(to.value(), from.value());
    default:
      return to == from;
  }
}

Type Join(const Type& a, const Type& b) {
  if (a.is_error()) return b;
  if (b.is_error() || a == b) return a;
  if (a.is_dyn() || b.is_dyn()) return Type::Dyn();
  if (a.is(Kind::kNull) && CanBeNull(b)) return b;
  if (b.is(Kind::kNull) && CanBeNull(a)) return a;
  if (a.is(Kind::kWrapper) && a.wrapped() == b.kind()) return a;
  if (b.is(Kind::kWrapper) && b.wrapped() == a.kind()) return b;
  if (a.kind() != b.kind()) return Type::Dyn();
  switch (a.kind()) {
    case Kind::kList:
      return Type::List(Join(a.element(), b.element()));
    case Kind::kOptional:
      return Type::Optional(Join(a.element(), b.element()));
    case Kind::kMap:
      return Type::Map(Join(a.key(), b.key()), Join(a.value(), b.value()));
    default:
      return Type::Dyn();
  }
}

std::string_view KindName(Kind kind) {
  switch (kind) {
    case Kind::kError:
      return "error";
    case Kind::kNull:
      return "null_type";
    case Kind::kBool:
      return "bool";
    case Kind::kInt:
      return "int";
    case Kind::kUint:
      return "uint";
    case Kind::kDouble:
      return "double";
    case Kind::kString:
      return "string";
    case Kind::kBytes:
      return "bytes";
    case Kind::kTimestamp:
      return "google.protobuf.Timestamp";
    case Kind::kDuration:
      return "google.protobuf.Duration";
    case Kind::kList:
      return "list";
    case Kind::kMap:
      return "map";
    case Kind::kMessage:
      return "message";
    case Kind::kObject:
      return "object";
    case Kind::kType:
      return "type";
    case Kind::kOptional:
      return "optional_type";
    case Kind::kDyn:
    case Kind::kWrapper:
    case Kind::kParam:
      return "dyn";
  }
  return "dyn";
}

}  // namespace sluice::ruleset::cel
