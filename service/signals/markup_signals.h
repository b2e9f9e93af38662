#pragma once

#include "service/signals/observe.h"
#include "service/signals/views.h"
#include "sluice/v1/signals.pb.h"

namespace sluice::signals {

inline constexpr int kMaxRemovedNames = 32;

// What the whitelist removed and how the markup was built.
void ObserveMarkup(const Views& views, const SiteFacts& site,
                   v1::MarkupSignals* out);

}  // namespace sluice::signals
