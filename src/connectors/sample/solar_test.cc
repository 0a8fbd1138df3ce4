// SPDX-License-Identifier: Apache-2.0
#include "connectors/sample/solar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "bson/ejson.h"
#include "bson/iso_date.h"

namespace penstock {
namespace {

constexpr int64_t kFirst = 1'767'268'800;  // 2026-01-01T12:00:00Z
constexpr int64_t kCount = 20'000;

std::string text_of(const SolarReadings& readings, int64_t position) {
  std::string text;
  readings.write(position, text);
  return text;
}

// Replays and documentation rest on these; they never change.
TEST(SolarReadings, AreTheSameForEver) {
  const SolarReadings readings(1);
  struct Case {
    int64_t position;
    std::string_view text;
  };
  for (const Case& c :
       {Case{kFirst, R"({"device_id":"device_1","group_id":1,"timestamp":"2026-01-01T12:00:00.352+00:00",)"
                     R"("max_watts":250,"event_type":1,"event_details":"Network error","obs":{"watts":0,"temp":21}})"},
        Case{kFirst + 1, R"({"device_id":"device_5","group_id":5,"timestamp":"2026-01-01T12:00:01.206+00:00",)"
                         R"("max_watts":250,"event_type":0,"obs":{"watts":226,"temp":25}})"},
        Case{kFirst + 11, R"({"device_id":"device_10","group_id":10,"timestamp":"2026-01-01T12:00:11.818+00:00",)"
                          R"("max_watts":250,"event_type":0,"obs":{"watts":null,"temp":null}})"}}) {
    EXPECT_EQ(text_of(readings, c.position), c.text);
  }
  EXPECT_NE(text_of(SolarReadings(2), kFirst), text_of(readings, kFirst));
}

TEST(SolarReadings, FollowTheRulesThatValidatorsRestOn) {
  const SolarReadings readings(1);
  std::set<std::string, std::less<>> devices;
  int events = 0;
  int odd = 0;
  for (int64_t position = kFirst; position < kFirst + kCount; ++position) {
    const std::string text = text_of(readings, position);
    const auto parsed = parse_ejson(text);
    ASSERT_TRUE(parsed.ok()) << text;
    const Document document = parsed->document;
    const std::string_view device = document.get("device_id").as_string();
    EXPECT_THAT(std::string(device), testing::MatchesRegex("device_[0-9]+"));
    devices.emplace(device);
    EXPECT_EQ(document.get("group_id").type(), Type::kInt) << text;
    const auto time = iso_date_from_text(document.get("timestamp").as_string());
    ASSERT_TRUE(time) << text;
    EXPECT_EQ(*time, readings.time_of(position)) << text;
    EXPECT_TRUE(document.get("timestamp").as_string().ends_with("+00:00")) << text;
    const int max_watts = document.get("max_watts").as_int();
    EXPECT_TRUE(max_watts == 250 || max_watts == 450) << text;
    const int event_type = document.get("event_type").as_int();
    EXPECT_TRUE(event_type == 0 || event_type == 1) << text;
    EXPECT_EQ(document.has("event_details"), event_type == 1) << text;
    events += event_type;
    const Document obs = document.get("obs").as_object();
    if (obs.get("watts").type() == Type::kNull) {
      ++odd;
      continue;
    }
    EXPECT_EQ(obs.get("watts").type(), Type::kInt) << text;
    EXPECT_EQ(obs.get("temp").type(), Type::kInt) << text;
    EXPECT_LE(obs.get("watts").as_int(), max_watts) << text;
    EXPECT_TRUE(event_type == 0 || obs.get("watts").as_int() == 0) << text;
  }
  EXPECT_EQ(devices.size(), 10U);
  EXPECT_NEAR(events, kCount / 20, kCount / 100);
  EXPECT_NEAR(odd, kCount / 50, kCount / 200);
}

TEST(SolarReadings, OneInEverySecond) {
  const SolarReadings readings(1);
  std::set<int64_t> milliseconds;
  for (int64_t position = kFirst; position < kFirst + kCount; ++position) {
    const EventTime time = readings.time_of(position);
    EXPECT_EQ(time.ms / 1000, position);
    milliseconds.insert(time.ms % 1000);
    EXPECT_EQ(readings.position_of(time), position);
    EXPECT_EQ(readings.position_of({time.ms + 1}), position + 1);
  }
  EXPECT_GT(milliseconds.size(), 900U);  // Not all at the same place of their second.
  EXPECT_EQ(readings.position_of({-5}), 0);
  EXPECT_EQ(readings.position_of({0}), 0);
}

}  // namespace
}  // namespace penstock
