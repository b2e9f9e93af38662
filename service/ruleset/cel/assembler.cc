// One pass over the tape: every node is in the order in which it is evaluated,
// so each becomes a step or two, and marks become jumps that are patched when
// the node they belong to comes by.

#include "service/ruleset/cel/assembler.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include <re2/re2.h>

#include <algorithm>
#include <set>

#include "service/ruleset/cel/step.h"

namespace sluice::ruleset::cel {

class Assembler {
 public:
  Assembler(const Environment& environment, std::string_view source,
            const Ast& ast, const std::vector<Fact>& facts,
            Diagnostics* diagnostics)
      : ast_(ast),
        facts_(facts),
        diagnostics_(diagnostics),
        program_(new Program),
        jumps_(ast.nodes.size(), 0),
        filters_(ast.nodes.size()) {
    program_->environment_ = &environment;
    program_->source_ = source;
    program_->type_ = facts[ast.root].type;
    program_->max_locals_ = ast.locals;
  }

  std::unique_ptr<Program> Run() {
    for (node_ = 0; node_ < ast_.nodes.size(); ++node_) {
      const Node& node = ast_.nodes[node_];
      program_->node_spans_.push_back({node.begin, node.end});
      Emit(node);
    }
    FindConjuncts();
    CollectReads();
    return std::move(program_);
  }

 private:
  // `change`: how many values the step adds to the stack.
  Instruction& Add(Step step, int change, uint32_t a = 0, uint32_t b = 0) {
    Instruction& added = program_->code_.emplace_back();
    added.step = step;
    added.a = a;
    added.b = b;
    added.node = node_;
    depth_ += change;
    program_->max_stack_ =
        std::max(program_->max_stack_, static_cast<uint32_t>(depth_));
    return added;
  }

  uint32_t Here() const {
    return static_cast<uint32_t>(program_->code_.size());
  }

  std::string_view Text(std::string text) {
    return program_->texts_.emplace_back(std::move(text));
  }

  uint32_t Name(std::string text) {
    program_->names_.push_back(Text(std::move(text)));
    return static_cast<uint32_t>(program_->names_.size()) - 1;
  }

  void Constant(Value value) {
    program_->constants_.push_back(value);
    Add(Step::kConstant, 1,
        static_cast<uint32_t>(program_->constants_.size()) - 1);
  }

  void Emit(const Node& node) {
    switch (node.op) {
      case Op::kNull:
        return Constant(Value::Null());
      case Op::kBool:
        return Constant(Value::Bool(node.number != 0));
      case Op::kInt:
        return Constant(Value::Int(node.number));
      case Op::kUint:
        return Constant(Value::Uint(static_cast<uint64_t>(node.number)));
      case Op::kDouble:
        return Constant(Value::Double(node.real));
      case Op::kString:
        return Constant(Value::String(Text(node.name)));
      case Op::kBytes:
        return Constant(Value::Bytes(Text(node.name)));
      case Op::kTypeName:
        return Constant(Value::TypeNamed(Text(node.name)));
      case Op::kConstant:
        return Constant(facts_[node_].name->constant);
      case Op::kVariable:
        Add(Step::kVariable, 1, node.b);
        program_->time_dependent_ |= facts_[node_].name->time_dependent;
        return;
      case Op::kLocal:
        Add(Step::kLocal, 1, ast_.nodes[node.a].slot + node.b);
        return;
      case Op::kIdent:
      case Op::kError:
        Add(Step::kFail, 1, Name(fmt::format("no such name '{}'", node.name)));
        return;
      case Op::kSelect:
        return Select(node);
      case Op::kHas:
        Add(Step::kHas, 0, Name(node.name));
        return;
      case Op::kIndex:
        Add(Step::kIndex, -1).flag = node.optional ? 1 : 0;
        return;
      case Op::kCall:
        return Call(node);
      case Op::kList:
      case Op::kMap:
      case Op::kMessage:
        return Aggregate(node);
      default:
        return Control(node);
    }
  }

  void Control(const Node& node) {
    std::vector<Instruction>& code = program_->code_;
    switch (node.op) {
      case Op::kNot:
        Add(Step::kNot, 0);
        break;
      case Op::kNegate:
        Add(Step::kNegate, 0);
        break;
      case Op::kAndMark:
      case Op::kOrMark:
        jumps_[node_] = Here();
        Add(node.op == Op::kAndMark ? Step::kAndJump : Step::kOrJump, 0);
        break;
      case Op::kAnd:
      case Op::kOr:
        Add(node.op == Op::kAnd ? Step::kAnd : Step::kOr, -1);
        code[jumps_[node.c]].a = Here();
        break;
      case Op::kThenMark:
        jumps_[node_] = Here();
        Add(Step::kBranch, -1);
        break;
      case Op::kElseMark:
        Add(Step::kJump, -1);
        code[jumps_[node.a]].a = Here();
        break;
      case Op::kConditional:
        code[code[jumps_[node.mark]].a - 1].a = Here();
        break;
      case Op::kBind:
        Bind(node);
        break;
      case Op::kFilterMark:
        filters_[node.b] = Here();
        Add(Step::kFilter, -1);
        break;
      case Op::kComprehension:
        Comprehension(node);
        break;
      case Op::kNothing:
        break;
      default:
        Add(Step::kBinary, -1).flag = static_cast<uint8_t>(node.op);
    }
  }

  void Select(const Node& node) {
    const Fact& fact = facts_[node_];
    const bool plain = !node.optional && fact.field != nullptr &&
                       facts_[node.a].type.is(Kind::kMessage);
    const uint32_t name = Name(node.name);
    if (plain) {
      program_->fields_.push_back(fact.field);
      Add(Step::kField, 0, static_cast<uint32_t>(program_->fields_.size()) - 1,
          name);
    } else {
      Add(Step::kSelect, 0, name).flag = node.optional ? 1 : 0;
    }
  }

  // The value of the literal string that is the item; nullptr: it is none.
  const Node* LiteralString(const Node& call, uint32_t item) const {
    const Node& node = ast_.nodes[ast_.items[call.items + item].value];
    return node.op == Op::kString ? &node : nullptr;
  }

  void Call(const Node& node) {
    const FunctionDeclaration* function = facts_[node_].function;
    const uint32_t operands = node.item_count + (node.method ? 1 : 0);
    const int change = 1 - static_cast<int>(operands);
    if (function == nullptr) {
      for (uint32_t i = 1; i < operands; ++i) {
        Add(Step::kBinary, -1).flag = static_cast<uint8_t>(Op::kEqual);
      }
      Add(Step::kFail, 1,
          Name(fmt::format("no such function '{}'", node.name)));
      // A strict step: the error wins over what it stands on.
      if (operands > 0) {
        Add(Step::kBinary, -1).flag = static_cast<uint8_t>(Op::kEqual);
      }
      return;
    }
    if (function->name == "matches" && operands == 2) {
      const Node* pattern = LiteralString(node, node.item_count - 1);
      if (pattern != nullptr && Pattern(*pattern)) return;
    }
    if (function->is_host) Host(node, *function);
    program_->functions_.push_back(function);
    Instruction& call =
        Add(Step::kCall, change,
            static_cast<uint32_t>(program_->functions_.size()) - 1);
    call.count = static_cast<uint16_t>(operands);
    call.flag = node.method ? 1 : 0;
  }

  void Host(const Node& node, const FunctionDeclaration& function) {
    program_->time_dependent_ |= function.time_dependent;
    if (node.item_count != 1) return;
    const Node* argument = LiteralString(node, 0);
    if (argument == nullptr) return;
    program_->literal_calls_.push_back(
        {function.name, argument->name, node.begin, node.end});
  }

  // Replaces the step that pushed the literal. false: leave it to the function.
  bool Pattern(const Node& literal) {
    RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(kMaxPatternMemory);
    auto compiled = std::make_unique<RE2>(literal.name, options);
    if (!compiled->ok()) {
      if (!program_->environment_->options().check) return false;
      if (diagnostics_->size() < kMaxDiagnostics) {
        diagnostics_->push_back(
            {literal.begin, literal.end,
             fmt::format("RE2 refuses this pattern: {}", compiled->error())});
      }
      return true;
    }
    program_->code_.pop_back();
    --depth_;
    program_->patterns_.push_back({literal.name, literal.begin, literal.end});
    program_->compiled_patterns_.push_back(std::move(compiled));
    Add(Step::kMatches, 0,
        static_cast<uint32_t>(program_->compiled_patterns_.size()) - 1);
    return true;
  }

  void Aggregate(const Node& node) {
    uint32_t optional = kNoNode;
    std::vector<bool> flags;
    for (uint32_t i = 0; i < node.item_count; ++i) {
      flags.push_back(ast_.items[node.items + i].optional);
    }
    if (std::find(flags.begin(), flags.end(), true) != flags.end()) {
      optional = static_cast<uint32_t>(program_->optional_items_.size());
      program_->optional_items_.push_back(std::move(flags));
    }
    const int count = static_cast<int>(node.item_count);
    const auto step = node.op == Op::kList  ? Step::kList
                      : node.op == Op::kMap ? Step::kMap
                                            : Step::kMessage;
    uint32_t a = 0;
    if (node.op == Op::kMessage && !MessageLiteral(node, &a)) return;
    Instruction& added =
        Add(step, 1 - (node.op == Op::kMap ? 2 * count : count), a, optional);
    added.count = static_cast<uint16_t>(count);
  }

  bool MessageLiteral(const Node& node, uint32_t* index) {
    Program::MessageLiteral literal{facts_[node_].message, {}};
    for (uint32_t i = 0; i < node.item_count && literal.message; ++i) {
      literal.fields.push_back(
          literal.message->FindFieldByName(ast_.items[node.items + i].field));
      if (literal.fields.back() == nullptr) literal.message = nullptr;
    }
    *index = static_cast<uint32_t>(program_->messages_.size());
    program_->messages_.push_back(std::move(literal));
    return true;
  }

  void Bind(const Node& node) {
    jumps_[node_] = Here();
    switch (node.macro) {
      case Macro::kBind:
        Add(Step::kStore, -1, node.slot);
        break;
      case Macro::kOptMap:
      case Macro::kOptFlatMap:
        Add(Step::kOptional, -1, node.slot);
        break;
      default: {
        Instruction& begin = Add(Step::kLoopBegin, -1, node.slot);
        begin.flag = static_cast<uint8_t>(node.macro);
        begin.count = node.second_name.empty() ? 1 : 2;
      }
    }
  }

  void Comprehension(const Node& node) {
    std::vector<Instruction>& code = program_->code_;
    const uint32_t begin = jumps_[node.b];
    switch (node.macro) {
      case Macro::kBind:
        return;
      case Macro::kOptMap:
        Add(Step::kOptionalOf, 0);
        code[begin].b = Here();
        return;
      case Macro::kOptFlatMap:
        code[begin].b = Here();
        return;
      default:
        break;
    }
    Instruction& next = Add(Step::kLoopNext, 0, code[begin].a, begin + 1);
    next.flag = code[begin].flag;
    next.count = code[begin].count;
    code[begin].b = Here();
    if (filters_[node.b] != 0) code[filters_[node.b]].a = Here() - 1;
  }

  // The operands of the `&&` at the top, left to right.
  void FindConjuncts() {
    std::vector<uint32_t> operands;
    uint32_t node = ast_.root;
    while (ast_.nodes[node].op == Op::kAnd) {
      operands.push_back(ast_.nodes[node].b);
      node = ast_.nodes[node].a;
    }
    operands.push_back(node);
    std::reverse(operands.begin(), operands.end());
    for (const uint32_t operand : operands) {
      const Node& at = ast_.nodes[operand];
      Program::Conjunct conjunct{{at.begin, at.end}, operand, {}};
      conjunct.leaves = Leaves(operand);
      program_->conjuncts_.push_back(std::move(conjunct));
    }
  }

  // What was read in the conjunct, outside macros' bodies: whole paths, calls
  // of the host, and calls whose value is compared.
  std::vector<uint32_t> Leaves(uint32_t operand) const {
    std::vector<uint32_t> leaves;
    uint32_t until = 0;  // inside the body of a macro up to this node
    for (uint32_t i = ast_.nodes[operand].first; i <= operand; ++i) {
      const Node& node = ast_.nodes[i];
      if (node.op == Op::kBind) until = std::max(until, LoopEnd(i));
      if (i < until) continue;
      const bool path = !facts_[i].path.empty() && !facts_[i].path_goes_on &&
                        node.op != Op::kBind && node.op != Op::kConstant;
      const bool call = node.op == Op::kCall && i != operand;
      const bool comprehension = node.op == Op::kComprehension && i != operand;
      if (path || call || comprehension || IsHostField(i)) leaves.push_back(i);
    }
    return leaves;
  }

  bool IsHostField(uint32_t i) const {
    const Node& node = ast_.nodes[i];
    return node.op == Op::kSelect && facts_[i].path.empty() &&
           facts_[node.a].type.is(Kind::kObject);
  }

  uint32_t LoopEnd(uint32_t bind) const {
    for (uint32_t i = bind + 1; i < ast_.nodes.size(); ++i) {
      if (ast_.nodes[i].op == Op::kComprehension && ast_.nodes[i].b == bind) {
        return i;
      }
    }
    return bind;
  }

  void CollectReads() {
    std::set<std::string> paths;
    for (uint32_t i = 0; i < facts_.size(); ++i) {
      const Fact& fact = facts_[i];
      const Op op = ast_.nodes[i].op;
      if (fact.path.empty() || fact.path_goes_on || op == Op::kBind) continue;
      paths.insert(fact.path);
    }
    program_->reads_.assign(paths.begin(), paths.end());
  }

  const Ast& ast_;
  const std::vector<Fact>& facts_;
  Diagnostics* diagnostics_;
  std::unique_ptr<Program> program_;
  std::vector<uint32_t> jumps_;    // by mark or bind: the step to patch
  std::vector<uint32_t> filters_;  // by bind: its kFilter; 0: none
  uint32_t node_ = 0;
  int depth_ = 0;
};

std::unique_ptr<Program> Assemble(const Environment& environment,
                                  std::string_view source, const Ast& ast,
                                  const std::vector<Fact>& facts,
                                  Diagnostics* diagnostics) {
  return Assembler(environment, source, ast, facts, diagnostics).Run();
}

}  // namespace sluice::ruleset::cel
