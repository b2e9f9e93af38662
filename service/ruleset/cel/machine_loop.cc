#include "service/ruleset/cel/ast.h"
#include "service/ruleset/cel/machine.h"
#include "service/ruleset/cel/ops.h"

namespace sluice::ruleset::cel {

void Machine::LoopBegin(const Instruction& at) {
  const Value range = Pop();
  if (!range.is(Kind::kList) && !range.is(Kind::kMap)) {
    Push(range.is_error() ? range : NoSuchOverload());
    pc_ = at.b;
    return;
  }
  Evaluator::Loop& loop = self_.loops_.emplace_back();
  loop.range = range;
  loop.size = range.is(Kind::kList) ? range.list().size() : range.map().size();
  loop.collected = self_.collected_.size();
  loop.result = Value::Bool(static_cast<Macro>(at.flag) == Macro::kAll);
  if (loop.size == 0) {
    EndLoop(LoopResult(at), at.b);
  } else {
    SetVariables(at);
  }
}

void Machine::SetVariables(const Instruction& at) {
  const Evaluator::Loop& loop = self_.loops_.back();
  Value* const locals = &self_.locals_[at.a];
  const size_t i = loop.index;
  if (loop.range.is(Kind::kList)) {
    const Value element = loop.range.list().At(i, &self_.arena_);
    locals[0] = at.count == 2 ? Value::Int(static_cast<int64_t>(i)) : element;
    locals[1] = element;
    return;
  }
  locals[0] = loop.range.map().KeyAt(i, &self_.arena_);
  if (at.count == 2) locals[1] = loop.range.map().ValueAt(i, &self_.arena_);
}

// The loop leaves its result and goes on behind its end.
void Machine::EndLoop(Value result, uint32_t end) {
  self_.collected_.resize(self_.loops_.back().collected);
  self_.loops_.pop_back();
  Push(result);
  pc_ = end;
}

Value Machine::LoopResult(const Instruction& at) {
  const Evaluator::Loop& loop = self_.loops_.back();
  const Value* values = self_.collected_.data() + loop.collected;
  const size_t count = self_.collected_.size() - loop.collected;
  switch (static_cast<Macro>(at.flag)) {
    case Macro::kAll:
    case Macro::kExists:
      return loop.result;
    case Macro::kExistsOne:
      return Value::Bool(loop.hits == 1);
    case Macro::kTransformMap:
    case Macro::kTransformMapEntry:
      return NewMap(values, count / 2, &self_.arena_);
    default:
      return NewList(values, count, &self_.arena_);
  }
}

void Machine::Advance(const Instruction& next, uint32_t end) {
  Evaluator::Loop& loop = self_.loops_.back();
  if (++loop.index >= loop.size) {
    EndLoop(LoopResult(next), end);
    return;
  }
  SetVariables(next);
  pc_ = next.b;
}

void Machine::Filter(const Instruction& at) {
  const Value keep = Pop();
  if (keep.is_true()) return;
  if (keep.is_false()) {
    Advance(program_.code_[at.a], at.a + 1);
  } else {
    EndLoop(keep.is_error() ? keep : NoSuchOverload(), at.a + 1);
  }
}

void Machine::LoopNext(const Instruction& at) {
  const Value value = Pop();
  Evaluator::Loop& loop = self_.loops_.back();
  std::vector<Value>& collected = self_.collected_;
  const auto macro = static_cast<Macro>(at.flag);
  const Value error = value.is_error() ? value : NoSuchOverload();
  const bool is_bool = value.is(Kind::kBool);
  switch (macro) {
    case Macro::kAll:
    case Macro::kExists: {
      // The deciding value ends it; an error waits for one.
      const bool deciding = macro == Macro::kExists;
      if (is_bool && value.bool_value() == deciding) {
        return EndLoop(value, pc_);
      }
      if (!is_bool && !loop.result.is_error()) loop.result = error;
      return Advance(at, pc_);
    }
    case Macro::kExistsOne:
    case Macro::kFilter:
      if (!is_bool) return EndLoop(error, pc_);
      if (value.is_true()) {
        ++loop.hits;
        if (macro == Macro::kFilter) collected.push_back(self_.locals_[at.a]);
      }
      return Advance(at, pc_);
    case Macro::kTransformMap:
      if (value.is_error()) return EndLoop(value, pc_);
      collected.push_back(self_.locals_[at.a]);
      collected.push_back(value);
      return Advance(at, pc_);
    case Macro::kTransformMapEntry:
      if (!value.is(Kind::kMap) || value.map().size() != 1) {
        return EndLoop(error, pc_);
      }
      collected.push_back(value.map().KeyAt(0, &self_.arena_));
      collected.push_back(value.map().ValueAt(0, &self_.arena_));
      return Advance(at, pc_);
    default:
      if (value.is_error()) return EndLoop(value, pc_);
      collected.push_back(value);
      return Advance(at, pc_);
  }
}

}  // namespace sluice::ruleset::cel
