// SPDX-License-Identifier: Apache-2.0
// Days, weeks and units of time on the proleptic Gregorian calendar (reference mql-semantics 11). Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "time/time_zone.h"

namespace penstock {

enum class TimeUnit : uint8_t { kMillisecond, kSecond, kMinute, kHour, kDay, kWeek, kMonth, kQuarter, kYear };

// "second", in lower case and singular, as in $dateDiff and window intervals. Empty when it is no unit.
std::optional<TimeUnit> parse_time_unit(std::string_view text);
std::string_view time_unit_name(TimeUnit unit);

// Days of the week count from 0 = Sunday to 6 = Saturday.
// "monday" or "mon" in any case, as startOfWeek takes it.
std::optional<int> parse_day_of_week(std::string_view text);

// Days since 1970-01-01 of a date. Month and day may be out of range and carry over. |year| < 10^9.
int64_t day_number(int64_t year, int64_t month, int64_t day);
int day_of_week(int64_t day_number);
int day_of_year(const CivilTime& civil);  // 1..366
int days_in_month(int64_t year, int month);
int week_of_year(const CivilTime& civil);  // 0..53; weeks start on Sunday, days before the first one are week 0.

// ISO 8601: weeks start on Monday, and a year's first week is the one that holds its first Thursday.
struct IsoWeek {
  int64_t year = 1970;
  int week = 1;  // 1..53
  bool operator==(const IsoWeek&) const = default;
};
IsoWeek iso_week(const CivilTime& civil);
int iso_day_of_week(const CivilTime& civil);  // 1 = Monday to 7 = Sunday.
// Day 1 of week 1 is a Monday; week and day may be out of range and carry over.
int64_t iso_day_number(int64_t year, int64_t week, int64_t day);

// The boundaries of `unit` between two instants on the zone's clocks, not the time elapsed: 10:59 to 11:01 is one hour.
// Negative if `end` is before `start`. `start_of_week` matters for weeks only. An hour that clocks repeat counts.
// Error 5166308: milliseconds beyond 64 bits.
Result<int64_t> date_diff(EventTime start, EventTime end, TimeUnit unit, const TimeZone& zone, int start_of_week = 0);

// Quotient rounded down, and what remains, in [0, divisor). divisor > 0.
constexpr int64_t floor_div(int64_t n, int64_t divisor) { return n / divisor - (n % divisor < 0 ? 1 : 0); }
constexpr int64_t floor_mod(int64_t n, int64_t divisor) { return n % divisor + (n % divisor < 0 ? divisor : 0); }

}  // namespace penstock
