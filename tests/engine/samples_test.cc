// SPDX-License-Identifier: Apache-2.0
// What somebody sees who looks at a running processor.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bson/ejson.h"
#include "dataflow/discarding_sink.h"
#include "tests/engine/engine_bed.h"

namespace penstock {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string kCount = definition_of(
    R"({"$tumblingWindow": {"interval": {"size": 1, "unit": "second"}, "allowedLateness": 0, "pipeline": [
         {"$group": {"_id": {"$meta": "stream.window.start"}, "n": {"$count": {}}}}]}})");

std::string without_queue(std::string definition) {
  return definition.substr(0, definition.find(R"(, "options")")) + "}";
}

std::vector<std::string> lines(SampleTap& tap) {
  std::vector<std::string> all;
  for (const OwnedDocument& document : tap.take(1000))
    all.push_back(to_json(document.view()));
  return all;
}

// As they leave the last stage: the `_id` that the sink's documents get is none of theirs.
TEST(Samples, OfAPipelineWithoutWindowsComeSoon) {
  for (const size_t lanes : {1, 2}) {
    SCOPED_TRACE(lanes);
    EngineBed bed(definition_of(R"({"$match": {"v": {"$gt": 1}}}, {"$project": {"_id": 0, "v": 1}})"),
                  {.run = {.lanes = lanes}, .partitions = 2});
    bed.start();
    bed.source().append(0, R"({"v":7})", at("12:00:00"));
    bed.run_for({1000});
    const auto tap = std::make_shared<SampleTap>();
    bed.processor().add_tap(tap);
    bed.source().append(0, R"({"v":8})", at("12:00:01"));
    bed.source().append(0, R"({"v":0})", at("12:00:01"));
    bed.source().append(0, R"({"v":9,"other":1})", at("12:00:01"));
    bed.run_for({260});
    EXPECT_THAT(lines(*tap), ElementsAre(R"({"v":8})", R"({"v":9})"));
    EXPECT_FALSE(tap->ended());
    EXPECT_EQ(bed.sink().documents().size(), 3U);
    ASSERT_TRUE(bed.stop().ok());
    EXPECT_TRUE(tap->ended());
  }
}

TEST(Samples, OfWindowsComeAtTheFreezeToEveryReader) {
  EngineBed bed(kCount, {});
  bed.start();
  const auto first = std::make_shared<SampleTap>();
  const auto second = std::make_shared<SampleTap>();
  bed.processor().add_tap(first);
  bed.processor().add_tap(second);
  bed.source().append(0, R"({"k":1})", at("12:00:00"));
  bed.run_for({500});
  EXPECT_TRUE(lines(*first).empty());
  bed.source().append(0, R"({"k":1})", at("12:00:01"));
  bed.run_for({500});
  const std::string result = R"({"_id":{"$date":"2026-01-01T12:00:00.000Z"},"n":1})";
  EXPECT_THAT(lines(*first), ElementsAre(result));
  EXPECT_THAT(lines(*second), ElementsAre(result));
  ASSERT_TRUE(bed.stop().ok());
}

TEST(Samples, FromTheFirstDocumentWhenAddedBeforeTheStart) {
  EngineBed bed(definition_of(R"({"$project": {"_id": 0, "v": 1}})"), {});
  bed.source().append(0, R"({"v":1})", at("12:00:00"));
  const auto tap = std::make_shared<SampleTap>();
  bed.tap_at_start(tap);
  bed.start();
  bed.run_for({500});
  EXPECT_THAT(lines(*tap), ElementsAre(R"({"v":1})"));
  ASSERT_TRUE(bed.stop().ok());
}

// Also without a queue: lost, counted, and shown (reference control-plane A9.1).
TEST(Samples, ShowDeadLetters) {
  for (const bool queue : {true, false}) {
    SCOPED_TRACE(queue);
    const std::string definition = definition_of(R"({"$project": {"_id": 0, "half": {"$divide": [1, "$v"]}}})");
    EngineBed bed(queue ? definition : without_queue(definition), {});
    bed.start();
    const auto tap = std::make_shared<SampleTap>();
    bed.processor().add_tap(tap);
    bed.source().append(0, R"({"v":0})", at("12:00:00"));
    bed.source().append(0, "no", at("12:00:00"));
    bed.run_for({500});
    const std::vector<OwnedDocument> samples = tap->take(10);
    ASSERT_EQ(samples.size(), 2U);
    size_t decoded = 0;
    for (const OwnedDocument& sample : samples) {
      EXPECT_EQ(sample.view().count(), 1U);
      const Document message = sample.view().get("_dlqMessage").as_object();
      EXPECT_TRUE(message.get("errInfo").as_object().get("reason").is_string());
      EXPECT_EQ(message.get("processorName").as_string(), "bed");
      EXPECT_EQ(message.get("workspaceName").as_string(), "default");
      EXPECT_EQ(message.get("dlqTime").type(), Type::kDate);
      EXPECT_FALSE(message.has("_id"));
      EXPECT_FALSE(message.has("instanceName"));
      EXPECT_THAT(to_json(message.get("_stream_meta")), HasSubstr(R"("topic":"trades")"));
      if (to_json(message.get("doc")) == R"({"v":0})") ++decoded;
    }
    EXPECT_EQ(decoded, 1U);
    EXPECT_EQ(bed.dead_letters().letters().size(), queue ? 2U : 0U);
    EXPECT_EQ(bed.sink().sequence().empty(), !queue);  // Nothing to deliver, no number used.
    EXPECT_EQ(bed.processor().snapshot().in.dead_letters, 2U);
    ASSERT_TRUE(bed.stop().ok());
  }
}

TEST(Samples, ShowWhatTheSinkRefused) {
  EngineBed bed(definition_of(R"({"$project": {"_id": 0, "v": 1}})"), {});
  bed.sink().refuse(
      [](Document document) { return document.get("v").as_int() == 2 ? std::string("duplicate key") : std::string(); });
  bed.start();
  const auto tap = std::make_shared<SampleTap>();
  bed.processor().add_tap(tap);
  for (int v = 1; v <= 3; ++v)
    bed.source().append(0, fmt::format(R"({{"v":{}}})", v), at("12:00:00"));
  bed.run_for({500});
  const std::vector<std::string> samples = lines(*tap);
  ASSERT_EQ(samples.size(), 4U);
  EXPECT_EQ(samples[1], R"({"v":2})");  // It left the last stage.
  EXPECT_THAT(samples[3], HasSubstr("in MergeOperator with error: duplicate key"));
  ASSERT_TRUE(bed.stop().ok());
}

TEST(Samples, AFullReaderHoldsNothingBack) {
  EngineBed bed(definition_of(""), {});
  bed.start();
  const auto tap = std::make_shared<SampleTap>();
  bed.processor().add_tap(tap);
  for (int i = 0; i < 5000; ++i)
    bed.source().append(0, R"({"v":1})", at("12:00:00"));
  bed.run_for({5000});
  EXPECT_EQ(bed.sink().documents().size(), 5000U);
  EXPECT_EQ(tap->take(10'000).size(), 1000U);
  ASSERT_TRUE(bed.stop().ok());
}

TEST(Samples, AreTheOnlyOutputOfAPipelineWithoutASink) {
  const std::unique_ptr<Sink> nowhere = make_discarding_sink();
  BedSettings settings;
  settings.sink_rule = SinkRule::kOptional;
  EngineBed bed(R"({"name": "bed", "pipeline": [{"$source": {"connectionName": "k", "topic": "trades"}},
                    {"$project": {"_id": 0, "v": 1}}]})",
                settings);
  EXPECT_TRUE(bed.plan().sinkless);
  bed.deliver_to(*nowhere);
  bed.start();
  const auto tap = std::make_shared<SampleTap>();
  bed.processor().add_tap(tap);
  bed.source().append(0, R"({"v":1})", at("12:00:00"));
  bed.run_for({500});
  EXPECT_THAT(lines(*tap), ElementsAre(R"({"v":1})"));
  const ProcessorSnapshot snapshot = bed.processor().snapshot();
  EXPECT_EQ(snapshot.documents_out, 1U);
  ASSERT_EQ(snapshot.operators.size(), 2U);  // There is no sink to speak of.
  EXPECT_EQ(snapshot.operators.back().name, "ProjectOperator");
  ASSERT_TRUE(bed.stop().ok());
}

}  // namespace
}  // namespace penstock
