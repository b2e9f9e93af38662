#pragma once

#include <string_view>

#include "service/markup/builder.h"

namespace sluice::markup {

// The plain text front end: blank lines separate paragraphs, a newline is a
// break, nothing is markup.
void ReadPlainText(std::string_view source, TreeBuilder* builder);

}  // namespace sluice::markup
