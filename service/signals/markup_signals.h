#pragma once

#include "service/markup/render.h"
#include "sluice/v1/signals.pb.h"

namespace sluice::signals {

inline constexpr int kMaxRemovedNames = 32;

// What the whitelist removed and how the markup was built.
void ObserveMarkup(const markup::Rendering& rendering, v1::MarkupSignals* out);

}  // namespace sluice::signals
