// SPDX-License-Identifier: Apache-2.0
#include "base/random.h"

#include <gtest/gtest.h>

#include <array>

namespace penstock {
namespace {

// Tests, data sets and replays rest on these numbers: they may never change.
TEST(SeededRandom, GivesTheSameNumbersForEver) {
  SeededRandom zero(0);
  EXPECT_EQ(zero.next(), 0x99ec5f36cb75f2b4U);
  EXPECT_EQ(zero.next(), 0xbf6e1f784956452aU);
  SeededRandom a(42);
  SeededRandom b(42);
  SeededRandom other(43);
  EXPECT_EQ(a.next(), b.next());
  EXPECT_NE(a.next(), other.next());
}

TEST(Random, BelowIsUniformAndInRange) {
  SeededRandom random(7);
  std::array<int, 10> counts{};
  for (int i = 0; i < 100'000; ++i)
    ++counts[random.below(10)];
  for (const int count : counts)
    EXPECT_NEAR(count, 10'000, 500);
  EXPECT_EQ(random.below(1), 0U);
}

TEST(SystemRandom, IsNotAlwaysTheSame) {
  SystemRandom random;
  EXPECT_NE(random.next(), random.next());
}

}  // namespace
}  // namespace penstock
