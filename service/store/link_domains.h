#pragma once

#include <string>
#include <vector>

#include "sluice/v1/event.pb.h"

namespace sluice::store {

// Domains that a comment is found by among those like it: the registrable
// domains of its links to elsewhere (the host where there is none), each once,
// at most kMaxLinkDomains: a comment of a thousand links is found by its first.
inline constexpr size_t kMaxLinkDomains = 8;
std::vector<std::string> LinkDomains(const v1::Checked& checked);

}  // namespace sluice::store
