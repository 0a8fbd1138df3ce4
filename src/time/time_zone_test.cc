// SPDX-License-Identifier: Apache-2.0
#include "time/time_zone.h"

#include <gtest/gtest.h>

#include <limits>

namespace penstock {
namespace {

TimeZone zone(std::string_view name) {
  Result<TimeZone> result = TimeZone::parse(name);
  EXPECT_TRUE(result.ok()) << name;
  return result.ok() ? *result : TimeZone();
}

// Offsets on 2023-07-05T12:00:00Z, as mongod gives them.
TEST(TimeZone, KnowsNamesAndOffsets) {
  constexpr EventTime kJuly{1'688'558'400'000};
  struct Case {
    std::string_view name;
    int64_t offset_minutes;
  };
  for (const Case& c : {
           Case{"UTC", 0},
           Case{"GMT", 0},
           Case{"Zulu", 0},
           Case{"Factory", 0},
           Case{"UCT", 0},
           Case{"GMT0", 0},
           Case{"Etc/GMT+5", -300},
           Case{"EST", -300},
           Case{"EST5EDT", -240},
           Case{"US/Eastern", -240},
           Case{"CET", 120},
           Case{"Europe/Berlin", 120},
           Case{"W-SU", 180},
           Case{"America/Argentina/Buenos_Aires", -180},
           Case{"+05", 300},
           Case{"-0530", -330},
           Case{"+05:30", 330},
           Case{"-00:00", 0},
           Case{"+24:00", 1440},
           Case{"+99:99", 99 * 60 + 99},
           Case{"Asia/Calcutta", 330},
       }) {
    EXPECT_EQ(zone(c.name).offset_s(kJuly), c.offset_minutes * 60) << c.name;
  }
}

TEST(TimeZone, RefusesOthers) {
  const std::string_view names[] = {"",
                                    "Z",
                                    "utc",
                                    "europe/berlin",
                                    "Europe",
                                    "Europe/",
                                    "Nowhere/City",
                                    "posixrules",
                                    "localtime",
                                    "posix/Europe/Berlin",
                                    "right/Europe/Berlin",
                                    "/etc/localtime",
                                    "../zoneinfo/UTC",
                                    "Europe/../UTC",
                                    "libc:UTC",
                                    ":UTC",
                                    "Fixed/UTC+05:00:00",
                                    "zone.tab",
                                    "tzdata.zi",
                                    "leapseconds",
                                    "+",
                                    "+5",
                                    "+053",
                                    "+05:3",
                                    "+05:30:00",
                                    "05:30",
                                    "+0a",
                                    "+-1:00",
                                    "+ 1:00",
                                    " UTC",
                                    "UTC ",
                                    std::string_view("UTC\0", 4),
                                    std::string_view("Europe/Berlin\0", 14)};
  for (std::string_view name : names) {
    Result<TimeZone> result = TimeZone::parse(name);
    ASSERT_FALSE(result.ok()) << name;
    EXPECT_EQ(static_cast<int>(result.error().code()), 40485);
  }
  EXPECT_EQ(TimeZone::parse("Mars").error().message(), "unrecognized time zone identifier: \"Mars\"");
}

TEST(TimeZone, UtcByNameOrOffset) {
  EXPECT_TRUE(TimeZone().is_utc());
  EXPECT_TRUE(zone("UTC").is_utc());
  EXPECT_TRUE(zone("+00:00").is_utc());
  EXPECT_FALSE(zone("+01").is_utc());
  EXPECT_FALSE(zone("Europe/London").is_utc());
}

// As mongod: a skipped time counts with the old offset, a repeated one is the later.
TEST(TimeZone, SkippedAndRepeatedTimes) {
  struct Case {
    std::string_view zone;
    CivilTime civil;
    int64_t ms;
  };
  for (const Case& c : {
           Case{"Europe/Berlin", {2023, 3, 26, 2, 30}, 1'679'794'200'000},
           Case{"Europe/Berlin", {2023, 3, 26, 2, 0}, 1'679'792'400'000},
           Case{"Europe/Berlin", {2023, 3, 26, 3, 0}, 1'679'792'400'000},
           Case{"Europe/Berlin", {2023, 10, 29, 1, 59}, 1'698'537'540'000},
           Case{"Europe/Berlin", {2023, 10, 29, 2, 0}, 1'698'541'200'000},
           Case{"Europe/Berlin", {2023, 10, 29, 2, 59, 59, 999}, 1'698'544'799'999},
           Case{"Europe/Berlin", {2023, 10, 29, 3, 0}, 1'698'544'800'000},
           Case{"America/New_York", {2023, 11, 5, 1, 30}, 1'699'165'800'000},
           Case{"Australia/Lord_Howe", {2023, 10, 1, 2, 15}, 1'696'088'700'000},
           Case{"Australia/Lord_Howe", {2023, 4, 2, 1, 45}, 1'680'362'100'000},
           Case{"Pacific/Apia", {2011, 12, 30, 12, 0}, 1'325'282'400'000},  // A day that was left out.
       }) {
    EXPECT_EQ(zone(c.zone).to_instant(c.civil), EventTime{c.ms})
        << c.zone << " " << c.civil.hour << ":" << c.civil.minute;
  }
}

TEST(TimeZone, EveryInstantComesBack) {
  constexpr int64_t kMin = std::numeric_limits<int64_t>::min(), kMax = std::numeric_limits<int64_t>::max();
  for (std::string_view name : {"UTC", "+99:99", "-99:99", "Asia/Kathmandu"}) {
    for (int64_t ms :
         {kMin, kMin + 1, int64_t{-1}, int64_t{0}, int64_t{999}, int64_t{1'688'558'400'123}, kMax - 1, kMax}) {
      CivilTime civil = zone(name).to_civil({ms});
      EXPECT_EQ(zone(name).to_instant(civil), EventTime{ms}) << name << " " << ms;
    }
  }
  EXPECT_EQ(TimeZone().to_civil({-1}), (CivilTime{1969, 12, 31, 23, 59, 59, 999}));
  CivilTime last = TimeZone().to_civil({kMax});
  last.ms += 1;
  EXPECT_EQ(TimeZone().to_instant(last), std::nullopt);
  EXPECT_EQ(TimeZone().to_instant({.year = kMax}), std::nullopt);
  EXPECT_EQ(TimeZone().to_instant({.year = kMin}), std::nullopt);
}

}  // namespace
}  // namespace penstock
