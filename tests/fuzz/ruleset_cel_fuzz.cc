// Parses, checks and evaluates arbitrary bytes, checked and unchecked: no
// crash, no leak, no run past the limits, and diagnostics that lie inside the
// text.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "service/ruleset/cel/cel.h"
#include "sluice/v1/signals.pb.h"

namespace cel = sluice::ruleset::cel;

namespace {

cel::Environment MakeEnvironment(bool check) {
  cel::EnvironmentOptions options;
  options.container = "sluice.v1";
  options.check = check;
  options.dynamic_patterns = true;
  cel::Environment environment(options);
  environment.AddVariable(
      "signals", cel::Type::Message(sluice::v1::Signals::descriptor()));
  environment.AddVariable("now", cel::Type::Timestamp(), true);
  environment.AddVariable("x", cel::Type::Dyn());
  return environment;
}

void Run(const cel::Environment& environment, std::string_view source) {
  sluice::v1::Signals signals;
  signals.mutable_links()->set_count(3);
  signals.mutable_links()->add_items()->set_host("example.com");
  (*signals.mutable_markup()->mutable_removed_by_kind())["url"] = 2;
  const cel::Value variables[] = {cel::Value::OfMessage(&signals),
                                  cel::Value::Timestamp({1'700'000'000, 0}),
                                  cel::Value::String("x")};
  const cel::Compiled compiled = cel::Compile(environment, source);
  for (const cel::Diagnostic& diagnostic : compiled.diagnostics) {
    if (diagnostic.begin > diagnostic.end || diagnostic.end > source.size() ||
        diagnostic.message.empty()) {
      std::abort();
    }
  }
  if (compiled.program == nullptr) return;
  cel::Evaluator evaluator(20'000);
  evaluator.Evaluate(*compiled.program, {variables, 3, nullptr});
  evaluator.Explain(*compiled.program, {variables, 3, nullptr});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const cel::Environment checked = MakeEnvironment(true);
  static const cel::Environment unchecked = MakeEnvironment(false);
  const std::string_view source(reinterpret_cast<const char*>(data), size);
  Run(checked, source);
  Run(unchecked, source);
  return 0;
}
