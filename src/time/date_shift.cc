// SPDX-License-Identifier: Apache-2.0
#include "time/date_shift.h"

#include <algorithm>

namespace penstock {
namespace {

constexpr int64_t kSecondMs = 1000;
constexpr int64_t kDaySeconds = 86'400;

// Milliseconds of the units that are exact durations, and of days for comparing; 0 for the others.
int64_t unit_ms(TimeUnit unit) {
  switch (unit) {
    case TimeUnit::kMillisecond: return 1;
    case TimeUnit::kSecond: return kSecondMs;
    case TimeUnit::kMinute: return 60 * kSecondMs;
    case TimeUnit::kHour: return 3600 * kSecondMs;
    default: return 0;
  }
}

// Amounts from here on reach from no date to another one; measured with mongod 6.0.5.
int64_t amount_end(TimeUnit unit) {
  constexpr int64_t kYears = 584'942'418;
  constexpr int64_t kDays = 213'503'982'335;
  switch (unit) {
    case TimeUnit::kMillisecond: return std::numeric_limits<int64_t>::max();
    case TimeUnit::kSecond: return kDays * kDaySeconds;
    case TimeUnit::kMinute: return kDays * 24 * 60;
    case TimeUnit::kHour: return kDays * 24;
    case TimeUnit::kDay: return kDays;
    case TimeUnit::kWeek: return kDays / 7;
    case TimeUnit::kMonth: return kYears * 12;
    case TimeUnit::kQuarter: return kYears * 4;
    case TimeUnit::kYear: return kYears;
  }
  return 0;
}

bool in_range(TimeUnit unit, int64_t amount) {
  const int64_t end = amount_end(unit);
  return unit == TimeUnit::kMillisecond || (amount < end && amount > -end);
}

int64_t months_of(TimeUnit unit) {
  return unit == TimeUnit::kYear ? 12 : unit == TimeUnit::kQuarter ? 3 : unit == TimeUnit::kMonth ? 1 : 0;
}

std::optional<EventTime> shift_months(EventTime date, int64_t months, const TimeZone& zone) {
  CivilTime civil = zone.to_civil(date);
  const int64_t month = civil.year * 12 + civil.month - 1 + months;
  civil.year = floor_div(month, 12);
  civil.month = static_cast<int>(floor_mod(month, 12)) + 1;
  civil.day = std::min(civil.day, days_in_month(civil.year, civil.month));
  return zone.to_instant(civil);
}

std::optional<EventTime> shift_days(EventTime date, int64_t days, const TimeZone& zone) {
  return zone.from_local(zone.local_s(date) + days * kDaySeconds, floor_mod(date.ms, kSecondMs));
}

Error too_large_bin() { return Error(ErrorCode{5439002}, "dateTrunc overflowed"); }

// Where counting begins: the start of the year 2000 on the zone's clocks, in days since 1970 and as an instant.
constexpr int64_t kFirstDay = 10'957;

Result<EventTime> edge(std::optional<EventTime> found) {
  if (!found) return Error(ErrorCode{5439005}, "dateTrunc overflowed");
  return *found;
}

Result<EventTime> truncate_duration(EventTime date, int64_t bin_ms, const TimeZone& zone) {
  const auto first = zone.from_local(kFirstDay * kDaySeconds, 0);
  const __int128 since = static_cast<__int128>(date.ms) - first->ms;
  const __int128 rest = since % bin_ms + (since % bin_ms < 0 ? bin_ms : 0);
  const __int128 ms = static_cast<__int128>(date.ms) - rest;
  if (ms != static_cast<int64_t>(ms)) return edge(std::nullopt);
  return EventTime{static_cast<int64_t>(ms)};
}

Result<EventTime> truncate_days(EventTime date, int64_t bin_days, int64_t first_day, const TimeZone& zone) {
  const int64_t day = floor_div(zone.local_s(date), kDaySeconds);
  const int64_t start = day - floor_mod(day - first_day, bin_days);
  return edge(zone.from_local(start * kDaySeconds, 0));
}

Result<EventTime> truncate_months(EventTime date, int64_t bin_months, const TimeZone& zone) {
  constexpr int64_t kFirstMonth = 2000 * 12;
  const CivilTime civil = zone.to_civil(date);
  const int64_t month = civil.year * 12 + civil.month - 1;
  const int64_t start = month - floor_mod(month - kFirstMonth, bin_months);
  return edge(
      zone.to_instant({.year = floor_div(start, 12), .month = static_cast<int>(floor_mod(start, 12)) + 1, .day = 1}));
}

}  // namespace

Result<EventTime> shift_date(EventTime date, TimeUnit unit, int64_t amount, const TimeZone& zone) {
  if (!in_range(unit, amount)) {
    return Error(ErrorCode{5976500}, "invalid dateAdd 'amount' parameter value: {} {}", amount, time_unit_name(unit));
  }
  std::optional<EventTime> shifted;
  if (const int64_t ms = unit_ms(unit); ms != 0) {
    int64_t more = 0;
    int64_t sum = 0;
    if (!__builtin_mul_overflow(amount, ms, &more) && !__builtin_add_overflow(date.ms, more, &sum)) {
      shifted = EventTime{sum};
    }
  } else if (const int64_t months = months_of(unit); months != 0) {
    shifted = shift_months(date, amount * months, zone);
  } else {
    shifted = shift_days(date, unit == TimeUnit::kWeek ? amount * 7 : amount, zone);
  }
  if (shifted) return *shifted;
  if (unit == TimeUnit::kMillisecond) {
    return Error(ErrorCode{159}, "Overflow while adding {}ms to {}ms", amount, date.ms);
  }
  return Error(ErrorCode{5166406}, "dateAdd overflowed");
}

Result<EventTime> truncate_date(EventTime date, TimeUnit unit, int64_t bin_size, const TimeZone& zone,
                                int start_of_week) {
  // Of days and more; smaller units end where their milliseconds do.
  constexpr int64_t kBinSizeMax = 100'000'000'000;
  if (const int64_t ms = unit_ms(unit); ms != 0) {
    int64_t bin_ms = 0;
    if (__builtin_mul_overflow(bin_size, ms, &bin_ms)) return too_large_bin();
    return truncate_duration(date, bin_ms, zone);
  }
  if (bin_size > kBinSizeMax) return Error(ErrorCode{5439006}, "dateTrunc unsupported binSize value");
  if (const int64_t months = months_of(unit); months != 0) return truncate_months(date, bin_size * months, zone);
  if (unit == TimeUnit::kDay) return truncate_days(date, bin_size, kFirstDay, zone);
  // The year 2000 began on a Saturday.
  const int64_t first = kFirstDay + floor_mod(start_of_week - day_of_week(kFirstDay), 7);
  return truncate_days(date, bin_size * 7, first, zone);
}

}  // namespace penstock
