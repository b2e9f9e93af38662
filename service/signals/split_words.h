#pragma once

#include <cstdint>

#include "service/markup/render.h"

namespace sluice::signals {

// Words with markup between two letters of a to z, as `vi**ag**ra`,
// `vi<i>ag</i>ra` or `v&#105;agra`: what a reader does not see and a filter
// would trip over. Each word once. Linear in the rendering.
int32_t CountSplitWords(const markup::Rendering& rendering);

}  // namespace sluice::signals
