#include "service/signals/markup_signals.h"

#include <set>
#include <string>

namespace sluice::signals {

void ObserveMarkup(const markup::Rendering& rendering, v1::MarkupSignals* out) {
  out->set_removed(static_cast<int32_t>(rendering.removal_count));
  std::set<std::string_view> names;
  for (const markup::Removal& removal : rendering.removals) {
    ++(*out->mutable_removed_by_kind())[std::string(
        markup::RemovalKindName(removal.kind))];
    const bool listed = out->removed_names_size() >= kMaxRemovedNames;
    if (!removal.name.empty() && !listed && names.insert(removal.name).second)
      out->add_removed_names(removal.name);
  }
  out->set_code_bytes(static_cast<int32_t>(rendering.code_bytes));
  out->set_unrenderable(!rendering.verified);
}

}  // namespace sluice::signals
