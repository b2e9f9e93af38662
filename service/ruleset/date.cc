#include "service/ruleset/date.h"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::ruleset {
namespace {

unsigned NumberOf(std::string_view digits) {
  unsigned out = 0;
  for (char c : digits) out = out * 10 + static_cast<unsigned>(c - '0');
  return out;
}

std::chrono::year_month_day DayOf(std::string_view date) {
  return {std::chrono::year(static_cast<int>(NumberOf(date.substr(0, 4)))),
          std::chrono::month(NumberOf(date.substr(5, 2))),
          std::chrono::day(NumberOf(date.substr(8, 2)))};
}

}  // namespace

bool IsDate(std::string_view text) {
  constexpr std::string_view kShape = "dddd-dd-dd";
  const bool shaped =
      std::equal(text.begin(), text.end(), kShape.begin(), kShape.end(),
                 [](char c, char want) {
                   return want == 'd' ? c >= '0' && c <= '9' : c == want;
                 });
  return shaped && DayOf(text).ok();
}

std::string DateOf(Time now) {
  const std::chrono::year_month_day day{
      std::chrono::floor<std::chrono::days>(now)};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()),
                     static_cast<unsigned>(day.month()),
                     static_cast<unsigned>(day.day()));
}

Time EndOfDate(std::string_view date) {
  return std::chrono::sys_days(DayOf(date)) + std::chrono::days(1);
}

}  // namespace sluice::ruleset
