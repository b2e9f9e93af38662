#include "client/terminal.h"

#include <fmt/format.h>
#include <unicode/uchar.h>
#include <unistd.h>

#include <cstdlib>

#include "service/text/utf8.h"

namespace sluice::client {
namespace {

bool IsHarmless(char32_t c) {
  switch (u_charType(static_cast<UChar32>(c))) {
    case U_CONTROL_CHAR:
    case U_FORMAT_CHAR:
    case U_SURROGATE:
    case U_PRIVATE_USE_CHAR:
    case U_UNASSIGNED:
    case U_LINE_SEPARATOR:
    case U_PARAGRAPH_SEPARATOR:
      return false;
    default:
      return true;
  }
}

constexpr char32_t kJoiner = 0x200D;

bool IsEmojiPart(char32_t c) {
  return u_hasBinaryProperty(static_cast<UChar32>(c),
                             UCHAR_EXTENDED_PICTOGRAPHIC) ||
         u_hasBinaryProperty(static_cast<UChar32>(c), UCHAR_EMOJI_MODIFIER) ||
         c == 0xFE0F;
}

}  // namespace

std::string Visible(std::string_view text, bool lines) {
  std::string out;
  char32_t before = 0;
  for (size_t at = 0; at < text.size();) {
    const text::Decoded decoded = text::DecodeUtf8(text, at);
    const char32_t c = decoded.code_point;
    const size_t next = at + decoded.size;
    if (lines && (c == '\n' || c == '\t')) {
      out.push_back(static_cast<char>(c));
    } else if (c < 0x20 || c == 0x7F) {
      out += c == '\n'   ? "\\n"
             : c == '\t' ? "\\t"
                         : fmt::format("\\x{:02x}", static_cast<uint32_t>(c));
    } else if (c == 0xFFFD && decoded.size == 1) {
      // Ill-formed: a lone byte may be a control character of 8-bit terminals.
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[at]));
    } else if (IsHarmless(c)) {
      out += text.substr(at, decoded.size);
    } else if (c == kJoiner && IsEmojiPart(before) && next < text.size() &&
               IsEmojiPart(text::DecodeUtf8(text, next).code_point)) {
      // Terminals do not agree how wide joined emoji are; side by side they
      // are as wide as their parts everywhere.
    } else {
      out += fmt::format("<U+{:04X}>", static_cast<uint32_t>(c));
    }
    before = c;
    at = next;
  }
  return out;
}

std::string Style::Wrap(std::string_view code, std::string_view text) const {
  return colour_ ? fmt::format("\x1b[{}m{}\x1b[0m", code, text)
                 : std::string(text);
}

std::string Style::Mark(std::string_view text) const {
  return colour_ ? Wrap("1;4;31", text) : fmt::format("[{}]", text);
}

bool UseColour(ColourWish wish) {
  if (wish != ColourWish::kAuto) return wish == ColourWish::kAlways;
  const char* no_colour = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  const bool dumb = term == nullptr || std::string_view(term) == "dumb";
  return isatty(STDOUT_FILENO) == 1 &&
         (no_colour == nullptr || *no_colour == '\0') && !dumb;
}

}  // namespace sluice::client
