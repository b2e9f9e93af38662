#include "service/ruleset/cel/time.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <cstdlib>

namespace sluice::ruleset::cel {
namespace {

constexpr int64_t kDay = 86400;
constexpr int32_t kNanos = 1'000'000'000;

// Nanos to 0 .. 999,999,999.
Instant Normalise(int64_t seconds, int64_t nanos) {
  seconds += nanos / kNanos;
  nanos %= kNanos;
  if (nanos < 0) {
    nanos += kNanos;
    --seconds;
  }
  return {seconds, static_cast<int32_t>(nanos)};
}

// Reads digits one field at a time.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool Done() const { return at_ == text_.size(); }
  char Peek() const { return Done() ? '\0' : text_[at_]; }
  bool Take(char c) {
    if (Peek() != c || Done()) return false;
    ++at_;
    return true;
  }
  bool IsDigit() const { return Peek() >= '0' && Peek() <= '9'; }

  // Exactly `width` digits; -1 otherwise.
  int Digits(size_t width) {
    int value = 0;
    for (size_t i = 0; i < width; ++i, ++at_) {
      if (!IsDigit()) return -1;
      value = value * 10 + (Peek() - '0');
    }
    return value;
  }

  // Decimals as nanos; -1: none, or more than nine.
  int32_t Fraction() {
    int32_t value = 0;
    int count = 0;
    for (; IsDigit(); ++at_, ++count) {
      if (count == 9) return -1;
      value = value * 10 + (Peek() - '0');
    }
    if (count == 0) return -1;
    for (; count < 9; ++count) value *= 10;
    return value;
  }

  size_t at() const { return at_; }
  std::string_view Rest() const { return text_.substr(at_); }
  void Skip(size_t n) { at_ += n; }

 private:
  std::string_view text_;
  size_t at_ = 0;
};

// "Z" or "+01:00", as seconds; nullopt: neither.
std::optional<int> Offset(Reader* reader) {
  if (reader->Take('Z') || reader->Take('z')) return 0;
  const int sign = reader->Take('+') ? 1 : reader->Take('-') ? -1 : 0;
  if (sign == 0) return std::nullopt;
  const int hours = reader->Digits(2);
  if (!reader->Take(':')) return std::nullopt;
  const int minutes = reader->Digits(2);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) {
    return std::nullopt;
  }
  return sign * (hours * 3600 + minutes * 60);
}

// Nanoseconds of one unit; 0: no such unit.
int64_t Unit(Reader* reader) {
  static constexpr std::pair<std::string_view, int64_t> kUnits[] = {
      {"ns", 1},
      {"us", 1'000},
      {"\u00b5s", 1'000},
      {"\u03bcs", 1'000},
      {"ms", 1'000'000},
      {"s", kNanos},
      {"m", int64_t{60} * kNanos},
      {"h", int64_t{3600} * kNanos}};
  for (const auto& [name, nanos] : kUnits) {
    if (reader->Rest().substr(0, name.size()) == name) {
      reader->Skip(name.size());
      return nanos;
    }
  }
  return 0;
}

std::string Decimals(int32_t nanos) {
  if (nanos == 0) return "";
  std::string digits = fmt::format(".{:09}", nanos);
  digits.resize(digits.find_last_not_of('0') + 1);
  return digits;
}

}  // namespace

Instant AddInstants(Instant a, Instant b) {
  return Normalise(a.seconds + b.seconds,
                   static_cast<int64_t>(a.nanos) + b.nanos);
}

Instant SubtractInstants(Instant a, Instant b) {
  return Normalise(a.seconds - b.seconds,
                   static_cast<int64_t>(a.nanos) - b.nanos);
}

Value CheckedTimestamp(Instant instant) {
  instant = Normalise(instant.seconds, instant.nanos);
  if (instant.seconds < kMinTimestamp || instant.seconds > kMaxTimestamp) {
    return Value::Error("timestamp out of range");
  }
  return Value::Timestamp(instant);
}

Value CheckedDuration(Instant span) {
  span = Normalise(span.seconds, span.nanos);
  // Seconds and nanos of one sign.
  if (span.seconds < 0 && span.nanos > 0) {
    ++span.seconds;
    span.nanos -= kNanos;
  }
  const bool edge = std::abs(span.seconds) == kMaxDuration && span.nanos != 0;
  if (edge || std::abs(span.seconds) > kMaxDuration) {
    return Value::Error("duration out of range");
  }
  return Value::Duration(span);
}

std::optional<Instant> ParseTimestamp(std::string_view text) {
  Reader reader(text);
  const int year = reader.Digits(4);
  const bool date = reader.Take('-');
  const int month = reader.Digits(2);
  const bool dash = reader.Take('-');
  const int day = reader.Digits(2);
  if (!date || !dash || (!reader.Take('T') && !reader.Take('t'))) {
    return std::nullopt;
  }
  const int hour = reader.Digits(2);
  const bool colon = reader.Take(':');
  const int minute = reader.Digits(2);
  const bool colon2 = reader.Take(':');
  const int second = reader.Digits(2);
  int32_t nanos = 0;
  if (reader.Take('.')) nanos = reader.Fraction();
  const std::optional<int> offset = Offset(&reader);
  const std::chrono::year_month_day calendar{std::chrono::year(year),
                                             std::chrono::month(month),
                                             std::chrono::day(day)};
  const bool in_range = year >= 1 && month >= 1 && day >= 1 && hour >= 0 &&
                        hour <= 23 && minute >= 0 && minute <= 59 &&
                        second >= 0 && second <= 59 && nanos >= 0;
  if (!colon || !colon2 || !offset || !in_range || !reader.Done() ||
      !calendar.ok()) {
    return std::nullopt;
  }
  const int64_t days =
      std::chrono::sys_days(calendar).time_since_epoch().count();
  const int64_t seconds =
      days * kDay + hour * 3600 + minute * 60 + second - *offset;
  if (seconds < kMinTimestamp || seconds > kMaxTimestamp) return std::nullopt;
  return Instant{seconds, nanos};
}

std::optional<Instant> ParseDuration(std::string_view text) {
  Reader reader(text);
  const bool negative = reader.Take('-');
  if (!negative) reader.Take('+');
  if (reader.Rest() == "0") return Instant{};
  if (reader.Done()) return std::nullopt;
  __int128_t total = 0;
  const __int128_t limit = static_cast<__int128_t>(kMaxDuration) * kNanos;
  while (!reader.Done()) {
    __int128_t whole = 0;
    bool digits = false;
    for (; reader.IsDigit(); reader.Skip(1), digits = true) {
      whole = whole * 10 + (reader.Peek() - '0');
      if (whole > limit) return std::nullopt;
    }
    // Decimals past the ninth are below a nanosecond of the largest unit only
    // in part, but no one writes them: kept as digits of a fraction.
    __int128_t fraction = 0;
    __int128_t scale = 1;
    if (reader.Take('.')) {
      for (; reader.IsDigit(); reader.Skip(1), digits = true) {
        if (scale > 1'000'000'000'000'000) continue;
        fraction = fraction * 10 + (reader.Peek() - '0');
        scale *= 10;
      }
    }
    const int64_t unit = digits ? Unit(&reader) : 0;
    if (unit == 0) return std::nullopt;
    total += whole * unit + fraction * unit / scale;
    if (total > limit) return std::nullopt;
  }
  if (negative) total = -total;
  return Instant{static_cast<int64_t>(total / kNanos),
                 static_cast<int32_t>(total % kNanos)};
}

std::string FormatTimestamp(Instant instant) {
  const CivilTime civil = ToCivil(instant.seconds);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}Z", civil.year,
                     civil.month + 1, civil.day + 1, civil.hour, civil.minute,
                     civil.second, Decimals(instant.nanos));
}

std::string FormatDuration(Instant span) {
  const bool negative = span.seconds < 0 || span.nanos < 0;
  return fmt::format("{}{}{}s", negative ? "-" : "", std::abs(span.seconds),
                     Decimals(std::abs(span.nanos)));
}

CivilTime ToCivil(int64_t seconds) {
  int64_t days = seconds / kDay;
  int64_t rest = seconds % kDay;
  if (rest < 0) {
    rest += kDay;
    --days;
  }
  const std::chrono::sys_days date{std::chrono::days(days)};
  const std::chrono::year_month_day calendar(date);
  const std::chrono::sys_days new_year{calendar.year() / 1 / 1};
  CivilTime civil;
  civil.year = static_cast<int>(calendar.year());
  civil.month = static_cast<int>(static_cast<unsigned>(calendar.month())) - 1;
  civil.day = static_cast<int>(static_cast<unsigned>(calendar.day())) - 1;
  civil.day_of_week = static_cast<int>(std::chrono::weekday(date).c_encoding());
  civil.day_of_year = static_cast<int>((date - new_year).count());
  civil.hour = static_cast<int>(rest / 3600);
  civil.minute = static_cast<int>(rest / 60 % 60);
  civil.second = static_cast<int>(rest % 60);
  return civil;
}

}  // namespace sluice::ruleset::cel
