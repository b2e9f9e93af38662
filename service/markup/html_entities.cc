#include "service/markup/html_entities.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "named_references.h"
#include "service/text/utf8.h"

namespace sluice::markup {
namespace {

constexpr char32_t kReplacement = 0xFFFD;
constexpr char32_t kMaxCodePoint = 0x10FFFF;

// What &#128; to &#159; mean: windows-1252 (HTML Standard, numeric character
// reference end state). 0: itself.
constexpr std::array<char16_t, 32> kC1 = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
    0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017D, 0,
    0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
    0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool IsAlphanumeric(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

int HexValue(char c) {
  if (IsDigit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

char32_t NumericMeaning(char32_t code) {
  if (code == 0 || code > kMaxCodePoint || (code >= 0xD800 && code <= 0xDFFF))
    return kReplacement;
  if (code >= 0x80 && code < 0xA0 && kC1[code - 0x80] != 0)
    return kC1[code - 0x80];
  return code;
}

size_t DecodeNumeric(std::string_view source, size_t at, std::string* out) {
  size_t i = at + 2;
  const bool hex = i < source.size() && (source[i] == 'x' || source[i] == 'X');
  if (hex) ++i;
  const size_t digits = i;
  char32_t code = 0;
  for (; i < source.size(); ++i) {
    const int value = HexValue(source[i]);
    if (value < 0 || (!hex && value > 9)) break;
    if (code <= kMaxCodePoint)
      code = code * (hex ? 16 : 10) + static_cast<char32_t>(value);
  }
  if (i == digits) return 0;
  if (i < source.size() && source[i] == ';') ++i;
  text::AppendUtf8(NumericMeaning(code), out);
  return i;
}

// The longest name of the table that source[begin, ...) starts with: the range
// of candidates narrows by one letter a step.
const NamedReference* LongestName(std::string_view source, size_t begin) {
  const NamedReference* first = std::begin(kNamedReferences);
  const NamedReference* last = std::end(kNamedReferences);
  const NamedReference* found = nullptr;
  for (size_t depth = 0; begin + depth < source.size(); ++depth) {
    const char wanted = source[begin + depth];
    const auto letter = [depth](const NamedReference& reference) {
      return depth < reference.name.size()
                 ? static_cast<unsigned char>(reference.name[depth])
                 : 0;
    };
    const auto value = static_cast<unsigned char>(wanted);
    first = std::partition_point(
        first, last, [&](const auto& r) { return letter(r) < value; });
    last = std::partition_point(
        first, last, [&](const auto& r) { return letter(r) <= value; });
    if (first == last || value == 0) break;
    if (first->name.size() == depth + 1) found = first;
  }
  return found;
}

// What nearly every reference is. No longer name begins with one of these.
constexpr NamedReference kCommon[] = {{"amp;", "&"},
                                      {"lt;", "<"},
                                      {"gt;", ">"},
                                      {"quot;", "\""},
                                      {"nbsp;", "\u00A0"}};

const NamedReference* CommonName(std::string_view source, size_t begin) {
  for (const NamedReference& common : kCommon) {
    if (source[begin] == common.name[0] &&
        source.substr(begin, common.name.size()) == common.name)
      return &common;
  }
  return nullptr;
}

}  // namespace

size_t DecodeReference(std::string_view source, size_t at, bool in_attribute,
                       std::string* out) {
  if (at + 1 >= source.size()) return 0;
  if (source[at + 1] == '#') return DecodeNumeric(source, at, out);
  if (!IsAlphanumeric(source[at + 1])) return 0;
  const NamedReference* named = CommonName(source, at + 1);
  if (named == nullptr) named = LongestName(source, at + 1);
  if (named == nullptr) return 0;
  const size_t end = at + 1 + named->name.size();
  // <a href="?a=b&copy=c"> is not a copyright sign.
  if (in_attribute && named->name.back() != ';' && end < source.size() &&
      (source[end] == '=' || IsAlphanumeric(source[end])))
    return 0;
  out->append(named->utf8);
  return end;
}

std::string DecodeReferences(std::string_view source, bool in_attribute) {
  std::string out;
  out.reserve(source.size());
  size_t kept = 0;
  for (size_t at = source.find('&'); at != std::string_view::npos;) {
    out.append(source.substr(kept, at - kept));
    kept = at;
    const size_t next = DecodeReference(source, at, in_attribute, &out);
    if (next != 0) kept = next;
    at = source.find('&', std::max(next, at + 1));
  }
  out.append(source.substr(kept));
  return out;
}

}  // namespace sluice::markup
