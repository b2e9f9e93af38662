#pragma once

#include <string>
#include <string_view>

#include "service/ruleset/cel/cel.h"
#include "sluice/v1/signals.pb.h"

namespace sluice::ruleset::cel {

// What `rule("id")` returns in these tests: whether the id begins with "hit".
class FakeOutcome final : public Object {
 public:
  FakeOutcome(const StructType* type, bool hit) : type_(type), hit_(hit) {}
  const StructType& type() const override { return *type_; }
  Value Get(size_t, Arena*) const override { return Value::Bool(hit_); }

 private:
  const StructType* type_;
  bool hit_;
};

// signals, now, rule(), lists.shorteners, as the rule language declares them.
struct TestEnvironment {
  TestEnvironment() : environment(Options()) {
    environment.AddVariable("signals",
                            Type::Message(v1::Signals::descriptor()));
    environment.AddVariable("now", Type::Timestamp(), true);
    outcome = environment.AddStruct({"rule", {{"hit", Type::Bool()}}});
    environment.AddFunction(
        "rule", {Type::String()}, Type::Object(outcome),
        [this](const Value* arguments, size_t, CallContext& context) {
          const bool hit = arguments[0].text().substr(0, 3) == "hit";
          return Value::OfObject(context.arena.New<FakeOutcome>(outcome, hit));
        },
        {true, false});
    environment.AddConstant("lists.shorteners", Type::List(Type::String()),
                            Value::OfList(&shorteners));
  }

  static EnvironmentOptions Options() {
    EnvironmentOptions options;
    options.container = "sluice.v1";
    return options;
  }

  const Value hosts[2] = {Value::String("bit.ly"), Value::String("t.co")};
  const ValueList shorteners{hosts, 2};
  Environment environment;
  const StructType* outcome = nullptr;
};

// The result as text, or "error: ..." or the first diagnostic's message.
inline std::string Eval(std::string_view source,
                        const v1::Signals& signals = {}) {
  TestEnvironment test;
  const Compiled compiled = Compile(test.environment, source);
  if (compiled.program == nullptr) return compiled.diagnostics[0].message;
  const Value variables[] = {Value::OfMessage(&signals),
                             Value::Timestamp({1'700'000'000, 0})};
  Evaluator evaluator;
  return DebugString(
      evaluator.Evaluate(*compiled.program, {variables, 2, nullptr}));
}

}  // namespace sluice::ruleset::cel
