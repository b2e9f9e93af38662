#include "service/store/filter_parser.h"

#include <fmt/format.h>

#include <utility>

#include "service/store/filter_values.h"

// AIP-160's grammar:
//   expression = sequence {AND sequence}
//   sequence   = factor {factor}
//   factor     = term {OR term}
//   term       = [NOT | -] simple
//   simple     = restriction | ( expression )
//   restriction = comparable [comparator value]

namespace sluice::store {
namespace {

using Op = FilterNode::Op;
using Comparison = FilterNode::Comparison;

constexpr std::string_view kBlank = " \t\r\n";

class Parser {
 public:
  Parser(std::string_view text, Time now, std::vector<FilterNode>* nodes)
      : text_(text), now_(now), nodes_(nodes) {}

  absl::Status Parse() {
    SkipBlanks();
    if (AtEnd()) return absl::OkStatus();
    const bool parsed = Expression(0) != kNone;
    if (parsed && !AtEnd()) {
      Fail(at_, text_[at_] == ')' ? "there is no ( for this )"
                                  : "this is not expected here");
    }
    return std::move(error_);
  }

 private:
  // Of a node that could not be parsed; error_ says why.
  static constexpr size_t kNone = ~size_t{0};

  bool AtEnd() const { return at_ == text_.size(); }
  void SkipBlanks() {
    while (!AtEnd() && kBlank.find(text_[at_]) != std::string_view::npos) ++at_;
  }
  size_t Fail(size_t at, std::string_view what) {
    if (error_.ok()) {
      error_ = absl::InvalidArgumentError(
          fmt::format("column {}: {}", at + 1, what));
    }
    return kNone;
  }

  static bool IsWordEnd(char c) {
    return kBlank.find(c) != std::string_view::npos ||
           std::string_view("()\"'=<>:!,").find(c) != std::string_view::npos;
  }
  // Whether the keyword stands here, as a word.
  bool Sees(std::string_view keyword) const {
    if (text_.substr(at_, keyword.size()) != keyword) return false;
    const size_t end = at_ + keyword.size();
    return end == text_.size() || IsWordEnd(text_[end]);
  }
  bool TakeKeyword(std::string_view keyword) {
    if (!Sees(keyword)) return false;
    at_ += keyword.size();
    SkipBlanks();
    return true;
  }

  size_t Add(FilterNode node) {
    nodes_->push_back(std::move(node));
    return nodes_->size() - 1;
  }
  size_t Join(Op op, std::vector<size_t> children) {
    if (children.size() == 1) return children.front();
    FilterNode node;
    node.op = op;
    node.children = std::move(children);
    return Add(std::move(node));
  }

  // AND, and what stands beside each other.
  size_t Expression(int depth) {
    std::vector<size_t> all;
    while (true) {
      const size_t factor = Factor(depth);
      if (factor == kNone) return kNone;
      all.push_back(factor);
      if (TakeKeyword("AND")) continue;
      if (AtEnd() || text_[at_] == ')') return Join(Op::kAnd, std::move(all));
      if (Sees("OR")) return Fail(at_, "OR stands between two conditions");
    }
  }

  size_t Factor(int depth) {
    std::vector<size_t> any;
    while (true) {
      const size_t term = Term(depth);
      if (term == kNone) return kNone;
      any.push_back(term);
      if (!TakeKeyword("OR")) return Join(Op::kOr, std::move(any));
    }
  }

  size_t Term(int depth) {
    bool negated = TakeKeyword("NOT");
    if (!negated && !AtEnd() && text_[at_] == '-') {
      negated = true;
      ++at_;
    }
    const size_t simple = Simple(depth);
    if (simple == kNone || !negated) return simple;
    FilterNode node;
    node.op = Op::kNot;
    node.children = {simple};
    return Add(std::move(node));
  }

  size_t Simple(int depth) {
    if (AtEnd()) return Fail(at_, "a condition is missing here");
    if (text_[at_] != '(') return Restriction();
    if (depth == kMaxFilterDepth)
      return Fail(at_, "the filter is nested deeper than 16 levels");
    const size_t begin = at_++;
    SkipBlanks();
    const size_t inside = Expression(depth + 1);
    if (inside == kNone) return kNone;
    if (AtEnd()) return Fail(begin, "there is no ) for this (");
    ++at_;
    SkipBlanks();
    return inside;
  }

  size_t Restriction() {
    const size_t begin = at_;
    for (std::string_view keyword : {"AND", "OR", "NOT"}) {
      if (Sees(keyword)) {
        return Fail(begin,
                    fmt::format("a condition is missing before `{}`", keyword));
      }
    }
    const bool quoted = text_[at_] == '"' || text_[at_] == '\'';
    std::string name;
    if (!Value(&name, false)) return kNone;
    SkipBlanks();
    FilterNode node;
    if (quoted || !TakeComparison(&node.comparison)) {
      if (name == "*") return Fail(begin, "`*` goes after a field, as text:*");
      node.field = FindField("text");
      return Finish(begin, name, std::move(node));
    }
    node.field = FindField(name);
    if (node.field == nullptr) {
      return Fail(
          begin, fmt::format("there is no field `{}`; did you mean `{}`?", name,
                             NearestField(name)));
    }
    SkipBlanks();
    const size_t value_at = at_;
    if (!AtEnd() && text_[at_] == '(') {
      return Fail(at_, fmt::format("write ({}{}a OR {}{}b)", node.field->name,
                                   ":", node.field->name, ":"));
    }
    const bool value_quoted =
        !AtEnd() && (text_[at_] == '"' || text_[at_] == '\'');
    std::string value;
    if (!Value(&value, true)) return kNone;
    SkipBlanks();
    if (value == "*" && !value_quoted && node.comparison == Comparison::kHas) {
      node.anything = true;
      return Add(std::move(node));
    }
    return Finish(value_at, value, std::move(node));
  }

  size_t Finish(size_t at, std::string_view value, FilterNode node) {
    const std::string wrong = ReadFilterValue(value, now_, &node);
    return wrong.empty() ? Add(std::move(node)) : Fail(at, wrong);
  }

  bool TakeComparison(Comparison* comparison) {
    constexpr std::pair<std::string_view, Comparison> kSigns[] = {
        {"!=", Comparison::kNotEqual}, {"<=", Comparison::kAtMost},
        {">=", Comparison::kAtLeast},  {"=", Comparison::kEqual},
        {"<", Comparison::kLess},      {">", Comparison::kMore},
        {":", Comparison::kHas}};
    for (const auto& [sign, meant] : kSigns) {
      if (text_.substr(at_, sign.size()) != sign) continue;
      at_ += sign.size();
      *comparison = meant;
      return true;
    }
    return false;
  }

  // A word or a quoted text. In a value `:` may stand within a word, so that
  // times and URLs need no quotes.
  bool Value(std::string* out, bool is_value) {
    if (AtEnd()) {
      Fail(at_, "a value is missing here");
      return false;
    }
    if (text_[at_] == '"' || text_[at_] == '\'') return Quoted(out);
    const size_t begin = at_;
    while (!AtEnd() && (!IsWordEnd(text_[at_]) ||
                        (is_value && at_ > begin && text_[at_] == ':'))) {
      ++at_;
    }
    if (at_ == begin) {
      Fail(at_, "this is not expected here; put texts with signs in quotes");
      return false;
    }
    *out = text_.substr(begin, at_ - begin);
    return true;
  }

  bool Quoted(std::string* out) {
    const size_t begin = at_;
    const char quote = text_[at_++];
    for (; !AtEnd(); ++at_) {
      if (text_[at_] == quote) {
        ++at_;
        return true;
      }
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      *out += text_[at_];
    }
    Fail(begin, "the quote that begins here does not end");
    return false;
  }

  const std::string_view text_;
  const Time now_;
  std::vector<FilterNode>* const nodes_;
  size_t at_ = 0;
  absl::Status error_;
};

}  // namespace

absl::Status ParseFilter(std::string_view text, Time now,
                         std::vector<FilterNode>* nodes) {
  if (text.size() > kMaxFilterBytes)
    return absl::InvalidArgumentError("is longer than 1,000 bytes");
  return Parser(text, now, nodes).Parse();
}

}  // namespace sluice::store
