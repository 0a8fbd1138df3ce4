// SPDX-License-Identifier: Apache-2.0
#include "planner/planner.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/files.h"

namespace penstock {
namespace {

Result<void> accept(const Connection&) { return {}; }
Result<void> refuse(const Connection&) {
  return Error(ErrorCode::kInvalidDefinition, "must be a list of host:port").at("bootstrapServers");
}
std::string describe(const Connection& connection) { return "the " + connection.type + " of the test"; }

constexpr ConnectorType kCatalog[] = {
    {.type = "Kafka", .source = true, .check = accept, .describe = describe},
    {.type = "BadKafka", .source = true, .check = refuse, .describe = describe},
    {.type = "Cluster", .sink = true, .check = accept, .describe = describe},
    {.type = "Sample", .source = true, .check = accept, .describe = describe},
    {.type = "S3"},
};

ConnectionRegistry connections() {
  ConnectionRegistry registry;
  for (const auto& [name, type] :
       {std::pair("kafka", "Kafka"), std::pair("broken", "BadKafka"), std::pair("atlas", "Cluster"),
        std::pair("bucket", "S3"), std::pair("sample_stream_solar", "Sample")}) {
    EXPECT_TRUE(registry.add({name, type, OwnedDocument()}).ok());
  }
  return registry;
}

// Every problem as `check` shows it.
std::string problems_of(std::string_view text) {
  const ConnectionRegistry registry = connections();
  const auto definition = parse_definition(text, "file");
  if (!definition.ok()) return to_text(to_diagnostic(definition.error(), nullptr), "d.json") + "\n";
  std::string all;
  for (const Diagnostic& problem : plan_definition(*definition, &registry, kCatalog).problems)
    all += to_text(problem, "d.json") + "\n";
  return all;
}

constexpr std::string_view kSource = R"({"$source": {"connectionName": "kafka", "topic": "t"}})";
constexpr std::string_view kMerge = R"({"$merge": {"into": {"connectionName": "atlas", "db": "d", "coll": "c"}}})";
constexpr std::string_view kWindow =
    R"({"$tumblingWindow": {"interval": {"size": 1, "unit": "second"}, "pipeline": [{"$group": {"_id": "$k"}}]}})";

std::string pipeline(std::initializer_list<std::string_view> stages) {
  std::string text = "[";
  for (const std::string_view stage : stages)
    text.append(text.size() > 1 ? ",\n " : "").append(stage);
  return text + "]";
}

TEST(Planner, SaysWhatIsWrongAndWhere) {
  struct Case {
    std::string_view why;
    std::string text, problems;
  };
  for (const Case& c : {
           Case{"nothing is", pipeline({kSource, kWindow, kMerge}), ""},
           Case{"an unknown stage", pipeline({kSource, R"({"$tumblingWindwo": {}})", kMerge}),
                "d.json:2:3: [1].$tumblingWindwo: Unrecognized pipeline stage name: '$tumblingWindwo'. Did you mean "
                "\"$tumblingWindow\"?\n"},
           Case{"a stage that is not there yet", pipeline({kSource, R"({"$hoppingWindow": {}})", kMerge}),
                "d.json:2:3: [1].$hoppingWindow: the stage $hoppingWindow is not supported by this version of "
                "Penstock yet\n"},
           Case{"deep inside a window",
                pipeline({kSource,
                          "{\"$tumblingWindow\": {\"interval\": {\"size\": 1, \"unit\": \"second\"},\n"
                          "  \"pipeline\": [{\"$group\": {\"_id\": null,\n    \"n\": {\"$smu\": 1}}}]}}",
                          kMerge}),
                "d.json:4:11: [1].$tumblingWindow.pipeline[0].$group.n.$smu: unknown group operator '$smu'. Did you "
                "mean \"$sum\"?\n"},
           Case{"an unknown operator", pipeline({kSource, R"({"$project": {"a": {"$ad": [1, 2]}}})", kMerge}),
                "d.json:2:22: [1].$project.a.$ad: Invalid $project :: caused by :: Unknown expression $ad. Did you "
                "mean \"$add\"?\n"},
           Case{"an unknown option of a stage",
                pipeline({R"({"$source": {"connectionName": "kafka", "topics": "t"}})", kMerge}),
                "d.json:1:42: [0].$source.topics: unknown option 'topics'. Did you mean \"topic\"?\n"},
           Case{"an unknown connection",
                pipeline({R"({"$source": {"connectionName": "kafak", "topic": "t"}})", kMerge}),
                "d.json:1:15: [0].$source.connectionName: there is no connection named \"kafak\". Did you mean "
                "\"kafka\"?\n"},
           Case{"an option of another kind of source",
                pipeline({R"({"$source": {"connectionName": "sample_stream_solar", "topic": "t"}})", kMerge}),
                "d.json:1:56: [0].$source.topic: 'topic' is an option of Kafka sources; the connection here has the "
                "type Sample, whose name alone says what is read\n"},
           Case{"a connection that cannot be a source",
                pipeline({R"({"$source": {"connectionName": "atlas", "topic": "t"}})", kMerge}),
                "d.json:1:15: [0].$source.connectionName: connection \"atlas\" has the type Cluster, which cannot be a "
                "source here\n"},
           Case{"a connection type that is not there yet",
                pipeline({R"({"$source": {"connectionName": "bucket", "topic": "t"}})", kMerge}),
                "d.json:1:15: [0].$source.connectionName: connection \"bucket\" has the type S3, which this version of "
                "Penstock does not support\n"},
           Case{"a connection that is wrong itself",
                pipeline({R"({"$source": {"connectionName": "broken", "topic": "t"}})", kMerge}),
                "d.json:1:15: [0].$source.connectionName: connection \"broken\", bootstrapServers: must be a list of "
                "host:port\n"},
           Case{"a sink into Kafka",
                pipeline({kSource, R"({"$merge": {"into": {"connectionName": "kafka", "db": "d", "coll": "c"}}})"}),
                "d.json:2:23: [1].$merge.into.connectionName: connection \"kafka\" has the type Kafka, which cannot be "
                "a "
                "sink here\n"},
           Case{"two problems", pipeline({kSource, R"({"$match": 5})", R"({"$set": 5})", kMerge}),
                "d.json:2:3: [1].$match: the match filter must be an expression in an object\n"
                "d.json:3:3: [2].$set: $set specification stage must be an object, got int\n"},
       }) {
    EXPECT_EQ(problems_of(c.text), c.problems) << c.why;
  }
}

TEST(Planner, StagesHaveTheirPlaces) {
  struct Case {
    std::string_view why;
    std::string text, problems;
  };
  for (const Case& c : {
           Case{"empty", "[]", "d.json:1:1: the pipeline is empty: it begins with $source and ends with a sink\n"},
           Case{"no source", pipeline({kWindow, kMerge}),
                "d.json:1:1: the first stage must be $source: it says where records come from\n"},
           Case{"no sink", pipeline({kSource, kWindow}),
                "d.json:1:1: the last stage must be a sink such as $merge: it says where results go\n"},
           Case{"a second source", pipeline({kSource, kSource, kMerge}),
                "d.json:2:3: [1].$source: $source must be the first stage, and there is only one\n"},
           Case{"a sink in the middle", pipeline({kSource, kMerge, kWindow}),
                "d.json:2:3: [1].$merge: $merge must be the last stage, and there is only one sink\n"},
           Case{"two windows", pipeline({kSource, kWindow, kWindow, kMerge}),
                "d.json:3:3: [2].$tumblingWindow: a pipeline has at most one window\n"},
           Case{"$group outside of a window", pipeline({kSource, R"({"$group": {"_id": null}})", kMerge}),
                "d.json:2:3: [1].$group: $group can stand only inside a window's pipeline\n"},
           Case{"two stages in one object", pipeline({kSource, R"({"$match": {}, "$set": {}})", kMerge}),
                "d.json:2:2: [1]: A pipeline stage specification object must contain exactly one field.\n"},
           Case{"no object", pipeline({kSource, "5", kMerge}),
                "d.json:2:2: [1]: Each element of the 'pipeline' array must be an object\n"},
       }) {
    EXPECT_EQ(problems_of(c.text), c.problems) << c.why;
  }
}

// Only `sp.process` takes a pipeline without a sink; all else about it is checked.
TEST(Planner, ASinkMayBeLeftOutOnRequest) {
  const ConnectionRegistry registry = connections();
  const auto plan = [&registry](const std::string& text, SinkRule rule) {
    return plan_definition(*parse_definition(text, "file"), &registry, kCatalog, rule);
  };
  EXPECT_EQ(plan(pipeline({kSource, kWindow}), SinkRule::kRequired).problems.size(), 1U);
  const Planned without = plan(pipeline({kSource, kWindow}), SinkRule::kOptional);
  ASSERT_NE(without.plan, nullptr);
  EXPECT_TRUE(without.plan->sinkless);
  EXPECT_EQ(without.plan->sink_connection, nullptr);
  EXPECT_EQ(without.plan->processor.sink_operator, "");
  EXPECT_EQ(explain(*without.plan, kCatalog).find("$merge"), std::string::npos);
  const Planned with = plan(pipeline({kSource, kWindow, kMerge}), SinkRule::kOptional);
  ASSERT_NE(with.plan, nullptr);
  EXPECT_FALSE(with.plan->sinkless);
  EXPECT_EQ(with.plan->processor.window_operator, "TumblingWindowOperator");
  EXPECT_EQ(plan(pipeline({kWindow}), SinkRule::kOptional).problems.size(), 1U);
  EXPECT_EQ(plan("[]", SinkRule::kOptional).problems.size(), 1U);
}

TEST(Definition, TopLevel) {
  const std::string good = pipeline({kSource, kMerge});
  struct Case {
    std::string_view why;
    std::string text, problems;
  };
  for (const Case& c : {
           Case{"whole", fmt::format(R"({{"name": "p", "pipeline": {}, "options": {{"tier": "SP10"}}}})", good), ""},
           Case{"no name", fmt::format(R"({{"pipeline": {}}})", good),
                "d.json: a definition needs \"name\", a text that is not empty\n"},
           Case{"no pipeline", R"({"name": "p"})", "d.json: a definition needs \"pipeline\", an array of stages\n"},
           Case{"pipeline is no array", R"({"name": "p", "pipeline": {}})",
                "d.json: pipeline: a definition needs \"pipeline\", an array of stages\n"},
           Case{"unknown key", fmt::format(R"({{"name": "p", "pipline": {}}})", good),
                "d.json: pipline: a definition has no field \"pipline\". Did you mean \"pipeline\"?\n"},
           Case{"unknown option", fmt::format(R"({{"name": "p", "pipeline": {}, "options": {{"dql": {{}}}}}})", good),
                "d.json: options.dql: options has no field \"dql\". Did you mean \"dlq\"?\n"},
           Case{
               "half a queue",
               fmt::format(R"({{"name": "p", "pipeline": {}, "options": {{"dlq": {{"connectionName": "m"}}}}}})", good),
               "d.json: options.dlq: the dead letter queue needs \"db\", a text that is not empty\n"},
           Case{"an empty queue is none",
                fmt::format(R"({{"name": "p", "pipeline": {}, "options": {{"dlq": {{}}}}}})", good), ""},
           Case{"a queue in Kafka",
                fmt::format("{{\"name\": \"p\", \"pipeline\": {},\n\"options\": {{\"dlq\": {{\"connectionName\": "
                            "\"kafka\", \"db\": \"d\", \"coll\": \"c\"}}}}}}",
                            good),
                "d.json:3:21: options.dlq.connectionName: connection \"kafka\" has the type Kafka, which cannot be a "
                "sink here\n"},
       }) {
    EXPECT_EQ(problems_of(c.text), c.problems) << c.why;
  }
  EXPECT_NE(problems_of("[{]").find("line 1"), std::string::npos);
}

TEST(Definition, NamesAndHash) {
  const std::string bare = pipeline({kSource, kMerge});
  const auto from_file = parse_definition(bare, "trades");
  EXPECT_EQ(from_file->name, "trades");
  EXPECT_EQ(from_file->hash, parse_definition(bare, "other")->hash);
  EXPECT_NE(from_file->hash, parse_definition(pipeline({kSource, kWindow, kMerge}), "trades")->hash);
  EXPECT_FALSE(parse_definition(std::string((16 << 20) + 1, ' '), "x").ok());
}

std::unique_ptr<Plan> plan_of(std::string_view text, const ConnectionRegistry* registry) {
  const auto definition = parse_definition(text, "p");
  EXPECT_TRUE(definition.ok());
  Planned planned = plan_definition(*definition, registry, kCatalog);
  EXPECT_TRUE(planned.problems.empty()) << to_text(planned.problems[0], "");
  return std::move(planned.plan);
}

TEST(Planner, WithoutConnectionsNamesAreNotChecked) {
  const auto plan =
      plan_of(R"([{"$source": {"connectionName": "x", "topic": "t"}}, )" + std::string(kMerge) + "]", nullptr);
  EXPECT_EQ(plan->source_connection, nullptr);
}

TEST(Planner, NeedsGoDownToTheSource) {
  struct Case {
    std::string_view why;
    std::vector<std::string_view> stages;
    std::string_view needs;
    bool slots;
  };
  constexpr std::string_view kProject = R"({"$project": {"k": "$a.b", "v": 1}})";
  for (const Case& c : {
           Case{"a window alone", {kWindow}, "{k}", true},
           Case{"a projection makes what the window reads", {kProject, kWindow}, "{_id, a, v}", false},
           Case{"without a window the whole document goes out", {R"({"$match": {"a": 1}})"}, "whole document", false},
           Case{"nothing between", {}, "whole document", false},
           Case{"nothing is read",
                {R"({"$tumblingWindow": {"interval": {"size": 1, "unit": "ms"}, "pipeline": [
                    {"$group": {"_id": null, "n": {"$count": {}}}}]}})"},
                "nothing",
                true},
           Case{"$$ROOT",
                {R"({"$tumblingWindow": {"interval": {"size": 1, "unit": "ms"}, "pipeline": [
                    {"$group": {"_id": null, "all": {"$push": "$$ROOT"}}}]}})"},
                "whole document",
                false},
       }) {
    std::string text = "[" + std::string(kSource);
    for (const std::string_view stage : c.stages)
      text.append(",").append(stage);
    const ConnectionRegistry registry = connections();
    const auto plan = plan_of(text + "," + std::string(kMerge) + "]", &registry);
    EXPECT_EQ(plan->processor.needs.to_text(), c.needs) << c.why;
    EXPECT_EQ(plan->processor.slots, c.slots) << c.why;
  }
}

TEST(Planner, MoreFieldsThanSlotsComeAsDocuments) {
  for (const int fields : {64, 65}) {
    std::string group = R"("_id": null)";
    for (int i = 0; i < fields; ++i)
      group += fmt::format(R"(, "f{}": {{"$sum": "$f{}"}})", i, i);
    const std::string window = fmt::format(
        R"({{"$tumblingWindow": {{"interval": {{"size": 1, "unit": "ms"}}, "pipeline": [{{"$group": {{{}}}}}]}}}})",
        group);
    const ConnectionRegistry registry = connections();
    EXPECT_EQ(plan_of(pipeline({kSource, window, kMerge}), &registry)->processor.slots, fields == 64);
  }
}

TEST(Planner, StagesLandOnTheirSideOfTheWindow) {
  const ConnectionRegistry registry = connections();
  const auto plan = plan_of(
      pipeline({kSource, R"({"$match": {"a": 1}})", kWindow, R"({"$set": {"b": 1}})", R"({"$unset": "c"})", kMerge}),
      &registry);
  ASSERT_EQ(plan->processor.before.size(), 1U);
  ASSERT_EQ(plan->processor.after.size(), 2U);
  EXPECT_EQ(plan->processor.before[0].name, "$match");
  EXPECT_EQ(plan->processor.after[1].name, "$unset");
}

TEST(Explain, TheStockTradeJob) {
  const std::string text =
      SystemFiles()
          .read(std::string(PENSTOCK_SOURCE_DIR) + "/examples/stock-trades/stock_trade_window_processor.json", 1 << 20)
          .value();
  ConnectionRegistry registry;
  ASSERT_TRUE(registry.add({"confluent_cloud", "Kafka", OwnedDocument()}).ok());
  ASSERT_TRUE(registry.add({"stock trade sample data collection", "Cluster", OwnedDocument()}).ok());
  const std::string explained = explain(*plan_of(text, &registry), kCatalog);
  for (const std::string_view line : {
           "stock_trade_window_processor\n",
           "├─ $source \"confluent_cloud\" (the Kafka of the test) topic sample_data_stock_trades, starts at latest\n",
           "├─ $tumblingWindow 30s by event time, allowedLateness 3s\n",
           "│  ├─ $group _id: {symbol: \"$symbol\", windowStart: ",
           "│  └─ $project _id: 0, symbol: \"$_id.symbol\"",
           "└─ $merge \"stock trade sample data collection\" (the Cluster of the test) confluent_cloud.stock_prices on "
           "_id",
           "needs      {price, quantity, side, symbol} of each record, no document is built\n",
           "windows    a record at 12:00:07 goes to [12:00:00, 12:00:30); the window closes when every partition has "
           "reached 12:00:33 (12:00:30 + 3s lateness)\n",
           "dead letters  counted and dropped: options.dlq names no collection\n",
       }) {
    EXPECT_NE(explained.find(line), std::string::npos) << line << "\nin\n" << explained;
  }
}

TEST(Explain, WindowArithmetic) {
  struct Case {
    std::string_view options, line;
  };
  for (const Case& c : {
           Case{R"("interval": {"size": 250, "unit": "ms"}, "allowedLateness": 0)",
                "a record at 12:00:07 goes to [12:00:07, 12:00:07.250); the window closes when every partition has "
                "reached 12:00:07.250 (12:00:07.250 + 0ms lateness)"},
           Case{R"("interval": {"size": 1, "unit": "minute"}, "boundary": "processingTime")",
                "a record at 12:00:07 goes to [12:00:00, 12:01:00); the window closes when the clock reaches 12:01:00"},
           Case{
               R"("interval": {"size": 7, "unit": "day"})",
               "a record at 2026-01-01T12:00:07.000Z goes to [2026-01-01T00:00:00.000Z, 2026-01-08T00:00:00.000Z); the "
               "window closes when every partition has reached 2026-01-08T00:00:03.000Z (2026-01-08T00:00:00.000Z + 3s "
               "lateness)"},
           Case{R"("interval": {"size": 106751991167, "unit": "day"})",
                "a record at 2026-01-01T12:00:07.000Z goes to [1970-01-01T00:00:00.000Z, 9223372036828800000); the "
                "window closes when every partition has reached 9223372036828803000 (9223372036828800000 + 3s "
                "lateness)"},
       }) {
    const std::string window =
        fmt::format(R"({{"$tumblingWindow": {{{}, "pipeline": [{{"$group": {{"_id": null}}}}]}}}})", c.options);
    const std::string explained = explain(*plan_of(pipeline({kSource, window, kMerge}), nullptr), {});
    EXPECT_NE(explained.find(c.line), std::string::npos) << explained;
  }
}

TEST(Explain, DeadLettersAndStagesAround) {
  const ConnectionRegistry registry = connections();
  const std::string text = fmt::format(
      R"({{"name": "p", "pipeline": {}, "options": {{"dlq": {{"connectionName": "atlas", "db": "x", "coll": "y"}}}}}})",
      pipeline({kSource, R"({"$match": {"a": 1}})", kMerge}));
  EXPECT_EQ(explain(*plan_of(text, &registry), kCatalog),
            "p\n"
            "├─ $source \"kafka\" (the Kafka of the test) topic t, starts at latest\n"
            "├─ $match { a: 1 }\n"
            "└─ $merge \"atlas\" (the Cluster of the test) d.c on _id, whenMatched merge, whenNotMatched insert\n"
            "needs      whole document of each record, as a document\n"
            "dead letters  \"atlas\" (the Cluster of the test) x.y\n");
}

TEST(Explain, SampleData) {
  const ConnectionRegistry registry = connections();
  const std::string text = fmt::format(R"({{"name": "p", "pipeline": {}}})",
                                       pipeline({R"({"$source": {"connectionName": "sample_stream_solar"}})", kMerge}));
  EXPECT_TRUE(explain(*plan_of(text, &registry), kCatalog)
                  .starts_with("p\n├─ $source \"sample_stream_solar\" (the Sample of the test), starts now\n"));
}

}  // namespace
}  // namespace penstock
