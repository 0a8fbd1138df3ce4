// SPDX-License-Identifier: Apache-2.0
#include "state/stable_hash.h"

#include <gtest/gtest.h>

#include <string>

namespace penstock {
namespace {

// These numbers are on people's disks: a change of one of them is a bug, not a reason to change the test.
TEST(StableHash, NeverChanges) {
  std::string long_text;
  for (int i = 0; i < 1000; ++i)
    long_text += static_cast<char>('a' + i % 26);
  struct Case {
    std::string bytes;
    uint64_t seed, hash;
  };
  for (const Case& c : {Case{"", 0, 0x2d06800538d394c2}, Case{"", 1, 0x4dc5b0cc826f6703},
                        Case{"a", 0, 0xe6c632b61e964e1f}, Case{"a", 1, 0xd2f6d0996f37a720},
                        Case{"abcd", 0, 0x6497a96f53a89890}, Case{"0123456789", 7, 0xae0ac4103a302731},
                        Case{"0123456789abcdef0", 0, 0xc92e2385daf36034}, Case{long_text, 0, 0xe153425558d7da5d},
                        Case{long_text, 42, 0x3cc4d29d1e6ed4a2}, Case{std::string("\0\0", 2), 0, 0x3325230e1f285505}}) {
    EXPECT_EQ(stable_hash(c.bytes, c.seed), c.hash) << c.bytes << " " << c.seed;
  }
}

TEST(StableHash, TakesAViewThatPointsNowhere) { EXPECT_EQ(stable_hash({}, 3), stable_hash("", 3)); }

}  // namespace
}  // namespace penstock
