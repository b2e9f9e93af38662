#pragma once

#include <string>
#include <string_view>

#include "service/text/offset_map.h"

namespace sluice::text {

struct Squeezed {
  std::string text;  // letters, digits and their marks, nothing between
  OffsetMap map;     // bytes of `text` to bytes of the folded text
};

// The folded text without separators: what finds "via-gra", "vi agra" and
// "c.asino", which Fold leaves alone because people write "a-part" too. Words
// run together in it, so a hit in it needs a look at the text it came from.
// Linear. `folded` must be well-formed UTF-8.
Squeezed Squeeze(std::string_view folded);

}  // namespace sluice::text
