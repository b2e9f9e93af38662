#include "service/ruleset/cel/checker.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <utility>

#include "service/ruleset/cel/field_path.h"
#include "service/ruleset/cel/operators.h"
#include "service/ruleset/cel/resolver.h"
#include "service/ruleset/cel/suggest.h"

namespace sluice::ruleset::cel {
namespace {

using google::protobuf::FieldDescriptor;

// Names in one qualified name that are tried together.
constexpr size_t kMaxQualifiedNames = 16;
// Paths grow no longer: each selection of a long chain keeps its own.
constexpr size_t kMaxPathBytes = 512;

bool IsMapKey(const Type& type) {
  return type.is_dyn() || type.is_error() || type.is(Kind::kBool) ||
         type.is(Kind::kInt) || type.is(Kind::kUint) || type.is(Kind::kString);
}

Type SingularType(const FieldDescriptor* field) {
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
      return Type::Int();
    case FieldDescriptor::CPPTYPE_UINT32:
    case FieldDescriptor::CPPTYPE_UINT64:
      return Type::Uint();
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT:
      return Type::Double();
    case FieldDescriptor::CPPTYPE_BOOL:
      return Type::Bool();
    case FieldDescriptor::CPPTYPE_ENUM:
      return field->enum_type()->full_name() == "google.protobuf.NullValue"
                 ? Type::Null()
                 : Type::Int();
    case FieldDescriptor::CPPTYPE_STRING:
      return field->type() == FieldDescriptor::TYPE_BYTES ? Type::Bytes()
                                                          : Type::String();
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return Type::Message(field->message_type());
  }
  return Type::Dyn();
}

class Checker {
 public:
  Checker(const Environment& environment, Ast* ast, Diagnostics* diagnostics)
      : strict_(environment.options().check),
        environment_(environment),
        resolver_(environment),
        ast_(*ast),
        diagnostics_(diagnostics),
        facts_(ast->nodes.size()) {}

  std::vector<Fact> Run(const Type& want) {
    for (uint32_t i = 0; i < ast_.nodes.size(); ++i) {
      if (ast_.nodes[i].op != Op::kNothing) Visit(i);
    }
    const Type& type = facts_[ast_.root].type;
    if (!Assignable(want, type)) {
      const Node& root = ast_.nodes[ast_.root];
      Report(
          root.begin, root.end,
          fmt::format("this must be {}, it is {}", want.name(), type.name()));
    }
    return std::move(facts_);
  }

 private:
  const Type& TypeOf(uint32_t node) const { return facts_[node].type; }

  void Report(uint32_t begin, uint32_t end, std::string message) {
    if (strict_ && diagnostics_->size() < kMaxDiagnostics) {
      diagnostics_->push_back({begin, end, std::move(message)});
    }
  }
  void ReportAt(const Node& node, std::string message) {
    Report(node.begin, node.end, std::move(message));
  }
  void ReportName(const Node& node, std::string message) {
    Report(node.name_begin, node.name_end, std::move(message));
  }
  // What a node is after something was wrong with it: silent from here on, and
  // without checking whatever evaluation makes of it.
  Type Broken() const { return strict_ ? Type::Error() : Type::Dyn(); }

  void Visit(uint32_t i) {
    const Node& node = ast_.nodes[i];
    Type& type = facts_[i].type;
    switch (node.op) {
      case Op::kNull:
        type = Type::Null();
        break;
      case Op::kBool:
        type = Type::Bool();
        break;
      case Op::kInt:
        type = Type::Int();
        break;
      case Op::kUint:
        type = Type::Uint();
        break;
      case Op::kDouble:
        type = Type::Double();
        break;
      case Op::kString:
        type = Type::String();
        break;
      case Op::kBytes:
        type = Type::Bytes();
        break;
      case Op::kIdent:
        Ident(i);
        break;
      case Op::kLocal:
        Local(i);
        break;
      case Op::kSelect:
      case Op::kHas:
        Select(i);
        break;
      case Op::kIndex:
        type = Index(node);
        break;
      case Op::kCall:
        Call(i);
        break;
      case Op::kList:
        type = ListType(node);
        break;
      case Op::kMap:
        type = MapType(node);
        break;
      case Op::kMessage:
        Message(i);
        break;
      case Op::kBind:
        Bind(i);
        break;
      case Op::kFilterMark:
        WantBool(node.a, "the condition");
        break;
      case Op::kComprehension:
        type = ComprehensionType(node);
        break;
      default:
        Operator(i);
    }
  }

  void Operator(uint32_t i) {
    const Node& node = ast_.nodes[i];
    Type& type = facts_[i].type;
    switch (node.op) {
      case Op::kNot:
        WantBool(node.a, "the operand of '!'");
        type = Type::Bool();
        break;
      case Op::kNegate:
        type = NegateType(node);
        break;
      case Op::kAnd:
      case Op::kOr: {
        const std::string what =
            fmt::format("an operand of '{}'", OperatorText(node.op));
        WantBool(node.a, what);
        WantBool(node.b, what);
        type = Type::Bool();
        break;
      }
      case Op::kConditional:
        type = ConditionalType(node);
        break;
      case Op::kAndMark:
      case Op::kOrMark:
      case Op::kThenMark:
      case Op::kElseMark:
      case Op::kNothing:
      case Op::kError:
      case Op::kVariable:
      case Op::kConstant:
      case Op::kTypeName:
        break;
      default:
        type = BinaryType(node);
    }
  }

  Type BinaryType(const Node& node) {
    const auto type = OperatorType(node.op, TypeOf(node.a), TypeOf(node.b));
    if (type) return *type;
    ReportName(node, OperatorProblem(node.op, TypeOf(node.a), TypeOf(node.b)));
    const bool arithmetic = node.op >= Op::kAdd && node.op <= Op::kModulo;
    return arithmetic ? Broken() : Type::Bool();
  }

  Type NegateType(const Node& node) {
    const Type type = Unwrap(TypeOf(node.a));
    if (type.is(Kind::kInt) || type.is(Kind::kDouble) || type.is_dyn() ||
        type.is_error()) {
      return type;
    }
    ReportName(node, fmt::format("'-' does not take {}", type.name()));
    return Broken();
  }

  Type ConditionalType(const Node& node) {
    WantBool(node.a, "the condition of '?'");
    const Type& a = TypeOf(node.b);
    const Type& b = TypeOf(node.c);
    if (Assignable(a, b) || Assignable(b, a)) return Join(a, b);
    ReportName(node, fmt::format("the branches of '?' are {} and {}", a.name(),
                                 b.name()));
    return Broken();
  }

  void WantBool(uint32_t node, std::string_view what) {
    if (Assignable(Type::Bool(), TypeOf(node))) return;
    ReportAt(ast_.nodes[node], fmt::format("{} must be bool, this is {}", what,
                                           TypeOf(node).name()));
  }

  // Names.

  // The nodes from `first` on that read a.b.c: identifier and plain selections.
  std::vector<uint32_t> Chain(uint32_t first) const {
    std::vector<uint32_t> chain = {first};
    for (uint32_t i = first; i + 1 < ast_.nodes.size(); ++i) {
      const Node& next = ast_.nodes[i + 1];
      if (next.op != Op::kSelect || next.a != i || next.optional ||
          ast_.nodes[i].parenthesized) {
        break;
      }
      chain.push_back(i + 1);
    }
    return chain;
  }

  std::vector<std::string> Names(const std::vector<uint32_t>& chain) const {
    std::vector<std::string> names;
    for (const uint32_t node : chain) names.push_back(ast_.nodes[node].name);
    return names;
  }

  void Ident(uint32_t i) {
    const std::vector<uint32_t> chain = Chain(i);
    const std::vector<std::string> names = Names(chain);
    if (IsNamespace(chain, names)) return;
    const bool absolute = ast_.nodes[i].absolute;
    for (size_t n = std::min(chain.size(), kMaxQualifiedNames); n > 0; --n) {
      const std::vector<std::string> head(names.begin(), names.begin() + n);
      const auto found = resolver_.Name(JoinPath(head), absolute);
      if (!found) continue;
      Resolve(chain[n - 1], i, *found);
      for (size_t k = 0; k + 1 < n; ++k) {
        ast_.nodes[chain[k]].op = Op::kNothing;
      }
      return;
    }
    facts_[i].type = Broken();
    UnknownName(ast_.nodes[i], names);
  }

  // `math` in math.abs(x): the call takes the name over.
  bool IsNamespace(const std::vector<uint32_t>& chain,
                   const std::vector<std::string>& names) {
    const uint32_t call = ast_.nodes[chain.back()].call;
    if (call == kNoNode || chain.size() > kMaxQualifiedNames) return false;
    const std::string name = JoinPath(names) + "." + ast_.nodes[call].name;
    const bool absolute = ast_.nodes[chain.front()].absolute;
    if (resolver_.FindFunction(name, absolute) == nullptr) return false;
    for (const uint32_t node : chain) ast_.nodes[node].op = Op::kNothing;
    ast_.nodes[call].name = name;
    ast_.nodes[call].method = false;
    ast_.nodes[call].absolute = absolute;
    ast_.nodes[call].a = kNoNode;
    return true;
  }

  void Resolve(uint32_t node, uint32_t first, const Resolved& found) {
    Node& at = ast_.nodes[node];
    Fact& fact = facts_[node];
    at.begin = ast_.nodes[first].begin;
    if (found.name != nullptr) {
      at.op = found.name->is_constant ? Op::kConstant : Op::kVariable;
      at.b = found.name->index;
      fact.name = found.name;
      fact.type = found.name->type;
      fact.path = found.name->name;
    } else if (found.enum_value) {
      at.op = found.enum_is_null ? Op::kNull : Op::kInt;
      at.number = *found.enum_value;
      fact.type = found.enum_is_null ? Type::Null() : Type::Int();
    } else {
      at.op = Op::kTypeName;
      at.name = found.type_name;
      fact.type = Type::TypeType();
    }
  }

  void UnknownName(const Node& node, const std::vector<std::string>& names) {
    const std::string meant = NearestName(environment_, names);
    const bool qualified =
        names.size() > 1 && !meant.empty() &&
        meant.find('.') != std::string::npos &&
        meant.compare(0, names[0].size() + 1, names[0] + ".") == 0;
    const std::string shown = qualified ? names[0] + "." + names[1] : names[0];
    std::string message = fmt::format("unknown name '{}'", shown);
    if (!meant.empty()) {
      message += fmt::format("; did you mean '{}'?", meant);
    } else {
      message += KnownNames();
    }
    ReportAt(node, std::move(message));
  }

  std::string KnownNames() const {
    std::vector<std::string> names;
    for (const auto& [name, declaration] : environment_.names()) {
      const std::string head = name.substr(0, name.find('.'));
      if (names.empty() || names.back() != head) names.push_back(head);
    }
    return names.empty() ? "" : "; there are " + Enumerate(names);
  }

  static std::string Enumerate(const std::vector<std::string>& names) {
    constexpr size_t kMaxShownNames = 8;
    std::string text;
    for (size_t i = 0; i < names.size() && i < kMaxShownNames; ++i) {
      text += (i == 0 ? "'" : ", '") + names[i] + "'";
    }
    return names.size() > kMaxShownNames ? text + " ..." : text;
  }

  void Local(uint32_t i) {
    const Node& node = ast_.nodes[i];
    const Fact& bind = facts_[node.a];
    facts_[i].type = node.b == 0 ? bind.type : bind.second;
    const bool element = node.b == 1 || ast_.nodes[node.a].second_name.empty();
    if (element) facts_[i].path = bind.path;
  }

  // Fields.

  void Select(uint32_t i) {
    const Node& node = ast_.nodes[i];
    Fact& fact = facts_[i];
    Fact& operand = facts_[node.a];
    Type from = operand.type;
    bool optional = node.optional;
    if (from.is(Kind::kOptional)) {
      from = from.element();
      optional = true;
    }
    fact.type = SelectType(i, from);
    if (!operand.path.empty() && operand.path.size() < kMaxPathBytes &&
        !fact.type.is_error()) {
      fact.path = operand.path + "." + node.name;
      operand.path_goes_on = true;
    }
    if (node.op == Op::kHas) {
      fact.type = Type::Bool();
    } else if (optional && !fact.type.is_error()) {
      fact.type = Type::Optional(fact.type);
    }
  }

  Type SelectType(uint32_t i, const Type& from) {
    const Node& node = ast_.nodes[i];
    switch (from.kind()) {
      case Kind::kError:
      case Kind::kDyn:
        return from;
      case Kind::kMap:
        if (!Assignable(from.key(), Type::String())) {
          ReportName(node,
                     fmt::format("the keys of this map are {}, not string",
                                 from.key().name()));
          return Broken();
        }
        return from.value();
      case Kind::kMessage: {
        const auto* field = from.message()->FindFieldByName(node.name);
        if (field == nullptr) return UnknownField(i, from);
        facts_[i].field = field;
        return FieldType(field);
      }
      case Kind::kObject: {
        const Type type = FieldTypeByName(from, node.name);
        return type.is_error() ? UnknownField(i, from) : type;
      }
      default:
        ReportName(node,
                   fmt::format("no field '{}': this is {}, which has no fields",
                               node.name, from.name()));
        return Broken();
    }
  }

  // The names from the root of the path to `i`; empty if it has no such root.
  std::vector<std::string> PathTo(uint32_t i) const {
    std::vector<std::string> path;
    for (;; i = ast_.nodes[i].a) {
      const Node& node = ast_.nodes[i];
      if (node.op == Op::kVariable || node.op == Op::kConstant) {
        path.push_back(facts_[i].name->name);
        break;
      }
      path.push_back(node.name);
      if (node.op == Op::kLocal) break;
      if (node.op != Op::kSelect && node.op != Op::kHas) return {};
    }
    std::reverse(path.begin(), path.end());
    return path;
  }

  // What follows node `i` as plain selections, `i` itself included.
  std::vector<std::string> PathFrom(uint32_t i) const {
    std::vector<std::string> path = {ast_.nodes[i].name};
    for (uint32_t next = i + 1; next < ast_.nodes.size(); ++next) {
      const Node& node = ast_.nodes[next];
      const bool select = node.op == Op::kSelect || node.op == Op::kHas;
      if (!select || node.a != next - 1) break;
      path.push_back(node.name);
    }
    return path;
  }

  Type UnknownField(uint32_t i, const Type& from) {
    const Node& node = ast_.nodes[i];
    const std::vector<std::string> rest = PathFrom(i);
    std::vector<std::string> whole = PathTo(i);
    std::string before;  // "signals." or nothing
    if (!whole.empty()) {
      whole.pop_back();
      before = JoinPath(whole) + ".";
    }
    std::string message =
        fmt::format("unknown field '{}{}'", before, JoinPath(rest));
    if (before.empty()) message += " of " + from.name();
    const std::string meant = NearestPath(from, rest);
    if (!meant.empty()) {
      message += fmt::format("; did you mean '{}{}'?", before, meant);
    } else {
      message +=
          fmt::format("; {} has {}", from.name(), Enumerate(FieldNames(from)));
    }
    ReportName(node, std::move(message));
    return Broken();
  }

  Type Index(const Node& node) {
    Type from = TypeOf(node.a);
    const Type index = Unwrap(TypeOf(node.b));
    bool optional = node.optional;
    if (from.is(Kind::kOptional)) {
      from = from.element();
      optional = true;
    }
    Type type = Broken();
    if (from.is_dyn() || from.is_error()) {
      type = from;
    } else if (from.is(Kind::kList)) {
      type = from.element();
      WantIndex(node.b, Type::Int(), index, "the index of a list");
    } else if (from.is(Kind::kMap)) {
      type = from.value();
      WantIndex(node.b, from.key(), index, "a key of this map");
    } else {
      ReportAt(ast_.nodes[node.a],
               fmt::format("only lists and maps have elements, this is {}",
                           from.name()));
    }
    return optional && !type.is_error() ? Type::Optional(type) : type;
  }

  void WantIndex(uint32_t node, const Type& want, const Type& index,
                 std::string_view what) {
    if (Assignable(want, index)) return;
    ReportAt(ast_.nodes[node], fmt::format("{} must be {}, this is {}", what,
                                           want.name(), index.name()));
  }

  // Literals.

  Type ItemType(const Item& item) {
    const Type& type = TypeOf(item.value);
    if (!item.optional) return type;
    if (type.is(Kind::kOptional)) return type.element();
    if (!type.is_dyn() && !type.is_error()) {
      ReportAt(ast_.nodes[item.value],
               fmt::format("what follows '?' must be optional, this is {}",
                           type.name()));
    }
    return Type::Dyn();
  }

  Type ListType(const Node& node) {
    Type element;
    for (uint32_t k = 0; k < node.item_count; ++k) {
      element = Join(element, ItemType(ast_.items[node.items + k]));
    }
    return Type::List(node.item_count == 0 ? Type::Dyn() : element);
  }

  Type MapType(const Node& node) {
    Type key, value;
    for (uint32_t k = 0; k < node.item_count; ++k) {
      const Item& item = ast_.items[node.items + k];
      const Type& type = TypeOf(item.key);
      if (!IsMapKey(Unwrap(type))) {
        ReportAt(ast_.nodes[item.key],
                 fmt::format("a key is bool, int, uint or string, this is {}",
                             type.name()));
      }
      key = Join(key, type);
      value = Join(value, ItemType(item));
    }
    if (node.item_count == 0) return Type::Map(Type::Dyn(), Type::Dyn());
    return Type::Map(key, value);
  }

  void Message(uint32_t i) {
    const Node& node = ast_.nodes[i];
    const auto* message = resolver_.Message(node.name, node.absolute);
    if (message == nullptr) {
      facts_[i].type = Broken();
      ReportName(node, fmt::format("unknown message '{}'", node.name));
      return;
    }
    facts_[i].message = message;
    facts_[i].type = Type::Message(message);
    for (uint32_t k = 0; k < node.item_count; ++k) {
      Field(*message, ast_.items[node.items + k]);
    }
  }

  void Field(const google::protobuf::Descriptor& message, const Item& item) {
    const FieldDescriptor* field = message.FindFieldByName(item.field);
    if (field == nullptr) {
      std::vector<std::string> names;
      for (int k = 0; k < message.field_count(); ++k) {
        names.push_back(message.field(k)->name());
      }
      const std::string meant = Nearest(item.field, names);
      Report(
          item.field_begin, item.field_end,
          fmt::format(
              "unknown field '{}' of {}{}", item.field, message.full_name(),
              meant.empty() ? "" : fmt::format("; did you mean '{}'?", meant)));
      return;
    }
    const Type want = FieldType(field);
    const Type type = ItemType(item);
    if (Assignable(want, type)) return;
    ReportAt(ast_.nodes[item.value],
             fmt::format("field '{}' is {}, this is {}", item.field,
                         want.name(), type.name()));
  }

  // Calls.

  void Call(uint32_t i) {
    const Node& node = ast_.nodes[i];
    std::vector<Type> arguments;
    if (node.method) arguments.push_back(TypeOf(node.a));
    for (uint32_t k = 0; k < node.item_count; ++k) {
      arguments.push_back(TypeOf(ast_.items[node.items + k].value));
    }
    Fact& fact = facts_[i];
    fact.function = node.method
                        ? resolver_.FindFunction(node.name, true)
                        : resolver_.FindFunction(node.name, node.absolute);
    fact.type = Broken();
    if (fact.function == nullptr) {
      UnknownFunction(node);
      return;
    }
    const auto type = CallType(*fact.function, node.method, arguments);
    if (type) {
      fact.type = *type;
    } else {
      ReportName(node, CallProblem(*fact.function, node.method, arguments));
    }
    CheckLiterals(node, *fact.function);
  }

  void UnknownFunction(const Node& node) {
    const std::vector<std::string> names = resolver_.FunctionNames();
    std::string message = fmt::format("unknown function '{}'", node.name);
    const std::string meant = Nearest(node.name, names);
    if (!meant.empty()) message += fmt::format("; did you mean '{}'?", meant);
    ReportName(node, std::move(message));
  }

  void CheckLiterals(const Node& node, const FunctionDeclaration& function) {
    const bool pattern =
        function.name == "matches" && !environment_.options().dynamic_patterns;
    if (!pattern && !function.literal_arguments) return;
    for (uint32_t k = 0; k < node.item_count; ++k) {
      const uint32_t value = ast_.items[node.items + k].value;
      if (pattern && k + 1 < node.item_count) continue;
      const Op op = ast_.nodes[value].op;
      if (op >= Op::kNull && op <= Op::kBytes) continue;
      ReportAt(ast_.nodes[value],
               fmt::format("the argument of {}() must be written out here, so "
                           "that it can be checked when the rules are loaded",
                           function.name));
    }
  }

  // Macros.

  void Bind(uint32_t i) {
    const Node& node = ast_.nodes[i];
    Fact& fact = facts_[i];
    Fact& range = facts_[node.a];
    const Type& type = range.type;
    fact.path = range.path;
    if (node.macro == Macro::kBind) {
      fact.type = type;
    } else if (node.macro == Macro::kOptMap ||
               node.macro == Macro::kOptFlatMap) {
      fact.type = type.is(Kind::kOptional) ? type.element() : Broken();
      if (type.is_dyn()) fact.type = type;
      if (fact.type.is_error() && !type.is_error()) {
        ReportAt(ast_.nodes[node.a],
                 fmt::format("this must be optional, it is {}", type.name()));
      }
    } else {
      BindRange(i, type);
    }
  }

  void BindRange(uint32_t i, const Type& range) {
    const Node& node = ast_.nodes[i];
    Fact& fact = facts_[i];
    const bool two = !node.second_name.empty();
    if (range.is(Kind::kList)) {
      fact.type = two ? Type::Int() : range.element();
      fact.second = range.element();
    } else if (range.is(Kind::kMap)) {
      fact.type = range.key();
      fact.second = range.value();
      if (!two) fact.path.clear();
    } else {
      fact.type = fact.second = range.is_dyn() ? range : Broken();
      if (range.is_dyn() || range.is_error()) return;
      ReportAt(ast_.nodes[node.a],
               fmt::format("a macro goes over a list or a map, this is {}",
                           range.name()));
    }
  }

  Type ComprehensionType(const Node& node) {
    const Type& body = TypeOf(node.c);
    const Fact& bind = facts_[node.b];
    switch (node.macro) {
      case Macro::kAll:
      case Macro::kExists:
      case Macro::kExistsOne:
        WantBool(node.c, "the condition");
        return Type::Bool();
      case Macro::kFilter:
        WantBool(node.c, "the condition");
        return Type::List(bind.type.is_error() ? Type::Dyn() : bind.type);
      case Macro::kMap:
      case Macro::kTransformList:
        return Type::List(body);
      case Macro::kTransformMap:
        return Type::Map(
            TypeOf(node.a).is(Kind::kList) ? Type::Int() : bind.type, body);
      case Macro::kTransformMapEntry:
        if (!body.is(Kind::kMap) && !body.is_dyn() && !body.is_error()) {
          ReportAt(ast_.nodes[node.c],
                   fmt::format("this must be a map with one entry, it is {}",
                               body.name()));
        }
        return body;
      case Macro::kOptMap:
        return Type::Optional(body);
      case Macro::kOptFlatMap:
        if (!body.is(Kind::kOptional) && !body.is_dyn() && !body.is_error()) {
          ReportAt(ast_.nodes[node.c],
                   fmt::format("this must be optional, it is {}", body.name()));
        }
        return body;
      case Macro::kBind:
      case Macro::kNone:
        return body;
    }
    return body;
  }

  const bool strict_;
  const Environment& environment_;
  const Resolver resolver_;
  Ast& ast_;
  Diagnostics* diagnostics_;
  std::vector<Fact> facts_;
};

}  // namespace

Type FieldType(const FieldDescriptor* field) {
  if (field->is_map()) {
    const auto* entry = field->message_type();
    return Type::Map(SingularType(entry->map_key()),
                     SingularType(entry->map_value()));
  }
  const Type type = SingularType(field);
  return field->is_repeated() ? Type::List(type) : type;
}

std::vector<Fact> Check(const Environment& environment, const Type& want,
                        Ast* ast, Diagnostics* diagnostics) {
  return Checker(environment, ast, diagnostics).Run(want);
}

}  // namespace sluice::ruleset::cel
