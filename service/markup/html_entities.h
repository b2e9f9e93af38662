#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::markup {

// Decodes the character reference at source[at] == '&' (HTML Standard,
// 13.2.5.72 on): `&amp;`, `&amp`, `&#38;`, `&#x26;`. Appends its characters to
// `out` and returns one past it; returns 0 and appends nothing if the `&` is
// text.
//
// In an attribute a name without `;` before `=` or a letter or digit is text.
size_t DecodeReference(std::string_view source, size_t at, bool in_attribute,
                       std::string* out);

// The whole text with its references decoded exactly once.
std::string DecodeReferences(std::string_view source, bool in_attribute);

}  // namespace sluice::markup
