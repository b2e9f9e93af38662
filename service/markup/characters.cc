#include "service/markup/characters.h"

#include "service/text/utf8.h"

namespace sluice::markup {

bool IsForbidden(char32_t c) {
  if (c < 0x20) return c != '\t' && c != '\n';
  if (c < 0x7F) return false;
  if (c < 0xA0) return true;
  if (c < 0xD800) return false;
  return c <= 0xDFFF || (c >= 0xFDD0 && c <= 0xFDEF) || (c & 0xFFFE) == 0xFFFE;
}

bool IsBidiControl(char32_t c) {
  return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

bool IsInvisible(char32_t c) {
  if (c < 0xAD) return false;
  return c == 0xAD || c == 0x34F || c == 0x61C || c == 0x115F || c == 0x1160 ||
         c == 0x17B4 || c == 0x17B5 || (c >= 0x180B && c <= 0x180F) ||
         (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) ||
         (c >= 0x2060 && c <= 0x206F) || c == 0x3164 || c == 0xFEFF ||
         c == 0xFFA0 || (c >= 0xFFF0 && c <= 0xFFFB) ||
         (c >= 0xE0000 && c <= 0xE0FFF);
}

std::string CleanValue(std::string_view value) {
  std::string clean;
  clean.reserve(value.size());
  for (size_t i = 0; i < value.size();) {
    const text::Decoded decoded = text::DecodeUtf8(value, i);
    const char32_t c = decoded.code_point;
    i += decoded.size;
    if (c == '\n' || c == '\t' || c == '\r') {
      clean.push_back(' ');
    } else if (!IsForbidden(c) && !IsBidiControl(c)) {
      text::AppendUtf8(c, &clean);
    }
  }
  return clean;
}

}  // namespace sluice::markup
