// SPDX-License-Identifier: Apache-2.0
#include "time/window.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/random.h"

namespace penstock {
namespace {

constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
constexpr int64_t kMax = std::numeric_limits<int64_t>::max();

TEST(WindowStart, IsOnTheGrid) {
  struct Case {
    const char* why;
    int64_t time, size, offset, start;
  };
  for (const Case& c : {
           Case{"on the edge", 5000, 5000, 0, 5000},
           Case{"just before it", 4999, 5000, 0, 0},
           Case{"before 1970", -1, 5000, 0, -5000},
           Case{"on an edge before 1970", -5000, 5000, 0, -5000},
           Case{"offset", 1000, 5000, 2000, -3000},
           Case{"on the offset", 2000, 5000, 2000, 2000},
           Case{"negative offset", 4000, 5000, -1000, 4000},
           Case{"offset beyond the size", 1000, 5000, 12'000, -3000},
           Case{"one millisecond", -7, 1, 0, -7},
           Case{"last instant", kMax, 1000, 0, kMax - 807},
           Case{"first instant saturates", kMin, 1000, 0, kMin},
           Case{"first grid point", kMin + 808, 1000, 0, kMin + 808},
           Case{"offset beyond the range", kMin, 3, kMax, kMin},
           Case{"one window for all", kMax, kMax, 0, kMax},
       }) {
    EXPECT_EQ(window_start({c.time}, {c.size}, {c.offset}), EventTime{c.start}) << c.why;
  }
}

TEST(WindowStart, HoldsTheInstant) {
  constexpr uint64_t kSeed = 3;
  SCOPED_TRACE(kSeed);
  SeededRandom random(kSeed);
  for (int i = 0; i < 100'000; ++i) {
    auto t = static_cast<int64_t>(random.next() >> random.below(60)) * (i % 2 == 0 ? 1 : -1);
    auto size = static_cast<int64_t>(random.next() >> (1 + random.below(62))) + 1;
    auto offset = static_cast<int64_t>(random.next()) >> random.below(63);
    if (size <= 0 || t < kMin / 2) continue;
    int64_t start = window_start({t}, {size}, {offset}).ms;
    ASSERT_LE(start, t);
    if (start == kMin) continue;
    ASSERT_LT(static_cast<__int128>(t) - start, size);
    ASSERT_EQ((static_cast<__int128>(start) - offset) % size, 0);
  }
}

}  // namespace
}  // namespace penstock
