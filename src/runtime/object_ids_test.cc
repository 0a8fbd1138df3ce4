// SPDX-License-Identifier: Apache-2.0
#include "runtime/object_ids.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

namespace penstock {
namespace {

std::string hex(const ObjectId& id) {
  std::string text;
  for (const unsigned char byte : id.bytes)
    text += fmt::format("{:02x}", byte);
  return text;
}

const Window kWindow{{1'767'268'800'000}, {1'767'268'830'000}};

TEST(ObjectIds, ReproducibleOnesFollowFromTheInput) {
  ManualClock clock;
  SeededRandom random(1);
  SeededRandom other_random(2);
  ObjectIds first(true, 77, clock, random);
  clock.advance({5'000'000});
  ObjectIds second(true, 77, clock, other_random);
  EXPECT_EQ(hex(first.of_window(kWindow, 3)), hex(second.of_window(kWindow, 3)));
  EXPECT_EQ(hex(first.of_record({1}, 42, {5000})), hex(second.of_record({1}, 42, {5000})));
  EXPECT_EQ(hex(first.of_window(kWindow, 3)).substr(0, 8), fmt::format("{:08x}", kWindow.end.ms / 1000));
  EXPECT_EQ(hex(first.of_record({1}, 42, {5000})).substr(0, 8), "00000005");
}

TEST(ObjectIds, EveryPartOfTheInputCounts) {
  const ManualClock clock;
  SeededRandom random(1);
  std::set<std::string> ids;
  for (const uint64_t definition : {1, 2}) {
    ObjectIds made(true, definition, clock, random);
    for (uint64_t i = 0; i < 1000; ++i) {
      ids.insert(hex(made.of_window(kWindow, i)));
      ids.insert(hex(made.of_window({kWindow.start - Duration{1}, kWindow.end}, i)));
      ids.insert(hex(made.of_record({0}, static_cast<int64_t>(i), kWindow.end)));
      ids.insert(hex(made.of_record({1}, static_cast<int64_t>(i), kWindow.end)));
    }
  }
  EXPECT_EQ(ids.size(), 8000U);
}

TEST(ObjectIds, FreshOnesHoldTimeAndNeverRepeat) {
  ManualClock clock({7000});
  SeededRandom random(1);
  ObjectIds made(false, 1, clock, random);
  std::set<std::string> ids;
  for (int i = 0; i < 1000; ++i) {
    ids.insert(hex(made.fresh()));
    ids.insert(hex(made.of_window(kWindow, 1)));
    ids.insert(hex(made.of_record({0}, 1, {0})));
  }
  EXPECT_EQ(ids.size(), 3000U);
  EXPECT_EQ(ids.begin()->substr(0, 8), "00000007");
  clock.set({9000});
  EXPECT_EQ(hex(made.fresh()).substr(0, 8), "00000009");
}

TEST(ObjectIds, OfTwoProcessorsDiffer) {
  const ManualClock clock;
  SeededRandom random(1);
  ObjectIds one(false, 1, clock, random);
  ObjectIds two(false, 1, clock, random);
  EXPECT_NE(hex(one.fresh()).substr(8, 10), hex(two.fresh()).substr(8, 10));
}

}  // namespace
}  // namespace penstock
