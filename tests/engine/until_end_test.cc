// SPDX-License-Identifier: Apache-2.0
// Bounded runs: each partition is read to what was its end at the start, then all windows close.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "bson/ejson.h"
#include "tests/engine/engine_bed.h"

namespace penstock {
namespace {

const std::string kCount = definition_of(
    R"({"$tumblingWindow": {"interval": {"size": 10, "unit": "second"}, "pipeline": [
         {"$group": {"_id": "$k", "n": {"$count": {}}}}]}})");

BedSettings bounded(uint64_t seed, size_t partitions) {
  return {.run = {.until_end = true}, .seed = seed, .partitions = partitions, .batch_max = 3};
}

void fill(EngineBed& bed, uint32_t partition, int count, std::string_view key, std::string_view from = "12:00:00") {
  for (int i = 0; i < count; ++i)
    bed.source().append(partition, fmt::format(R"({{"k":"{}"}})", key), at(from) + Duration{i * 1000});
}

TEST(UntilEnd, ReadsWhatWasThereAtTheStartAndNotMore) {
  for (const uint64_t seed : {1, 2, 3, 4, 5}) {
    SCOPED_TRACE(seed);
    EngineBed bed(kCount, bounded(seed, 2));
    fill(bed, 0, 7, "a");
    fill(bed, 1, 7, "b");
    bed.start();
    fill(bed, 0, 2, "after the start", "12:00:07");
    fill(bed, 1, 50, "after the start", "12:00:07");
    ASSERT_TRUE(bed.finish().ok());
    EXPECT_EQ(bed.sink().text(),
              "{\"_id\":\"a\",\"n\":{\"$numberInt\":\"7\"}}\n{\"_id\":\"b\",\"n\":{\"$numberInt\":\"7\"}}\n");
    const ProcessorSnapshot snapshot = bed.processor().snapshot();
    EXPECT_EQ(snapshot.in.records, 14U);
    EXPECT_EQ(snapshot.in.bytes, 14U * 9);
    EXPECT_TRUE(snapshot.finished);
    EXPECT_EQ(snapshot.windows_closed, 1U);
    EXPECT_EQ(snapshot.open_windows, 0U);
  }
}

TEST(UntilEnd, EmptyPartitionsAndEmptyTopics) {
  for (const uint64_t seed : {1, 2, 3}) {
    SCOPED_TRACE(seed);
    EngineBed some(kCount, bounded(seed, 4));
    fill(some, 2, 3, "a");
    some.start();
    ASSERT_TRUE(some.finish().ok());
    EXPECT_EQ(some.sink().documents().size(), 1U);

    EngineBed none(kCount, bounded(seed, 3));
    none.start();
    ASSERT_TRUE(none.finish().ok());
    EXPECT_TRUE(none.sink().sequence().empty());
    EXPECT_TRUE(none.processor().snapshot().finished);
  }
}

TEST(UntilEnd, WithMoreLanesThanPartitions) {
  BedSettings settings = bounded(5, 2);
  settings.run.lanes = 4;
  EngineBed bed(kCount, settings);
  fill(bed, 0, 3, "a");
  bed.start();
  ASSERT_TRUE(bed.finish().ok());
  EXPECT_EQ(bed.sink().documents().size(), 1U);
}

// What a second run over the same topic finds when it starts where the first one ended.
TEST(UntilEnd, NothingToDoIsASuccess) {
  EngineBed bed(kCount, bounded(1, 2));
  fill(bed, 0, 3, "a");
  bed.source().set_start(0, 3);
  bed.start();
  ASSERT_TRUE(bed.finish().ok());
  EXPECT_EQ(bed.processor().snapshot().in.records, 0U);
  EXPECT_TRUE(bed.sink().sequence().empty());
}

// The last offsets of a partition may hold no record: compaction, control records.
TEST(UntilEnd, OffsetsWithoutRecordsAtTheEnd) {
  EngineBed bed(kCount, bounded(1, 2));
  bed.source().skip_offsets(0, 5);
  fill(bed, 0, 2, "a");
  bed.source().skip_offsets(0, 3);
  bed.source().skip_offsets(1, 4);
  bed.start();
  ASSERT_TRUE(bed.finish().ok());
  EXPECT_EQ(bed.sink().documents().size(), 1U);
  EXPECT_EQ(bed.processor().snapshot().in.records, 2U);
  EXPECT_EQ(bed.processor().snapshot().lag_records, 0);
}

// A partition that has reached its end does not keep the others' windows open.
TEST(UntilEnd, FinishedPartitionsLeaveTheMinimum) {
  EngineBed bed(kCount, bounded(1, 2));
  fill(bed, 0, 2, "short");
  fill(bed, 1, 40, "long");
  bed.source().set_answering(1, false);
  bed.start();
  bed.run_for({1000});
  EXPECT_TRUE(bed.sink().documents().empty());  // Partition 1 has not been heard of.
  bed.source().set_answering(1, true);
  ASSERT_TRUE(bed.finish().ok());
  EXPECT_EQ(bed.sink().documents().size(), 5U);
}

TEST(UntilEnd, AnErrorOfTheSourceEndsTheRun) {
  EngineBed bed(kCount, bounded(1, 2));
  fill(bed, 0, 2, "a");
  fill(bed, 1, 2, "b");
  bed.source().fail(1, Error(ErrorCode::kConnectionError, "the offset 17 is gone"));
  bed.start();
  const auto ended = bed.finish();
  ASSERT_FALSE(ended.ok());
  EXPECT_EQ(ended.error().code(), ErrorCode::kConnectionError);
  EXPECT_EQ(ended.error().message(), "the offset 17 is gone");
}

}  // namespace
}  // namespace penstock
