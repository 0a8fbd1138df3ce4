// SPDX-License-Identifier: Apache-2.0
#include "time/date_shift.h"

#include <gtest/gtest.h>

#include "time/date_format.h"

namespace penstock {
namespace {

std::string text_of(EventTime t, const TimeZone& zone) {
  std::string text;
  const auto appended = append_date(t, "%Y-%m-%d %H:%M:%S.%L %z", zone, text);
  return appended.ok() ? text : appended.error().message();
}

TEST(DateShift, KeepsTheTimeOnTheWallForDaysOnly) {
  struct Case {
    std::string_view zone;
    CivilTime start;  // UTC
    std::string_view unit;
    int64_t amount;
    std::string_view shifted;
  };
  for (const Case& c : {
           Case{"Europe/Berlin", {2023, 10, 28, 10}, "day", 1, "2023-10-29 12:00:00.000 +0100"},
           Case{"Europe/Berlin", {2023, 10, 28, 10}, "hour", 24, "2023-10-29 11:00:00.000 +0100"},
           Case{"Europe/Berlin", {2023, 3, 25, 1, 30}, "day", 1, "2023-03-26 03:30:00.000 +0200"},
           Case{"Europe/Berlin", {2023, 10, 28, 0, 30}, "day", 1, "2023-10-29 02:30:00.000 +0100"},
           Case{"UTC", {2024, 1, 31}, "month", 1, "2024-02-29 00:00:00.000 +0000"},
           Case{"UTC", {2024, 3, 31}, "month", -1, "2024-02-29 00:00:00.000 +0000"},
           Case{"UTC", {1969, 12, 31, 23, 59, 59, 999}, "day", 0, "1969-12-31 23:59:59.999 +0000"},
           Case{"UTC", {1969, 12, 31, 23, 59, 59, 999}, "week", -1, "1969-12-24 23:59:59.999 +0000"},
       }) {
    const TimeZone zone = *TimeZone::parse(c.zone);
    const auto shifted = shift_date(*TimeZone().to_instant(c.start), *parse_time_unit(c.unit), c.amount, zone);
    ASSERT_TRUE(shifted.ok()) << shifted.error().message();
    EXPECT_EQ(text_of(*shifted, zone), c.shifted);
  }
}

TEST(DateShift, EndsWhereDatesEnd) {
  for (const TimeUnit unit : {TimeUnit::kMillisecond, TimeUnit::kSecond, TimeUnit::kDay, TimeUnit::kYear}) {
    EXPECT_FALSE(shift_date(EventTime::highest(), unit, 1, TimeZone()).ok()) << time_unit_name(unit);
    EXPECT_FALSE(shift_date(EventTime::lowest(), unit, -1, TimeZone()).ok()) << time_unit_name(unit);
    EXPECT_TRUE(shift_date(EventTime::highest(), unit, -1, TimeZone()).ok()) << time_unit_name(unit);
    EXPECT_EQ(shift_date(EventTime::lowest(), unit, 0, TimeZone())->ms, EventTime::lowest().ms);
  }
}

TEST(DateTrunc, EndsWhereDatesEnd) {
  for (const TimeUnit unit : {TimeUnit::kSecond, TimeUnit::kHour, TimeUnit::kDay, TimeUnit::kWeek, TimeUnit::kYear}) {
    EXPECT_FALSE(truncate_date(EventTime::lowest(), unit, 1, TimeZone()).ok()) << time_unit_name(unit);
    EXPECT_TRUE(truncate_date(EventTime::highest(), unit, 1, TimeZone()).ok()) << time_unit_name(unit);
    EXPECT_TRUE(truncate_date(EventTime::highest(), unit, 1'000'000, TimeZone()).ok()) << time_unit_name(unit);
  }
}

TEST(IsoWeek, AgreesWithItsInverse) {
  const TimeZone utc;
  for (int64_t day = day_number(1890, 1, 1); day < day_number(2110, 1, 1); ++day) {
    const CivilTime civil = utc.to_civil({day * 86'400'000});
    const IsoWeek week = iso_week(civil);
    ASSERT_EQ(iso_day_number(week.year, week.week, iso_day_of_week(civil)), day);
    ASSERT_TRUE(week.week >= 1 && week.week <= 53);
  }
  EXPECT_EQ(iso_week({2021, 1, 3}), (IsoWeek{2020, 53}));
  EXPECT_EQ(iso_week({2024, 12, 30}), (IsoWeek{2025, 1}));
  EXPECT_EQ(week_of_year({2022, 1, 1}), 0);
  EXPECT_EQ(week_of_year({2000, 12, 31}), 53);
}

}  // namespace
}  // namespace penstock
