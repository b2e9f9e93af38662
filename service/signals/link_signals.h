#pragma once

#include <string>
#include <string_view>

#include "service/signals/observe.h"
#include "service/signals/views.h"
#include "sluice/v1/signals.pb.h"

namespace sluice::signals {

inline constexpr int kMaxLinkItems = 32;     // listed; all are counted
inline constexpr size_t kMaxLinkText = 256;  // bytes of LinkItem.text
inline constexpr size_t kMaxBareHosts =
    256;  // hosts without a scheme looked at in one comment

// Links of the rendering, hosts written without a scheme, BBCode, and the
// author's URL. Made once a comment and kept in `views`, because history is
// asked with them before the other signals are observed; the first call's site
// counts.
const v1::LinkSignals& LinksOf(Views* views, const SiteFacts& site);

// The registrable domain of an author's URL; empty if it has none.
std::string AuthorDomain(std::string_view url);

}  // namespace sluice::signals
