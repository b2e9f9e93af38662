#pragma once

#include <cstdint>
#include <string_view>

namespace sluice::signals {

// Numbers of payment cards in the text: 13 to 19 digits, in groups parted by
// single spaces or hyphens or in none, that begin as an issuer's do (3 to 6, or
// 2221 to 2720) and end in the check digit of ISO/IEC 7812-1 (Luhn). Part of a
// longer number is none, nor is one digit again and again. One pass.
int32_t CountCardNumbers(std::string_view text);

}  // namespace sluice::signals
