// The host part of the URL Standard: https://url.spec.whatwg.org/#host-parsing

#include <fmt/format.h>
#include <unicode/uidna.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "service/markup/byte_set.h"
#include "service/markup/url.h"
#include "service/text/utf8.h"

namespace sluice::markup {
namespace {

constexpr size_t kMaxHost = 1024;  // bytes; DNS allows 253
constexpr size_t kPieces = 8;      // 16-bit pieces of an IPv6 address

using Ipv6 = std::array<uint16_t, kPieces>;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

int HexValue(char c) {
  if (IsDigit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string PercentDecode(std::string_view text) {
  if (text.find('%') == std::string_view::npos) return std::string(text);
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size() &&
                        HexValue(text[i + 1]) >= 0 &&
                        HexValue(text[i + 2]) >= 0;
    if (!escape) {
      out.push_back(text[i]);
      continue;
    }
    out.push_back(
        static_cast<char>(HexValue(text[i + 1]) * 16 + HexValue(text[i + 2])));
    i += 2;
  }
  return out;
}

// Forbidden domain code points; also what UTS #46 lets through but no host is.
constexpr ByteSet kForbiddenInDomain =
    ByteSet("#/:<>?@[\\]^|%\"`{}").AddRange(0, 0x20).AddRange(0x7F, 0xFF);

bool NeedsIdna(std::string_view host) {
  for (size_t i = 0; i < host.size(); ++i) {
    if (static_cast<unsigned char>(host[i]) >= 0x80) return true;
    const bool label_start = i == 0 || host[i - 1] == '.';
    if (label_start && host.size() - i >= 4 && (host[i] | 0x20) == 'x' &&
        (host[i + 1] | 0x20) == 'n' && host.substr(i + 2, 2) == "--")
      return true;
  }
  return false;
}

const UIDNA* Idna() {
  static const UIDNA* const idna = [] {
    UErrorCode error = U_ZERO_ERROR;
    return uidna_openUTS46(UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ |
                               UIDNA_NONTRANSITIONAL_TO_ASCII |
                               UIDNA_NONTRANSITIONAL_TO_UNICODE,
                           &error);
  }();
  return idna;
}

std::optional<std::string> ToAscii(std::string_view host) {
  if (!NeedsIdna(host)) {
    std::string lower(host);
    for (char& c : lower) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
    }
    return lower;
  }
  if (!text::IsValidUtf8(host) || Idna() == nullptr) return std::nullopt;
  // The standard runs UTS #46 without CheckHyphens and VerifyDnsLength.
  constexpr uint32_t kIgnored =
      UIDNA_ERROR_LEADING_HYPHEN | UIDNA_ERROR_TRAILING_HYPHEN |
      UIDNA_ERROR_HYPHEN_3_4 | UIDNA_ERROR_EMPTY_LABEL |
      UIDNA_ERROR_LABEL_TOO_LONG | UIDNA_ERROR_DOMAIN_NAME_TOO_LONG;
  std::string ascii(host.size() * 8 + 64, '\0');
  UIDNAInfo info = UIDNA_INFO_INITIALIZER;
  UErrorCode error = U_ZERO_ERROR;
  const int32_t size = uidna_nameToASCII_UTF8(
      Idna(), host.data(), static_cast<int32_t>(host.size()), ascii.data(),
      static_cast<int32_t>(ascii.size()), &info, &error);
  if (U_FAILURE(error) || (info.errors & ~kIgnored) != 0) return std::nullopt;
  ascii.resize(static_cast<size_t>(size));
  return ascii;
}

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

// 10, 012, 0xa; nullopt if it is no number. Saturates.
std::optional<uint64_t> ParseIpv4Number(std::string_view text) {
  if (text.empty()) return std::nullopt;
  uint64_t base = 10;
  if (text.size() >= 2 && text[0] == '0' && (text[1] | 0x20) == 'x') {
    base = 16;
    text.remove_prefix(2);
  } else if (text.size() >= 2 && text[0] == '0') {
    base = 8;
    text.remove_prefix(1);
  }
  constexpr uint64_t kTooMuch = uint64_t{1} << 40;
  uint64_t value = 0;
  for (char c : text) {
    const int digit = HexValue(c);
    if (digit < 0 || static_cast<uint64_t>(digit) >= base) return std::nullopt;
    if (value < kTooMuch) value = value * base + static_cast<uint64_t>(digit);
  }
  return value;
}

bool EndsInNumber(std::vector<std::string_view> parts) {
  if (parts.back().empty()) {
    if (parts.size() == 1) return false;
    parts.pop_back();
  }
  const std::string_view last = parts.back();
  if (!last.empty() && std::all_of(last.begin(), last.end(), IsDigit))
    return true;
  return ParseIpv4Number(last).has_value();
}

std::optional<std::string> ParseIpv4(std::vector<std::string_view> parts) {
  constexpr size_t kMaxParts = 4;
  if (parts.back().empty() && parts.size() > 1) parts.pop_back();
  if (parts.size() > kMaxParts) return std::nullopt;
  uint64_t address = 0;
  for (size_t i = 0; i < parts.size(); ++i) {
    const std::optional<uint64_t> number = ParseIpv4Number(parts[i]);
    if (!number) return std::nullopt;
    const bool last = i + 1 == parts.size();
    const size_t bytes_left = kMaxParts - i;
    if (*number >= (last ? uint64_t{1} << (8 * bytes_left) : 256))
      return std::nullopt;
    address += last ? *number : *number << (8 * (kMaxParts - 1 - i));
  }
  return fmt::format("{}.{}.{}.{}", address >> 24, (address >> 16) & 255,
                     (address >> 8) & 255, address & 255);
}

// "1.2.3.4" as the last two pieces of an IPv6 address.
bool ParseTail(std::string_view text, uint16_t* high, uint16_t* low) {
  const std::vector<std::string_view> parts = Split(text, '.');
  if (parts.size() != 4) return false;
  uint32_t address = 0;
  for (const std::string_view part : parts) {
    if (part.empty() || part.size() > 3 ||
        !std::all_of(part.begin(), part.end(), IsDigit))
      return false;
    if (part.size() > 1 && part[0] == '0') return false;
    uint32_t value = 0;
    for (char c : part) value = value * 10 + static_cast<uint32_t>(c - '0');
    if (value > 255) return false;
    address = address << 8 | value;
  }
  *high = static_cast<uint16_t>(address >> 16);
  *low = static_cast<uint16_t>(address & 0xFFFF);
  return true;
}

bool ParsePiece(std::string_view text, uint16_t* piece) {
  if (text.empty() || text.size() > 4) return false;
  uint32_t value = 0;
  for (char c : text) {
    if (HexValue(c) < 0) return false;
    value = value * 16 + static_cast<uint32_t>(HexValue(c));
  }
  *piece = static_cast<uint16_t>(value);
  return true;
}

// Pieces of one side of "::". False if one is none.
bool ParsePieces(std::string_view text, bool last_side,
                 std::vector<uint16_t>* pieces) {
  if (text.empty()) return true;
  const std::vector<std::string_view> parts = Split(text, ':');
  for (size_t i = 0; i < parts.size(); ++i) {
    const bool tail = last_side && i + 1 == parts.size() &&
                      parts[i].find('.') != std::string_view::npos;
    uint16_t high = 0;
    uint16_t low = 0;
    if (tail ? !ParseTail(parts[i], &high, &low) : !ParsePiece(parts[i], &low))
      return false;
    if (tail) pieces->push_back(high);
    pieces->push_back(low);
  }
  return true;
}

std::optional<Ipv6> ParseIpv6(std::string_view text) {
  constexpr size_t kMaxIpv6 = 45;
  if (text.size() > kMaxIpv6) return std::nullopt;
  const size_t gap = text.find("::");
  const bool compressed = gap != std::string_view::npos;
  std::vector<uint16_t> front;
  std::vector<uint16_t> back;
  if (!ParsePieces(text.substr(0, gap), !compressed, &front))
    return std::nullopt;
  if (compressed && !ParsePieces(text.substr(gap + 2), true, &back))
    return std::nullopt;
  const size_t given = front.size() + back.size();
  if (compressed ? given >= kPieces : given != kPieces) return std::nullopt;
  Ipv6 address{};
  std::copy(front.begin(), front.end(), address.begin());
  std::copy(back.rbegin(), back.rend(), address.rbegin());
  return address;
}

// With the first longest run of two or more zero pieces written as "::".
std::string SerializeIpv6(const Ipv6& address) {
  size_t best = kPieces;
  size_t best_size = 1;
  for (size_t i = 0; i < kPieces; ++i) {
    size_t size = 0;
    while (i + size < kPieces && address[i + size] == 0) ++size;
    if (size > best_size) {
      best = i;
      best_size = size;
    }
    i += size;
  }
  std::string out = "[";
  for (size_t i = 0; i < kPieces; ++i) {
    if (i == best) {
      out += i == 0 ? "::" : ":";
      i += best_size - 1;
      continue;
    }
    out += fmt::format("{:x}", address[i]);
    if (i + 1 < kPieces) out += ':';
  }
  return out + "]";
}

}  // namespace

std::optional<std::string> CanonicalHost(std::string_view written) {
  if (written.empty() || written.size() > kMaxHost) return std::nullopt;
  if (written.front() == '[') {
    if (written.size() < 4 || written.back() != ']') return std::nullopt;
    const auto address = ParseIpv6(written.substr(1, written.size() - 2));
    if (!address) return std::nullopt;
    return SerializeIpv6(*address);
  }
  std::optional<std::string> host = ToAscii(PercentDecode(written));
  if (!host || host->empty()) return std::nullopt;
  if (kForbiddenInDomain.Find(*host, 0) < host->size()) return std::nullopt;
  // Only a label of digits, or 0x and digits, can be a number.
  const char last = host->back();
  if (last != '.' && HexValue(last) < 0 && (last | 0x20) != 'x') return host;
  const std::vector<std::string_view> parts = Split(*host, '.');
  if (EndsInNumber(parts)) return ParseIpv4(parts);
  return host;
}

}  // namespace sluice::markup
