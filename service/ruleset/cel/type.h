#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace google::protobuf {
class Descriptor;
}  // namespace google::protobuf

namespace sluice::ruleset::cel {

// What a value is at run time, and what the checker knows about an expression.
// The last row occurs in types only.
enum class Kind : uint8_t {
  kError,
  kNull,
  kBool,
  kInt,
  kUint,
  kDouble,
  kString,
  kBytes,
  kTimestamp,
  kDuration,
  kList,
  kMap,
  kMessage,   // a protobuf message
  kObject,    // a native struct of the host (StructType)
  kType,      // a type as a value: type(1)
  kOptional,  // optional.of(1), optional.none()

  kDyn,      // any value, known at run time only
  kWrapper,  // google.protobuf.Int64Value and its like: the value or null
  kParam,    // a type parameter in a function's signature
};

struct StructType;

// A static type. Cheap to copy; descriptors and StructTypes must outlive it.
class Type {
 public:
  Type() = default;  // the type of something that has already been reported

  static Type Error() { return Type(); }
  static Type Dyn() { return Type(Kind::kDyn); }
  static Type Null() { return Type(Kind::kNull); }
  static Type Bool() { return Type(Kind::kBool); }
  static Type Int() { return Type(Kind::kInt); }
  static Type Uint() { return Type(Kind::kUint); }
  static Type Double() { return Type(Kind::kDouble); }
  static Type String() { return Type(Kind::kString); }
  static Type Bytes() { return Type(Kind::kBytes); }
  static Type Timestamp() { return Type(Kind::kTimestamp); }
  static Type Duration() { return Type(Kind::kDuration); }
  static Type TypeType() { return Type(Kind::kType); }
  static Type Of(Kind kind) { return Type(kind); }
  static Type List(Type element);
  static Type Map(Type key, Type value);
  static Type Optional(Type value);
  static Type Wrapper(Kind primitive);
  static Type Param(char name);
  // Well-known messages become what CEL says they are: Timestamp a timestamp,
  // Int64Value a wrapper, Struct a map, Any and Value dyn.
  static Type Message(const google::protobuf::Descriptor* descriptor);
  static Type Object(const StructType* object);

  Kind kind() const { return kind_; }
  bool is(Kind kind) const { return kind_ == kind; }
  bool is_error() const { return kind_ == Kind::kError; }
  bool is_dyn() const { return kind_ == Kind::kDyn; }

  Type element() const { return Parameter(0); }  // of a list or an optional
  Type key() const { return Parameter(0); }      // of a map
  Type value() const { return Parameter(1); }    // of a map
  Kind wrapped() const { return wrapped_; }      // of a wrapper
  char param() const { return param_; }          // of a parameter
  const google::protobuf::Descriptor* message() const { return message_; }
  const StructType* object() const { return object_; }

  // As CEL writes it: "list(int)", "google.protobuf.Timestamp", "wrapper(int)".
  std::string name() const;

  friend bool operator==(const Type& a, const Type& b);
  friend bool operator!=(const Type& a, const Type& b) { return !(a == b); }

 private:
  explicit Type(Kind kind) : kind_(kind) {}
  Type Parameter(size_t index) const;

  Kind kind_ = Kind::kError;
  Kind wrapped_ = Kind::kError;
  char param_ = 0;
  const google::protobuf::Descriptor* message_ = nullptr;
  const StructType* object_ = nullptr;
  std::shared_ptr<const std::array<Type, 2>> parameters_;
};

// A native struct that the host declares: what `rule("id")` returns.
struct StructType {
  struct Field {
    std::string name;
    Type type;
  };
  std::string name;
  std::vector<Field> fields;

  // -1: no such field.
  int FieldIndex(std::string_view field) const;
};

// Whether a value of type `from` may stand where `to` is wanted: equal types,
// dyn on either side, null for what can be null, a wrapper for its primitive.
bool Assignable(const Type& to, const Type& from);

// The one type both fit, else dyn.
Type Join(const Type& a, const Type& b);

// The name of a kind of value: "int", "null_type", "google.protobuf.Duration".
std::string_view KindName(Kind kind);

}  // namespace sluice::ruleset::cel
