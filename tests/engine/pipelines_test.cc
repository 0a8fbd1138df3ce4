// SPDX-License-Identifier: Apache-2.0
// Pipelines without windows, bad records, and the memory limit.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bson/ejson.h"
#include "tests/engine/engine_bed.h"

namespace penstock {
namespace {

using testing::HasSubstr;

BedSettings bounded(uint64_t seed, size_t partitions, size_t lanes = 1) {
  return {.run = {.lanes = lanes, .clock = ClockMode::kRecord, .until_end = true},
          .seed = seed,
          .partitions = partitions,
          .batch_max = 9};
}

TEST(Stateless, EveryDocumentInTheOrderOfItsPartition) {
  const std::string definition = definition_of(
      R"({"$match": {"v": {"$gt": 10}}}, {"$project": {"_id": 0, "p": 1, "twice": {"$add": ["$v", "$v"]}}})");
  for (const size_t lanes : {1, 2}) {
    for (const uint64_t seed : {1, 2, 3}) {
      SCOPED_TRACE(fmt::format("lanes {} seed {}", lanes, seed));
      EngineBed bed(definition, bounded(seed, 3, lanes));
      for (int i = 0; i < 300; ++i)
        bed.source().append(static_cast<uint32_t>(i % 3), fmt::format(R"({{"p":{},"v":{}}})", i % 3, i / 3),
                            at("12:00:00"));
      bed.start();
      ASSERT_TRUE(bed.finish().ok());
      std::map<int, std::vector<int>> found;
      for (const OwnedDocument& document : bed.sink().documents())
        found[document.view().get("p").as_int()].push_back(document.view().get("twice").as_int());
      std::vector<int> expected;
      for (int v = 11; v < 100; ++v)
        expected.push_back(2 * v);
      for (int p = 0; p < 3; ++p)
        EXPECT_EQ(found[p], expected) << p;
      EXPECT_EQ(bed.sink().documents()[0].view().begin()->name, "_id");
      EXPECT_EQ(bed.processor().snapshot().documents_out, 267U);
    }
  }
}

// An id follows from where the record stands, so that a second run writes the same documents.
TEST(Stateless, IdsDoNotHangOnBatchesOrLanes) {
  std::set<std::string> outcomes;
  for (const size_t lanes : {1, 2}) {
    for (const uint64_t seed : {1, 2, 3}) {
      EngineBed bed(definition_of(R"({"$project": {"_id": 0, "v": 1}})"), bounded(seed, 2, lanes));
      for (int i = 0; i < 50; ++i)
        bed.source().append(static_cast<uint32_t>(i % 2), fmt::format(R"({{"v":{}}})", i), at("12:00:00"));
      bed.start();
      ASSERT_TRUE(bed.finish().ok());
      std::set<std::string> lines;
      for (const OwnedDocument& document : bed.sink().documents())
        lines.insert(to_json(document.view()));
      EXPECT_EQ(lines.size(), 50U);
      std::string all;
      for (const std::string& line : lines)
        all += line + "\n";
      outcomes.insert(all);
    }
  }
  EXPECT_EQ(outcomes.size(), 1U);
}

TEST(Stateless, AnOwnIdIsKept) {
  EngineBed bed(definition_of(""), bounded(1, 1));
  bed.source().append(0, R"({"a":1,"_id":"mine"})", at("12:00:00"));
  bed.start();
  ASSERT_TRUE(bed.finish().ok());
  EXPECT_THAT(bed.sink().text(), HasSubstr(R"("_id":"mine")"));
}

TEST(Stateless, LiveDocumentsLeaveSoon) {
  EngineBed bed(definition_of(""), {});
  bed.start();
  bed.run_for({1000});
  bed.source().append(0, R"({"a":1})", at("12:00:01"));
  bed.run_for({250});
  EXPECT_EQ(bed.sink().documents().size(), 1U);
  EXPECT_TRUE(bed.stop().ok());
}

TEST(BadRecords, AreCountedWithTheirBytesAndStopNothing) {
  for (const bool window : {false, true}) {
    SCOPED_TRACE(window ? "window" : "stateless");
    const std::string definition =
        definition_of(window ? R"({"$tumblingWindow": {"interval": {"size": 1, "unit": "hour"}, "pipeline": [
                   {"$group": {"_id": "$k", "n": {"$count": {}}}}]}})"
                             : "");
    EngineBed bed(definition, bounded(2, 2));
    const std::string deep = std::string(10'000, '[');
    const std::string bad[] = {"no", "[", "", R"({"k":)", "{\"k\":\"\xff\"}", deep, R"({"k":1e999})", "\"text\""};
    for (const std::string& value : bad) {
      bed.source().append(0, R"({"k":"good"})", at("12:00:00"));
      bed.source().append(1, value, at("12:00:00"));
    }
    bed.source().append(1, {.value = {}, .time = at("12:00:00"), .is_null = true, .key = {}});
    bed.source().append(1, {.value = R"({"k":"good"})", .time = {0}, .has_timestamp = false, .key = {}});
    bed.start();
    ASSERT_TRUE(bed.finish().ok());
    const ProcessorSnapshot snapshot = bed.processor().snapshot();
    EXPECT_EQ(snapshot.in.records, 18U);
    EXPECT_EQ(snapshot.in.dead_letters, 9U);
    EXPECT_EQ(snapshot.in.tombstones, 1U);
    EXPECT_EQ(snapshot.lag_records, 0);
    EXPECT_EQ(bed.sink().documents().size(), window ? 2U : 9U);
    ASSERT_EQ(bed.dead_letters().letters().size(), 9U);
    const Document letter = bed.dead_letters().letters()[0];
    EXPECT_EQ(letter.get("operatorName").as_string(), "KafkaConsumerOperator");
    EXPECT_EQ(letter.get("processorName").as_string(), "bed");
    EXPECT_EQ(letter.get("doc").as_object().get("raw").bytes(), "no");
    EXPECT_EQ(to_json(letter.get("_stream_meta")).find(R"({"source":{"type":"kafka")"), 0U);
    EXPECT_THAT(to_json(letter.get("_stream_meta")), HasSubstr(R"("topic":"trades","partition":1,"offset":0)"));
    EXPECT_EQ(letter.get("dlqTime").type(), Type::kDate);
  }
}

TEST(BadRecords, WithoutAQueueTheyAreCountedAndDropped) {
  EngineBed bed(source_file("examples/stock-trades/stock_trade_window_processor.json"), bounded(1, 1));
  bed.source().append(0, "no", at("12:00:00"));
  bed.source().append(0, R"({"symbol":"A","quantity":1,"price":2,"side":"BUY"})", at("12:00:00"));
  bed.start();
  ASSERT_TRUE(bed.finish().ok());
  EXPECT_EQ(bed.processor().snapshot().in.dead_letters, 1U);
  EXPECT_EQ(bed.sink().documents().size(), 1U);
  EXPECT_TRUE(bed.dead_letters().letters().empty());
}

TEST(Memory, TooManyGroupsEndTheProcessorWith418) {
  for (const size_t lanes : {1, 2}) {
    BedSettings settings = bounded(1, 2, lanes);
    settings.run.memory_bytes = 4 << 20;
    settings.batch_max = 1000;
    EngineBed bed(definition_of(R"({"$tumblingWindow": {"interval": {"size": 1, "unit": "hour"}, "pipeline": [
                                     {"$group": {"_id": "$k", "n": {"$sum": "$v"}}}]}})"),
                  settings);
    for (int i = 0; i < 60'000; ++i)
      bed.source().append(static_cast<uint32_t>(i % 2), fmt::format(R"({{"k":"key {}","v":1}})", i), at("12:00:00"));
    bed.start();
    const auto ended = bed.finish();
    ASSERT_FALSE(ended.ok()) << lanes;
    EXPECT_EQ(static_cast<int>(ended.error().code()), 418);
    EXPECT_THAT(ended.error().message(), HasSubstr("--memory"));
    EXPECT_LT(bed.source().read_to(0), 30'000);
  }
}

TEST(Memory, LongListsCountToo) {
  BedSettings settings = bounded(1, 1);
  settings.run.memory_bytes = 4 << 20;
  settings.batch_max = 100;
  EngineBed bed(definition_of(R"({"$tumblingWindow": {"interval": {"size": 1, "unit": "hour"}, "pipeline": [
                                   {"$group": {"_id": null, "all": {"$push": "$v"}}}]}})"),
                settings);
  const std::string text(1000, 'x');
  for (int i = 0; i < 10'000; ++i)
    bed.source().append(0, fmt::format(R"({{"v":"{}"}})", text), at("12:00:00"));
  bed.start();
  const auto ended = bed.finish();
  ASSERT_FALSE(ended.ok());
  EXPECT_EQ(static_cast<int>(ended.error().code()), 418);
}

TEST(Memory, WaitingRecordsOfTheClientCount) {
  BedSettings settings;
  settings.run.memory_bytes = 1 << 20;
  EngineBed bed(definition_of(R"({"$tumblingWindow": {"interval": {"size": 1, "unit": "hour"}, "pipeline": [
                                   {"$group": {"_id": null, "n": {"$count": {}}}}]}})"),
                settings);
  bed.source().set_queued_bytes(2 << 20);
  bed.source().append(0, "{}", at("12:00:00"));
  bed.start();
  const auto ended = bed.finish();
  ASSERT_FALSE(ended.ok());
  EXPECT_EQ(static_cast<int>(ended.error().code()), 418);
}

// A watermark from the end of time is no reason to fall over.
TEST(TimeStamps, AtTheEndOfTheRange) {
  EngineBed bed(definition_of(R"({"$tumblingWindow": {"interval": {"size": 7, "unit": "day"}, "pipeline": [
                                   {"$group": {"_id": "$k", "n": {"$count": {}}}}]}})"),
                bounded(1, 1));
  bed.source().append(0, R"({"k":1})", EventTime{0});
  bed.source().append(0, R"({"k":2})", EventTime::highest());
  bed.source().append(0, R"({"k":3})", EventTime::highest() - Duration{1});
  bed.source().append(0, R"({"k":4})", EventTime{1});
  bed.start();
  ASSERT_TRUE(bed.finish().ok());
  EXPECT_EQ(bed.processor().snapshot().in.records, 4U);
  EXPECT_GE(bed.processor().snapshot().in.dead_letters, 1U);
}

}  // namespace
}  // namespace penstock
