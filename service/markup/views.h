#pragma once

#include "service/markup/render.h"
#include "service/markup/tree.h"

namespace sluice::markup {

// Fills in what is read off the tree: text, own words, their maps, links and
// counts. White space outside pre is collapsed as a browser shows it; blocks
// and breaks are separated by one newline. Linear in the tree.
//
// The maps are monotone: text whose source lies before what was already mapped
// (a footnote, printed at the end) maps to the place reached so far.
void ExtractViews(Tree tree, Rendering* rendering);

}  // namespace sluice::markup
