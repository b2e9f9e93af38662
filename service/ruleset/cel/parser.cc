// A recursive-descent parser, precedence climbing for binary operators. What
// repeats (chains of operators, selections, signs) is a loop; only brackets and
// right branches recurse, and kMaxNesting bounds them.

#include "service/ruleset/cel/parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "service/ruleset/cel/lexer.h"
#include "service/ruleset/cel/macros.h"
#include "service/text/utf8.h"

namespace sluice::ruleset::cel {
namespace {

struct Operator {
  std::string_view text;
  int precedence;
  Op op;
};

constexpr Operator kOperators[] = {
    {"||", 1, Op::kOr},      {"&&", 2, Op::kAnd},
    {"==", 3, Op::kEqual},   {"!=", 3, Op::kNotEqual},
    {"<", 3, Op::kLess},     {"<=", 3, Op::kLessEqual},
    {">", 3, Op::kGreater},  {">=", 3, Op::kGreaterEqual},
    {"in", 3, Op::kIn},      {"+", 4, Op::kAdd},
    {"-", 4, Op::kSubtract}, {"*", 5, Op::kMultiply},
    {"/", 5, Op::kDivide},   {"%", 5, Op::kModulo},
};

class Parser {
 public:
  Parser(std::string_view source, Diagnostics* diagnostics)
      : source_(source),
        diagnostics_(diagnostics),
        tokens_(Lex(source, diagnostics)) {}

  Ast Run() {
    ast_.root = Expression();
    while (Peek().kind != TokenKind::kEnd) {
      Report(Peek(),
             fmt::format("unexpected {}{}", Describe(Peek()), Hint(Peek())));
      ++at_;
      if (Peek().kind != TokenKind::kEnd) Expression();
    }
    return std::move(ast_);
  }

 private:
  // A variable of a macro whose body is being parsed.
  struct Scope {
    std::string name;
    uint32_t bind;
    uint32_t which;
  };

  // Tokens.

  const Token& Peek(size_t ahead = 0) const {
    return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
  }
  bool Is(std::string_view punctuation, size_t ahead = 0) const {
    const Token& token = Peek(ahead);
    return token.kind == TokenKind::kPunctuation && token.text == punctuation;
  }
  bool IsIdent(size_t ahead = 0) const {
    return Peek(ahead).kind == TokenKind::kIdent;
  }
  bool Take(std::string_view punctuation) {
    if (!Is(punctuation)) return false;
    ++at_;
    return true;
  }
  uint32_t LastEnd() const { return at_ == 0 ? 0 : tokens_[at_ - 1].end; }

  std::string Describe(const Token& token) const {
    if (token.kind == TokenKind::kEnd) return "end of the expression";
    return fmt::format("'{}'",
                       source_.substr(token.begin, token.end - token.begin));
  }

  static std::string_view Hint(const Token& token) {
    if (token.text == "and") return "; write '&&'";
    if (token.text == "or") return "; write '||'";
    if (token.text == "not") return "; write '!'";
    return "";
  }

  // Errors.

  void ReportSpan(uint32_t begin, uint32_t end, std::string message) {
    const bool again =
        !diagnostics_->empty() && diagnostics_->back().begin == begin;
    if (again || diagnostics_->size() >= kMaxDiagnostics) return;
    diagnostics_->push_back({begin, end, std::move(message)});
  }

  void Report(const Token& token, std::string message) {
    ReportSpan(token.begin, token.end, std::move(message));
  }

  // Reports and skips to where the next operand may begin.
  uint32_t Fail(std::string message) {
    Report(Peek(), std::move(message));
    int open = 0;
    for (; Peek().kind != TokenKind::kEnd; ++at_) {
      if (Is("(") || Is("[") || Is("{")) ++open;
      const bool close = Is(")") || Is("]") || Is("}");
      if (open == 0 &&
          (close || Is(",") || Is("&&") || Is("||") || Is("?") || Is(":"))) {
        break;
      }
      if (close) --open;
    }
    return Leaf(Op::kError, Peek());
  }

  void Expect(std::string_view punctuation, std::string_view where) {
    if (Take(punctuation)) return;
    Fail(fmt::format("expected '{}' {}, found {}{}", punctuation, where,
                     Describe(Peek()), Hint(Peek())));
    ast_.nodes.pop_back();
    Take(punctuation);
  }

  // Nodes.

  uint32_t Last() const { return static_cast<uint32_t>(ast_.nodes.size()) - 1; }
  Node& At(uint32_t node) { return ast_.nodes[node]; }

  uint32_t Leaf(Op op, const Token& token) {
    Node& node = ast_.nodes.emplace_back();
    node.op = op;
    node.begin = node.name_begin = token.begin;
    node.end = node.name_end = token.end;
    node.first = Last();
    return Last();
  }

  // A node that begins where `operand` begins and ends at the last token.
  uint32_t Over(Op op, uint32_t operand, const Token& name) {
    Node& node = ast_.nodes.emplace_back();
    node.op = op;
    node.a = operand;
    node.begin = ast_.nodes[operand].begin;
    node.first = ast_.nodes[operand].first;
    node.name_begin = name.begin;
    node.name_end = name.end;
    node.end = LastEnd();
    return Last();
  }

  uint32_t Mark(Op op, uint32_t operand) { return Over(op, operand, Peek()); }

  void SetItems(uint32_t node, std::vector<Item> items) {
    At(node).items = static_cast<uint32_t>(ast_.items.size());
    At(node).item_count = static_cast<uint32_t>(items.size());
    std::move(items.begin(), items.end(), std::back_inserter(ast_.items));
  }

  // Grammar.

  uint32_t Expression() {
    if (++depth_ > kMaxNesting) {
      Report(Peek(), fmt::format("nested deeper than {}", kMaxNesting));
      at_ = tokens_.size() - 1;
      --depth_;
      return Leaf(Op::kError, Peek());
    }
    uint32_t result = Binary(1);
    if (Is("?")) result = Conditional(result);
    --depth_;
    return result;
  }

  uint32_t Conditional(uint32_t condition) {
    const Token question = Peek();
    ++at_;
    const uint32_t then_mark = Mark(Op::kThenMark, condition);
    const uint32_t then = Binary(1);
    const uint32_t else_mark = Mark(Op::kElseMark, then);
    At(else_mark).a = then_mark;
    Expect(":", "between the branches of '?'");
    const uint32_t otherwise = Expression();
    const uint32_t node = Over(Op::kConditional, condition, question);
    At(node).b = then;
    At(node).c = otherwise;
    At(node).mark = then_mark;
    return node;
  }

  const Operator* BinaryOperator() const {
    const Token& token = Peek();
    if (token.kind != TokenKind::kPunctuation && token.kind != TokenKind::kIn) {
      return nullptr;
    }
    for (const Operator& candidate : kOperators) {
      if (candidate.text == token.text) return &candidate;
    }
    return nullptr;
  }

  // Recurses at most once a precedence.
  uint32_t Binary(int lowest) {
    uint32_t left = Unary();
    while (const Operator* found = BinaryOperator()) {
      if (found->precedence < lowest) break;
      const Token name = Peek();
      ++at_;
      uint32_t mark = kNoNode;
      if (found->op == Op::kAnd) mark = Mark(Op::kAndMark, left);
      if (found->op == Op::kOr) mark = Mark(Op::kOrMark, left);
      const uint32_t right = Binary(found->precedence + 1);
      const uint32_t node = Over(found->op, left, name);
      At(node).b = right;
      At(node).c = mark;
      left = node;
    }
    return left;
  }

  uint32_t Unary() {
    std::vector<Token> signs;
    while (Is("!") || Is("-")) signs.push_back(tokens_[at_++]);
    const bool literal =
        !signs.empty() && signs.back().text == "-" &&
        (Peek().kind == TokenKind::kInt || Peek().kind == TokenKind::kDouble);
    uint32_t operand = Postfix(literal ? &signs.back() : nullptr);
    if (literal) signs.pop_back();
    for (; !signs.empty(); signs.pop_back()) {
      const Token& sign = signs.back();
      operand = Over(sign.text == "!" ? Op::kNot : Op::kNegate, operand, sign);
      At(operand).begin = sign.begin;
    }
    return operand;
  }

  // `minus` belongs to the number that follows: -9223372036854775808 is an int
  // whose magnitude alone is none.
  uint32_t Postfix(const Token* minus) {
    uint32_t operand = minus != nullptr ? Number(minus) : Primary();
    bool qualified = At(operand).op == Op::kIdent && !At(operand).parenthesized;
    for (;;) {
      if (Take(".")) {
        const bool plain = IsIdent() && !Is("(", 1);
        operand = Member(operand);
        qualified = qualified && plain && At(operand).op == Op::kSelect;
      } else if (Is("[")) {
        operand = Index(operand);
        qualified = false;
      } else if (Is("{") && qualified) {
        operand = Message(operand);
        qualified = false;
      } else {
        return operand;
      }
    }
  }

  uint32_t Member(uint32_t operand) {
    const bool optional = Take("?");
    const Token name = Peek();
    const bool word =
        name.kind == TokenKind::kIdent || name.kind == TokenKind::kReserved;
    if (!word && name.kind != TokenKind::kQuotedIdent) {
      return Fail(fmt::format(
          "expected a field or a method after '.', found {}", Describe(name)));
    }
    ++at_;
    if (word && !optional && Is("(")) return Method(operand, name);
    const uint32_t node = Over(Op::kSelect, operand, name);
    At(node).name = name.text;
    At(node).optional = optional;
    return node;
  }

  uint32_t Index(uint32_t operand) {
    const Token open = tokens_[at_++];
    const bool optional = Take("?");
    const uint32_t index = Expression();
    Expect("]", "after the index");
    const uint32_t node = Over(Op::kIndex, operand, open);
    At(node).b = index;
    At(node).optional = optional;
    return node;
  }

  uint32_t Method(uint32_t operand, const Token& name) {
    const bool bind = name.text == "bind" && At(operand).op == Op::kIdent &&
                      At(operand).name == "cel";
    if (bind) return Bind(operand, name);
    if (const MacroShape* shape = FindMacro(name.text)) {
      return Comprehension(operand, name, *shape);
    }
    std::vector<Item> arguments = Arguments();
    const uint32_t node = Over(Op::kCall, operand, name);
    At(node).name = name.text;
    At(node).method = true;
    At(operand).call = node;
    SetItems(node, std::move(arguments));
    return node;
  }

  std::vector<Item> Arguments() {
    Take("(");
    std::vector<Item> arguments;
    if (Take(")")) return arguments;
    do {
      arguments.emplace_back().value = Expression();
    } while (Take(","));
    Expect(")", "after the arguments");
    return arguments;
  }

  uint32_t Primary() {
    const Token token = Peek();
    switch (token.kind) {
      case TokenKind::kIdent:
        return Ident(token, false);
      case TokenKind::kReserved:
        return Fail(fmt::format("'{}' is a reserved word", token.text));
      case TokenKind::kInt:
      case TokenKind::kUint:
      case TokenKind::kDouble:
        return Number(nullptr);
      case TokenKind::kString:
      case TokenKind::kBytes:
        ++at_;
        Leaf(token.kind == TokenKind::kString ? Op::kString : Op::kBytes,
             token);
        At(Last()).name = token.text;
        return Last();
      case TokenKind::kTrue:
      case TokenKind::kFalse:
        ++at_;
        Leaf(Op::kBool, token);
        At(Last()).number = token.kind == TokenKind::kTrue ? 1 : 0;
        return Last();
      case TokenKind::kNull:
        ++at_;
        return Leaf(Op::kNull, token);
      default:
        return Bracketed(token);
    }
  }

  uint32_t Bracketed(const Token& token) {
    if (Is("(")) return Parenthesized();
    if (Is("[")) return ListLiteral();
    if (Is("{")) return MapLiteral();
    if (Is(".") && IsIdent(1)) {
      ++at_;
      return Ident(Peek(), true);
    }
    return Fail(fmt::format("expected a value, found {}", Describe(token)));
  }

  uint32_t Parenthesized() {
    const Token open = tokens_[at_++];
    const uint32_t inner = Expression();
    Expect(")", fmt::format("to close the '(' at byte {}", open.begin));
    // A name in brackets is not the beginning of a qualified one.
    Node& node = At(inner);
    node.begin = open.begin;
    node.end = LastEnd();
    node.parenthesized = true;
    return inner;
  }

  uint32_t Number(const Token* minus) {
    const Token token = tokens_[at_++];
    const Op op = token.kind == TokenKind::kDouble ? Op::kDouble
                  : token.kind == TokenKind::kUint ? Op::kUint
                                                   : Op::kInt;
    const uint32_t index = Leaf(op, token);
    Node& node = At(index);
    if (minus != nullptr) node.begin = minus->begin;
    node.real = minus != nullptr ? -token.real : token.real;
    node.number =
        static_cast<int64_t>(minus != nullptr ? -token.number : token.number);
    const uint64_t limit = uint64_t{1} << 63;
    if (op == Op::kInt && token.number >= limit + (minus != nullptr ? 1 : 0)) {
      ReportSpan(node.begin, node.end,
                 "this number does not fit into an int; an unsigned one is "
                 "written with a 'u' after it");
    }
    return index;
  }

  uint32_t Ident(const Token& name, bool absolute) {
    ++at_;
    if (Is("(")) return Call(name, absolute);
    if (!absolute) {
      for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
        if (scope->name != name.text) continue;
        const uint32_t node = Leaf(Op::kLocal, name);
        At(node).a = scope->bind;
        At(node).b = scope->which;
        At(node).name = name.text;
        return node;
      }
    }
    const uint32_t node = Leaf(Op::kIdent, name);
    At(node).name = name.text;
    At(node).absolute = absolute;
    return node;
  }

  uint32_t Call(const Token& name, bool absolute) {
    if (name.text == "has") return Has(name);
    const uint32_t first = Last() + 1;
    std::vector<Item> arguments = Arguments();
    const uint32_t node = Leaf(Op::kCall, name);
    At(node).name = name.text;
    At(node).absolute = absolute;
    At(node).end = LastEnd();
    At(node).first = std::min(first, node);
    SetItems(node, std::move(arguments));
    return node;
  }

  uint32_t Has(const Token& name) {
    std::vector<Item> arguments = Arguments();
    const uint32_t node = arguments.empty() ? kNoNode : arguments[0].value;
    if (arguments.size() != 1 || At(node).op != Op::kSelect) {
      ReportSpan(name.begin, LastEnd(),
                 "has() takes one field: has(message.field)");
      return Leaf(Op::kError, name);
    }
    At(node).op = Op::kHas;
    At(node).begin = name.begin;
    At(node).end = LastEnd();
    return node;
  }

  uint32_t ListLiteral() {
    const Token open = tokens_[at_++];
    const uint32_t first = Last() + 1;
    std::vector<Item> items;
    while (!Is("]") && Peek().kind != TokenKind::kEnd) {
      Item& item = items.emplace_back();
      item.optional = Take("?");
      item.value = Expression();
      if (!Take(",")) break;
    }
    Expect("]", fmt::format("to close the '[' at byte {}", open.begin));
    return Aggregate(Op::kList, open, first, std::move(items));
  }

  uint32_t MapLiteral() {
    const Token open = tokens_[at_++];
    const uint32_t first = Last() + 1;
    std::vector<Item> items;
    while (!Is("}") && Peek().kind != TokenKind::kEnd) {
      Item item;
      item.optional = Take("?");
      item.key = Expression();
      Expect(":", "after the key");
      item.value = Expression();
      items.push_back(std::move(item));
      if (!Take(",")) break;
    }
    Expect("}", fmt::format("to close the '{{' at byte {}", open.begin));
    return Aggregate(Op::kMap, open, first, std::move(items));
  }

  uint32_t Aggregate(Op op, const Token& open, uint32_t first,
                     std::vector<Item> items) {
    const uint32_t node = Leaf(op, open);
    At(node).end = LastEnd();
    At(node).first = std::min(first, node);
    SetItems(node, std::move(items));
    return node;
  }

  // T{...}: the nodes of the name, which end the tape, become the type's name.
  uint32_t Message(uint32_t operand) {
    const Node head = At(At(operand).first);
    std::string name;
    for (uint32_t i = head.first; i <= operand; ++i) {
      name += (i == head.first ? "" : ".") + At(i).name;
    }
    Token token = Peek();
    token.begin = At(operand).begin;
    token.end = At(operand).end;
    ast_.nodes.resize(head.first);
    ++at_;
    std::vector<Item> items = Fields();
    Expect("}", "after the fields");
    const uint32_t node =
        Aggregate(Op::kMessage, token, head.first, std::move(items));
    At(node).name = std::move(name);
    At(node).absolute = head.absolute;
    return node;
  }

  std::vector<Item> Fields() {
    std::vector<Item> items;
    while (!Is("}") && Peek().kind != TokenKind::kEnd) {
      Item item;
      item.optional = Take("?");
      const Token name = Peek();
      if (name.kind != TokenKind::kIdent && name.kind != TokenKind::kReserved &&
          name.kind != TokenKind::kQuotedIdent) {
        Fail(fmt::format("expected the name of a field, found {}",
                         Describe(name)));
        break;
      }
      ++at_;
      item.field = name.text;
      item.field_begin = name.begin;
      item.field_end = name.end;
      Expect(":", "after the field");
      item.value = Expression();
      items.push_back(std::move(item));
      if (!Take(",")) break;
    }
    return items;
  }

  // Macros.

  uint32_t OpenScope(uint32_t operand, const Token& name, Macro macro,
                     std::string first, std::string second) {
    const uint32_t bind = Over(Op::kBind, operand, name);
    Node& node = At(bind);
    node.macro = macro;
    node.slot = locals_;
    node.name = first;
    node.second_name = second;
    scopes_.push_back({std::move(first), bind, 0});
    if (!second.empty()) scopes_.push_back({std::move(second), bind, 1});
    locals_ += 2;
    ast_.locals = std::max(ast_.locals, locals_);
    return bind;
  }

  uint32_t CloseScope(uint32_t operand, uint32_t bind, uint32_t body,
                      const Token& name) {
    scopes_.resize(scopes_.size() - (At(bind).second_name.empty() ? 1 : 2));
    locals_ -= 2;
    const uint32_t node = Over(Op::kComprehension, operand, name);
    At(node).macro = At(bind).macro;
    At(node).b = bind;
    At(node).c = body;
    return node;
  }

  uint32_t Comprehension(uint32_t operand, const Token& name,
                         const MacroShape& shape) {
    if (!IsIdent(1) || !Is(",", 2)) return WrongMacro(operand, name, shape);
    ++at_;
    std::string first = tokens_[at_].text;
    at_ += 2;
    std::string second;
    const bool takes_second = shape.second != SecondVariable::kNever;
    if (takes_second && IsIdent() && Is(",", 1)) {
      second = tokens_[at_].text;
      at_ += 2;
    }
    if (shape.second == SecondVariable::kAlways && second.empty()) {
      Report(name, fmt::format("{}() takes {}", name.text, shape.usage));
    }
    if (!second.empty() && second == first) {
      Report(name, fmt::format("the variables of {}() have the same name '{}'",
                               name.text, first));
    }
    const uint32_t bind = OpenScope(operand, name, shape.macro,
                                    std::move(first), std::move(second));
    uint32_t body = Expression();
    if (shape.filtered && Take(",")) {
      const uint32_t mark = Mark(Op::kFilterMark, body);
      At(mark).b = bind;
      body = Expression();
    }
    if (Is(",")) {
      Report(Peek(), fmt::format("{}() takes {}", name.text, shape.usage));
      while (Take(",")) Expression();
    }
    Expect(")", "after the arguments");
    return CloseScope(operand, bind, body, name);
  }

  uint32_t WrongMacro(uint32_t operand, const Token& name,
                      const MacroShape& shape) {
    Report(name, fmt::format("{}() takes {}", name.text, shape.usage));
    Arguments();
    return Over(Op::kError, operand, name);
  }

  // cel.bind(name, value, expression). `operand` is the name `cel`.
  uint32_t Bind(uint32_t operand, const Token& name) {
    if (!IsIdent(1) || !Is(",", 2)) {
      Report(name, "cel.bind() takes a name, its value and an expression");
      Arguments();
      return Over(Op::kError, operand, name);
    }
    const uint32_t begin = At(operand).begin;
    ast_.nodes.resize(operand);
    ++at_;
    std::string variable = tokens_[at_].text;
    at_ += 2;
    const uint32_t value = Expression();
    Expect(",", "after the value of cel.bind()");
    const uint32_t bind =
        OpenScope(value, name, Macro::kBind, std::move(variable), "");
    const uint32_t body = Expression();
    Expect(")", "after the arguments");
    const uint32_t node = CloseScope(value, bind, body, name);
    At(node).begin = begin;
    return node;
  }

  std::string_view source_;
  Diagnostics* diagnostics_;
  std::vector<Token> tokens_;
  size_t at_ = 0;
  int depth_ = 0;
  uint32_t locals_ = 0;
  std::vector<Scope> scopes_;
  Ast ast_;
};

}  // namespace

Ast Parse(std::string_view source, Diagnostics* diagnostics) {
  if (source.size() > kMaxExpressionBytes) {
    diagnostics->push_back(
        {0, static_cast<uint32_t>(kMaxExpressionBytes),
         fmt::format("the expression has {} bytes, more than {}", source.size(),
                     kMaxExpressionBytes)});
    return {};
  }
  if (!text::IsValidUtf8(source)) {
    diagnostics->push_back({0, 0, "the expression is not valid UTF-8"});
    return {};
  }
  Ast ast = Parser(source, diagnostics).Run();
  std::stable_sort(diagnostics->begin(), diagnostics->end(),
                   [](const Diagnostic& a, const Diagnostic& b) {
                     return a.begin < b.begin;
                   });
  return ast;
}

}  // namespace sluice::ruleset::cel
