// SPDX-License-Identifier: Apache-2.0
#include "stages/source_stage.h"

#include <gtest/gtest.h>

#include "bson/ejson.h"

namespace penstock {
namespace {

Result<SourceSpec> parse_any(std::string_view text, std::string_view connection_type = "") {
  return parse_source(Value::object(parse_filter(text).value().view()), connection_type);
}

Result<KafkaSourceSpec> parse(std::string_view text) {
  PS_TRY(SourceSpec source, parse_any(text));
  return std::get<KafkaSourceSpec>(std::move(source));
}

TEST(Source, Defaults) {
  const auto source = parse(R"({connectionName: "k", topic: "t"})");
  ASSERT_TRUE(source.ok()) << source.error().message();
  EXPECT_EQ(source->connection_name, "k");
  EXPECT_EQ(source->topics, std::vector<std::string>{"t"});
  EXPECT_FALSE(source->partition_idle_timeout);
  EXPECT_FALSE(source->offset_reset);
  EXPECT_FALSE(source->group_id);
  EXPECT_TRUE(source->enable_auto_commit);
  EXPECT_EQ(source->key_format, KeyFormat::kBinData);
  EXPECT_EQ(source->key_format_error, KeyFormatError::kDlq);
}

TEST(Source, EveryOption) {
  const auto source = parse(R"({connectionName: "k", topic: ["a", "b"], partitionCount: 3,
    partitionIdleTimeout: {size: 5, unit: "second"},
    config: {auto_offset_reset: "earliest", group_id: "g", enable_auto_commit: false, keyFormat: "long",
             keyFormatError: "passThrough"}})");
  ASSERT_TRUE(source.ok()) << source.error().message();
  EXPECT_EQ(source->topics, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(source->partition_idle_timeout, Duration{5'000});
  EXPECT_EQ(source->offset_reset, OffsetReset::kEarliest);
  EXPECT_EQ(source->group_id, "g");
  EXPECT_FALSE(source->enable_auto_commit);
  EXPECT_EQ(source->key_format, KeyFormat::kLong);
  EXPECT_EQ(source->key_format_error, KeyFormatError::kPassThrough);
}

TEST(Source, WordsForTheOffset) {
  struct Case {
    std::string word;
    OffsetReset meaning;
  };
  for (const Case& c : {Case{"latest", OffsetReset::kLatest}, Case{"end", OffsetReset::kLatest},
                        Case{"largest", OffsetReset::kLatest}, Case{"earliest", OffsetReset::kEarliest},
                        Case{"beginning", OffsetReset::kEarliest}, Case{"smallest", OffsetReset::kEarliest}}) {
    const auto source = parse(R"({connectionName: "k", topic: "t", config: {auto_offset_reset: ")" + c.word + R"("}})");
    ASSERT_TRUE(source.ok()) << c.word;
    EXPECT_EQ(source->offset_reset, c.meaning) << c.word;
  }
}

TEST(Source, Refused) {
  struct Case {
    std::string_view spec, path, message;
  };
  for (const Case& c :
       {Case{R"({topic: "t"})", "", "the required option 'connectionName' is missing"},
        Case{R"({connectionName: 5, topic: "t"})", "connectionName", "'connectionName' must be a string, found int"},
        Case{R"({connectionName: "k", config: {}})", "", "the required option 'topic' is missing"},
        Case{R"({connectionName: "k", topic: 5})", "topic",
             "'topic' must be a string or an array of strings, found int"},
        Case{R"({connectionName: "k", topic: []})", "topic", "'topic' must name at least one topic"},
        Case{R"({connectionName: "k", topic: ["a", ""]})", "topic[1]", "a topic must not be empty"},
        Case{R"({connectionName: "k", topic: ["a", "a"]})", "topic[1]", "the topic \"a\" is given twice"},
        Case{R"({connectionName: "k", topik: "t"})", "topik", "unknown option 'topik'. Did you mean \"topic\"?"},
        Case{R"({connectionName: "k", topic: "t", partitionIdleTimeout: {size: 0, unit: "second"}})",
             "partitionIdleTimeout.size", "'size' must be a positive whole number, found 0"},
        Case{R"({connectionName: "k", topic: "t", config: 1})", "config", "'config' must be an object, found int"},
        Case{R"({connectionName: "k", topic: "t", config: {groupId: "g"}})", "config.groupId",
             "unknown option 'groupId'. Did you mean \"group_id\"?"},
        Case{R"({connectionName: "k", topic: "t", config: {group_id: ""}})", "config.group_id",
             "'group_id' must not be empty"},
        Case{R"({connectionName: "k", topic: "t", config: {enable_auto_commit: 1}})", "config.enable_auto_commit",
             "'enable_auto_commit' must be true or false, found int"},
        Case{R"({connectionName: "k", topic: "t", config: {auto_offset_reset: "latst"}})", "config.auto_offset_reset",
             "'auto_offset_reset' must be one of \"latest\", \"end\", \"largest\", \"earliest\", \"beginning\", "
             "\"smallest\", found \"latst\". Did you mean \"latest\"?"},
        Case{R"({connectionName: "k", topic: "t", config: {keyFormat: "double"}})", "config.keyFormat",
             "'keyFormat' must be one of \"binData\", \"string\", \"json\", \"int\", \"long\", found \"double\"."}}) {
    const auto source = parse(c.spec);
    ASSERT_FALSE(source.ok()) << c.spec;
    EXPECT_EQ(source.error().code(), ErrorCode::kInvalidDefinition) << c.spec;
    EXPECT_EQ(source.error().path(), c.path) << c.spec;
    EXPECT_EQ(source.error().message(), c.message) << c.spec;
  }
  EXPECT_EQ(parse_source(Value::int32(1)).error().message(), "'$source' must be an object, found int");
}

TEST(Source, NotSupportedYet) {
  struct Case {
    std::string_view spec, path;
  };
  for (const Case& c :
       {Case{R"({connectionName: "k", topic: "t", timeField: {$toDate: "$ts"}})", "timeField"},
        Case{R"({connectionName: "k", topic: "t", tsFieldName: "_ts"})", "tsFieldName"},
        Case{R"({connectionName: "k", topic: "t", schemaRegistry: {}})", "schemaRegistry"},
        Case{R"({connectionName: "m", db: "d", coll: "c"})", "db"},
        Case{R"({connectionName: "s", stream: "x"})", "stream"}, Case{R"({documents: [{a: 1}]})", "documents"},
        Case{R"({schedule: "* * * * * *"})", "schedule"}}) {
    const auto source = parse(c.spec);
    ASSERT_FALSE(source.ok()) << c.spec;
    EXPECT_EQ(source.error().code(), ErrorCode::kInvalidDefinition) << c.spec;
    EXPECT_EQ(source.error().path(), c.path) << c.spec;
    EXPECT_TRUE(source.error().message().ends_with("is not supported by this version of Penstock yet"))
        << source.error().message();
  }
}

// The connection says what the options mean; without it they say it themselves.
TEST(Source, Kinds) {
  struct Case {
    std::string_view spec, connection_type, type, reads;
  };
  for (const Case& c :
       {Case{R"({connectionName: "sample_stream_solar"})", "Sample", "generated", "sample_stream_solar"},
        Case{R"({connectionName: "sample_stream_solar"})", "", "generated", "sample_stream_solar"},
        Case{R"({connectionName: "k", topic: ["a", "b"]})", "Kafka", "kafka", "a, b"},
        Case{R"({connectionName: "k", topic: "a"})", "", "kafka", "a"}}) {
    const auto source = parse_any(c.spec, c.connection_type);
    ASSERT_TRUE(source.ok()) << c.spec << source.error().message();
    EXPECT_EQ(source_type(*source), c.type) << c.spec;
    EXPECT_EQ(describe(*source), c.reads) << c.spec;
    EXPECT_EQ(connection_name(*source), c.type == "kafka" ? "k" : "sample_stream_solar") << c.spec;
  }
}

TEST(Source, OptionsOfAnotherKindAreRefused) {
  constexpr std::string_view kNotOfSample =
      " is an option of Kafka sources; the connection here has the type Sample, whose name alone says what is read";
  struct Case {
    std::string_view spec, connection_type, path;
    std::string message;
  };
  for (const Case& c :
       {Case{R"({connectionName: "s", topic: "t"})", "Sample", "topic", "'topic'" + std::string(kNotOfSample)},
        Case{R"({connectionName: "s", config: {}})", "Sample", "config", "'config'" + std::string(kNotOfSample)},
        Case{R"({connectionName: "s", partitionIdleTimeout: {size: 1, unit: "second"}})", "Sample",
             "partitionIdleTimeout", "'partitionIdleTimeout'" + std::string(kNotOfSample)},
        Case{R"({connectionName: "s", timeField: {$toDate: "$timestamp"}})", "Sample", "timeField",
             "'timeField' is not supported by this version of Penstock yet"},
        Case{R"({connectionName: "s", db: "d"})", "Sample", "db",
             "a $source that reads a change stream is not supported by this version of Penstock yet"},
        Case{R"({connectionName: "s", conectionName: "d"})", "Sample", "conectionName",
             "unknown option 'conectionName'. Did you mean \"connectionName\"?"},
        Case{R"({connectionName: "k"})", "Kafka", "", "the required option 'topic' is missing"},
        Case{R"({connectionName: "m"})", "Cluster", "connectionName",
             "a $source that reads the change stream of a cluster is not supported by this version of Penstock yet"}}) {
    const auto source = parse_any(c.spec, c.connection_type);
    ASSERT_FALSE(source.ok()) << c.spec;
    EXPECT_EQ(source.error().code(), ErrorCode::kInvalidDefinition) << c.spec;
    EXPECT_EQ(source.error().path(), c.path) << c.spec;
    EXPECT_EQ(source.error().message(), c.message) << c.spec;
  }
}

}  // namespace
}  // namespace penstock
