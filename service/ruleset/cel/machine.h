#pragma once

#include <string_view>

#include "service/ruleset/cel/eval.h"
#include "service/ruleset/cel/program.h"
#include "service/ruleset/cel/value.h"

namespace sluice::ruleset::cel {

// One run of a program. eval.cc: the loop and the logic; machine_access.cc:
// fields, elements, calls, literals; machine_loop.cc: the macros.
class Machine {
 public:
  Machine(Evaluator* self, const Program& program, const Activation& activation)
      : self_(*self),
        program_(program),
        activation_(activation),
        context_{self->arena_, self->cost_, activation.host},
        stack_(self->stack_.data()),
        top_(stack_) {}

  Value Run();

 private:
  uint64_t& cost() { return self_.cost_; }
  void Push(Value value) { *top_++ = value; }
  Value Pop() { return *--top_; }
  Value& Top() { return top_[-1]; }
  Value Stop(const Instruction& at, std::string_view why);

  void Execute(const Instruction& at);
  void Control(const Instruction& at);
  void Not();
  void Binary(const Instruction& at);
  void Logic(bool absorbing);
  void Branch(const Instruction& at);
  void Matches(const Instruction& at);
  void OpenOptional(const Instruction& at);

  void Field(const Instruction& at);
  void Select(const Instruction& at);
  void Has(const Instruction& at);
  void Index(const Instruction& at);
  void Call(const Instruction& at);
  void MakeList(const Instruction& at);
  void MakeMap(const Instruction& at);
  void MakeMessage(const Instruction& at);
  Value SelectName(const Value& from, std::string_view name, bool* missing);
  Value ElementOf(const Value& from, const Value& index, bool* missing);
  Value AsOptional(Value value, bool missing);
  bool FirstError(size_t count);
  size_t DropAbsent(const Instruction& at, size_t width);

  void LoopBegin(const Instruction& at);
  void LoopNext(const Instruction& at);
  void Filter(const Instruction& at);
  void Advance(const Instruction& next, uint32_t end);
  void SetVariables(const Instruction& at);
  void EndLoop(Value result, uint32_t end);
  Value LoopResult(const Instruction& at);

  Evaluator& self_;
  const Program& program_;
  const Activation& activation_;
  CallContext context_;
  Value* const stack_;
  Value* top_;
  uint32_t pc_ = 0;
  bool failed_ = false;  // the value on top is an error already reported
};

}  // namespace sluice::ruleset::cel
