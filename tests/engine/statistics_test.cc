// SPDX-License-Identifier: Apache-2.0
// What a processor shows of itself (reference control-plane A7).
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bson/ejson.h"
#include "tests/engine/engine_bed.h"

namespace penstock {
namespace {

using testing::ElementsAre;

constexpr std::string_view kRecord = R"({"k":1,"v":12})";  // 14 bytes.

std::vector<std::string> names(const ProcessorSnapshot& snapshot) {
  std::vector<std::string> all;
  for (const OperatorSnapshot& row : snapshot.operators)
    all.push_back(row.name);
  return all;
}

// "in > out !dead letters" of each stage.
std::vector<std::string> flow(const ProcessorSnapshot& snapshot) {
  std::vector<std::string> all;
  for (const OperatorSnapshot& row : snapshot.operators)
    all.push_back(fmt::format("{} > {} !{}", row.counters.in, row.counters.out, row.counters.dead_letters));
  return all;
}

TEST(Statistics, OfStagesWithoutWindows) {
  for (const size_t lanes : {1, 2}) {
    for (const uint64_t seed : {1, 2, 3}) {
      SCOPED_TRACE(fmt::format("lanes {} seed {}", lanes, seed));
      EngineBed bed(definition_of(R"({"$match": {"v": {"$lt": 15}}}, {"$set": {"q": {"$divide": [60, "$v"]}}})"),
                    {.run = {.lanes = lanes, .clock = ClockMode::kRecord, .until_end = true},
                     .seed = seed,
                     .partitions = 2,
                     .batch_max = 700});
      bed.sink().refuse(
          [](Document document) { return document.get("v").as_int() == 10 ? std::string("no") : std::string(); });
      for (int i = 0; i < 2000; ++i)
        bed.source().append(static_cast<uint32_t>(i % 2), fmt::format(R"({{"v":{}}})", i % 20), at("12:00:00"));
      bed.source().append(0, "bad", at("12:00:00"));
      bed.start();
      ASSERT_TRUE(bed.finish().ok());
      const ProcessorSnapshot snapshot = bed.processor().snapshot();
      EXPECT_THAT(names(snapshot),
                  ElementsAre("KafkaConsumerOperator", "MatchOperator", "AddFieldsOperator", "MergeOperator"));
      EXPECT_THAT(flow(snapshot),
                  ElementsAre("2001 > 2000 !1", "2000 > 1500 !0", "1500 > 1400 !100", "1400 > 1300 !100"));
      EXPECT_EQ(snapshot.operators[0].counters.in_bytes, snapshot.in.bytes);
      EXPECT_EQ(snapshot.operators[0].counters.dead_letter_bytes, 3U);
      uint64_t delivered = 0;
      for (const OwnedDocument& document : bed.sink().documents())
        delivered += document.bytes().size();
      EXPECT_EQ(snapshot.operators[3].counters.out_bytes, delivered);
      EXPECT_EQ(snapshot.total.bytes_out, delivered);
      EXPECT_EQ(snapshot.total.documents_out, 1300U);
      EXPECT_EQ(snapshot.total.records, 2001U);
      EXPECT_EQ(snapshot.total.bad_records, 1U);
      EXPECT_EQ(snapshot.total.bad_bytes, 3U);
      EXPECT_EQ(snapshot.total.dead_letters, 201U);
      EXPECT_EQ(snapshot.source_type, "kafka");
      // Each stage gets what the one before it gave.
      for (size_t i = 1; i < 3; ++i)
        EXPECT_EQ(snapshot.operators[i].counters.in_bytes, snapshot.operators[i - 1].counters.out_bytes) << i;
    }
  }
}

TEST(Statistics, OfWindowsTheirStateAndTheStagesBehind) {
  for (const size_t lanes : {1, 2}) {
    SCOPED_TRACE(lanes);
    EngineBed bed(definition_of(
                      R"({"$match": {"k": 1}}, {"$tumblingWindow": {"interval": {"size": 1, "unit": "second"},
                          "allowedLateness": 0, "pipeline": [{"$group": {"_id": "$v", "n": {"$count": {}}}}]}},
                          {"$match": {"n": {"$gt": 1}}})"),
                  {.run = {.lanes = lanes}, .partitions = 2});
    bed.start();
    for (uint32_t partition = 0; partition < 2; ++partition) {
      for (const std::string_view time : {"12:00:00", "12:00:00.5", "12:00:02", "12:00:05"})
        bed.source().append(partition, kRecord, at(time));
    }
    bed.source().append(0, R"({"k":2})", at("12:00:05"));
    bed.run_for({2000});
    bed.source().append(0, kRecord, at("12:00:00"));  // Late.
    bed.run_for({2000});
    const ProcessorSnapshot snapshot = bed.processor().snapshot();
    EXPECT_THAT(names(snapshot), ElementsAre("KafkaConsumerOperator", "MatchOperator", "TumblingWindowOperator",
                                             "MatchOperator", "MergeOperator"));
    EXPECT_THAT(flow(snapshot), ElementsAre("10 > 10 !0", "10 > 9 !0", "9 > 2 !1", "2 > 2 !0", "2 > 2 !0"));
    const OperatorSnapshot& window = snapshot.operators[2];
    ASSERT_TRUE(window.windows);
    EXPECT_EQ(window.windows->first_start, at("12:00:05"));
    EXPECT_EQ(window.windows->last_start, at("12:00:05"));
    EXPECT_GT(window.counters.state_bytes, 0U);
    EXPECT_GE(window.counters.memory_bytes, window.counters.state_bytes);
    EXPECT_EQ(snapshot.state_bytes, window.counters.state_bytes);
    EXPECT_GE(snapshot.memory_bytes, snapshot.state_bytes);
    EXPECT_EQ(snapshot.watermark, at("12:00:05"));
    ASSERT_TRUE(bed.stop().ok());
  }
}

// Slots: no document is made; what passes is counted all the same, in bytes of the records.
TEST(Statistics, WhereNoDocumentsAreMade) {
  EngineBed bed(definition_of(
                    R"({"$match": {"k": 1}}, {"$tumblingWindow": {"interval": {"size": 1, "unit": "hour"},
                        "pipeline": [{"$group": {"_id": "$k", "sum": {"$sum": "$v"}}}]}})"),
                {.batch_max = 1000});
  ASSERT_TRUE(bed.plan().processor.slots);
  for (int i = 0; i < 1000; ++i)
    bed.source().append(0, i % 4 == 0 ? R"({"k":2,"v":12})" : kRecord, at("12:00:00"));
  bed.start();
  bed.run_for({1000});
  const ProcessorSnapshot snapshot = bed.processor().snapshot();
  EXPECT_THAT(flow(snapshot), ElementsAre("1000 > 1000 !0", "1000 > 750 !0", "750 > 0 !0", "0 > 0 !0"));
  EXPECT_EQ(snapshot.operators[0].counters.in_bytes, 14'000U);
  EXPECT_EQ(snapshot.operators[0].counters.out_bytes, 14'000U);
  EXPECT_NEAR(static_cast<double>(snapshot.operators[2].counters.in_bytes), 10'500, 20);
  ASSERT_TRUE(bed.stop().ok());
}

TEST(Statistics, OfPartitions) {
  EngineBed bed(definition_of("", R"(, "partitionIdleTimeout": {"size": 1, "unit": "second"})"),
                {.partitions = 2, .durable = true, .checkpoint_period = {1000}});
  bed.start();
  for (int i = 0; i < 5; ++i)
    bed.source().append(1, kRecord, at("12:00:00") + Duration{i * 1000});
  bed.run_for({3000});
  bed.source().set_answering(1, false);
  bed.source().append(1, kRecord, at("12:00:09"));
  bed.run_for({500});
  const ProcessorSnapshot snapshot = bed.processor().snapshot();
  ASSERT_EQ(snapshot.partitions.size(), 2U);
  const PartitionSnapshot& read = snapshot.partitions[1];
  EXPECT_EQ(read.topic, "trades");
  EXPECT_EQ(read.number, 1);
  EXPECT_EQ(read.position, 5);
  EXPECT_EQ(read.durable_position, 5);
  EXPECT_EQ(read.lag, 1);
  EXPECT_EQ(read.watermark, at("12:00:04"));
  EXPECT_TRUE(read.idle);
  EXPECT_EQ(read.records, 5U);
  EXPECT_EQ(read.bytes, 70U);
  EXPECT_EQ(snapshot.partitions[0].position, 0);
  EXPECT_FALSE(snapshot.partitions[0].watermark);
  EXPECT_EQ(snapshot.lag_records, 1);
  ASSERT_TRUE(bed.stop().ok());
}

TEST(Statistics, WithoutStateNoPositionIsDurable) {
  EngineBed bed(definition_of(""), {});
  bed.source().append(0, kRecord, at("12:00:00"));
  bed.start();
  bed.run_for({1000});
  EXPECT_EQ(bed.processor().snapshot().partitions.at(0).position, 1);
  EXPECT_EQ(bed.processor().snapshot().partitions.at(0).durable_position, -1);
  ASSERT_TRUE(bed.stop().ok());
}

// Summary counts belong to the state, those of a run begin anew.
TEST(Statistics, SurviveARestart) {
  EngineBed bed(definition_of(R"({"$project": {"_id": 0, "v": 1}})"), {.durable = true});
  bed.start();
  bed.source().append(0, kRecord, at("12:00:00"));
  bed.source().append(0, "no", at("12:00:00"));
  bed.run_for({1000});
  const CheckpointCounters before = bed.processor().snapshot().total;
  ASSERT_TRUE(bed.stop().ok());
  bed.crash();
  bed.start();
  bed.source().append(0, kRecord, at("12:00:01"));
  bed.run_for({1000});
  const ProcessorSnapshot snapshot = bed.processor().snapshot();
  EXPECT_EQ(snapshot.in.records, 1U);
  EXPECT_EQ(snapshot.total.records, 3U);
  EXPECT_EQ(snapshot.total.bytes, 30U);
  EXPECT_EQ(snapshot.total.bad_records, 1U);
  EXPECT_EQ(snapshot.total.bad_bytes, 2U);
  EXPECT_EQ(snapshot.total.documents_out, 2U);
  EXPECT_EQ(snapshot.total.bytes_out, 2 * before.bytes_out);
  EXPECT_EQ(snapshot.total.dead_letters, 1U);
  EXPECT_EQ(snapshot.total.dead_letter_bytes, before.dead_letter_bytes);
  ASSERT_TRUE(bed.stop().ok());
}

// From reading a record to the sink's answer, the interval of a window included.
TEST(Statistics, Latency) {
  EngineBed plain(definition_of(""), {});
  plain.start();
  plain.source().append(0, kRecord, at("12:00:00"));
  plain.source().append(0, kRecord, at("12:00:00"));
  plain.run_for({31'000});
  const auto quick = plain.processor().snapshot().latency;
  ASSERT_TRUE(quick);
  EXPECT_EQ(quick->count, 2U);
  EXPECT_LE(quick->p99_us, 300'000);
  EXPECT_LE(quick->sum_us, 2 * 300'000);
  ASSERT_TRUE(plain.stop().ok());

  EngineBed windows(definition_of(
                        R"({"$tumblingWindow": {"interval": {"size": 1, "unit": "second"}, "allowedLateness": 0,
                            "pipeline": [{"$group": {"_id": "$v", "n": {"$count": {}}}}]}})"),
                    {});
  windows.start();
  windows.source().append(0, kRecord, at("12:00:00"));
  windows.run_for({10'000});
  windows.source().append(0, kRecord, at("12:00:01"));  // Closes the window ten seconds later.
  windows.run_for({21'000});
  const auto slow = windows.processor().snapshot().latency;
  ASSERT_TRUE(slow);
  EXPECT_EQ(slow->count, 1U);
  EXPECT_NEAR(static_cast<double>(slow->sum_us), 10e6, 0.3e6);
  EXPECT_NEAR(static_cast<double>(slow->p50_us), 10e6, 1e6);
  ASSERT_TRUE(windows.stop().ok());
}

}  // namespace
}  // namespace penstock
