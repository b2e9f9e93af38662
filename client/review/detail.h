#pragma once

#include <vector>

#include "client/review/cells.h"
#include "client/review/model.h"

namespace sluice::client::review {

// How lines are laid out.
struct Layout {
  int columns = 80;
  bool brackets = false;  // marks are in brackets too: there is no colour
};

// A comment with all that is known of it: who, where, its text with the matched
// words marked, links, reasons, what was removed, what has happened since.
std::vector<Line> DetailLines(const Row& row, const Model& model,
                              const Layout& layout);

// Pages that are read over the whole screen.
std::vector<Line> PageLines(const Model& model, const Layout& layout);

}  // namespace sluice::client::review
