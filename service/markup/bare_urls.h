#pragma once

#include "service/markup/policy.h"
#include "service/markup/tree.h"

namespace sluice::markup {

// Makes links of the URLs that stand bare in the text (http://, https:// and
// www.), outside of a, pre and code. Trailing punctuation and an unpaired
// closing parenthesis stay outside, as readers expect of a sentence. A URL the
// policy refuses stays text. Linear in the tree.
void LinkBareUrls(const HtmlPolicy& policy, Tree* tree);

}  // namespace sluice::markup
