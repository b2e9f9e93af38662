#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "service/store/filter.h"

// What a filter can ask for.
namespace sluice::store {

enum class FieldKind {
  kState,    // names of State
  kVerdict,  // names of Verdict
  kNumber,
  kTime,
  kText,    // compared as it is
  kFolded,  // compared without regard to case
  kList,    // texts: one of them, compared without regard to case
};

struct Field {
  std::string_view name;
  FieldKind kind;
  // Of its kind; the others are null. Nothing, an empty text or an empty list:
  // it is not there.
  std::optional<double> (*number)(const FilterInput&) = nullptr;
  std::optional<int64_t> (*time)(const FilterInput&) = nullptr;
  std::string (*text)(const FilterInput&, int64_t now) = nullptr;
  std::vector<std::string> (*list)(const FilterInput&) = nullptr;
};

// Null if there is none.
const Field* FindField(std::string_view name);
// The field that was probably meant.
std::string_view NearestField(std::string_view name);

// Letters of ASCII, Latin-1, Greek and Cyrillic in lower case; bytes that are
// no UTF-8 stay.
std::string FoldCase(std::string_view text);

}  // namespace sluice::store
