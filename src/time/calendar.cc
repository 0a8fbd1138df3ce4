// SPDX-License-Identifier: Apache-2.0
#include "time/calendar.h"

#include <iterator>

namespace penstock {
namespace {

constexpr std::string_view kUnits[] = {"millisecond", "second", "minute",  "hour", "day",
                                       "week",        "month",  "quarter", "year"};
constexpr std::string_view kDaysOfWeek[] = {"sunday",   "monday", "tuesday", "wednesday",
                                            "thursday", "friday", "saturday"};
constexpr int64_t kMinuteSeconds = 60;
constexpr int64_t kHourSeconds = 3600;
constexpr int64_t kDaySeconds = 86'400;

bool is_leap(int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

bool equals_ignoring_case(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] + ('a' - 'A')) : text[i];
    if (c != lower[i]) return false;
  }
  return true;
}

// Units crossed on the clocks, less those by which the clocks themselves were moved in between.
int64_t clock_units(EventTime start, EventTime end, int64_t unit_s, const TimeZone& zone) {
  int64_t crossed = floor_div(zone.local_s(end), unit_s) - floor_div(zone.local_s(start), unit_s);
  return crossed - (zone.offset_s(end) - zone.offset_s(start)) / unit_s;
}

int64_t local_day(EventTime t, const TimeZone& zone) { return floor_div(zone.local_s(t), kDaySeconds); }

// Weeks since the one that holds 1970-01-01, a Thursday.
int64_t local_week(EventTime t, const TimeZone& zone, int start_of_week) {
  constexpr int kThursday = 4;
  return floor_div(local_day(t, zone) + kThursday - start_of_week, 7);
}

int64_t months(const CivilTime& civil) { return civil.year * 12 + civil.month - 1; }

}  // namespace

std::optional<TimeUnit> parse_time_unit(std::string_view text) {
  for (size_t i = 0; i < std::size(kUnits); ++i) {
    if (text == kUnits[i]) return static_cast<TimeUnit>(i);
  }
  return std::nullopt;
}

std::string_view time_unit_name(TimeUnit unit) { return kUnits[static_cast<size_t>(unit)]; }

std::optional<int> parse_day_of_week(std::string_view text) {
  for (size_t i = 0; i < std::size(kDaysOfWeek); ++i) {
    std::string_view name = kDaysOfWeek[i];
    if (equals_ignoring_case(text, name) || equals_ignoring_case(text, name.substr(0, 3))) return static_cast<int>(i);
  }
  return std::nullopt;
}

int64_t day_number(int64_t year, int64_t month, int64_t day) {
  // Years that begin in March have their leap day at the end, and their months follow one line: 31 30 31 30 31 ...
  constexpr int64_t kDaysIn400Years = 146'097;
  constexpr int64_t kDaysBefore1970 = 719'468;  // From 0000-03-01.
  int64_t march_months = year * 12 + month - 3;
  int64_t march_year = floor_div(march_months, 12);
  int64_t march_month = floor_mod(march_months, 12);
  int64_t era = floor_div(march_year, 400);
  int64_t year_of_era = floor_mod(march_year, 400);
  int64_t days = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + (153 * march_month + 2) / 5;
  return era * kDaysIn400Years + days + day - 1 - kDaysBefore1970;
}

int day_of_week(int64_t day_number) { return static_cast<int>(floor_mod(day_number + 4, 7)); }

int day_of_year(const CivilTime& civil) {
  return static_cast<int>(day_number(civil.year, civil.month, civil.day) - day_number(civil.year, 1, 1)) + 1;
}

int days_in_month(int64_t year, int month) {
  if (month == 2) return is_leap(year) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

int week_of_year(const CivilTime& civil) {
  const int day = day_of_week(day_number(civil.year, civil.month, civil.day));
  return (day_of_year(civil) + 6 - day) / 7;
}

int iso_day_of_week(const CivilTime& civil) {
  const int day = day_of_week(day_number(civil.year, civil.month, civil.day));
  return day == 0 ? 7 : day;
}

int64_t iso_day_number(int64_t year, int64_t week, int64_t day) {
  // The fourth of January is always in week 1.
  const int64_t fourth = day_number(year, 1, 4);
  const int64_t monday = fourth - floor_mod(day_of_week(fourth) + 6, 7);
  return monday + (week - 1) * 7 + day - 1;
}

IsoWeek iso_week(const CivilTime& civil) {
  const int64_t today = day_number(civil.year, civil.month, civil.day);
  int64_t year = civil.year;
  if (today >= iso_day_number(year + 1, 1, 1)) {
    ++year;
  } else if (today < iso_day_number(year, 1, 1)) {
    --year;
  }
  return {year, static_cast<int>((today - iso_day_number(year, 1, 1)) / 7) + 1};
}

Result<int64_t> date_diff(EventTime start, EventTime end, TimeUnit unit, const TimeZone& zone, int start_of_week) {
  switch (unit) {
    case TimeUnit::kMillisecond: {
      int64_t ms;
      if (__builtin_sub_overflow(end.ms, start.ms, &ms)) return Error(ErrorCode{5166308}, "dateDiff overflowed");
      return ms;
    }
    case TimeUnit::kSecond: return floor_div(end.ms, 1000) - floor_div(start.ms, 1000);
    case TimeUnit::kMinute: return clock_units(start, end, kMinuteSeconds, zone);
    case TimeUnit::kHour: return clock_units(start, end, kHourSeconds, zone);
    case TimeUnit::kDay: return local_day(end, zone) - local_day(start, zone);
    case TimeUnit::kWeek: return local_week(end, zone, start_of_week) - local_week(start, zone, start_of_week);
    case TimeUnit::kMonth: return months(zone.to_civil(end)) - months(zone.to_civil(start));
    case TimeUnit::kQuarter:
      return floor_div(months(zone.to_civil(end)), 3) - floor_div(months(zone.to_civil(start)), 3);
    case TimeUnit::kYear: return zone.to_civil(end).year - zone.to_civil(start).year;
  }
  return Error(ErrorCode::kInternalError, "unknown time unit {}", static_cast<int>(unit));
}

}  // namespace penstock
