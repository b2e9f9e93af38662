// Parts of a timestamp, in UTC or in a zone, and of a duration.

#include "service/ruleset/cel/functions.h"
#include "service/ruleset/cel/time.h"

namespace sluice::ruleset::cel {
namespace {

// A zone by name is looked up in ICU's data, some microseconds each time.
constexpr uint64_t kZoneCost = 50;

template <auto Part>
Value Get(const Value* a, size_t count, CallContext& context) {
  const Instant instant = a[0].instant();
  int64_t seconds = instant.seconds;
  if (count == 2) {
    context.Charge(kZoneCost);
    const auto offset = ZoneOffset(a[1].text(), seconds);
    if (!offset) return Value::Error("no such time zone");
    seconds += *offset;
  }
  return Value::Int(Part(ToCivil(seconds), instant));
}

int64_t Year(const CivilTime& civil, Instant) { return civil.year; }
int64_t Month(const CivilTime& civil, Instant) { return civil.month; }
int64_t Date(const CivilTime& civil, Instant) { return civil.day + 1; }
int64_t DayOfMonth(const CivilTime& civil, Instant) { return civil.day; }
int64_t DayOfWeek(const CivilTime& civil, Instant) { return civil.day_of_week; }
int64_t DayOfYear(const CivilTime& civil, Instant) { return civil.day_of_year; }
int64_t Hours(const CivilTime& civil, Instant) { return civil.hour; }
int64_t Minutes(const CivilTime& civil, Instant) { return civil.minute; }
int64_t Seconds(const CivilTime& civil, Instant) { return civil.second; }
int64_t Milliseconds(const CivilTime&, Instant instant) {
  return instant.nanos / 1'000'000;
}

// The whole span in hours, minutes or seconds, towards zero.
template <int64_t Unit>
Value Whole(const Value* a, size_t, CallContext&) {
  return Value::Int(a[0].instant().seconds / Unit);
}

// The part below the second, as the spec has it.
Value SpanMilliseconds(const Value* a, size_t, CallContext&) {
  return Value::Int(a[0].instant().nanos / 1'000'000);
}

}  // namespace

std::vector<BuiltinRow> TimeFunctions() {
  return {
      {"timestamp.getFullYear(): int", Get<Year>},
      {"timestamp.getFullYear(string): int", Get<Year>},
      {"timestamp.getMonth(): int", Get<Month>},
      {"timestamp.getMonth(string): int", Get<Month>},
      {"timestamp.getDate(): int", Get<Date>},
      {"timestamp.getDate(string): int", Get<Date>},
      {"timestamp.getDayOfMonth(): int", Get<DayOfMonth>},
      {"timestamp.getDayOfMonth(string): int", Get<DayOfMonth>},
      {"timestamp.getDayOfWeek(): int", Get<DayOfWeek>},
      {"timestamp.getDayOfWeek(string): int", Get<DayOfWeek>},
      {"timestamp.getDayOfYear(): int", Get<DayOfYear>},
      {"timestamp.getDayOfYear(string): int", Get<DayOfYear>},
      {"timestamp.getHours(): int", Get<Hours>},
      {"timestamp.getHours(string): int", Get<Hours>},
      {"timestamp.getMinutes(): int", Get<Minutes>},
      {"timestamp.getMinutes(string): int", Get<Minutes>},
      {"timestamp.getSeconds(): int", Get<Seconds>},
      {"timestamp.getSeconds(string): int", Get<Seconds>},
      {"timestamp.getMilliseconds(): int", Get<Milliseconds>},
      {"timestamp.getMilliseconds(string): int", Get<Milliseconds>},
      {"duration.getHours(): int", Whole<3600>},
      {"duration.getMinutes(): int", Whole<60>},
      {"duration.getSeconds(): int", Whole<1>},
      {"duration.getMilliseconds(): int", SpanMilliseconds},
  };
}

}  // namespace sluice::ruleset::cel
