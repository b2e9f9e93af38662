#include "service/text/utf8.h"

namespace sluice::text {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

// What the lead byte promises: length, value bits and the range allowed for the
// second byte (Unicode, table 3-7; the narrowed ranges are what keeps out
// overlong forms, surrogates and values past U+10FFFF).
struct Lead {
  uint8_t size;
  uint8_t bits;
  uint8_t second_min;
  uint8_t second_max;
};

constexpr Lead ClassifyLead(uint8_t byte) {
  if (byte < 0xC2) return {0, 0, 0, 0};
  if (byte < 0xE0) return {2, static_cast<uint8_t>(byte & 0x1F), 0x80, 0xBF};
  if (byte == 0xE0) return {3, 0x00, 0xA0, 0xBF};
  if (byte == 0xED) return {3, 0x0D, 0x80, 0x9F};
  if (byte < 0xF0) return {3, static_cast<uint8_t>(byte & 0x0F), 0x80, 0xBF};
  if (byte == 0xF0) return {4, 0x00, 0x90, 0xBF};
  if (byte < 0xF4) return {4, static_cast<uint8_t>(byte & 0x07), 0x80, 0xBF};
  if (byte == 0xF4) return {4, 0x04, 0x80, 0x8F};
  return {0, 0, 0, 0};
}

}  // namespace

Decoded DecodeUtf8Beyond(std::string_view utf8, size_t at) {
  const auto byte = [&](size_t i) {
    return static_cast<uint8_t>(utf8[at + i]);
  };
  const uint8_t first = byte(0);
  const Lead lead = ClassifyLead(first);
  if (lead.size == 0 || utf8.size() - at < lead.size) return {kReplacement, 1};
  if (byte(1) < lead.second_min || byte(1) > lead.second_max)
    return {kReplacement, 1};
  char32_t code_point = (char32_t{lead.bits} << 6) | (byte(1) & 0x3F);
  for (size_t i = 2; i < lead.size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {kReplacement, 1};
    code_point = (code_point << 6) | (byte(i) & 0x3F);
  }
  return {code_point, lead.size};
}

void AppendUtf8(char32_t code_point, std::string* out) {
  if (code_point > 0x10FFFF || (code_point >= 0xD800 && code_point <= 0xDFFF))
    code_point = kReplacement;
  const auto push = [&](char32_t byte) {
    out->push_back(static_cast<char>(byte));
  };
  if (code_point < 0x80) {
    push(code_point);
    return;
  }
  if (code_point < 0x800) {
    push(0xC0 | (code_point >> 6));
  } else if (code_point < 0x10000) {
    push(0xE0 | (code_point >> 12));
    push(0x80 | ((code_point >> 6) & 0x3F));
  } else {
    push(0xF0 | (code_point >> 18));
    push(0x80 | ((code_point >> 12) & 0x3F));
    push(0x80 | ((code_point >> 6) & 0x3F));
  }
  push(0x80 | (code_point & 0x3F));
}

bool IsValidUtf8(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const Decoded next = DecodeUtf8(text, at);
    if (next.code_point == kReplacement && next.size == 1) return false;
    at += next.size;
  }
  return true;
}

size_t CountCodePoints(std::string_view utf8) {
  size_t count = 0;
  for (const char byte : utf8)
    count += (static_cast<uint8_t>(byte) & 0xC0) != 0x80;
  return count;
}

}  // namespace sluice::text
