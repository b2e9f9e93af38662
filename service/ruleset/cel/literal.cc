#include "service/ruleset/cel/literal.h"

#include <fmt/format.h>

#include <charconv>

#include "service/text/utf8.h"

namespace sluice::ruleset::cel {
namespace {

int DigitValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return 99;
}

char SimpleEscape(char c) {
  constexpr std::string_view kFrom = "abfnrtv\\?\"'`";
  constexpr std::string_view kTo = "\a\b\f\n\r\t\v\\?\"'`";
  const size_t at = kFrom.find(c);
  return at == std::string_view::npos ? '\0' : kTo[at];
}

class Decoder {
 public:
  Decoder(std::string_view body, bool is_bytes, uint32_t offset,
          Diagnostics* diagnostics)
      : body_(body),
        is_bytes_(is_bytes),
        offset_(offset),
        diagnostics_(diagnostics) {}

  std::string Run() {
    while (at_ < body_.size()) {
      if (body_[at_] == '\\') {
        Escape();
      } else {
        out_ += body_[at_++];
      }
    }
    return std::move(out_);
  }

 private:
  void Escape() {
    const size_t begin = at_++;
    const char c = at_ < body_.size() ? body_[at_] : '\0';
    if (const char simple = SimpleEscape(c)) {
      out_ += simple;
      ++at_;
    } else if (c == 'x' || c == 'X') {
      Number(begin, at_ + 1, 2, 16);
    } else if (c == 'u' && !is_bytes_) {
      Number(begin, at_ + 1, 4, 16);
    } else if (c == 'U' && !is_bytes_) {
      Number(begin, at_ + 1, 8, 16);
    } else if (c >= '0' && c <= '3') {
      Number(begin, at_, 3, 8);
    } else {
      Report(begin, at_ + 1,
             "unknown escape; a backslash itself is \\\\, and a raw string "
             "r'...' needs no escapes");
      ++at_;
    }
  }

  void Number(size_t begin, size_t digits, size_t count, int base) {
    uint32_t value = 0;
    size_t i = digits;
    for (; i < body_.size() && i < digits + count; ++i) {
      const int digit = DigitValue(body_[i]);
      if (digit >= base) break;
      value =
          value * static_cast<uint32_t>(base) + static_cast<uint32_t>(digit);
    }
    at_ = i;
    if (i != digits + count) {
      Report(begin, i,
             fmt::format("this escape takes {} {} digits", count,
                         base == 8 ? "octal" : "hexadecimal"));
      return;
    }
    Append(begin, value);
  }

  void Append(size_t begin, uint32_t value) {
    if (is_bytes_) {
      out_ += static_cast<char>(value);
      return;
    }
    if (value >= 0xD800 && value < 0xDC00) value = LowSurrogate(value);
    if (value > 0x10FFFF || (value >= 0xD800 && value < 0xE000)) {
      Report(begin, at_, "this escape is not a Unicode code point");
      return;
    }
    text::AppendUtf8(static_cast<char32_t>(value), &out_);
  }

  // The spec lets a pair of \u escapes stand for a character past the BMP.
  uint32_t LowSurrogate(uint32_t high) {
    if (body_.substr(at_, 2) != "\\u" || body_.size() < at_ + 6) return high;
    uint32_t low = 0;
    const char* end = body_.data() + at_ + 6;
    const auto parsed = std::from_chars(body_.data() + at_ + 2, end, low, 16);
    if (parsed.ptr != end || low < 0xDC00 || low > 0xDFFF) return high;
    at_ += 6;
    return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
  }

  void Report(size_t begin, size_t end, std::string message) {
    if (diagnostics_->size() >= kMaxDiagnostics) return;
    diagnostics_->push_back(
        {offset_ + static_cast<uint32_t>(begin),
         offset_ + static_cast<uint32_t>(std::min(end, body_.size())),
         std::move(message)});
  }

  std::string_view body_;
  bool is_bytes_;
  uint32_t offset_;
  Diagnostics* diagnostics_;
  size_t at_ = 0;
  std::string out_;
};

}  // namespace

std::string DecodeQuoted(std::string_view body, bool is_bytes, bool is_raw,
                         uint32_t offset, Diagnostics* diagnostics) {
  if (is_raw) return std::string(body);
  return Decoder(body, is_bytes, offset, diagnostics).Run();
}

std::optional<uint64_t> ParseMagnitude(std::string_view digits) {
  int base = 10;
  if (digits.substr(0, 2) == "0x" || digits.substr(0, 2) == "0X") {
    base = 16;
    digits.remove_prefix(2);
  }
  uint64_t value = 0;
  const char* end = digits.data() + digits.size();
  const auto parsed = std::from_chars(digits.data(), end, value, base);
  if (digits.empty() || parsed.ec != std::errc() || parsed.ptr != end) {
    return std::nullopt;
  }
  return value;
}

}  // namespace sluice::ruleset::cel
