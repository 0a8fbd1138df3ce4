// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include <gtest/gtest.h>

namespace penstock {
namespace {

TEST(ManualClock, MovesOnlyWhenTold) {
  ManualClock clock({5000});
  EXPECT_EQ(clock.now(), EventTime{5000});
  EXPECT_EQ(clock.monotonic_ns(), 0);
  clock.advance({20});
  EXPECT_EQ(clock.now(), EventTime{5020});
  EXPECT_EQ(clock.monotonic_ns(), 20'000'000);
  clock.set({1});  // Wall time jumps, timers do not.
  EXPECT_EQ(clock.now(), EventTime{1});
  EXPECT_EQ(clock.monotonic_ns(), 20'000'000);
}

TEST(ScaledClock, ScalesWallTimeOnly) {
  ManualClock base({10'000});
  const ScaledClock clock(base, 10);
  EXPECT_EQ(clock.now(), EventTime{10'000});
  base.advance({300});
  EXPECT_EQ(clock.now(), EventTime{13'000});
  EXPECT_EQ(clock.monotonic_ns(), 300'000'000);
  base.set({999'999});  // A jump of the wall clock is not scaled, nor seen.
  EXPECT_EQ(clock.now(), EventTime{13'000});
}

TEST(SystemClock, NeverGoesBack) {
  const SystemClock clock;
  int64_t last_ns = clock.monotonic_ns();
  for (int i = 0; i < 1000; ++i) {
    const int64_t now_ns = clock.monotonic_ns();
    ASSERT_GE(now_ns, last_ns);
    last_ns = now_ns;
  }
  EXPECT_GT(clock.now(), EventTime{1'700'000'000'000});
}

TEST(Instants, Arithmetic) {
  EXPECT_EQ(EventTime{7} + Duration{3}, EventTime{10});
  EXPECT_EQ(EventTime{7} - Duration{10}, EventTime{-3});
  EXPECT_EQ(EventTime{7} - EventTime{10}, Duration{-3});
  EXPECT_LT(EventTime::lowest(), EventTime::highest());
}

}  // namespace
}  // namespace penstock
