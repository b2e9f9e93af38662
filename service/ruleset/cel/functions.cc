#include "service/ruleset/cel/functions.h"

#include <cassert>
#include <map>
#include <string>
#include <utility>

namespace sluice::ruleset::cel {
namespace {

using Table = std::map<std::string, FunctionDeclaration, std::less<>>;

// The type that begins at text[*at]; *at ends behind it.
Type ReadType(std::string_view text, size_t* at) {
  const size_t begin = *at;
  while (*at < text.size() && text.find_first_of("<>,(): ", *at) != *at) ++*at;
  const std::string_view name = text.substr(begin, *at - begin);
  std::vector<Type> parameters;
  if (*at < text.size() && text[*at] == '<') {
    do {
      ++*at;
      parameters.push_back(ReadType(text, at));
    } while (text[*at] == ',');
    ++*at;
  }
  if (name == "list") return Type::List(parameters[0]);
  if (name == "map") return Type::Map(parameters[0], parameters[1]);
  if (name == "optional") return Type::Optional(parameters[0]);
  if (name == "A" || name == "B") return Type::Param(name[0]);
  static constexpr std::pair<std::string_view, Kind> kKinds[] = {
      {"bool", Kind::kBool},           {"int", Kind::kInt},
      {"uint", Kind::kUint},           {"double", Kind::kDouble},
      {"string", Kind::kString},       {"bytes", Kind::kBytes},
      {"timestamp", Kind::kTimestamp}, {"duration", Kind::kDuration},
      {"type", Kind::kType},           {"dyn", Kind::kDyn}};
  for (const auto& [kind_name, kind] : kKinds) {
    if (kind_name == name) return Type::Of(kind);
  }
  return Type::Error();  // not a type: a namespace such as math
}

void AddRow(const BuiltinRow& row, Table* table) {
  const std::string_view text = row.signature;
  const size_t open = text.find('(');
  std::string_view name = text.substr(0, open);
  Overload overload;
  overload.builtin = row.function;
  // A receiver's type may itself hold a dot-free list<T>; the last dot counts.
  const size_t dot = name.rfind('.');
  if (dot != std::string_view::npos && name.substr(0, dot) != "optional") {
    size_t at = 0;
    const Type receiver = ReadType(name.substr(0, dot), &at);
    if (!receiver.is_error()) {
      overload.method = true;
      overload.parameters.push_back(receiver);
      name.remove_prefix(dot + 1);
    }
  }
  FunctionDeclaration& function = (*table)[std::string(name)];
  function.name = name;
  size_t at = open + 1;
  if (text.substr(at, 3) == "...") {
    function.any_count = true;
    at += 3;
  }
  while (text[at] != ')') {
    overload.parameters.push_back(ReadType(text, &at));
    while (text[at] == ',' || text[at] == ' ') ++at;
  }
  at = text.find(": ", at) + 2;
  overload.result = ReadType(text, &at);
  assert(!overload.result.is_error());
  function.overloads.push_back(std::move(overload));
}

const Table& Builtins() {
  static const Table* const table = [] {
    auto* made = new Table;
    for (const auto& rows :
         {ConversionFunctions(), StringFunctions(), TimeFunctions(),
          CollectionFunctions(), MathFunctions()}) {
      for (const BuiltinRow& row : rows) AddRow(row, made);
    }
    return made;
  }();
  return *table;
}

}  // namespace

const FunctionDeclaration* FindBuiltin(std::string_view name) {
  const auto found = Builtins().find(name);
  return found == Builtins().end() ? nullptr : &found->second;
}

std::vector<const FunctionDeclaration*> BuiltinFunctions() {
  std::vector<const FunctionDeclaration*> functions;
  for (const auto& [name, function] : Builtins()) {
    functions.push_back(&function);
  }
  return functions;
}

}  // namespace sluice::ruleset::cel
