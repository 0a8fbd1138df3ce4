// SPDX-License-Identifier: Apache-2.0
#include "state/group_table.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstring>
#include <set>
#include <string>
#include <unordered_map>

#include "base/random.h"

namespace penstock {
namespace {

int64_t& counter(char* payload) { return *reinterpret_cast<int64_t*>(payload); }

// Adds one to the counter of each key, as a group does, and compares with the library's map.
void expect_like_a_map(const std::vector<std::string>& keys) {
  GroupTable table(24);
  std::unordered_map<std::string, int64_t> expected;
  std::vector<std::string> order;
  for (const std::string& key : keys) {
    const auto [payload, added] = table.find_or_add(key);
    RC_ASSERT(added == !expected.contains(key));
    if (added) order.push_back(key);
    ++counter(payload);
    ++expected[key];
  }
  RC_ASSERT(table.size() == expected.size());
  for (size_t i = 0; i < table.size(); ++i) {
    RC_ASSERT(table.key(i) == order[i]);
    RC_ASSERT(counter(table.payload(i)) == expected[order[i]]);
  }
}

RC_GTEST_PROP(GroupTable, IsLikeAMap, (const std::vector<std::string>& keys)) { expect_like_a_map(keys); }

// Few letters and all lengths around the border between short and long keys: many equal keys, many near misses.
RC_GTEST_PROP(GroupTable, KeysThatDifferInOneByte, ()) {
  const auto length = rc::gen::inRange<size_t>(0, 40);
  const auto key = rc::gen::mapcat(
      length, [](size_t n) { return rc::gen::container<std::string>(n, rc::gen::element('\0', 'a', '\xff')); });
  expect_like_a_map(*rc::gen::container<std::vector<std::string>>(200, key));
}

TEST(GroupTable, GrowsAndNeverMovesAPayload) {
  GroupTable table(16);
  std::vector<char*> payloads;
  constexpr size_t kGroups = 200'000;
  for (size_t i = 0; i < kGroups; ++i) {
    const auto [payload, added] = table.find_or_add("key " + std::to_string(i));
    ASSERT_TRUE(added);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(payload) % 8, 0U);
    EXPECT_EQ(counter(payload), 0);
    counter(payload) = static_cast<int64_t>(i);
    payloads.push_back(payload);
  }
  for (size_t i = 0; i < kGroups; ++i) {
    const auto [payload, added] = table.find_or_add("key " + std::to_string(i));
    ASSERT_FALSE(added);
    ASSERT_EQ(payload, payloads[i]);
    ASSERT_EQ(table.payload(i), payloads[i]);
    ASSERT_EQ(counter(payload), static_cast<int64_t>(i));
  }
  EXPECT_GT(table.bytes(), kGroups * (16 + 8));
  EXPECT_LT(table.bytes(), kGroups * 200);
}

TEST(GroupTable, LongKeysAndTheEmptyOne) {
  GroupTable table(8);
  const std::string sizes[] = {"", std::string(16, 'x'), std::string(17, 'x'), std::string(100'000, 'x'),
                               std::string(99'999, 'x') + "y"};
  for (const std::string& key : sizes)
    EXPECT_TRUE(table.find_or_add(key).added) << key.size();
  for (const std::string& key : sizes)
    EXPECT_FALSE(table.find_or_add(key).added) << key.size();
}

TEST(GroupTable, EqualHashesAreNotEqualKeys) {
  GroupTable table(8);
  const auto [a, a_added] = table.find_or_add("a", 7);
  const auto [b, b_added] = table.find_or_add("b", 7);
  const auto [long_a, long_a_added] = table.find_or_add("a long key, longer than sixteen", 7);
  EXPECT_TRUE(a_added && b_added && long_a_added);
  EXPECT_NE(a, b);
  EXPECT_NE(a, long_a);
  for (int i = 0; i < 100; ++i)  // Grown with a long chain.
    table.find_or_add(std::to_string(i), 7);
  EXPECT_EQ(table.find_or_add("b", 7).payload, b);
}

TEST(GroupTable, ItsArenaLivesWithIt) {
  GroupTable table(8);
  const std::string_view kept = table.arena().copy("beside an entry");
  for (int i = 0; i < 10'000; ++i)
    table.find_or_add(std::to_string(i));
  const GroupTable moved = std::move(table);
  EXPECT_EQ(kept, "beside an entry");
  EXPECT_EQ(moved.size(), 10'000U);
}

TEST(HashKey, SpreadsKeysThatAreAlike) {
  std::set<uint64_t> hashes;
  std::set<uint64_t> low_bits;
  size_t count = 0;
  for (const size_t length : {1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 40}) {
    for (int i = 0; i < 200; ++i) {
      std::string key(length, '\0');
      key[length / 2] = static_cast<char>(i);
      hashes.insert(hash_key(key));
      low_bits.insert(hash_key(key) & 0xffff);
      ++count;
    }
  }
  hashes.insert(hash_key(""));
  EXPECT_EQ(hashes.size(), count + 1);
  EXPECT_GT(low_bits.size(), count * 9 / 10);
}

}  // namespace
}  // namespace penstock
