#pragma once

#include <string>
#include <string_view>

namespace sluice::markup {

// C0 (but tab and newline), DEL, C1, surrogates and non-characters: nobody may
// publish them. CR and form feed are among them.
bool IsForbidden(char32_t c);

// The controls of UAX #9 that open or close: embeddings, overrides, isolates.
bool IsBidiControl(char32_t c);

// A character that shows nothing: soft hyphen, zero-width and format
// characters, bidi marks and controls, tags, fillers.
bool IsInvisible(char32_t c);

// An attribute's value without forbidden and bidi controls; newlines and tabs
// become spaces.
std::string CleanValue(std::string_view value);

}  // namespace sluice::markup
