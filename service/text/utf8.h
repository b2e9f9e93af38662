#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::text {

// One decoded code point and the bytes it took (1 to 4).
struct Decoded {
  char32_t code_point;  // U+FFFD for an ill-formed sequence, which then takes
                        // one byte
  uint8_t size;
};

// Of anything but ASCII. REQUIRES: at < utf8.size().
Decoded DecodeUtf8Beyond(std::string_view utf8, size_t at);

// Decodes the code point that begins at utf8[at]. REQUIRES: at < utf8.size().
inline Decoded DecodeUtf8(std::string_view utf8, size_t at) {
  const auto first = static_cast<unsigned char>(utf8[at]);
  if (first < 0x80) return {first, 1};
  if (first >= 0xC2 && first < 0xE0 && at + 1 < utf8.size()) {
    const auto second = static_cast<unsigned char>(utf8[at + 1]);
    if ((second & 0xC0) == 0x80) {
      return {(char32_t{first} & 0x1F) << 6 | (char32_t{second} & 0x3F), 2};
    }
  }
  return DecodeUtf8Beyond(utf8, at);
}

// Appends the code point as UTF-8. A surrogate or a value past U+10FFFF is
// appended as U+FFFD.
void AppendUtf8(char32_t code_point, std::string* out);

// Whether the whole text is well-formed UTF-8 (no surrogates, no overlong
// forms, nothing past U+10FFFF).
bool IsValidUtf8(std::string_view text);

// Code points in well-formed UTF-8.
size_t CountCodePoints(std::string_view utf8);

}  // namespace sluice::text
