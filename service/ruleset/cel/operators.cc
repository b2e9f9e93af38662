#include "service/ruleset/cel/operators.h"

#include <fmt/format.h>

#include <map>
#include <vector>

namespace sluice::ruleset::cel {
namespace {

bool IsNumber(const Type& type) {
  return type.is(Kind::kInt) || type.is(Kind::kUint) || type.is(Kind::kDouble);
}

bool IsOrdered(const Type& type) {
  return IsNumber(type) || type.is(Kind::kBool) || type.is(Kind::kString) ||
         type.is(Kind::kBytes) || type.is(Kind::kTimestamp) ||
         type.is(Kind::kDuration);
}

std::optional<Type> AddType(const Type& a, const Type& b) {
  if (a.is(Kind::kDuration) && b.is(Kind::kDuration)) return a;
  if (a.is(Kind::kTimestamp) && b.is(Kind::kDuration)) return a;
  if (a.is(Kind::kDuration) && b.is(Kind::kTimestamp)) return b;
  if (a.is(Kind::kList) && b.is(Kind::kList)) {
    if (!Assignable(a, b) && !Assignable(b, a)) return std::nullopt;
    return Join(a, b);
  }
  const bool text = a.is(Kind::kString) || a.is(Kind::kBytes);
  if (a.kind() == b.kind() && (text || IsNumber(a))) return a;
  return std::nullopt;
}

std::optional<Type> SubtractType(const Type& a, const Type& b) {
  if (a.is(Kind::kTimestamp) && b.is(Kind::kTimestamp)) return Type::Duration();
  if (a.is(Kind::kTimestamp) && b.is(Kind::kDuration)) return a;
  if (a.is(Kind::kDuration) && b.is(Kind::kDuration)) return a;
  if (a.kind() == b.kind() && IsNumber(a)) return a;
  return std::nullopt;
}

std::optional<Type> ArithmeticType(Op op, const Type& a, const Type& b) {
  if (a.is_dyn() || b.is_dyn()) {
    const Type& known = a.is_dyn() ? b : a;
    if (IsNumber(known) || known.is_dyn()) return known;
    const bool text = known.is(Kind::kString) || known.is(Kind::kBytes) ||
                      known.is(Kind::kList);
    if (op == Op::kAdd && text) return known;
    const bool time = known.is(Kind::kTimestamp) || known.is(Kind::kDuration);
    if ((op == Op::kAdd || op == Op::kSubtract) && time) return Type::Dyn();
    return std::nullopt;
  }
  if (op == Op::kAdd) return AddType(a, b);
  if (op == Op::kSubtract) return SubtractType(a, b);
  if (a.kind() != b.kind() || !IsNumber(a)) return std::nullopt;
  if (op == Op::kModulo && a.is(Kind::kDouble)) return std::nullopt;
  return a;
}

std::optional<Type> InType(const Type& a, const Type& b) {
  const bool fits = b.is_dyn() ||
                    (b.is(Kind::kList) && (Assignable(b.element(), a) ||
                                           Assignable(a, b.element()))) ||
                    (b.is(Kind::kMap) && Assignable(b.key(), a));
  if (!fits) return std::nullopt;
  return Type::Bool();
}

using Bindings = std::map<char, Type>;

bool Bind(const Type& parameter, const Type& argument, Bindings* bindings) {
  if (parameter.is(Kind::kParam)) {
    Type& bound = (*bindings)[parameter.param()];
    if (!bound.is_error() && !Assignable(bound, argument) &&
        !Assignable(argument, bound)) {
      return false;
    }
    bound = Join(bound, argument);
    return true;
  }
  if (argument.is_dyn() || argument.is_error()) return true;
  if (parameter.kind() != argument.kind()) {
    return Assignable(parameter, argument);
  }
  switch (parameter.kind()) {
    case Kind::kList:
    case Kind::kOptional:
      return Bind(parameter.element(), argument.element(), bindings);
    case Kind::kMap:
      return Bind(parameter.key(), argument.key(), bindings) &&
             Bind(parameter.value(), argument.value(), bindings);
    default:
      return Assignable(parameter, argument);
  }
}

Type Substitute(const Type& type, const Bindings& bindings) {
  switch (type.kind()) {
    case Kind::kParam: {
      const auto found = bindings.find(type.param());
      const bool known = found != bindings.end() && !found->second.is_error();
      return known ? found->second : Type::Dyn();
    }
    case Kind::kList:
      return Type::List(Substitute(type.element(), bindings));
    case Kind::kOptional:
      return Type::Optional(Substitute(type.element(), bindings));
    case Kind::kMap:
      return Type::Map(Substitute(type.key(), bindings),
                       Substitute(type.value(), bindings));
    default:
      return type;
  }
}

// "string.(int, int)" or "(int)".
std::string Signature(bool method, const std::vector<Type>& types) {
  std::string text = "(";
  for (size_t i = 0; i < types.size(); ++i) {
    if (method && i == 0) {
      text = types[i].name() + ".(";
      continue;
    }
    if (i > (method ? 1U : 0U)) text += ", ";
    text += types[i].name();
  }
  return text + ")";
}

constexpr size_t kMaxShownOverloads = 4;

}  // namespace

std::string_view OperatorText(Op op) {
  switch (op) {
    case Op::kNot:
      return "!";
    case Op::kNegate:
    case Op::kSubtract:
      return "-";
    case Op::kAdd:
      return "+";
    case Op::kMultiply:
      return "*";
    case Op::kDivide:
      return "/";
    case Op::kModulo:
      return "%";
    case Op::kEqual:
      return "==";
    case Op::kNotEqual:
      return "!=";
    case Op::kLess:
      return "<";
    case Op::kLessEqual:
      return "<=";
    case Op::kGreater:
      return ">";
    case Op::kGreaterEqual:
      return ">=";
    case Op::kIn:
      return "in";
    case Op::kAnd:
      return "&&";
    case Op::kOr:
      return "||";
    default:
      return "?";
  }
}

Type Unwrap(const Type& type) {
  return type.is(Kind::kWrapper) ? Type::Of(type.wrapped()) : type;
}

std::optional<Type> OperatorType(Op op, const Type& left, const Type& right) {
  if (left.is_error() || right.is_error()) {
    const bool arithmetic = op >= Op::kAdd && op <= Op::kModulo;
    return arithmetic ? Type::Error() : Type::Bool();
  }
  if (op == Op::kEqual || op == Op::kNotEqual) {
    if (!Assignable(left, right) && !Assignable(right, left)) {
      return std::nullopt;
    }
    return Type::Bool();
  }
  if (op == Op::kIn) return InType(left, right);
  const Type a = Unwrap(left);
  const Type b = Unwrap(right);
  if (op >= Op::kAdd && op <= Op::kModulo) return ArithmeticType(op, a, b);
  const bool dyn = (a.is_dyn() && (b.is_dyn() || IsOrdered(b))) ||
                   (b.is_dyn() && IsOrdered(a));
  if (dyn || (a.kind() == b.kind() && IsOrdered(a))) return Type::Bool();
  return std::nullopt;
}

std::string OperatorProblem(Op op, const Type& left, const Type& right) {
  const Type a = Unwrap(left);
  const Type b = Unwrap(right);
  std::string text = fmt::format("'{}' does not take {} and {}",
                                 OperatorText(op), left.name(), right.name());
  if (op == Op::kIn) {
    const bool container = b.is(Kind::kList) || b.is(Kind::kMap);
    if (container) return text;
    if (a.is(Kind::kString) && b.is(Kind::kString)) {
      return text + "; for a part of a text write text.contains(part)";
    }
    return text + "; what is right of 'in' is a list or a map";
  }
  if (IsNumber(a) && IsNumber(b) && a.kind() != b.kind()) {
    const bool real = a.is(Kind::kDouble) || b.is(Kind::kDouble);
    text += real ? "; nothing is converted by itself: write 1.0 or double(...)"
                 : "; nothing is converted by itself: write 1u or int(...)";
  } else if (op == Op::kAdd && (a.is(Kind::kString) || b.is(Kind::kString))) {
    text += "; write string(...)";
  }
  return text;
}

std::optional<Type> CallType(const FunctionDeclaration& function, bool method,
                             const std::vector<Type>& arguments) {
  std::optional<Type> result;
  for (const Overload& overload : function.overloads) {
    if (overload.method != method) continue;
    if (function.any_count) return overload.result;
    if (overload.parameters.size() != arguments.size()) continue;
    Bindings bindings;
    bool fits = true;
    for (size_t i = 0; i < arguments.size() && fits; ++i) {
      fits = Bind(overload.parameters[i], arguments[i], &bindings);
    }
    if (!fits) continue;
    const Type type = Substitute(overload.result, bindings);
    result = result ? Join(*result, type) : type;
  }
  return result;
}

std::string CallProblem(const FunctionDeclaration& function, bool method,
                        const std::vector<Type>& arguments) {
  std::string takes;
  size_t shown = 0;
  for (const Overload& overload : function.overloads) {
    if (shown == kMaxShownOverloads) break;
    if (shown++ > 0) takes += " or ";
    takes += Signature(overload.method, overload.parameters);
  }
  return fmt::format("{}() takes {}{}, not {}", function.name, takes,
                     shown < function.overloads.size() ? " or others" : "",
                     Signature(method, arguments));
}

}  // namespace sluice::ruleset::cel
