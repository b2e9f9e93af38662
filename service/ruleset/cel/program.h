#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "service/ruleset/cel/environment.h"
#include "service/ruleset/cel/type.h"
#include "service/ruleset/cel/value.h"

namespace google::protobuf {
class Descriptor;
class FieldDescriptor;
}  // namespace google::protobuf
namespace re2 {
class RE2;
}  // namespace re2

namespace sluice::ruleset::cel {

enum class Step : uint8_t;

// One step of a program. What `a` and `b` index is said at each Step (step.h).
struct Instruction {
  Step step;
  uint8_t flag = 0;
  uint16_t count = 0;
  uint32_t a = 0;
  uint32_t b = 0;
  uint32_t node = 0;  // of the syntax tape, for positions
};

// A checked expression as a flat list of steps for a stack machine. Immutable
// and safe to share between threads. The environment must outlive it.
class Program {
 public:
  struct LiteralCall {
    std::string function;  // "rule"
    std::string argument;  // its one literal string argument
    uint32_t begin, end;   // bytes of the call in the source
  };
  struct Pattern {
    std::string text;     // RE2 syntax
    uint32_t begin, end;  // bytes of the literal in the source
  };
  struct Span {
    uint32_t begin, end;
  };

  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  std::string_view source() const { return source_; }
  const Type& type() const { return type_; }
  const Environment& environment() const { return *environment_; }

  // What it reads: "now", "signals.links.count", "rules.score"; the longest
  // path that is known when compiling; sorted, each once.
  const std::vector<std::string>& reads() const { return reads_; }
  // Literal patterns given to `matches`.
  const std::vector<Pattern>& patterns() const { return patterns_; }
  // Calls of host functions with one literal string: rule("pharma-names").
  const std::vector<LiteralCall>& literal_calls() const {
    return literal_calls_;
  }
  // Reads a variable or calls a function that was declared time-dependent.
  bool time_dependent() const { return time_dependent_; }

 private:
  friend class Assembler;
  friend class Machine;
  friend class Evaluator;
  Program();

  // What an explanation shows of one operand of `&&` at the top.
  struct Conjunct {
    Span span;
    uint32_t node;
    std::vector<uint32_t> leaves;  // nodes whose values tell why
  };

  // T{a: 1, ?b: c}
  struct MessageLiteral {
    const google::protobuf::Descriptor* message;
    std::vector<const google::protobuf::FieldDescriptor*> fields;
  };

  const Environment* environment_ = nullptr;
  std::string source_;
  Type type_;
  std::vector<Instruction> code_;
  std::vector<Value> constants_;
  std::deque<std::string> texts_;  // what constants and names point into
  std::vector<std::string_view> names_;
  std::vector<const google::protobuf::FieldDescriptor*> fields_;
  std::vector<const FunctionDeclaration*> functions_;
  std::vector<MessageLiteral> messages_;
  // Which items of a literal are written with a '?'.
  std::vector<std::vector<bool>> optional_items_;
  std::vector<std::unique_ptr<re2::RE2>> compiled_patterns_;
  std::vector<Span> node_spans_;
  std::vector<Conjunct> conjuncts_;
  std::vector<std::string> reads_;
  std::vector<Pattern> patterns_;
  std::vector<LiteralCall> literal_calls_;
  bool time_dependent_ = false;
  uint32_t max_stack_ = 0;
  uint32_t max_locals_ = 0;
};

}  // namespace sluice::ruleset::cel
