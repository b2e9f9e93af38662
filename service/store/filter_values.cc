#include "service/store/filter_values.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdlib>

#include "service/base/ascii.h"

namespace sluice::store {
namespace {

constexpr int64_t kMicros = 1'000'000;
constexpr int64_t kDayMicros = 86'400 * kMicros;

// `digits` decimal digits at `*at`.
std::optional<int> Digits(std::string_view text, size_t digits, size_t* at) {
  if (*at + digits > text.size()) return std::nullopt;
  int value = 0;
  for (size_t i = 0; i < digits; ++i) {
    const char c = text[(*at)++];
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

bool Take(std::string_view text, char c, size_t* at) {
  if (*at >= text.size() || text[*at] != c) return false;
  ++*at;
  return true;
}

std::optional<int64_t> DateMicros(std::string_view text, size_t* at) {
  const auto year = Digits(text, 4, at);
  if (!year || !Take(text, '-', at)) return std::nullopt;
  const auto month = Digits(text, 2, at);
  if (!month || !Take(text, '-', at)) return std::nullopt;
  const auto day = Digits(text, 2, at);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(unsigned(*month)),
                                         std::chrono::day(unsigned(*day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count() * kDayMicros;
}

// `HH:MM:SS[.fraction]` and `Z` or an offset, after a date.
std::optional<int64_t> ClockMicros(std::string_view text, size_t* at) {
  const auto hour = Digits(text, 2, at);
  if (!hour || *hour > 23 || !Take(text, ':', at)) return std::nullopt;
  const auto minute = Digits(text, 2, at);
  if (!minute || *minute > 59 || !Take(text, ':', at)) return std::nullopt;
  const auto second = Digits(text, 2, at);
  if (!second || *second > 60) return std::nullopt;
  int64_t micros = ((*hour * 60 + *minute) * 60 + *second) * kMicros;
  if (Take(text, '.', at)) {
    int64_t unit = kMicros / 10;
    const size_t begin = *at;
    for (; *at < text.size() && text[*at] >= '0' && text[*at] <= '9'; ++*at) {
      micros += (text[*at] - '0') * unit;
      unit /= 10;
    }
    if (*at == begin) return std::nullopt;
  }
  if (Take(text, 'Z', at) || Take(text, 'z', at)) return micros;
  const bool east = Take(text, '+', at);
  if (!east && !Take(text, '-', at)) return std::nullopt;
  const auto hours = Digits(text, 2, at);
  if (!hours || !Take(text, ':', at)) return std::nullopt;
  const auto minutes = Digits(text, 2, at);
  if (!minutes) return std::nullopt;
  const int64_t offset = (*hours * 60 + *minutes) * 60 * kMicros;
  return east ? micros - offset : micros + offset;
}

// `-2h`, `-90s`, `-1.5d`: back from now; units s, m, h, d, w.
std::optional<int64_t> DurationMicros(std::string_view text) {
  if (text.size() < 3 || text.front() != '-') return std::nullopt;
  constexpr std::pair<char, int64_t> kUnits[] = {{'s', kMicros},
                                                 {'m', 60 * kMicros},
                                                 {'h', 3600 * kMicros},
                                                 {'d', kDayMicros},
                                                 {'w', 7 * kDayMicros}};
  double amount = 0;
  const char* end = text.data() + text.size() - 1;
  const auto read = std::from_chars(text.data() + 1, end, amount);
  constexpr double kMaxAmount = 1e9;
  if (read.ec != std::errc() || read.ptr != end || !(amount >= 0) ||
      amount > kMaxAmount)
    return std::nullopt;
  for (const auto& [unit, micros] : kUnits) {
    if (unit == *end)
      return -static_cast<int64_t>(amount * static_cast<double>(micros) + 0.5);
  }
  return std::nullopt;
}

std::string ReadTime(std::string_view value, Time now, FilterNode* node) {
  if (const auto back = DurationMicros(value)) {
    node->time = node->time_end = now.time_since_epoch().count() + *back;
    return "";
  }
  size_t at = 0;
  if (const auto date = DateMicros(value, &at)) {
    node->time = *date;
    node->time_end = *date + kDayMicros - 1;
    if (at == value.size()) return "";
    if (Take(value, 'T', &at) || Take(value, 't', &at)) {
      const auto clock = ClockMicros(value, &at);
      if (clock && at == value.size()) {
        node->time = node->time_end = *date + *clock;
        return "";
      }
    }
  }
  return fmt::format(
      "`{}` is a time as 2026-03-31T09:00:00Z, a date as 2026-03-31 or a "
      "duration back from now as -2h (s, m, h, d, w), not `{}`",
      node->field->name, value);
}

std::string ReadNumber(std::string_view value, FilterNode* node) {
  const char* end = value.data() + value.size();
  const auto read = std::from_chars(value.data(), end, node->number);
  if (read.ec == std::errc() && read.ptr == end && std::isfinite(node->number))
    return "";
  return fmt::format("`{}` is a number as 2.5, not `{}`", node->field->name,
                     value);
}

std::string ReadChoice(std::string_view value, FilterNode* node) {
  std::string upper(value);
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  const bool state = node->field->kind == FieldKind::kState;
  v1::State as_state;
  v1::Verdict as_verdict;
  if (state && v1::State_Parse("STATE_" + upper, &as_state))
    node->choice = as_state;
  else if (!state && v1::Verdict_Parse("VERDICT_" + upper, &as_verdict))
    node->choice = as_verdict;
  if (node->choice != 0) return "";
  return fmt::format("`{}` is {}, not `{}`", node->field->name,
                     state ? "HELD, ACCEPTED or REJECTED (`state:*` is any)"
                           : "ACCEPT, HOLD or REJECT",
                     value);
}

}  // namespace

std::string ReadFilterValue(std::string_view value, Time now,
                            FilterNode* node) {
  using Comparison = FilterNode::Comparison;
  const FieldKind kind = node->field->kind;
  const bool measured = kind == FieldKind::kNumber || kind == FieldKind::kTime;
  const bool plain = node->comparison == Comparison::kEqual ||
                     node->comparison == Comparison::kNotEqual ||
                     node->comparison == Comparison::kHas;
  if (!plain && !measured) {
    return fmt::format("`{}` has no order; it goes with =, != and :",
                       node->field->name);
  }
  if (measured && node->comparison == Comparison::kHas) {
    return fmt::format(
        "`{}` goes with =, !=, <, <=, > and >=; `{}:*` is whether it is there",
        node->field->name, node->field->name);
  }
  switch (kind) {
    case FieldKind::kState:
    case FieldKind::kVerdict:
      return ReadChoice(value, node);
    case FieldKind::kNumber:
      return ReadNumber(value, node);
    case FieldKind::kTime:
      return ReadTime(value, now, node);
    case FieldKind::kText:
      node->text = node->comparison == Comparison::kHas ? FoldCase(value)
                                                        : std::string(value);
      return "";
    default:
      node->text = FoldCase(value);
      return "";
  }
}

}  // namespace sluice::store
