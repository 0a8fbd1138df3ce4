// SPDX-License-Identifier: Apache-2.0
#include "time/watermark.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace penstock {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

WatermarkTracker tracker(size_t partitions, std::optional<Duration> idle = std::nullopt) {
  WatermarkTracker made(idle);
  for (size_t i = 0; i < partitions; ++i)
    EXPECT_EQ(made.add_partition(0), i);
  return made;
}

TEST(Watermark, IsTheMinimumOverPartitions) {
  WatermarkTracker w = tracker(2);
  EXPECT_EQ(w.watermark(), std::nullopt);
  EXPECT_TRUE(w.observe(0, {9}));
  EXPECT_EQ(w.watermark(), std::nullopt);  // Partition 1 has not been heard of.
  EXPECT_TRUE(w.observe(1, {7}));
  EXPECT_EQ(w.watermark(), EventTime{7});
  EXPECT_FALSE(w.observe(1, {3}));  // Out of order.
  EXPECT_EQ(w.watermark(), EventTime{7});
  EXPECT_TRUE(w.observe(1, {20}));
  EXPECT_EQ(w.watermark(), EventTime{9});
}

TEST(Watermark, WhoNeverDeliveredAndIsAtItsEndHoldsNothing) {
  WatermarkTracker w = tracker(3);
  w.observe(0, {5});
  w.set_at_end(1, true);
  EXPECT_EQ(w.watermark(), std::nullopt);
  w.set_at_end(2, true);
  EXPECT_EQ(w.watermark(), EventTime{5});
  w.set_at_end(0, true);  // It has delivered: it counts, at its end or not.
  w.observe(1, {4});
  EXPECT_EQ(w.watermark(), EventTime{5});  // Never back, though partition 1 is behind.
  w.observe(0, {9});
  EXPECT_EQ(w.watermark(), EventTime{5});
  w.touch(2, kSecond);  // A record comes, its time is not known yet.
  w.observe(1, {30});
  EXPECT_EQ(w.watermark(), EventTime{5});
}

TEST(Watermark, BeforeNineteenSeventy) {
  WatermarkTracker w = tracker(1);
  w.observe(0, {-5000});
  EXPECT_EQ(w.watermark(), EventTime{-5000});
}

TEST(Watermark, IdlePartitionsHoldNothing) {
  WatermarkTracker w = tracker(2, Duration{10'000});
  w.observe(0, {5});
  w.observe(1, {50});
  w.touch(1, 9 * kSecond);
  w.check_idle(9 * kSecond);
  EXPECT_EQ(w.watermark(), EventTime{5});
  w.check_idle(10 * kSecond);
  EXPECT_TRUE(w.slots()[0].idle);
  EXPECT_FALSE(w.slots()[1].idle);
  EXPECT_EQ(w.watermark(), EventTime{50});
  w.touch(0, 11 * kSecond);  // Back again: it counts, and is behind.
  w.observe(0, {6});
  w.observe(1, {60});
  EXPECT_EQ(w.watermark(), EventTime{50});
  EXPECT_TRUE(w.any_counts());
  w.check_idle(100 * kSecond);
  EXPECT_FALSE(w.any_counts());
  EXPECT_EQ(w.watermark(), EventTime{60});  // Nobody counts: the largest time seen.
}

TEST(Watermark, APartitionThatNeverDeliveredBecomesIdleToo) {
  WatermarkTracker w = tracker(2, Duration{10'000});
  w.touch(0, 5 * kSecond);
  w.observe(0, {5});
  w.check_idle(10 * kSecond);
  EXPECT_EQ(w.watermark(), EventTime{5});
}

TEST(Watermark, WithoutTimeoutSilenceIsNotIdle) {
  WatermarkTracker w = tracker(1);
  w.check_idle(1'000'000 * kSecond);
  EXPECT_FALSE(w.slots()[0].idle);
}

TEST(Watermark, SilenceIsNotCountedWhileNobodyReads) {
  WatermarkTracker w = tracker(2, Duration{10'000});
  w.check_idle(10 * kSecond);
  w.touch(1, 10 * kSecond);
  w.postpone_idle(60 * kSecond);
  w.check_idle(69 * kSecond);
  EXPECT_TRUE(w.slots()[0].idle);  // It was before.
  EXPECT_FALSE(w.slots()[1].idle);
  w.check_idle(70 * kSecond);
  EXPECT_TRUE(w.slots()[1].idle);
}

TEST(Watermark, FinishedPartitionsLeave) {
  WatermarkTracker w = tracker(2);
  w.observe(0, {5});
  w.observe(1, {9});
  EXPECT_FALSE(w.all_finished());
  w.set_finished(0);
  EXPECT_EQ(w.watermark(), EventTime{9});
  w.set_finished(1);
  EXPECT_TRUE(w.all_finished());
  EXPECT_FALSE(w.any_counts());
  EXPECT_TRUE(tracker(0).all_finished());
}

TEST(Watermark, FromACheckpoint) {
  WatermarkTracker w(std::nullopt);
  w.add_partition(0, EventTime{40});
  EXPECT_EQ(w.watermark(), EventTime{40});
}

TEST(Watermark, NeverMovesBackWhateverHappens) {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(seed);
    SeededRandom random(seed);
    WatermarkTracker w = tracker(1, Duration{3000});
    std::optional<EventTime> last;
    int64_t now_ns = 0;
    for (int i = 0; i < 200; ++i) {
      now_ns += static_cast<int64_t>(random.below(kSecond));
      const size_t slot = random.below(w.slots().size());
      switch (random.below(7)) {
        case 0: w.add_partition(now_ns); break;
        case 1: w.set_at_end(slot, random.below(2) == 0); break;
        case 2: w.check_idle(now_ns); break;
        case 3: w.postpone_idle(now_ns); break;
        default: w.touch(slot, now_ns); w.observe(slot, {static_cast<int64_t>(random.below(1000)) - 500});
      }
      const std::optional<EventTime> now = w.watermark();
      if (last) {
        ASSERT_TRUE(now.has_value());
        ASSERT_GE(*now, *last);
      }
      last = now;
    }
  }
}

}  // namespace
}  // namespace penstock
