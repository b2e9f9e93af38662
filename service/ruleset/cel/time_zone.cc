// Time zones by name come from ICU: its data is in the library, so that a
// container without /usr/share/zoneinfo answers the same.

#include <unicode/timezone.h>
#include <unicode/unistr.h>

#include <memory>

#include "service/ruleset/cel/time.h"

namespace sluice::ruleset::cel {
namespace {

constexpr size_t kMaxZoneBytes = 64;

// "+05:30", "-08:00", "02:00"; nullopt: not of that form.
std::optional<int32_t> FixedOffset(std::string_view zone) {
  int sign = 1;
  if (!zone.empty() && (zone[0] == '+' || zone[0] == '-')) {
    sign = zone[0] == '-' ? -1 : 1;
    zone.remove_prefix(1);
  }
  if (zone.size() != 5 || zone[2] != ':') return std::nullopt;
  int parts[2];
  for (const size_t i : {0, 1}) {
    const char tens = zone[3 * i];
    const char ones = zone[3 * i + 1];
    if (tens < '0' || tens > '9' || ones < '0' || ones > '9') {
      return std::nullopt;
    }
    parts[i] = (tens - '0') * 10 + (ones - '0');
  }
  if (parts[0] > 23 || parts[1] > 59) return std::nullopt;
  return sign * (parts[0] * 3600 + parts[1] * 60);
}

}  // namespace

std::optional<int32_t> ZoneOffset(std::string_view zone, int64_t seconds) {
  if (zone.empty() || zone == "UTC") return 0;
  if (zone.size() > kMaxZoneBytes) return std::nullopt;
  if (const auto fixed = FixedOffset(zone)) return fixed;
  const std::unique_ptr<icu::TimeZone> found(
      icu::TimeZone::createTimeZone(icu::UnicodeString::fromUTF8(
          icu::StringPiece(zone.data(), static_cast<int32_t>(zone.size())))));
  if (found == nullptr || *found == icu::TimeZone::getUnknown()) {
    return std::nullopt;
  }
  int32_t raw = 0;
  int32_t daylight = 0;
  UErrorCode status = U_ZERO_ERROR;
  found->getOffset(static_cast<double>(seconds) * 1000, false, raw, daylight,
                   status);
  if (U_FAILURE(status)) return std::nullopt;
  return (raw + daylight) / 1000;
}

}  // namespace sluice::ruleset::cel
