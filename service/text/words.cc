#include "service/text/words.h"

#include <array>

#include "service/text/char_table.h"
#include "service/text/utf8.h"

namespace sluice::text {
namespace {

// For bytes; a byte outside ASCII needs the table.
enum class ByteKind : uint8_t { kOutside, kInside, kAskTable };

constexpr std::array<ByteKind, 256> kByteKinds = [] {
  std::array<ByteKind, 256> kinds{};
  for (int byte = 0; byte < 256; ++byte) {
    const bool alphanumeric = (byte >= '0' && byte <= '9') ||
                              (byte >= 'a' && byte <= 'z') ||
                              (byte >= 'A' && byte <= 'Z');
    kinds[byte] = byte >= 0x80   ? ByteKind::kAskTable
                  : alphanumeric ? ByteKind::kInside
                                 : ByteKind::kOutside;
  }
  return kinds;
}();

ByteKind KindAt(std::string_view text, size_t at) {
  return kByteKinds[static_cast<uint8_t>(text[at])];
}

struct Character {
  CharClass kind;
  uint8_t size;
};

// REQUIRES: at < text.size().
Character CharacterAt(std::string_view text, size_t at) {
  const Decoded next = DecodeUtf8(text, at);
  return {CharTable::Get()[next.code_point].kind, next.size};
}

size_t StartOfLast(std::string_view text, size_t end) {
  size_t at = end - 1;
  while (at > 0 && end - at < 4 &&
         (static_cast<uint8_t>(text[at]) & 0xC0) == 0x80) {
    --at;
  }
  return at;
}

size_t SkipMarks(std::string_view text, size_t at) {
  while (at < text.size() && KindAt(text, at) == ByteKind::kAskTable) {
    const Character next = CharacterAt(text, at);
    if (next.kind != CharClass::kMark) break;
    at += next.size;
  }
  return at;
}

// Where the run of letters, digits and marks from `at` on ends.
size_t RunEnd(std::string_view text, size_t at) {
  while (at < text.size()) {
    const ByteKind kind = KindAt(text, at);
    if (kind == ByteKind::kOutside) break;
    if (kind == ByteKind::kInside) {
      ++at;
      continue;
    }
    const Character next = CharacterAt(text, at);
    if (next.kind == CharClass::kOther || next.kind == CharClass::kIdeograph) {
      break;
    }
    at += next.size;
  }
  return at;
}

}  // namespace

bool Words::Next(ByteSpan* word) {
  while (at_ < text_.size()) {
    if (KindAt(text_, at_) == ByteKind::kOutside) {
      ++at_;
      continue;
    }
    const size_t begin = at_;
    at_ = RunEnd(text_, begin);
    if (at_ == begin) {
      const Character alone = CharacterAt(text_, begin);
      at_ += alone.size;
      if (alone.kind == CharClass::kOther) continue;
      at_ = SkipMarks(text_, at_);
    }
    *word = {static_cast<uint32_t>(begin), static_cast<uint32_t>(at_)};
    return true;
  }
  return false;
}

bool IsWordBorder(std::string_view text, size_t at) {
  if (at == 0 || at >= text.size()) return true;
  const ByteKind before_byte = KindAt(text, at - 1);
  const ByteKind after_byte = KindAt(text, at);
  if (before_byte == ByteKind::kOutside || after_byte == ByteKind::kOutside) {
    return true;
  }
  if (before_byte == ByteKind::kInside && after_byte == ByteKind::kInside) {
    return false;
  }
  const CharClass before = CharacterAt(text, StartOfLast(text, at)).kind;
  const CharClass after = CharacterAt(text, at).kind;
  if (before == CharClass::kOther || after == CharClass::kOther) return true;
  if (after == CharClass::kMark) return false;
  if (before == CharClass::kIdeograph || after == CharClass::kIdeograph) {
    return true;
  }
  if (before != CharClass::kMark) return false;
  // A mark is like the letter that carries it.
  size_t carrier = StartOfLast(text, at);
  while (carrier > 0 && CharacterAt(text, carrier).kind == CharClass::kMark) {
    carrier = StartOfLast(text, carrier);
  }
  return CharacterAt(text, carrier).kind == CharClass::kIdeograph;
}

}  // namespace sluice::text
