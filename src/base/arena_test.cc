// SPDX-License-Identifier: Apache-2.0
#include "base/arena.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/random.h"

namespace penstock {
namespace {

TEST(Arena, WhatItHandsOutStaysWholeUntilReset) {
  const uint64_t seed = 20260101;
  SCOPED_TRACE(seed);
  SeededRandom random(seed);
  Arena arena(1024);
  for (int round = 0; round < 20; ++round) {
    std::vector<std::pair<std::string, std::string_view>> kept;
    for (int i = 0; i < 300; ++i) {
      const std::string text(random.below(random.below(10) == 0 ? 3000 : 60), static_cast<char>('a' + i % 26));
      const std::string_view copy = arena.copy(text);
      EXPECT_EQ(reinterpret_cast<uintptr_t>(copy.data()) % 8, 0U);
      kept.emplace_back(text, copy);
    }
    for (const auto& [text, copy] : kept)
      ASSERT_EQ(text, copy);
    arena.reset();
  }
}

TEST(Arena, TheSteadyStateAllocatesNothing) {
  Arena arena(4096);
  size_t reserved = 0;
  for (int round = 0; round < 10; ++round) {
    for (int i = 0; i < 100; ++i)
      arena.allocate(100);
    if (round == 0) reserved = arena.bytes_reserved();
    EXPECT_EQ(arena.bytes_reserved(), reserved);
    arena.reset();
  }
}

TEST(Arena, OutsizedPiecesAreGivenBack) {
  Arena arena(1024);
  arena.allocate(100);
  const size_t before = arena.bytes_reserved();
  std::memset(arena.allocate(1 << 20), 1, 1 << 20);
  EXPECT_GE(arena.bytes_reserved(), before + (1 << 20));
  arena.reset();
  EXPECT_EQ(arena.bytes_reserved(), before);
}

TEST(Arena, ShrinkGivesBackTheTailOfTheNewestPieceOnly) {
  Arena arena(1024);
  char* first = arena.allocate(100);
  arena.shrink(first, 10);
  char* second = arena.allocate(8);
  EXPECT_EQ(second, first + 16);
  char* outsized = arena.allocate(2000);
  arena.shrink(outsized, 1);  // It lies elsewhere: nothing happens.
  EXPECT_EQ(arena.allocate(8), second + 8);
}

TEST(Arena, NothingIsSomethingToo) {
  Arena arena;
  EXPECT_NE(arena.allocate(0), nullptr);
  EXPECT_EQ(arena.copy(""), "");
}

}  // namespace
}  // namespace penstock
