#include "service/markup/removal.h"

#include <array>

namespace sluice::markup {

std::string_view RemovalKindName(RemovalKind kind) {
  static constexpr std::array<std::string_view,
                              static_cast<size_t>(RemovalKind::kCount)>
      kNames = {"element",    "pruned_element", "attribute", "url",
                "url_scheme", "comment",        "nesting",   "stray_end_tag",
                "broken_tag", "character",      "depth",     "attribute_list",
                "template"};
  static_assert(!kNames.back().empty(), "a name for each kind");
  const auto index = static_cast<size_t>(kind);
  return index < kNames.size() ? kNames[index] : std::string_view();
}

}  // namespace sluice::markup
