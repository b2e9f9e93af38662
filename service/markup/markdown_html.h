#pragma once

#include <functional>

#include "service/markup/markdown_blocks.h"
#include "service/markup/markdown_lines.h"

// Raw HTML between Markdown's blocks.
namespace sluice::markup::markdown {

// Takes the HTML blocks out of a container's lines: from a block-level start
// tag, wherever it stands, to its end tag, each as a block made by `add` (which
// returns its index). The content of an element with markdown="1" stays among
// the lines. Comments and processing instructions are hidden where they stand.
// Code, indented, fenced or between backquotes, is not looked into.
//
// An element without its end is text. The bytes read in vain for those are
// counted, and past a small multiple of the lines' size the rest is text, so
// that the whole is linear.
void HashMarkup(MarkdownText* text, Lines* lines,
                const std::function<uint32_t(BlockKind, Lines)>& add);

}  // namespace sluice::markup::markdown
