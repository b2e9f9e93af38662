// A stack machine. Errors are values: strict steps hand them on, && and || and
// the macros built on them absorb them.

#include "service/ruleset/cel/eval.h"

#include <re2/re2.h>

#include <algorithm>

#include "service/ruleset/cel/ast.h"
#include "service/ruleset/cel/machine.h"
#include "service/ruleset/cel/ops.h"
#include "service/ruleset/cel/step.h"

namespace sluice::ruleset::cel {

Value Machine::Run() {
  const std::vector<Instruction>& code = program_.code_;
  while (pc_ < code.size()) {
    const Instruction& at = code[pc_++];
    if (++cost() > self_.max_steps_) return Stop(at, "cost limit exceeded");
    if (self_.arena_.used() > kMaxArenaBytes) {
      return Stop(at, "memory limit exceeded");
    }
    const bool was_ok = !failed_;
    Execute(at);
    if (top_ == stack_) continue;
    if (top_[-1].is_error() && was_ok) {
      failed_ = true;
      self_.error_span_ = program_.node_spans_[at.node];
    } else if (!top_[-1].is_error()) {
      failed_ = false;
    }
    if (self_.trace_ != nullptr) (*self_.trace_)[at.node] = top_[-1];
  }
  // A limit that was met inside an absorbed operand is still a limit met.
  if (cost() > self_.max_steps_) {
    return Value::Error("cost limit exceeded");
  }
  return Pop();
}

Value Machine::Stop(const Instruction& at, std::string_view why) {
  self_.error_span_ = program_.node_spans_[at.node];
  return Value::Error(why);
}

void Machine::Execute(const Instruction& at) {
  switch (at.step) {
    case Step::kConstant:
      return Push(program_.constants_[at.a]);
    case Step::kVariable:
      return Push(at.a < activation_.count
                      ? activation_.variables[at.a]
                      : Value::Error("no value for a variable"));
    case Step::kLocal:
      return Push(self_.locals_[at.a]);
    case Step::kFail:
      return Push(Value::Error(program_.names_[at.a]));
    case Step::kField:
      return Field(at);
    case Step::kSelect:
      return Select(at);
    case Step::kHas:
      return Has(at);
    case Step::kIndex:
      return Index(at);
    case Step::kCall:
      return Call(at);
    case Step::kMatches:
      return Matches(at);
    case Step::kList:
      return MakeList(at);
    case Step::kMap:
      return MakeMap(at);
    case Step::kMessage:
      return MakeMessage(at);
    case Step::kNot:
      return Not();
    case Step::kNegate:
      if (!Top().is_error()) Top() = Negate(Top());
      return;
    case Step::kBinary:
      return Binary(at);
    default:
      return Control(at);
  }
}

void Machine::Control(const Instruction& at) {
  switch (at.step) {
    case Step::kAndJump:
      if (Top().is_false()) pc_ = at.a;
      return;
    case Step::kAnd:
      return Logic(false);
    case Step::kOrJump:
      if (Top().is_true()) pc_ = at.a;
      return;
    case Step::kOr:
      return Logic(true);
    case Step::kBranch:
      return Branch(at);
    case Step::kJump:
      pc_ = at.a;
      return;
    case Step::kStore:
      self_.locals_[at.a] = Pop();
      return;
    case Step::kLoopBegin:
      return LoopBegin(at);
    case Step::kFilter:
      return Filter(at);
    case Step::kLoopNext:
      return LoopNext(at);
    case Step::kOptional:
      return OpenOptional(at);
    case Step::kOptionalOf:
      if (!Top().is_error()) {
        Top() = Value::Optional(self_.arena_.New<Value>(Top()));
      }
      return;
    default:
      return;
  }
}

void Machine::Not() {
  if (Top().is(Kind::kBool)) {
    Top() = Value::Bool(!Top().bool_value());
  } else if (!Top().is_error()) {
    Top() = NoSuchOverload();
  }
}

void Machine::Binary(const Instruction& at) {
  const Value right = Pop();
  Value& left = Top();
  if (left.is_error()) return;
  left = right.is_error()
             ? right
             : BinaryOperation(static_cast<Op>(at.flag), left, right, context_);
}

// && (absorbing == false) and ||: the value that decides wins over errors.
void Machine::Logic(bool absorbing) {
  const Value right = Pop();
  Value& left = Top();
  const auto decides = [absorbing](const Value& value) {
    return absorbing ? value.is_true() : value.is_false();
  };
  if (decides(left) || decides(right)) {
    left = Value::Bool(absorbing);
  } else if (left.is_error()) {
    return;
  } else if (right.is_error()) {
    left = right;
  } else if (!left.is(Kind::kBool) || !right.is(Kind::kBool)) {
    left = NoSuchOverload();
  } else {
    left = Value::Bool(!absorbing);
  }
}

void Machine::Branch(const Instruction& at) {
  const Value condition = Pop();
  if (condition.is_true()) return;
  if (condition.is_false()) {
    pc_ = at.a;
    return;
  }
  Push(condition.is_error() ? condition : NoSuchOverload());
  pc_ = program_.code_[at.a - 1].a;
}

void Machine::Matches(const Instruction& at) {
  Value& value = Top();
  if (value.is_error()) return;
  if (!value.is(Kind::kString)) {
    value = NoSuchOverload();
    return;
  }
  context_.ChargeBytes(4 * value.text().size());
  value = Value::Bool(RE2::PartialMatch(
      re2::StringPiece(value.text().data(), value.text().size()),
      *program_.compiled_patterns_[at.a]));
}

void Machine::OpenOptional(const Instruction& at) {
  const Value value = Pop();
  if (value.is(Kind::kOptional) && value.optional() != nullptr) {
    self_.locals_[at.a] = *value.optional();
    return;
  }
  Push(value.is_error() || value.is(Kind::kOptional) ? value
                                                     : NoSuchOverload());
  pc_ = at.b;
}

Evaluator::Evaluator(uint64_t max_steps) : max_steps_(max_steps) {}
Evaluator::~Evaluator() = default;

Value Evaluator::Evaluate(const Program& program,
                          const Activation& activation) {
  arena_.Reset();
  cost_ = 0;
  error_span_ = {0, 0};
  if (stack_.size() < program.max_stack_ + 1) {
    stack_.resize(program.max_stack_ + 1);
  }
  if (locals_.size() < program.max_locals_) {
    locals_.resize(program.max_locals_);
  }
  loops_.clear();
  collected_.clear();
  return Machine(this, program, activation).Run();
}

}  // namespace sluice::ruleset::cel
