// SPDX-License-Identifier: Apache-2.0
#include "runtime/silence.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

constexpr Duration kWindow{30'000};
constexpr int64_t kSecond = 1'000'000'000;

PartitionView partition(uint32_t index, int64_t time_s, int64_t arrival_s) {
  return {.id = {index},
          .position = 0,
          .time = {.max_time = {time_s * 1000}, .last_arrival_ns = arrival_s * kSecond, .seen = true}};
}

std::vector<uint32_t> silent(std::vector<PartitionView> partitions, int64_t now_s) {
  std::vector<uint32_t> found;
  for (const SilentPartition& p : find_silent(partitions, kWindow, now_s * kSecond))
    found.push_back(p.id.index);
  return found;
}

using Indexes = std::vector<uint32_t>;

TEST(FindSilent, BothBehindAndQuietForHalfAWindow) {
  EXPECT_EQ(silent({partition(0, 100, 100), partition(1, 85, 85)}, 100), Indexes{1});
  EXPECT_EQ(silent({partition(0, 100, 100), partition(1, 86, 85)}, 100), Indexes{});  // Not behind enough.
  EXPECT_EQ(silent({partition(0, 100, 100), partition(1, 85, 86)}, 100), Indexes{});  // Heard of lately.
  EXPECT_EQ(
      find_silent(std::vector{partition(0, 100, 100), partition(1, 10, 60)}, kWindow, 100 * kSecond)[0].silent_for,
      Duration{40'000});
}

TEST(FindSilent, AllQuietAtTheSameTimeHoldNothingBack) {
  EXPECT_EQ(silent({partition(0, 100, 1), partition(1, 100, 1)}, 1000), Indexes{});
  EXPECT_EQ(silent({}, 1000), Indexes{});
}

TEST(FindSilent, OnlyPartitionsThatCount) {
  std::vector<PartitionView> partitions = {partition(0, 100, 100), partition(1, 0, 0), partition(2, 0, 0),
                                           partition(3, 0, 0), partition(4, 0, 0)};
  partitions[1].time.seen = false;
  partitions[2].time.idle = true;
  partitions[3].time.finished = true;
  partitions[4].time.at_end = true;  // Has delivered: it counts all the same.
  EXPECT_EQ(silent(partitions, 100), Indexes{4});
}

}  // namespace
}  // namespace penstock
