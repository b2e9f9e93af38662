#pragma once

#include "service/signals/observe.h"
#include "service/signals/views.h"
#include "sluice/v1/signals.pb.h"

namespace sluice::signals {

inline constexpr int kMaxLinkItems = 32;     // listed; all are counted
inline constexpr size_t kMaxLinkText = 256;  // bytes of LinkItem.text
inline constexpr size_t kMaxBareHosts =
    256;  // hosts without a scheme looked at in one comment

// Links of the rendering, hosts written without a scheme, BBCode, and the
// author's URL.
void ObserveLinks(Views* views, const SiteFacts& site, v1::LinkSignals* out);

}  // namespace sluice::signals
