#include "service/store/filter.h"

#include <algorithm>
#include <functional>

#include "service/store/filter_parser.h"

namespace sluice::store {
namespace {

using Op = FilterNode::Op;
using Comparison = FilterNode::Comparison;

template <typename T>
bool Compare(Comparison comparison, T a, T from, T to) {
  switch (comparison) {
    case Comparison::kEqual:
      return a >= from && a <= to;
    case Comparison::kNotEqual:
      return a < from || a > to;
    case Comparison::kLess:
      return a < from;
    case Comparison::kAtMost:
      return a <= to;
    case Comparison::kMore:
      return a > from;
    case Comparison::kAtLeast:
      return a >= from;
    default:
      return false;
  }
}

template <typename T>
bool TestMeasure(const FilterNode& node, std::optional<T> value, T from, T to) {
  if (node.anything) return value.has_value();
  if (!value) return node.comparison == Comparison::kNotEqual;
  return Compare(node.comparison, *value, from, to);
}

bool TestText(const FilterNode& node, std::string text) {
  if (node.anything) return !text.empty();
  if (node.comparison == Comparison::kHas ||
      node.field->kind != FieldKind::kText)
    text = FoldCase(text);
  if (node.comparison == Comparison::kHas)
    return text.find(node.text) != std::string::npos;
  return (text == node.text) == (node.comparison == Comparison::kEqual);
}

bool TestList(const FilterNode& node, const std::vector<std::string>& list) {
  if (node.anything) return !list.empty();
  const bool part = node.comparison == Comparison::kHas;
  const bool found =
      std::any_of(list.begin(), list.end(), [&](const std::string& element) {
        const std::string folded = FoldCase(element);
        return part ? folded.find(node.text) != std::string::npos
                    : folded == node.text;
      });
  return found == (node.comparison != Comparison::kNotEqual);
}

bool TestChoice(const FilterNode& node, int value) {
  return node.anything ||
         (value == node.choice) == (node.comparison != Comparison::kNotEqual);
}

bool Test(const FilterNode& node, const FilterInput& input, int64_t now) {
  const Field& field = *node.field;
  switch (field.kind) {
    case FieldKind::kState:
      return TestChoice(node, input.entry.state());
    case FieldKind::kVerdict:
      return TestChoice(node, input.entry.checked().decision().verdict());
    case FieldKind::kNumber:
      return TestMeasure(node, field.number(input), node.number, node.number);
    case FieldKind::kTime:
      return TestMeasure(node, field.time(input), node.time, node.time_end);
    case FieldKind::kList:
      return TestList(node, field.list(input));
    default:
      // Everything has a group of its own; to be in a campaign takes another.
      if (node.anything && field.name == "campaign") {
        return !input.entry.checked().signals().repetition().campaign().empty();
      }
      return TestText(node, field.text(input, now));
  }
}

// As deep as the filter, see kMaxFilterDepth.
bool Holds(const std::vector<FilterNode>& nodes, size_t at,
           const FilterInput& input, int64_t now) {
  const FilterNode& node = nodes[at];
  const auto holds = [&](size_t child) {
    return Holds(nodes, child, input, now);
  };
  switch (node.op) {
    case Op::kAnd:
      return std::all_of(node.children.begin(), node.children.end(), holds);
    case Op::kOr:
      return std::any_of(node.children.begin(), node.children.end(), holds);
    case Op::kNot:
      return !holds(node.children.front());
    default:
      return Test(node, input, now);
  }
}

constexpr uint32_t kAllStates =
    1u << v1::STATE_ACCEPTED | 1u << v1::STATE_HELD | 1u << v1::STATE_REJECTED;

// The states that an entry which fulfils (`can`) or fails (`cannot`) a node may
// be in; one pass, children first.
uint32_t StatesOf(const std::vector<FilterNode>& nodes) {
  struct States {
    uint32_t can = kAllStates;
    uint32_t cannot = kAllStates;
  };
  std::vector<States> all(nodes.size());
  for (size_t i = 0; i < nodes.size(); ++i) {
    const FilterNode& node = nodes[i];
    States& states = all[i];
    if (node.op == Op::kAnd || node.op == Op::kOr) {
      const bool both = node.op == Op::kAnd;
      states = both ? States{kAllStates, 0} : States{0, kAllStates};
      for (size_t child : node.children) {
        states.can =
            both ? states.can & all[child].can : states.can | all[child].can;
        states.cannot = both ? states.cannot | all[child].cannot
                             : states.cannot & all[child].cannot;
      }
    } else if (node.op == Op::kNot) {
      states = {all[node.children.front()].cannot,
                all[node.children.front()].can};
    } else if (node.field->kind == FieldKind::kState) {
      const uint32_t named =
          node.anything ? kAllStates : 1u << node.choice & kAllStates;
      states = {named, kAllStates & ~named};
      if (node.comparison == Comparison::kNotEqual)
        std::swap(states.can, states.cannot);
    }
  }
  return all.back().can;
}

// What one of the ANDed conditions says for an index.
void Narrow(const FilterNode& node, FilterBounds* bounds) {
  if (node.op != Op::kTest || node.anything) return;
  const std::string_view name = node.field->name;
  const Comparison comparison = node.comparison;
  const bool equal = comparison == Comparison::kEqual;
  const bool from = equal || comparison == Comparison::kAtLeast ||
                    comparison == Comparison::kMore;
  const bool to = equal || comparison == Comparison::kAtMost ||
                  comparison == Comparison::kLess;
  if (name == "create_time") {
    if (from) bounds->created_from = std::max(bounds->created_from, node.time);
    if (to) bounds->created_to = std::min(bounds->created_to, node.time_end);
  } else if (name == "score") {
    if (from) bounds->score_from = std::max(bounds->score_from, node.number);
    if (to) bounds->score_to = std::min(bounds->score_to, node.number);
  } else if (equal && name == "campaign") {
    bounds->campaign = node.text;
  } else if (equal && name == "author.id") {
    bounds->author_id = node.text;
  } else if (equal && name == "author.email") {
    bounds->author_email = node.text;
  } else if (equal && name == "author.name") {
    bounds->author_name = node.text;
  }
}

}  // namespace

Filter::Filter() = default;
Filter::~Filter() = default;

absl::StatusOr<std::shared_ptr<const Filter>> Filter::Parse(
    std::string_view text, Time now) {
  std::shared_ptr<Filter> filter(new Filter);
  filter->text_ = text;
  filter->now_ = now.time_since_epoch().count();
  std::vector<FilterNode>& nodes = filter->nodes_;
  if (absl::Status status = ParseFilter(text, now, &nodes); !status.ok())
    return status;
  if (nodes.empty()) return filter;
  for (const FilterNode& node : nodes) {
    if (node.op == Op::kTest && node.field->kind == FieldKind::kState)
      filter->names_state_ = true;
  }
  filter->bounds_.states = StatesOf(nodes);
  const FilterNode& root = nodes.back();
  if (root.op == Op::kAnd) {
    for (size_t child : root.children) Narrow(nodes[child], &filter->bounds_);
  } else {
    Narrow(root, &filter->bounds_);
  }
  return filter;
}

bool Filter::Matches(const FilterInput& input) const {
  return nodes_.empty() || Holds(nodes_, nodes_.size() - 1, input, now_);
}

}  // namespace sluice::store
