#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "service/ruleset/cel/type.h"

namespace google::protobuf {
class Message;
}  // namespace google::protobuf

namespace sluice::ruleset::cel {

class Arena;
class List;
class Map;
class Object;
class Value;

// Seconds and nanoseconds: a point in time since 1970-01-01T00:00:00Z, or a
// span. For a span both have the same sign; for a point nanos are 0 to
// 999,999,999.
struct Instant {
  int64_t seconds = 0;
  int32_t nanos = 0;
  friend bool operator==(const Instant&, const Instant&) = default;
};

// One CEL value, 16 bytes, trivially copied. It owns nothing: text, lists, maps
// and messages belong to the program, the arena of the evaluation or the host,
// and the value is valid as long as they are.
class Value {
 public:
  Value() : number_(0) {}  // null

  static Value Null() { return Value(); }
  static Value Bool(bool value) { return Make(Kind::kBool, value ? 1 : 0); }
  static Value Int(int64_t value) { return Make(Kind::kInt, value); }
  static Value Uint(uint64_t value) {
    return Make(Kind::kUint, static_cast<int64_t>(value));
  }
  static Value Double(double value);
  // The text must outlive the value and be below 4 GiB; a string is UTF-8.
  static Value String(std::string_view text) {
    return Make(Kind::kString, text);
  }
  static Value Bytes(std::string_view text) { return Make(Kind::kBytes, text); }
  static Value Timestamp(Instant instant) {
    return Make(Kind::kTimestamp, instant);
  }
  static Value Duration(Instant span) { return Make(Kind::kDuration, span); }
  static Value OfList(const List* list) { return Make(Kind::kList, list); }
  static Value OfMap(const Map* map) { return Make(Kind::kMap, map); }
  static Value OfObject(const Object* object) {
    return Make(Kind::kObject, object);
  }
  // A message as it is; FromMessage (message.h) turns well-known ones into what
  // CEL says they are.
  static Value OfMessage(const google::protobuf::Message* message) {
    return Make(Kind::kMessage, message);
  }
  // A type as a value; the name must outlive it.
  static Value TypeNamed(std::string_view name) {
    return Make(Kind::kType, name);
  }
  // nullptr: optional.none().
  static Value Optional(const Value* value) {
    return Make(Kind::kOptional, value);
  }
  // The message must outlive the value: a literal, or text in the arena.
  static Value Error(std::string_view message) {
    return Make(Kind::kError, message);
  }

  Kind kind() const { return kind_; }
  bool is(Kind kind) const { return kind_ == kind; }
  bool is_error() const { return kind_ == Kind::kError; }
  bool is_true() const { return kind_ == Kind::kBool && number_ != 0; }
  bool is_false() const { return kind_ == Kind::kBool && number_ == 0; }

  // REQUIRES: the kind fits.
  bool bool_value() const { return number_ != 0; }
  int64_t int_value() const { return number_; }
  uint64_t uint_value() const { return static_cast<uint64_t>(number_); }
  double double_value() const { return double_; }
  Instant instant() const { return {number_, static_cast<int32_t>(extra_)}; }
  // Of a string, bytes, a type's name or an error's message.
  std::string_view text() const {
    return {static_cast<const char*>(pointer_), extra_};
  }
  const List& list() const { return *static_cast<const List*>(pointer_); }
  const Map& map() const { return *static_cast<const Map*>(pointer_); }
  const Object& object() const { return *static_cast<const Object*>(pointer_); }
  const google::protobuf::Message& message() const {
    return *static_cast<const google::protobuf::Message*>(pointer_);
  }
  const Value* optional() const { return static_cast<const Value*>(pointer_); }

 private:
  static Value Make(Kind kind, int64_t number);
  static Value Make(Kind kind, std::string_view text);
  static Value Make(Kind kind, Instant instant);
  static Value Make(Kind kind, const void* pointer);

  Kind kind_ = Kind::kNull;
  uint32_t extra_ = 0;  // bytes of a text, nanos of an instant
  union {
    int64_t number_;
    double double_;
    const void* pointer_;
  };
};
static_assert(sizeof(Value) == 16 && std::is_trivially_copyable_v<Value>);

// A list. Implementations are immutable while an evaluation runs.
class List {
 public:
  virtual ~List() = default;
  virtual size_t size() const = 0;
  // REQUIRES: index < size().
  virtual Value At(size_t index, Arena* arena) const = 0;
  // A faster `in` where there is one; nullopt: compare element by element.
  virtual std::optional<bool> Contains(const Value&) const { return {}; }
};

// A map. Keys are bool, int, uint or string; numbers equal across kinds.
class Map {
 public:
  virtual ~Map() = default;
  virtual size_t size() const = 0;
  virtual std::optional<Value> Find(const Value& key, Arena* arena) const = 0;
  // Entries in an order that stays the same. REQUIRES: index < size().
  virtual Value KeyAt(size_t index, Arena* arena) const = 0;
  virtual Value ValueAt(size_t index, Arena* arena) const = 0;
  // Steps that one Find costs.
  virtual size_t find_cost() const { return 1; }
};

// A native struct. `field` is an index into its StructType.
class Object {
 public:
  virtual ~Object() = default;
  virtual const StructType& type() const = 0;
  virtual Value Get(size_t field, Arena* arena) const = 0;
};

// Owns what one evaluation creates. Not thread-safe; reused after Reset.
class Arena {
 public:
  Arena();
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  void* Allocate(size_t bytes);  // aligned for any value
  std::string_view Copy(std::string_view text);
  Value Error(std::string message);

  template <typename T, typename... Args>
  T* New(Args&&... args) {
    T* made = new (Allocate(sizeof(T))) T(std::forward<Args>(args)...);
    if constexpr (!std::is_trivially_destructible_v<T>) {
      cleanups_.emplace_back(made, [](void* p) { static_cast<T*>(p)->~T(); });
    }
    return made;
  }
  google::protobuf::Message* Keep(
      std::unique_ptr<google::protobuf::Message> message);

  // Bytes handed out since the last Reset.
  size_t used() const { return used_; }
  void Reset();

 private:
  void AddBlock(size_t at_least);

  std::vector<std::pair<std::unique_ptr<char[]>, size_t>> blocks_;
  size_t block_ = 0;  // index of the block in use
  size_t at_ = 0;     // first free byte of it
  size_t used_ = 0;
  std::vector<std::pair<void*, void (*)(void*)>> cleanups_;
  std::vector<std::unique_ptr<google::protobuf::Message>> messages_;
};

// A list over values that live elsewhere (in the arena, in a program).
class ValueList final : public List {
 public:
  ValueList(const Value* values, size_t size) : values_(values), size_(size) {}
  size_t size() const override { return size_; }
  Value At(size_t index, Arena*) const override { return values_[index]; }

 private:
  const Value* values_;
  size_t size_;
};

// A list in the arena with a copy of `values`.
Value NewList(const Value* values, size_t size, Arena* arena);

// A map in the arena from keys and values that alternate; an error for a key of
// a wrong kind or one that is there twice. n log n.
Value NewMap(const Value* entries, size_t pairs, Arena* arena);

// For people: a literal as CEL would write it, cut at kMaxDebugBytes.
inline constexpr size_t kMaxDebugBytes = 200;
std::string DebugString(const Value& value);

}  // namespace sluice::ruleset::cel
