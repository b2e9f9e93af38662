#pragma once

#include <string_view>

#include "service/markup/render.h"
#include "sluice/v1/signals.pb.h"

namespace sluice::signals {

// Length and texture of the rendered text; `source` is the body as sent. One
// pass, plus n log n over the words.
void ObserveShape(const markup::Rendering& rendering, std::string_view source,
                  v1::ShapeSignals* out);

}  // namespace sluice::signals
