#include <algorithm>

#include "service/ruleset/cel/eval.h"

namespace sluice::ruleset::cel {
namespace {

// Stands for "was not evaluated" in a trace.
constexpr std::string_view kNotEvaluated = "not evaluated";

bool WasEvaluated(const Value& value) {
  return !value.is_error() || value.text().data() != kNotEvaluated.data();
}

}  // namespace

Explanation Evaluator::Explain(const Program& program,
                               const Activation& activation) {
  std::vector<Value> trace(program.node_spans_.size(),
                           Value::Error(kNotEvaluated));
  trace_ = &trace;
  Explanation explanation;
  explanation.result = Evaluate(program, activation);
  trace_ = nullptr;
  if (explanation.result.is_true()) return explanation;
  const std::string_view source = program.source();
  const auto text = [source](Program::Span span) {
    return std::string(source.substr(span.begin, span.end - span.begin));
  };
  // A false operand says why; an error does only if nothing is false.
  const auto& conjuncts = program.conjuncts_;
  auto failed = std::find_if(
      conjuncts.begin(), conjuncts.end(),
      [&trace](const auto& c) { return trace[c.node].is_false(); });
  if (failed == conjuncts.end()) {
    failed = std::find_if(
        conjuncts.begin(), conjuncts.end(), [&trace](const auto& c) {
          return WasEvaluated(trace[c.node]) && !trace[c.node].is_true();
        });
  }
  if (failed == conjuncts.end()) failed = conjuncts.begin();
  explanation.begin = failed->span.begin;
  explanation.end = failed->span.end;
  explanation.text = text(failed->span);
  for (const uint32_t leaf : failed->leaves) {
    if (explanation.operands.size() == kMaxExplainedOperands) break;
    if (!WasEvaluated(trace[leaf])) continue;
    const Program::Span span = program.node_spans_[leaf];
    explanation.operands.push_back(
        {span.begin, span.end, text(span), DebugString(trace[leaf])});
  }
  return explanation;
}

}  // namespace sluice::ruleset::cel
