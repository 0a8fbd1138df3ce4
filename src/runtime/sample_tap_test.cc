// SPDX-License-Identifier: Apache-2.0
#include "runtime/sample_tap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

namespace penstock {
namespace {

OwnedDocument numbered(int n, size_t filling = 0) {
  DocumentBuilder builder;
  const std::string text(filling, 'x');
  builder.append("n", Value::int32(n));
  if (filling > 0) builder.append("text", Value::string(text));
  return OwnedDocument(builder.take());
}

std::vector<int> numbers(const std::vector<OwnedDocument>& documents) {
  std::vector<int> all;
  for (const OwnedDocument& document : documents)
    all.push_back(document.view().get("n").as_int());
  return all;
}

TEST(SampleTap, GivesWhatWasOfferedInItsOrder) {
  SampleTap tap;
  EXPECT_TRUE(tap.take(5).empty());
  for (int n = 0; n < 7; ++n)
    EXPECT_TRUE(tap.offer(numbered(n)));
  EXPECT_EQ(numbers(tap.take(5)), (std::vector{0, 1, 2, 3, 4}));
  EXPECT_EQ(numbers(tap.take(5)), (std::vector{5, 6}));
  EXPECT_FALSE(tap.ended());
}

TEST(SampleTap, LeavesOutWhatDoesNotFitAndNeverGrows) {
  SampleTap many;
  int accepted = 0;
  for (int n = 0; n < 5000; ++n)
    accepted += many.offer(numbered(n)) ? 1 : 0;
  EXPECT_EQ(accepted, 1000);
  EXPECT_EQ(many.take(10'000).size(), 1000U);
  EXPECT_TRUE(many.offer(numbered(1)));  // There is room again.

  SampleTap large;
  EXPECT_TRUE(large.offer(numbered(0, 6 << 20)));  // One always fits.
  EXPECT_FALSE(large.offer(numbered(1)));
  EXPECT_EQ(numbers(large.take(1)), std::vector{0});
  EXPECT_TRUE(large.offer(numbered(2)));
}

TEST(SampleTap, EndsByItself) {
  SampleTap after_three;
  after_three.end_after(3);
  for (int n = 0; n < 5; ++n)
    EXPECT_EQ(after_three.offer(numbered(n)), n < 3);
  EXPECT_FALSE(after_three.ended());  // Three wait.
  EXPECT_EQ(after_three.take(5).size(), 3U);
  EXPECT_TRUE(after_three.ended());

  SampleTap late;  // More had come before the reader said how many it wants.
  for (int n = 0; n < 5; ++n)
    late.offer(numbered(n));
  late.end_after(2);
  EXPECT_EQ(numbers(late.take(5)), (std::vector{0, 1}));
  EXPECT_TRUE(late.ended());

  SampleTap by_bytes;
  int taken = 0;
  while (!by_bytes.ended()) {
    by_bytes.offer(numbered(taken, 1'000'000));
    taken += static_cast<int>(by_bytes.take(1).size());
  }
  EXPECT_EQ(taken, 40);  // 40 MB.
}

TEST(SampleTaps, EachReaderHasItsOwn) {
  SampleTaps taps;
  EXPECT_FALSE(taps.listening());
  const auto first = std::make_shared<SampleTap>();
  auto second = std::make_shared<SampleTap>();
  taps.add(first);
  EXPECT_TRUE(taps.offer(numbered(1)));
  taps.add(second);
  EXPECT_TRUE(taps.offer(numbered(2)));
  EXPECT_EQ(numbers(first->take(5)), (std::vector{1, 2}));
  EXPECT_EQ(numbers(second->take(5)), std::vector{2});
  second.reset();  // Its reader is gone.
  first->end();
  EXPECT_TRUE(taps.listening());
  EXPECT_FALSE(taps.offer(numbered(3)));
  EXPECT_FALSE(taps.listening());
}

TEST(SampleTaps, EndWithTheProcessor) {
  const auto early = std::make_shared<SampleTap>();
  const auto late = std::make_shared<SampleTap>();
  SampleTaps taps;
  taps.add(early);
  taps.offer(numbered(1));
  taps.end();
  EXPECT_FALSE(early->ended());  // One still waits.
  EXPECT_EQ(early->take(5).size(), 1U);
  EXPECT_TRUE(early->ended());
  taps.add(late);
  EXPECT_TRUE(late->ended());
  EXPECT_FALSE(taps.listening());
}

// Readers come and go while the processor writes; every reader sees numbers that grow.
TEST(SampleTaps, WhileItRuns) {
  SampleTaps taps;
  std::atomic<bool> done{false};
  std::thread writer([&] {
    for (int n = 0; !done; ++n) {
      if (taps.listening()) taps.offer(numbered(n));
    }
  });
  for (int reader = 0; reader < 50; ++reader) {
    const auto tap = std::make_shared<SampleTap>();
    tap->end_after(20);
    taps.add(tap);
    std::vector<int> seen;
    while (!tap->ended()) {
      for (const int n : numbers(tap->take(3)))
        seen.push_back(n);
    }
    EXPECT_EQ(seen.size(), 20U);
    EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
  }
  done = true;
  writer.join();
}

}  // namespace
}  // namespace penstock
