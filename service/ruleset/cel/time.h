#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "service/ruleset/cel/value.h"

namespace sluice::ruleset::cel {

// 0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999999999Z.
inline constexpr int64_t kMinTimestamp = -62'135'596'800;
inline constexpr int64_t kMaxTimestamp = 253'402'300'799;
// Seconds of a duration, either sign: 10,000 years, as of
// google.protobuf.Duration.
inline constexpr int64_t kMaxDuration = 315'576'000'000;

// Both normalised; the operands are within range, so nothing overflows.
Instant AddInstants(Instant a, Instant b);
Instant SubtractInstants(Instant a, Instant b);

// As a value, or the error that it is out of range. Any nanos are normalised.
Value CheckedTimestamp(Instant instant);
Value CheckedDuration(Instant span);

// RFC 3339 with at most nine decimals. nullopt: not one, or out of range.
std::optional<Instant> ParseTimestamp(std::string_view text);
// "1h30m", "-1.5s", "100ms", "1us", "1ns". nullopt: not one, or out of range.
std::optional<Instant> ParseDuration(std::string_view text);

// "2009-02-13T23:31:30.5Z"; "1.5s".
std::string FormatTimestamp(Instant instant);
std::string FormatDuration(Instant span);

// A point in time as a calendar and a clock show it.
struct CivilTime {
  int64_t year = 0;
  int month = 0;        // 0 to 11
  int day = 0;          // of the month, 0 to 30
  int day_of_week = 0;  // 0 is Sunday
  int day_of_year = 0;  // 0 to 365
  int hour = 0, minute = 0, second = 0;
};
CivilTime ToCivil(int64_t seconds);

// Seconds to add to UTC at that time: zone is "UTC", "+05:30", "-08:00",
// "02:00" or an IANA name. nullopt: no such zone.
std::optional<int32_t> ZoneOffset(std::string_view zone, int64_t seconds);

}  // namespace sluice::ruleset::cel
