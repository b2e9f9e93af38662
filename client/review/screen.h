#pragma once

#include <vector>

#include "client/review/cells.h"
#include "client/review/model.h"

namespace sluice::client::review {

// What there is to draw on.
struct Surface {
  int columns = 80;
  int rows = 24;
  bool colour = true;
  bool unicode = true;  // else ASCII only
};

// A picture of the screen: at most `rows` lines of at most `columns` columns,
// all of it tame.
struct Frame {
  std::vector<Line> lines;
  int cursor_row = -1;  // where one types; -1: nowhere
  int cursor_column = 0;
};

// Draws the model, and tells it how far it can be scrolled.
Frame Draw(const Surface& surface, Model* model);

}  // namespace sluice::client::review
