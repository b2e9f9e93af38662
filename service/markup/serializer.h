#pragma once

#include <cstddef>
#include <string>

#include "service/markup/policy.h"
#include "service/markup/tree.h"

namespace sluice::markup {

// Prints the tree as the HTML Standard's serialisation algorithm would, so that
// parsing and serialising gives the same bytes. Can print nothing but the
// elements of Tag, each with the attributes named here. Empty if it would be
// longer than `max_bytes`.
std::string Serialize(const Tree& tree, const HtmlPolicy& policy,
                      size_t max_bytes);

}  // namespace sluice::markup
