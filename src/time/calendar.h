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

// The boundaries of `unit` between two instants on the zone's clocks, not the time elapsed: 10:59 to 11:01 is one hour.
// Negative if `end` is before `start`. `start_of_week` matters for weeks only. An hour that clocks repeat counts.
// Error 5166308: milliseconds beyond 64 bits.
Result<int64_t> date_diff(EventTime start, EventTime end, TimeUnit unit, const TimeZone& zone, int start_of_week = 0);

// Quotient rounded down, and what remains, in [0, divisor). divisor > 0.
constexpr int64_t floor_div(int64_t n, int64_t divisor) { return n / divisor - (n % divisor < 0 ? 1 : 0); }
constexpr int64_t floor_mod(int64_t n, int64_t divisor) { return n % divisor + (n % divisor < 0 ? divisor : 0); }

}  // namespace penstock
