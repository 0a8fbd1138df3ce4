// SPDX-License-Identifier: Apache-2.0
#include "runtime/latency_meter.h"

#include <gtest/gtest.h>

#include <limits>

namespace penstock {
namespace {

constexpr int64_t kMicrosecond = 1000;

TEST(LatencyMeter, ShowsTheLastPeriodThatIsOver) {
  ManualClock clock(EventTime{1'000'000});
  LatencyMeter meter(clock);
  EXPECT_FALSE(meter.last());
  meter.add(800 * kMicrosecond, 3);
  meter.add(2'000 * kMicrosecond, 1);
  clock.advance({29'999});
  EXPECT_FALSE(meter.last());
  clock.advance({1});
  const auto first = meter.last();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->start.ms, 1'000'000);
  EXPECT_EQ(first->end.ms, 1'030'000);
  EXPECT_EQ(first->count, 4U);
  EXPECT_EQ(first->sum_us, 3 * 800 + 2'000);
  meter.add(5 * kMicrosecond, 1);
  EXPECT_EQ(meter.last()->count, 4U);  // The new one is not over yet.
  clock.advance({30'000});
  EXPECT_EQ(meter.last()->count, 1U);
  EXPECT_EQ(meter.last()->p50_us, 5);
  clock.advance({30'000});
  EXPECT_EQ(meter.last()->count, 0U);  // Nothing arrived.
  EXPECT_EQ(meter.last()->p99_us, 0);
}

// Quantiles of known sets, within a sixteenth, over the whole range from a microsecond to weeks.
TEST(LatencyMeter, QuantilesAreNear) {
  for (int64_t scale = 1; scale < 10'000'000'000; scale *= 7) {
    ManualClock clock;
    LatencyMeter meter(clock);
    for (int64_t i = 1; i <= 1000; ++i)
      meter.add(i * scale * kMicrosecond, 1);
    clock.advance({30'000});
    const auto last = meter.last();
    EXPECT_NEAR(static_cast<double>(last->p50_us), static_cast<double>(500 * scale),
                static_cast<double>(500 * scale) / 16 + 1)
        << scale;
    if (990 * scale >= int64_t{1} << 42) break;  // Longer ones count as fifty days.
    EXPECT_NEAR(static_cast<double>(last->p99_us), static_cast<double>(990 * scale),
                static_cast<double>(990 * scale) / 16 + 1)
        << scale;
  }
}

TEST(LatencyMeter, TakesWhatNobodyExpects) {
  ManualClock clock;
  LatencyMeter meter(clock);
  meter.add(-5, 1);
  meter.add(std::numeric_limits<int64_t>::max(), 1);
  clock.advance({30'000});
  EXPECT_EQ(meter.last()->count, 2U);
  EXPECT_EQ(meter.last()->p50_us, 0);
  EXPECT_GT(meter.last()->p99_us, int64_t{1} << 41);
}

}  // namespace
}  // namespace penstock
