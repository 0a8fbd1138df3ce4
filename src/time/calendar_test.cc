// SPDX-License-Identifier: Apache-2.0
#include "time/calendar.h"

#include <gtest/gtest.h>

#include <fstream>
#include <limits>
#include <sstream>
#include <string>

namespace penstock {
namespace {

std::string answer(std::istringstream& words) {
  std::string op, unit, zone_name;
  int64_t start = 0, end = 0;
  int first_day = 0;
  words >> op;
  if (op == "diff") {
    words >> start >> end >> unit >> zone_name >> first_day;
    Result<int64_t> diff = date_diff({start}, {end}, *parse_time_unit(unit), *TimeZone::parse(zone_name), first_day);
    return diff.ok() ? std::to_string(*diff) : "error " + std::to_string(static_cast<int>(diff.error().code()));
  }
  if (op == "civil") {
    words >> start >> zone_name;
    CivilTime c = TimeZone::parse(zone_name)->to_civil({start});
    std::ostringstream text;
    text << c.year << ' ' << c.month << ' ' << c.day << ' ' << c.hour << ' ' << c.minute << ' ' << c.second << ' '
         << c.ms << ' ' << day_of_week(day_number(c.year, c.month, c.day)) + 1 << ' ' << day_of_year(c);
    return text.str();
  }
  CivilTime c;
  words >> zone_name >> c.year >> c.month >> c.day >> c.hour >> c.minute >> c.second >> c.ms;
  return std::to_string(TimeZone::parse(zone_name)->to_instant(c)->ms);
}

TEST(Calendar, AnswersAsMongod) {
  std::ifstream file(PENSTOCK_SOURCE_DIR "/src/time/calendar.cases");
  ASSERT_TRUE(file.is_open());
  int cases = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.starts_with('#')) continue;
    size_t arrow = line.find(" => ");
    ASSERT_NE(arrow, std::string::npos) << line;
    std::istringstream words(line.substr(0, arrow));
    EXPECT_EQ(answer(words), line.substr(arrow + 4)) << line;
    ++cases;
  }
  EXPECT_GT(cases, 200);
}

// Written out, where random cases seldom go.
TEST(DateDiff, CountsBoundaries) {
  struct Case {
    std::string_view why, zone;
    CivilTime start, end;  // UTC
    std::string_view unit;
    int64_t diff;
  };
  for (const Case& c : {
           Case{"two minutes over new year", "UTC", {2023, 12, 31, 23, 59}, {2024, 1, 1, 0, 1}, "year", 1},
           Case{"a second before new year", "UTC", {2023, 1, 1}, {2023, 12, 31, 23, 59, 59}, "year", 0},
           Case{"reversed", "UTC", {2024, 1, 1, 0, 1}, {2023, 12, 31, 23, 59}, "quarter", -1},
           Case{"over an hour", "UTC", {2023, 5, 17, 10, 59}, {2023, 5, 17, 11, 1}, "hour", 1},
           Case{"before 1970", "UTC", {1969, 12, 31, 23, 59, 59, 999}, {1970, 1, 1}, "second", 1},
           Case{"an hour shown twice", "Europe/Berlin", {2023, 10, 28, 23, 30}, {2023, 10, 29, 2, 30}, "hour", 3},
           Case{"the moment of that", "Europe/Berlin", {2023, 10, 29, 0, 59}, {2023, 10, 29, 1, 1}, "minute", 2},
           Case{"an hour left out", "Europe/Berlin", {2023, 3, 26, 0, 30}, {2023, 3, 26, 1, 30}, "hour", 1},
           Case{"half-hour zone", "Asia/Kolkata", {2023, 5, 1, 10, 15}, {2023, 5, 1, 10, 45}, "hour", 1},
           Case{"half an hour back", "Australia/Lord_Howe", {2023, 4, 1, 14, 45}, {2023, 4, 1, 15, 15}, "hour", 0},
           Case{"around it", "Australia/Lord_Howe", {2023, 4, 1, 13, 45}, {2023, 4, 1, 16, 15}, "hour", 2},
           Case{"local days", "Asia/Tokyo", {2023, 5, 1, 14, 59}, {2023, 5, 1, 15, 0}, "day", 1},
       }) {
    Result<int64_t> diff = date_diff(*TimeZone().to_instant(c.start), *TimeZone().to_instant(c.end),
                                     *parse_time_unit(c.unit), *TimeZone::parse(c.zone));
    EXPECT_EQ(*diff, c.diff) << c.why;
  }
}

TEST(DateDiff, WeeksBeginWhereAsked) {
  EventTime saturday = *TimeZone().to_instant({2023, 5, 13}), monday = *TimeZone().to_instant({2023, 5, 15});
  EventTime sunday = *TimeZone().to_instant({2023, 5, 14});
  EXPECT_EQ(*date_diff(saturday, monday, TimeUnit::kWeek, TimeZone()), 1);
  EXPECT_EQ(*date_diff(sunday, monday, TimeUnit::kWeek, TimeZone()), 0);
  EXPECT_EQ(*date_diff(sunday, monday, TimeUnit::kWeek, TimeZone(), *parse_day_of_week("Mon")), 1);
  EXPECT_EQ(*date_diff(saturday, monday, TimeUnit::kWeek, TimeZone(), *parse_day_of_week("tuesday")), 0);
}

TEST(DateDiff, WholeRange) {
  constexpr EventTime kFirst = EventTime::lowest(), kLast = EventTime::highest();
  Result<int64_t> ms = date_diff(kFirst, kLast, TimeUnit::kMillisecond, TimeZone());
  ASSERT_FALSE(ms.ok());
  EXPECT_EQ(static_cast<int>(ms.error().code()), 5166308);
  struct Case {
    TimeUnit unit;
    int64_t diff;
  };
  for (const Case& c : {Case{TimeUnit::kSecond, 18'446'744'073'709'551}, Case{TimeUnit::kMinute, 307'445'734'561'825},
                        Case{TimeUnit::kHour, 5'124'095'576'031}, Case{TimeUnit::kDay, 213'503'982'335},
                        Case{TimeUnit::kWeek, 30'500'568'905}, Case{TimeUnit::kMonth, 7'014'648'591},
                        Case{TimeUnit::kQuarter, 2'338'216'197}, Case{TimeUnit::kYear, 584'554'049}}) {
    EXPECT_EQ(*date_diff(kFirst, kLast, c.unit, TimeZone()), c.diff) << time_unit_name(c.unit);
    EXPECT_EQ(*date_diff(kLast, kFirst, c.unit, TimeZone()), -c.diff) << time_unit_name(c.unit);
  }
}

TEST(Calendar, DaysFollowEachOther) {
  int64_t number = day_number(-401, 1, 1);
  for (int64_t year = -401; year < 2405; ++year) {
    for (int month = 1; month <= 12; ++month) {
      ASSERT_EQ(day_number(year, month, 1), number) << year << " " << month;
      number += days_in_month(year, month);
    }
    ASSERT_EQ(day_of_year({.year = year, .month = 12, .day = 31}), days_in_month(year, 2) + 337);
  }
  EXPECT_EQ(day_number(1970, 1, 1), 0);
  EXPECT_EQ(day_of_week(0), 4);
  EXPECT_EQ(day_of_week(-5), 6);
}

TEST(Calendar, NamesOfUnits) {
  for (std::string_view name : {"millisecond", "second", "minute", "hour", "day", "week", "month", "quarter", "year"}) {
    ASSERT_TRUE(parse_time_unit(name)) << name;
    EXPECT_EQ(time_unit_name(*parse_time_unit(name)), name);
  }
  for (std::string_view name : {"", "ms", "seconds", "Second", "SECOND", "week "})
    EXPECT_FALSE(parse_time_unit(name)) << name;
}

TEST(Calendar, NamesOfDays) {
  struct Case {
    std::string_view text;
    int day;
  };
  for (const Case& c : {Case{"sunday", 0}, Case{"Sun", 0}, Case{"MONDAY", 1}, Case{"tue", 2}, Case{"Wednesday", 3},
                        Case{"thu", 4}, Case{"FRI", 5}, Case{"saturday", 6}}) {
    EXPECT_EQ(parse_day_of_week(c.text), c.day) << c.text;
  }
  for (std::string_view text : {"", "mo", "tues", "Thur", " mon", "mondays"})
    EXPECT_FALSE(parse_day_of_week(text)) << text;
}

}  // namespace
}  // namespace penstock
