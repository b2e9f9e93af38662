#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "service/store/filter_fields.h"

namespace sluice::store {

// A node of a parsed filter: children come before their parents.
struct FilterNode {
  enum class Op { kAnd, kOr, kNot, kTest };
  enum class Comparison {
    kEqual,
    kNotEqual,
    kLess,
    kAtMost,
    kMore,
    kAtLeast,
    kHas
  };
  Op op = Op::kTest;
  std::vector<size_t> children;  // of kAnd, kOr, kNot

  // Of kTest.
  const Field* field = nullptr;
  Comparison comparison = Comparison::kHas;
  bool anything = false;  // `field:*`
  int choice = 0;         // of kState, kVerdict
  double number = 0;
  int64_t time = 0;      // microseconds
  int64_t time_end = 0;  // the last microsecond of a date, else `time`
  std::string text;      // in lower case where the field is compared so
};

// Appends the nodes of `text`, the root last; none for an empty text. Descends
// at most kMaxFilterDepth levels. Errors as Filter::Parse.
absl::Status ParseFilter(std::string_view text, Time now,
                         std::vector<FilterNode>* nodes);

}  // namespace sluice::store
