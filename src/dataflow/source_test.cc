// SPDX-License-Identifier: Apache-2.0
#include "dataflow/source.h"

#include <gtest/gtest.h>

#include <optional>
#include <set>

namespace penstock {
namespace {

using Text = std::optional<std::string_view>;

// As a lane sees it: from a batch, where the views of null and of empty look alike.
uint64_t hash_of(Text key, Text value) {
  RecordBatch batch;
  RecordBatch::Record record;
  record.key = key.value_or("");
  record.key_is_null = !key;
  record.value = value.value_or("");
  record.value_is_null = !value;
  batch.append(record);
  return hash_record(batch[0]);
}

TEST(HashRecord, TellsRecordsApart) {
  std::set<uint64_t> hashes;
  size_t count = 0;
  for (const Text key : {Text(), Text(""), Text("a"), Text("ab")}) {
    for (const Text value : {Text(), Text(""), Text("a"), Text("b"), Text("ab"), Text("bb")}) {
      hashes.insert(hash_of(key, value));
      ++count;
    }
  }
  EXPECT_EQ(hashes.size(), count);
}

TEST(HashRecord, LooksAtKeyAndValueOnly) {
  RecordBatch::Record a;
  a.key = "k";
  a.value = "v";
  RecordBatch::Record b = a;
  b.offset = 7;
  b.timestamp = {8};
  EXPECT_EQ(hash_record(a), hash_record(b));
}

// On people's disks: see state/stable_hash_test.cc.
TEST(HashRecord, NeverChanges) {
  EXPECT_EQ(hash_of("ZVZZT", R"({"price":417})"), 0xa74ee8123c970b3cULL);
  EXPECT_EQ(hash_of(std::nullopt, "v0"), 0xa2e4002fd6684af0ULL);
  EXPECT_EQ(hash_of(std::nullopt, std::nullopt), 0x8d045e8b43ae4903ULL);
  EXPECT_EQ(hash_of("", ""), 0x412f1275e10017f3ULL);
}

}  // namespace
}  // namespace penstock
