// Runs parts of the public conformance suite of CEL, given as JSON lines.
//
//   cel_conformance DIR
//
// A line: {expr, name, section, file, bindings?, container?, disable_check?,
// value: typed value, or error: true}. A test passes if compiling and
// evaluating give that value, or fail where an error is expected. Tests that
// need the suite's own test messages are listed with the reason and not run.

#include <fmt/format.h>
#include <google/protobuf/any.pb.h>
#include <google/protobuf/duration.pb.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/timestamp.pb.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/wrappers.pb.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "tests/cel/typed_value.h"

namespace sluice::ruleset::cel {
namespace {

using Json = google::protobuf::Value;

struct Counts {
  int run = 0, passed = 0, left_out = 0;
  int undone = 0;  // of those passed: see UndoTextFormatEscapes
};

std::string Member(const google::protobuf::Struct& test, const char* name) {
  const auto found = test.fields().find(name);
  return found == test.fields().end() ? "" : found->second.string_value();
}

bool Flag(const google::protobuf::Struct& test, const char* name) {
  const auto found = test.fields().find(name);
  return found != test.fields().end() && found->second.bool_value();
}

// The reason not to run a test; empty: run it.
std::string ReasonToLeaveOut(const google::protobuf::Struct& test) {
  constexpr const char* kForeign[] = {"cel.expr.conformance", "TestAllTypes",
                                      "NestedTestAllTypes"};
  for (const char* name : kForeign) {
    if (Member(test, "expr").find(name) != std::string::npos ||
        Member(test, "container").find(name) != std::string::npos) {
      return fmt::format("needs messages of {}, which Sluice does not have",
                         "cel.expr.conformance");
    }
  }
  const auto bindings = test.fields().find("bindings");
  if (bindings != test.fields().end()) {
    for (const auto& [name, value] : bindings->second.struct_value().fields()) {
      if (HasObject(value)) return "binds a message without giving its fields";
    }
  }
  return "";
}

// Empty: passed. Else what happened instead.
std::string RunTest(const google::protobuf::Struct& test, Counts* counts) {
  EnvironmentOptions options;
  options.container = Member(test, "container");
  options.check = !Flag(test, "disable_check");
  options.dynamic_patterns = true;
  Environment environment(options);
  Arena arena;
  std::vector<Value> variables;
  const auto bindings = test.fields().find("bindings");
  if (bindings != test.fields().end()) {
    for (const auto& [name, typed] : bindings->second.struct_value().fields()) {
      environment.AddVariable(name, TypeOfTyped(typed));
      variables.push_back(FromTyped(typed, &arena));
    }
  }
  const bool wants_error = Flag(test, "error");
  const Compiled compiled = Compile(environment, Member(test, "expr"));
  if (compiled.program == nullptr) {
    if (wants_error) return "";
    return "does not compile: " + compiled.diagnostics.front().message;
  }
  Evaluator evaluator;
  const Value result = evaluator.Evaluate(
      *compiled.program, {variables.data(), variables.size(), nullptr});
  if (wants_error) {
    return result.is_error() ? "" : "gave " + DebugString(result);
  }
  const Json& want = test.fields().at("value");
  if (Matches(want, result, &arena)) return "";
  if (Matches(UndoTextFormatEscapes(want), result, &arena)) {
    ++counts->undone;
    return "";
  }
  return fmt::format("gave {} ({})", DebugString(result),
                     KindName(result.kind()));
}

Counts RunFile(const std::filesystem::path& path) {
  Counts counts;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    google::protobuf::Struct test;
    const auto parsed =
        google::protobuf::util::JsonStringToMessage(line, &test);
    if (!parsed.ok()) {
      fmt::print("FAILED {}: a line is not JSON\n", path.filename().string());
      ++counts.run;
      continue;
    }
    const std::string name =
        fmt::format("{}/{}/{}", path.stem().string(), Member(test, "section"),
                    Member(test, "name"));
    const std::string reason = ReasonToLeaveOut(test);
    if (!reason.empty()) {
      fmt::print("left out {}: {}\n", name, reason);
      ++counts.left_out;
      continue;
    }
    ++counts.run;
    const std::string problem = RunTest(test, &counts);
    if (problem.empty()) {
      ++counts.passed;
    } else {
      fmt::print("FAILED {}: {}\n    {}\n", name, problem,
                 Member(test, "expr"));
    }
  }
  fmt::print("{}: {} of {} passed, {} left out\n", path.stem().string(),
             counts.passed, counts.run, counts.left_out);
  return counts;
}

int RunFolder(const std::string& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".jsonl") files.push_back(entry.path());
  }
  if (files.empty()) {
    fmt::print(stderr, "{}: no .jsonl files there\n", folder);
    return 2;
  }
  std::sort(files.begin(), files.end());
  Counts total;
  for (const auto& file : files) {
    const Counts counts = RunFile(file);
    total.run += counts.run;
    total.passed += counts.passed;
    total.left_out += counts.left_out;
    total.undone += counts.undone;
  }
  fmt::print("total: {} of {} passed, {} left out\n", total.passed, total.run,
             total.left_out);
  fmt::print(
      "of these, {} against a value whose text-format escapes (\\u, \\U, \\?) "
      "the data keeps as written\n",
      total.undone);
  const bool ok = total.run > 0 && total.passed == total.run;
  fmt::print(
      "bar cel_conformance_passed {:.3f} 1.000 {}\n",
      total.run == 0 ? 0.0 : static_cast<double>(total.passed) / total.run,
      ok ? "ok" : "short");
  return ok ? 0 : 1;
}

// The suite names well-known messages that nothing here would link in.
void LinkWellKnownMessages() {
  google::protobuf::Any::descriptor();
  google::protobuf::Duration::descriptor();
  google::protobuf::Timestamp::descriptor();
  google::protobuf::Int64Value::descriptor();
  google::protobuf::Struct::descriptor();
}

}  // namespace
}  // namespace sluice::ruleset::cel

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: cel_conformance DIR\n");
    return 2;
  }
  sluice::ruleset::cel::LinkWellKnownMessages();
  return sluice::ruleset::cel::RunFolder(argv[1]);
}
