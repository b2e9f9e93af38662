#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "service/ruleset/cel/type.h"
#include "service/ruleset/cel/value.h"

namespace google::protobuf {
class DescriptorPool;
}  // namespace google::protobuf

namespace sluice::ruleset::cel {

// Past it a program ends with the error "cost limit exceeded". A step is about
// one operation on small values; 32 bytes of text, one element of a list or one
// entry of a map looked at are one more.
inline constexpr uint64_t kMaxSteps = 100'000;
// Bytes one evaluation may create ("memory limit exceeded").
inline constexpr size_t kMaxArenaBytes = 4 << 20;
// Bytes of one text it creates.
inline constexpr size_t kMaxTextBytes = 1 << 20;

// What a function sees of the evaluation that calls it.
struct CallContext {
  Arena& arena;
  uint64_t& cost;    // steps so far; a function adds what it does beyond one
  const void* host;  // Activation::host

  // `bytes` of text were read or written.
  void ChargeBytes(size_t bytes) { cost += bytes / 32; }
  // `n` elements were visited.
  void Charge(uint64_t n) { cost += n; }
};

// Called with as many arguments as were declared, each of its declared kind
// (any kind where dyn was declared) and never an error. What it returns lives
// in the arena or outlives the evaluation. Must be safe to call from several
// threads at once.
using Function = std::function<Value(const Value* arguments, size_t count,
                                     CallContext& context)>;

// One way to call a function.
struct Overload {
  bool method = false;  // parameters[0] is before the dot
  std::vector<Type> parameters;
  Type result;
  // Exactly one of the two is set.
  Value (*builtin)(const Value*, size_t, CallContext&) = nullptr;
  Function host;
};

struct FunctionDeclaration {
  std::string name;
  std::vector<Overload> overloads;
  bool is_host = false;
  // Every argument must be a literal: the loader has to know what is called.
  bool literal_arguments = false;
  bool time_dependent = false;
  bool any_count = false;  // takes any number of arguments (math.greatest)
};

// A variable, or a constant under a qualified name (`lists.shorteners`).
struct NameDeclaration {
  std::string name;
  Type type;
  bool is_constant = false;
  Value constant;
  uint32_t index = 0;  // of a variable: into Activation::variables
  bool time_dependent = false;
};

struct EnvironmentOptions {
  // Names are looked up in this package first: "sluice.v1".
  std::string container;
  // Where message and enum names come from; nullptr: the linked-in protos.
  const google::protobuf::DescriptorPool* pool = nullptr;
  // false: nothing is reported that evaluation would find (the conformance
  // suite's `disable_check`). Syntax errors always are.
  bool check = true;
  // Whether `matches` takes a pattern that is not a literal.
  bool dynamic_patterns = false;
};

// The names an expression may use. Built once, then const and safe to share
// between threads; outlives the programs compiled in it. Constants' values must
// outlive it.
class Environment {
 public:
  explicit Environment(EnvironmentOptions options = {});

  // `name` may be qualified ("a.b"). REQUIRES: not yet declared. Returns the
  // index of the variable in Activation::variables.
  uint32_t AddVariable(std::string name, Type type,
                       bool time_dependent = false);
  void AddConstant(std::string name, Type type, Value value);
  const StructType* AddStruct(StructType type);

  struct FunctionFlags {
    bool literal_arguments = false;
    bool time_dependent = false;
  };
  void AddFunction(std::string name, std::vector<Type> parameters, Type result,
                   Function function, FunctionFlags flags);
  void AddFunction(std::string name, std::vector<Type> parameters, Type result,
                   Function function) {
    AddFunction(std::move(name), std::move(parameters), std::move(result),
                std::move(function), FunctionFlags{});
  }

  // For the checker. nullptr: no such name.
  const NameDeclaration* FindName(std::string_view name) const;
  // Host functions first, then the built-in ones.
  const FunctionDeclaration* FindFunction(std::string_view name) const;
  // The container, its parents, and "": where a name is looked up, in order.
  std::vector<std::string> Scopes() const;

  const EnvironmentOptions& options() const { return options_; }
  const google::protobuf::DescriptorPool* pool() const { return options_.pool; }
  const std::map<std::string, NameDeclaration, std::less<>>& names() const {
    return names_;
  }
  const std::map<std::string, FunctionDeclaration, std::less<>>& functions()
      const {
    return functions_;
  }
  uint32_t variables() const { return variables_; }

 private:
  EnvironmentOptions options_;
  std::map<std::string, NameDeclaration, std::less<>> names_;
  std::map<std::string, FunctionDeclaration, std::less<>> functions_;
  std::deque<StructType> structs_;
  uint32_t variables_ = 0;
};

}  // namespace sluice::ruleset::cel
