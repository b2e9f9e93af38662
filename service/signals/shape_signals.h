#pragma once

#include <string_view>

#include "service/markup/render.h"
#include "service/text/fold.h"
#include "sluice/v1/signals.pb.h"

namespace sluice::signals {

// Length and texture of the rendered text; `source` is the body as sent,
// `folded` the text folded, which knows what was spaced out. One pass, plus n
// log n over the words.
void ObserveShape(const markup::Rendering& rendering,
                  const text::Folded& folded, std::string_view source,
                  v1::ShapeSignals* out);

}  // namespace sluice::signals
