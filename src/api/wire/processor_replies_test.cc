// SPDX-License-Identifier: Apache-2.0
// Fields and types of what the shell and the drivers read (reference control-plane A5.7 to A5.9, A7).
#include "api/wire/processor_replies.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bson/ejson.h"

namespace penstock {
namespace {

using testing::HasSubstr;

constexpr EventTime kNow{1'767'225'600'000};

ProcessorView created() {
  ProcessorView view;
  view.record.id = "66b0c0ffee66b0c0ffee0001";
  view.record.name = "p1";
  view.record.pipeline =
      parse_filter(
          "{'0': {$source: {connectionName: 'k'}}, '1': {$merge: {into: {connectionName: 'm', db: 'd', "
          "coll: 'c'}}}}")
          .value();
  view.record.modified_by = "me@admin";
  view.record.last_modified = kNow;
  view.record.last_state_change = kNow;
  view.tier = "SP10";
  return view;
}

ProcessorView started() {
  ProcessorView view = created();
  view.record.state = view.state = ProcessorState::kStarted;
  view.record.has_started = true;
  ProcessorSnapshot run;
  run.total.records = 13;
  run.total.bad_records = 1;
  run.total.bytes = 3410;
  run.total.bad_bytes = 10;
  run.total.documents_out = 12;
  run.total.bytes_out = 2048;
  run.total.dead_letters = 1;
  run.total.dead_letter_bytes = 512;
  run.state_bytes = 4096;
  run.memory_bytes = 5000;
  run.watermark = kNow;
  run.source_type = "kafka";
  run.lag_records = 3;
  OperatorSnapshot source{
      .name = "KafkaConsumerOperator", .counters = {.in = 13, .out = 12, .dead_letters = 1}, .windows = {}};
  source.counters.busy_ns = 3'900'000;
  OperatorSnapshot window{.name = "TumblingWindowOperator", .counters = {}, .windows = OpenWindows{kNow, kNow}};
  window.counters.hold(4096);
  OperatorSnapshot sink{.name = "MergeOperator", .counters = {.out = 12, .out_bytes = 2048}, .windows = {}};
  run.operators = {source, window, sink};
  run.windows = OpenWindows{kNow, kNow};
  run.partitions.push_back({.topic = "orders",
                            .number = 0,
                            .position = 12,
                            .durable_position = 10,
                            .lag = 3,
                            .idle = false,
                            .watermark = kNow,
                            .records = 13,
                            .bytes = 3410});
  run.latency = LatencySummary{kNow, kNow, 12, 11'000, 800, 2'100};
  view.run = run;
  return view;
}

WorkspaceRecord workspace() {
  WorkspaceRecord record;
  record.id = "66b000000000000000000010";
  record.name = "default";
  return record;
}

// "name: type" of every field.
std::string types(Document document) {
  std::string all;
  for (const Element& field : document)
    all += fmt::format("{}{}: {}", all.empty() ? "" : ", ", field.name, type_name(field.value.type()));
  return all;
}

TEST(ProcessorRow, HasEveryField) {
  EXPECT_EQ(types(processor_row(created(), kNow)),
            "id: string, name: string, state: string, tier: string, pipeline: array, pipelineVersion: int, "
            "streamMetaFieldName: string, enableAutoScaling: bool, failoverEnabled: bool, lastStateChange: date, "
            "lastModifiedAt: date, modifiedBy: string, hasStarted: bool, errorMsg: string, status: string, "
            "lastModified: date, workers: int");
  ProcessorView failed = started();
  failed.state = ProcessorState::kFailed;
  failed.record.trouble = {"stream processing workspace out of memory", 418, true};
  failed.record.options = parse_filter("{dlq: {connectionName: 'm', db: 'd', coll: 'dead'}}").value();
  failed.record.autoscaling = parse_filter("{enabled: true}").value();
  const OwnedDocument row = processor_row(failed, kNow);
  EXPECT_EQ(row.view().get("state").as_string(), "FAILED");
  EXPECT_EQ(row.view().get("status").as_string(), "error");
  EXPECT_EQ(row.view().get("errorMsg").as_string(), "stream processing workspace out of memory");
  EXPECT_EQ(row.view().get("errorCode").as_int(), 418);
  EXPECT_TRUE(row.view().get("errorRetryable").as_bool());
  EXPECT_TRUE(row.view().get("enableAutoScaling").as_bool());
  EXPECT_EQ(to_json(row.view().get("dlq")), R"({"connectionName":"m","db":"d","coll":"dead"})");
  EXPECT_FALSE(row.view().has("lastHeartbeat"));
}

TEST(ProcessorRow, SaysWhatARunningOneWaitsFor) {
  ProcessorView view = started();
  view.run->trouble = "no broker answers at k:9092";
  const OwnedDocument row = processor_row(view, kNow);
  EXPECT_EQ(row.view().get("state").as_string(), "STARTED");
  EXPECT_EQ(row.view().get("errorMsg").as_string(), "no broker answers at k:9092");
  EXPECT_EQ(row.view().get("lastHeartbeat").as_date(), kNow);
}

TEST(ProcessorReply, IsFlatWithSummaryStatistics) {
  const OwnedDocument reply = processor_reply(started(), kNow);
  EXPECT_EQ(reply.view().get("name").as_string(), "p1");
  EXPECT_EQ(reply.view().get("state").as_string(), "STARTED");
  EXPECT_EQ(reply.view().get("errorMsg").as_string(), "");
  EXPECT_FALSE(reply.view().has("errorCode"));
  const Document stats = reply.view().get("stats").as_object();
  EXPECT_EQ(stats.get("inputMessageCount").as_long(), 12);
  EXPECT_FALSE(stats.has("operatorStats"));
}

TEST(StatsReply, InEveryStateWithThePipeline) {
  struct Case {
    ProcessorState state;
    std::string_view name, status;
  };
  for (const Case& c :
       {Case{ProcessorState::kCreated, "CREATED", ""}, Case{ProcessorState::kStopped, "STOPPED", ""},
        Case{ProcessorState::kStarted, "STARTED", "running"},
        Case{ProcessorState::kProvisioning, "PROVISIONING", "starting"},
        Case{ProcessorState::kStopping, "STOPPING", "stopping"}, Case{ProcessorState::kFailed, "FAILED", "error"}}) {
    ProcessorView view = created();
    view.state = c.state;
    const OwnedDocument reply = stats_reply(view, workspace(), {.name = "p1", .scale = 1, .verbose = true});
    SCOPED_TRACE(c.name);
    EXPECT_EQ(reply.view().get("state").as_string(), c.name);
    EXPECT_EQ(to_json(reply.view().get("pipeline")), to_json(Value::array(view.record.pipeline)));
    EXPECT_EQ(reply.view().get("ns").as_string(), "66b000000000000000000010.000000000000000000000001.p1");
    EXPECT_EQ(reply.view().get("processorId").as_string(), view.record.id);
    EXPECT_EQ(reply.view().get("errorMsg").as_string(), "");
    const Document stats = reply.view().get("stats").as_object();
    EXPECT_EQ(stats.get("name").as_string(), "p1");
    EXPECT_EQ(stats.get("inputMessageCount").as_long(), 0);
    EXPECT_EQ(stats.has("status"), !c.status.empty());
    if (!c.status.empty()) {
      EXPECT_EQ(stats.get("status").as_string(), c.status);
    }
  }
}

TEST(StatsReply, SummaryHasTheTypesClientsExpect) {
  const OwnedDocument reply = stats_reply(started(), workspace(), {.name = "p1"});
  EXPECT_EQ(types(reply.view().get("stats").as_object()),
            "name: string, processorId: string, status: string, scaleFactor: long, inputMessageCount: long, "
            "inputMessageSize: double, outputMessageCount: long, outputMessageSize: double, dlqMessageCount: long, "
            "dlqMessageSize: double, stateSize: long, memoryTrackerBytes: long, memoryUsageBytes: long, watermark: "
            "date, addedParallelism: int, kafkaPartitions: array, kafkaTotalOffsetLag: long, ok: int");
  const Document stats = reply.view().get("stats").as_object();
  EXPECT_EQ(stats.get("inputMessageSize").as_double(), 3400);
  EXPECT_EQ(stats.get("dlqMessageCount").as_long(), 1);
  EXPECT_EQ(to_json(stats.get("kafkaPartitions")),
            R"([{"partition":0,"topic":"orders","currentOffset":12,"checkpointOffset":10,"partitionOffsetLag":3,)"
            R"("isIdle":false}])");
}

TEST(StatsReply, Verbose) {
  const OwnedDocument reply = stats_reply(started(), workspace(), {.name = "p1", .scale = 1, .verbose = true});
  const Document stats = reply.view().get("stats").as_object();
  EXPECT_EQ(types(stats.get("latency").as_object()),
            "p50: long, p99: long, start: date, end: date, unit: string, count: long, sum: long");
  EXPECT_EQ(stats.get("minOpenWindowStartTime").as_date(), kNow);
  std::vector<OwnedDocument> rows;
  for (const Element& row : stats.get("operatorStats").as_array())
    rows.emplace_back(row.value.as_object());
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(types(rows[0]),
            "name: string, inputMessageCount: long, inputMessageSize: double, outputMessageCount: long, "
            "outputMessageSize: double, dlqMessageCount: long, dlqMessageSize: double, stateSize: long, "
            "maxMemoryUsage: long, executionTimeMillis: long, timeSpentMillis: long, targetStats: array");
  EXPECT_EQ(rows[0].view().get("executionTimeMillis").as_long(), 3);
  EXPECT_EQ(to_json(rows[0].view().get("targetStats")),
            R"([{"topic":"orders","inputMessageCount":13,"inputMessageSize":3410.0}])");
  EXPECT_EQ(rows[1].view().get("minOpenWindowStartTime").as_date(), kNow);
  EXPECT_FALSE(rows[1].view().has("targetStats"));
  EXPECT_EQ(to_json(rows[2].view().get("targetStats")),
            R"([{"db":"d","coll":"c","outputMessageCount":12,"outputMessageSize":2048.0}])");
  EXPECT_THAT(to_json(stats.get("kafkaPartitions")), HasSubstr(R"("watermark":{"$date")"));
}

TEST(StatsReply, SizesFollowTheScaleAndCountsDoNot) {
  const OwnedDocument reply = stats_reply(started(), workspace(), {.name = "p1", .scale = 1024, .verbose = true});
  const Document stats = reply.view().get("stats").as_object();
  EXPECT_EQ(stats.get("scaleFactor").as_long(), 1024);
  EXPECT_EQ(stats.get("outputMessageSize").as_double(), 2.0);
  EXPECT_EQ(stats.get("dlqMessageSize").as_double(), 0.5);
  EXPECT_EQ(stats.get("stateSize").as_long(), 4);
  EXPECT_EQ(stats.get("outputMessageCount").as_long(), 12);
  EXPECT_EQ(stats.get("memoryUsageBytes").as_long(), 5000);
}

TEST(StatsReply, OptionsInBothPlaces) {
  struct Case {
    std::string_view command;
    int64_t scale;
    bool verbose;
  };
  for (const Case& c :
       {Case{"{getStreamProcessorStats: 'p'}", 1, false},
        Case{"{getStreamProcessorStats: 'p', verbose: true}", 1, true},
        Case{"{getStreamProcessorStats: 'p', scale: 1024}", 1024, false},
        Case{"{getStreamProcessorStats: 'p', options: {scale: {$numberLong: '1024'}, verbose: true}}", 1024, true},
        Case{"{getStreamProcessorStats: 'p', scale: 2, options: {scale: 4.0}, more: 1}", 4, false}}) {
    const auto request = read_stats(parse_filter(c.command).value());
    ASSERT_TRUE(request.ok()) << c.command;
    EXPECT_EQ(request->scale, c.scale) << c.command;
    EXPECT_EQ(request->verbose, c.verbose) << c.command;
  }
  const auto zero = read_stats(parse_filter("{getStreamProcessorStats: 'p', options: {scale: 0}}").value());
  ASSERT_FALSE(zero.ok());
  EXPECT_EQ(zero.error().message(),
            "BSON field 'getStreamProcessorStats.options.scale' value must be >= 1, actual value '0'");
}

TEST(StatsReply, OfGeneratedDataHasNoKafka) {
  ProcessorView view = started();
  view.run->source_type = "generated";
  const OwnedDocument reply = stats_reply(view, workspace(), {.name = "p1", .scale = 1, .verbose = true});
  const Document stats = reply.view().get("stats").as_object();
  EXPECT_FALSE(stats.has("kafkaPartitions"));
  EXPECT_FALSE(stats.has("kafkaTotalOffsetLag"));
}

TEST(WorkspaceDefaults, AreTheTiers) {
  EXPECT_EQ(to_json(workspace_defaults_reply(workspace()).view()),
            R"({"defaultTierSize":"SP10","maxTierSize":"SP50"})");
}

}  // namespace
}  // namespace penstock
