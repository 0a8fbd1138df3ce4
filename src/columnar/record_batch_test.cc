// SPDX-License-Identifier: Apache-2.0
#include "columnar/record_batch.h"

#include <gtest/gtest.h>

#include <string>

#include "base/random.h"

namespace penstock {
namespace {

// Reads what the scanner may read; the address sanitizer watches.
unsigned sum_of(std::string_view value) {
  unsigned sum = 0;
  for (size_t i = 0; i < value.size() + JsonDecoder::kPadding; ++i)
    sum += static_cast<unsigned char>(*const_cast<const volatile char*>(value.data() + i));
  return sum;
}

TEST(RecordBatch, KeepsRecordsAndTheirPadding) {
  const uint64_t seed = 20260102;
  SCOPED_TRACE(seed);
  SeededRandom random(seed);
  RecordBatch batch;
  for (int round = 0; round < 5; ++round) {
    std::vector<std::string> values;
    for (int i = 0; i < 500; ++i) {
      // Also larger than a block of the batch's memory, and one that just fills it.
      const size_t size = random.below(100) == 0 ? 200'000 + random.below(100'000) : random.below(200);
      values.emplace_back(size, static_cast<char>('a' + i % 26));
      const std::string key = "key " + std::to_string(i);
      batch.append({.value = values.back(), .key = key, .offset = i, .timestamp = {i * 10}, .has_timestamp = true});
    }
    ASSERT_EQ(batch.size(), values.size());
    size_t bytes = 0;
    for (size_t i = 0; i < values.size(); ++i) {
      ASSERT_EQ(batch[i].value, values[i]);
      ASSERT_NE(batch[i].value.data(), values[i].data());
      ASSERT_EQ(batch[i].key, "key " + std::to_string(i));
      ASSERT_EQ(batch[i].offset, static_cast<int64_t>(i));
      sum_of(batch[i].value);
      bytes += values[i].size();
    }
    EXPECT_EQ(batch.value_bytes(), bytes);
    batch.clear();
    EXPECT_TRUE(batch.empty());
    EXPECT_EQ(batch.value_bytes(), 0U);
  }
}

TEST(RecordBatch, TheLastRecordHasPaddingToo) {
  for (size_t size = 0; size < 300; ++size) {
    RecordBatch batch;
    const std::string value(size, 'x');
    batch.append({.value = value, .key = {}, .key_is_null = true});
    sum_of(batch[0].value);
  }
}

TEST(RecordBatch, NullIsNotEmpty) {
  RecordBatch batch;
  batch.append({.value = {}, .key = {}, .value_is_null = true, .key_is_null = true});
  batch.append({.value = {}, .key = {}});
  EXPECT_TRUE(batch[0].value_is_null);
  EXPECT_TRUE(batch[0].key_is_null);
  EXPECT_FALSE(batch[1].value_is_null);
  EXPECT_EQ(batch[1].value, "");
  sum_of(batch[1].value);
}

TEST(RecordBatch, HeadersBelongToTheNextRecord) {
  RecordBatch batch;
  std::string name = "trace";
  batch.append_header({name, "1", false});
  batch.append_header({"empty", {}, false});
  batch.append_header({"none", {}, true});
  name = "other";
  batch.append({.value = "a", .key = {}});
  batch.append({.value = "b", .key = {}});
  batch.append_header({name, "2", false});
  batch.append({.value = "c", .key = {}});
  const auto names = [&batch](size_t record) {
    std::string text;
    for (uint32_t i = batch[record].header_begin; i < batch[record].header_end; ++i)
      text += std::string(batch.headers()[i].name) + (batch.headers()[i].value_is_null ? "! " : " ");
    return text;
  };
  EXPECT_EQ(names(0), "trace empty none! ");
  EXPECT_EQ(names(1), "");
  EXPECT_EQ(names(2), "other ");
}

TEST(RecordBatch, TheSteadyStateAllocatesNothing) {
  RecordBatch batch;
  size_t reserved = 0;
  for (int round = 0; round < 5; ++round) {
    batch.clear();
    for (int i = 0; i < 4096; ++i)
      batch.append({.value = "0123456789012345678901234567890123456789", .key = "k", .offset = i});
    if (round == 0) reserved = batch.bytes_reserved();
    EXPECT_EQ(batch.bytes_reserved(), reserved);
  }
}

}  // namespace
}  // namespace penstock
