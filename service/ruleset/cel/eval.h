#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "service/ruleset/cel/program.h"
#include "service/ruleset/cel/value.h"

namespace sluice::ruleset::cel {

// What one evaluation reads. The arrays must outlive the call.
struct Activation {
  const Value* variables = nullptr;  // by the index AddVariable returned
  size_t count = 0;                  // those past it are errors when read
  const void* host = nullptr;        // handed to host functions
};

// Why a condition did not hold.
struct Explanation {
  struct Operand {
    uint32_t begin, end;  // bytes in the source
    std::string text;     // "signals.links.count"
    std::string value;    // "2", or the error
  };
  Value result;
  // The first operand of the `&&` at the top that was false or an error (the
  // whole expression if there is no `&&`); begin == end if it held.
  uint32_t begin = 0, end = 0;
  std::string text;
  std::vector<Operand> operands;  // at most kMaxExplainedOperands
};
inline constexpr size_t kMaxExplainedOperands = 16;

// Runs programs. Keeps its memory from one run to the next: one evaluator per
// thread, or per check. Not thread-safe.
class Evaluator {
 public:
  explicit Evaluator(uint64_t max_steps = kMaxSteps);
  ~Evaluator();
  Evaluator(const Evaluator&) = delete;
  Evaluator& operator=(const Evaluator&) = delete;

  // The value, or an error (Kind::kError). Valid until the next call, and as
  // long as the program and the activation.
  Value Evaluate(const Program& program, const Activation& activation);

  // The same, and why it did not hold. Slow; allocates.
  Explanation Explain(const Program& program, const Activation& activation);

  // Steps that the last run took.
  uint64_t cost() const { return cost_; }
  // Bytes in the source of the operation that raised the last run's error.
  Program::Span error_span() const { return error_span_; }

 private:
  friend class Machine;
  // A comprehension under way.
  struct Loop {
    Value range;
    Value result;  // all, exists: so far
    size_t index = 0, size = 0;
    size_t collected = 0;  // where its results begin in collected_
    uint64_t hits = 0;
  };

  const uint64_t max_steps_;
  uint64_t cost_ = 0;
  Program::Span error_span_{0, 0};
  Arena arena_;
  std::vector<Value> stack_;
  std::vector<Value> locals_;
  std::vector<Loop> loops_;
  std::vector<Value> collected_;
  std::vector<Value>* trace_ = nullptr;  // values by node, when explaining
};

}  // namespace sluice::ruleset::cel
