#include "service/ruleset/cel/macros.h"

namespace sluice::ruleset::cel {
namespace {

constexpr std::string_view kCondition =
    "the name of a variable and a condition: list.all(x, x > 0)";
constexpr std::string_view kTransform =
    "the name of a variable and an expression: list.map(x, x + 1)";
constexpr std::string_view kTwo =
    "two names of variables and an expression: list.transformList(i, v, v + i)";

constexpr MacroShape kMacros[] = {
    {"all", Macro::kAll, SecondVariable::kMaybe, false, kCondition},
    {"exists", Macro::kExists, SecondVariable::kMaybe, false, kCondition},
    {"exists_one", Macro::kExistsOne, SecondVariable::kMaybe, false,
     kCondition},
    {"existsOne", Macro::kExistsOne, SecondVariable::kMaybe, false, kCondition},
    {"filter", Macro::kFilter, SecondVariable::kNever, false, kCondition},
    {"map", Macro::kMap, SecondVariable::kNever, true, kTransform},
    {"transformList", Macro::kTransformList, SecondVariable::kAlways, true,
     kTwo},
    {"transformMap", Macro::kTransformMap, SecondVariable::kAlways, true, kTwo},
    {"transformMapEntry", Macro::kTransformMapEntry, SecondVariable::kAlways,
     true, kTwo},
    {"optMap", Macro::kOptMap, SecondVariable::kNever, false, kTransform},
    {"optFlatMap", Macro::kOptFlatMap, SecondVariable::kNever, false,
     kTransform},
};

}  // namespace

const MacroShape* FindMacro(std::string_view name) {
  for (const MacroShape& shape : kMacros) {
    if (shape.name == name) return &shape;
  }
  return nullptr;
}

}  // namespace sluice::ruleset::cel
