// SPDX-License-Identifier: Apache-2.0
// What reaches control for each command (reference control-plane D2), and what clients read when it does not.
#include "api/wire/processor_calls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/wire/processors_for_test.h"

namespace penstock {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ProcessorCalls : public testing::Test {
 protected:
  ManualClock clock_{EventTime{1'767'225'600'000}};
  WrittenDownProcessors processors_;
  ProcessorCaller caller_{.processors = processors_,
                          .workspace = "w",
                          .who = "me@admin",
                          .user = "me",
                          .connection_id = 7,
                          .clock = clock_};

  using Call = Result<OwnedDocument> (*)(Document, const ProcessorCaller&);
  // The reply, "code text" of an error.
  std::string answer(Call call, std::string_view command) {
    const OwnedDocument document = parse_filter(command).value();
    auto reply = call(document, caller_);
    if (!reply.ok()) return fmt::format("{} {}", static_cast<int>(reply.error().code()), reply.error().message());
    return to_json(reply->view());
  }
  void add_view(std::string name, ProcessorState state) {
    ProcessorView view;
    view.record.id = "66b0c0ffee66b0c0ffee0001";
    view.record.name = std::move(name);
    view.record.state = view.state = state;
    view.record.pipeline = parse_filter("{'0': {$source: {connectionName: 'k'}}}").value();
    view.tier = "SP10";
    processors_.views.push_back(std::move(view));
  }
};

struct Case {
  std::string_view why, command, call;
};

TEST_F(ProcessorCalls, WhatIsAskedOfControl) {
  struct Row {
    Call run;
    Case c;
  };
  const Row rows[] = {
      {create_processor,
       {"plain", "{createStreamProcessor: 'p', pipeline: [{$source: {}}]}",
        R"(create w p [{"$source":{}}] {} by me@admin)"}},
      {create_processor,
       {"with what rides on any command",
        "{createStreamProcessor: 'p', pipeline: [], lsid: {}, $db: 'admin', $clusterTime: {}, comment: 1, "
        "maxTimeMS: 5, apiVersion: '1', $readPreference: {}, writeConcern: {}}",
        "create w p [] {} by me@admin"}},
      {create_processor,
       {"options",
        "{createStreamProcessor: 'a b', pipeline: [], options: {tier: 'SP30', failover: false, "
        "dlq: {connectionName: 'c', db: 'd', coll: 'x'}, streamMetaFieldName: '_m'}}",
        R"(create w a b [] {"dlq":{"connectionName":"c","db":"d","coll":"x"},"streamMetaFieldName":"_m",)"
        R"("tier":"SP30","failover":false} by me@admin)"}},
      {create_processor,
       {"options at the top, those under options win",
        "{createStreamProcessor: 'p', pipeline: [], tier: 'SP10', options: {tier: 'SP30', dlq: null}}",
        R"(create w p [] {"tier":"SP30"} by me@admin)"}},
      {create_processor,
       {"null options", "{createStreamProcessor: 'p', pipeline: [], options: null}", "create w p [] {} by me@admin"}},
      {start_processor, {"plain", "{startStreamProcessor: 'p'}", "start w p resume tier= by me@admin"}},
      {start_processor,
       {"at the top", "{startStreamProcessor: 'p', resumeFromCheckpoint: false, tier: 'SP30'}",
        "start w p fresh tier=SP30 by me@admin"}},
      {start_processor,
       {"under options", "{startStreamProcessor: 'p', options: {resumeFromCheckpoint: false, tier: 'SP30'}}",
        "start w p fresh tier=SP30 by me@admin"}},
      {start_processor,
       {"both: options win", "{startStreamProcessor: 'p', tier: 'SP2', options: {tier: 'SP30'}}",
        "start w p resume tier=SP30 by me@admin"}},
      {start_processor,
       {"as drivers say it", "{startStreamProcessor: 'p', options: {clearCheckpoints: true}}",
        "start w p fresh tier= by me@admin"}},
      {start_processor,
       {"autoscaling", "{startStreamProcessor: 'p', autoscaling: {enabled: true, minTier: 'SP10'}}",
        R"(start w p resume tier= autoscaling={"enabled":true,"minTier":"SP10"} by me@admin)"}},
      {start_processor,
       {"autoscaling of drivers", "{startStreamProcessor: 'p', options: {enableAutoScaling: true}}",
        R"(start w p resume tier= autoscaling={"enabled":true} by me@admin)"}},
      {start_processor,
       {"workers and unknown fields", "{startStreamProcessor: 'p', workers: 2, colour: 'red', options: {x: 1}}",
        "start w p resume tier= by me@admin"}},
      {stop_processor, {"unknown fields", "{stopStreamProcessor: 'p', force: true}", "stop w p by me@admin"}},
      {drop_processor,
       {"unknown fields", "{dropStreamProcessor: 'p', force: true, ttl: {unit: 'day', size: 1}}",
        "drop w p by me@admin"}},
      {modify_processor,
       {"pipeline", "{modifyStreamProcessor: 'p', pipeline: [{$source: {}}]}",
        R"(modify w p resume pipeline=[{"$source":{}}] by me@admin)"}},
      {modify_processor,
       {"all",
        "{modifyStreamProcessor: 'p', resumeFromCheckpoint: false, name: 'q', dlq: {}, tier: 'SP5', "
        "failover: false, autoscaling: {enabled: false}, streamMetaFieldName: '_m', pipeline: []}",
        R"(modify w p fresh pipeline=[] name=q dlq={} tier=SP5 autoscaling={"enabled":false} meta=_m by me@admin)"}},
      {modify_processor,
       {"under options",
        "{modifyStreamProcessor: 'p', options: {name: 'q', resumeFromCheckpoint: false, "
        "dlq: {connectionName: 'c', db: 'd', coll: 'x'}}}",
        R"(modify w p fresh name=q dlq={"connectionName":"c","db":"d","coll":"x"} by me@admin)"}},
      {modify_processor,
       {"only the checkpoint", "{modifyStreamProcessor: 'p', resumeFromCheckpoint: false}",
        "modify w p fresh by me@admin"}},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.c.command);
    processors_.calls.clear();
    EXPECT_EQ(answer(row.run, row.c.command), "{}") << row.c.why;  // Nothing beside `ok`.
    EXPECT_THAT(processors_.calls, ElementsAre(row.c.call)) << row.c.why;
  }
}

TEST_F(ProcessorCalls, WhatIsWrongWithARequest) {
  struct Row {
    Call run;
    std::string_view command, answer;
  };
  const Row rows[] = {
      {create_processor, "{createStreamProcessor: 'p'}",
       "40414 BSON field 'createStreamProcessor.pipeline' is missing but a required field"},
      {create_processor, "{createStreamProcessor: 5, pipeline: []}",
       "14 BSON field 'createStreamProcessor.createStreamProcessor' is the wrong type 'int', expected type 'string'"},
      {create_processor, "{createStreamProcessor: 'p', pipeline: {}}",
       "14 BSON field 'createStreamProcessor.pipeline' is the wrong type 'object', expected type 'array'"},
      {create_processor, "{createStreamProcessor: 'p', pipeline: [], options: 1}",
       "14 BSON field 'createStreamProcessor.options' is the wrong type 'int', expected type 'object'"},
      {create_processor, "{createStreamProcessor: 'p', pipeline: [], option: {}}",
       "40415 BSON field 'createStreamProcessor.option' is an unknown field."},
      {create_processor, "{createStreamProcessor: 'p', pipeline: [], options: {teir: 'SP10'}}",
       "40415 BSON field 'createStreamProcessor.options.teir' is an unknown field. Did you mean \"tier\"?"},
      {create_processor, "{createStreamProcessor: 'p', pipeline: [], options: {tier: 10}}",
       "14 BSON field 'createStreamProcessor.options.tier' is the wrong type 'int', expected type 'string'"},
      {create_processor, "{createStreamProcessor: 'p', pipeline: [], options: {dlq: {connectionName: 'c', db: 'd'}}}",
       "40414 BSON field 'createStreamProcessor.options.dlq.coll' is missing but a required field"},
      {create_processor, "{createStreamProcessor: 'p', pipeline: [], options: {dlq: {}}}",
       "40414 BSON field 'createStreamProcessor.options.dlq.connectionName' is missing but a required field"},
      {create_processor,
       "{createStreamProcessor: 'p', pipeline: [], options: {dlq: {conectionName: 'c', db: 'd', coll: 'x'}}}",
       "40415 BSON field 'createStreamProcessor.options.dlq.conectionName' is an unknown field. Did you mean "
       "\"connectionName\"?"},
      {create_processor,
       "{createStreamProcessor: 'p', pipeline: [], options: {dlq: {connectionName: 'c', db: 1, coll: 'x'}}}",
       "14 BSON field 'createStreamProcessor.options.dlq.db' is the wrong type 'int', expected type 'string'"},
      {start_processor, "{startStreamProcessor: 1}",
       "14 BSON field 'startStreamProcessor.startStreamProcessor' is the wrong type 'int', expected type 'string'"},
      {start_processor, "{startStreamProcessor: 'p', tier: 1}",
       "14 BSON field 'startStreamProcessor.tier' is the wrong type 'int', expected type 'string'"},
      {start_processor, "{startStreamProcessor: 'p', resumeFromCheckpoint: 'no'}",
       "14 BSON field 'startStreamProcessor.resumeFromCheckpoint' is the wrong type 'string', expected type 'bool'"},
      {start_processor, "{startStreamProcessor: 'p', workers: 0}",
       "2 BSON field 'startStreamProcessor.workers' value must be >= 1, actual value '0'"},
      {start_processor, "{startStreamProcessor: 'p', autoscaling: {minTier: 'SP10'}}",
       "40414 BSON field 'startStreamProcessor.autoscaling.enabled' is missing but a required field"},
      {start_processor, "{startStreamProcessor: 'p', failover: {mode: 'FORCED'}}",
       "40414 BSON field 'startStreamProcessor.failover.region' is missing but a required field"},
      {start_processor, "{startStreamProcessor: 'p', options: {startAtOperationTime: 'soon'}}",
       "2 BSON field 'startStreamProcessor.options.startAtOperationTime' must be a date, a timestamp or a text in ISO "
       "8601, found \"soon\""},
      {start_processor, "{startStreamProcessor: 'p', startAtOperationTime: true}",
       "14 BSON field 'startStreamProcessor.startAtOperationTime' is the wrong type 'bool', expected type 'date'"},
      {start_processor, "{startStreamProcessor: 'p', startAtOperationTime: '2026-01-01', startAfter: {_data: 'x'}}",
       "420 startAtOperationTime and startAfter cannot be used together"},
      {modify_processor, "{modifyStreamProcessor: 'p', pipline: []}",
       "40415 BSON field 'modifyStreamProcessor.pipline' is an unknown field. Did you mean \"pipeline\"?"},
      {modify_processor, "{modifyStreamProcessor: 'p', options: {resume: false}}",
       "40415 BSON field 'modifyStreamProcessor.options.resume' is an unknown field."},
      {modify_processor, "{modifyStreamProcessor: 'p', dlq: {db: 'd'}}",
       "40414 BSON field 'modifyStreamProcessor.dlq.connectionName' is missing but a required field"},
      {modify_processor, "{modifyStreamProcessor: 'p', name: 1}",
       "14 BSON field 'modifyStreamProcessor.name' is the wrong type 'int', expected type 'string'"},
      {list_processors, "{listStreamProcessors: 1, filter: 'x'}",
       "14 BSON field 'listStreamProcessors.filter' is the wrong type 'string', expected type 'object'"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(answer(row.run, row.command), row.answer) << row.command;
    EXPECT_THAT(processors_.calls, IsEmpty()) << row.command;
  }
}

// Options of the language that this server cannot honour are refused by name, not ignored.
TEST_F(ProcessorCalls, WhatIsNotHereIsRefusedByName) {
  for (const std::string_view time :
       {"{$date: '2026-01-01T00:00:00Z'}", "{$timestamp: {t: 1, i: 1}}", "'2026-01-01T00:00:00Z'"}) {
    const std::string command = fmt::format("{{startStreamProcessor: 'p', startAtOperationTime: {}}}", time);
    EXPECT_THAT(answer(start_processor, command),
                HasSubstr("420 BSON field 'startStreamProcessor.startAtOperationTime'"))
        << command;
    EXPECT_THAT(answer(start_processor, command), HasSubstr("does not support yet"));
  }
  EXPECT_THAT(answer(start_processor, "{startStreamProcessor: 'p', options: {startAfter: {_data: 'x'}}}"),
              HasSubstr("420 BSON field 'startStreamProcessor.options.startAfter'"));
  EXPECT_THAT(answer(start_processor, "{startStreamProcessor: 'p', failover: {region: 'EU'}}"),
              HasSubstr("420 BSON field 'startStreamProcessor.failover'"));
  EXPECT_THAT(answer(modify_processor, "{modifyStreamProcessor: 'p', failover: true}"),
              HasSubstr("420 BSON field 'modifyStreamProcessor.failover'"));
  EXPECT_THAT(processors_.calls, IsEmpty());
}

TEST_F(ProcessorCalls, ErrorsOfControlReachTheClient) {
  processors_.failure = Error(ErrorCode{420}, "it has already been started");
  EXPECT_EQ(answer(start_processor, "{startStreamProcessor: 'p'}"), "420 it has already been started");
  EXPECT_EQ(answer(get_processor, "{getStreamProcessor: 'p'}"), "415 no processor named \"p\"");
}

TEST_F(ProcessorCalls, ListsWhatTheFilterSays) {
  add_view("a", ProcessorState::kCreated);
  add_view("b", ProcessorState::kStarted);
  add_view("c", ProcessorState::kStopped);
  const auto names = [this](std::string_view filter) {
    const OwnedDocument reply =
        parse_filter(answer(list_processors, fmt::format("{{listStreamProcessors: 1{}}}", filter))).value();
    std::string all;
    for (const Element& row : reply.view().get("streamProcessors").as_array())
      all += row.value.as_object().get("name").as_string();
    return all;
  };
  struct Row {
    std::string_view filter, names;
  };
  for (const Row& row :
       {Row{"", "abc"}, Row{", filter: null", "abc"}, Row{", filter: {}", "abc"}, Row{", filter: {name: 'b'}", "b"},
        Row{", filter: {name: {$regex: '^[ab]'}}", "ab"}, Row{", filter: {state: 'STARTED'}", "b"},
        Row{", filter: {state: 'running'}", "b"}, Row{", filter: {status: 'running'}", "b"},
        Row{", filter: {state: 'Created'}", "a"}, Row{", filter: {state: {$in: ['running', 'stopped']}}", "bc"},
        Row{", filter: {$or: [{state: 'running'}, {name: 'a'}]}", "ab"},
        Row{", filter: {state: {$ne: 'started'}}", "ac"},
        Row{", filter: {'pipeline.0.$source.connectionName': 'k'}", "abc"}, Row{", filter: {name: 'z'}", ""}}) {
    EXPECT_EQ(names(row.filter), row.names) << row.filter;
  }
  EXPECT_THAT(answer(list_processors, "{listStreamProcessors: 1, filter: {name: {$wrong: 1}}}"),
              HasSubstr("unknown operator: $wrong"));
}

TEST_F(ProcessorCalls, ListsConnections) {
  const auto rows = [] {
    std::vector<OwnedDocument> all;
    all.push_back(parse_filter("{name: 'c', type: 'atlas', cluster: 'Cluster0'}").value());
    all.push_back(parse_filter("{name: 'k', type: 'kafka', bootstrapServers: 'h:9092'}").value());
    return all;
  };
  const OwnedDocument all = parse_filter("{listStreamConnections: 1, filter: null}").value();
  EXPECT_EQ(to_json(list_connections(all, rows(), clock_).value().view()),
            R"({"connections":[{"name":"c","type":"atlas","cluster":"Cluster0"},)"
            R"({"name":"k","type":"kafka","bootstrapServers":"h:9092"}]})");
  const OwnedDocument kafka = parse_filter("{listStreamConnections: 1, filter: {type: 'kafka'}}").value();
  EXPECT_EQ(to_json(list_connections(kafka, rows(), clock_).value().view()),
            R"({"connections":[{"name":"k","type":"kafka","bootstrapServers":"h:9092"}]})");
}

OwnedDocument numbered(int n) {
  DocumentBuilder builder;
  builder.append("n", Value::int32(n));
  return OwnedDocument(builder.take());
}

class Samples : public ProcessorCalls {
 protected:
  OpenedSample open(std::string_view command) {
    auto opened = open_sample(parse_filter(command).value(), caller_);
    PS_CHECK(opened.ok(), opened.ok() ? "" : opened.error().message());
    opened->cursor.id = 42;
    return std::move(*opened);
  }
  std::string more(const OpenCursor& cursor, std::string_view command) {
    const auto request = read_sample_more(parse_filter(command).value());
    PS_CHECK(request.ok(), request.ok() ? "" : request.error().message());
    auto batch = read_samples(cursor, *request, caller_);
    if (!batch.ok()) return fmt::format("{}", static_cast<int>(batch.error().code()));
    return to_json(batch->reply.view()) + (batch->ended ? " ended" : "");
  }
};

TEST_F(Samples, GoFromCursorToItsEnd) {
  const OpenedSample opened = open("{startSampleStreamProcessor: 'p', limit: 7}");
  EXPECT_THAT(processors_.calls, ElementsAre("sample w p"));
  EXPECT_EQ(to_json(opened.reply(42).view()), R"({"name":"p","cursorId":42})");
  EXPECT_EQ(opened.cursor.ns, "p");
  EXPECT_EQ(opened.cursor.user, "me");
  EXPECT_EQ(opened.cursor.connection_id, 7);
  const std::string_view ask = "{getMoreSampleStreamProcessor: 'p', cursorId: 42}";
  EXPECT_EQ(more(opened.cursor, ask), R"({"cursorId":42,"messages":[]})");
  for (int n = 0; n < 9; ++n)
    processors_.tap->offer(numbered(n));
  EXPECT_EQ(more(opened.cursor, ask), R"({"cursorId":42,"messages":[{"n":0},{"n":1},{"n":2},{"n":3},{"n":4}]})");
  EXPECT_EQ(more(opened.cursor, ask), R"({"cursorId":0,"messages":[{"n":5},{"n":6}]} ended)");
}

TEST_F(Samples, EndWithTheProcessor) {
  const OpenedSample opened = open("{startSampleStreamProcessor: 'p'}");
  processors_.tap->offer(numbered(1));
  processors_.tap->end();
  EXPECT_EQ(more(opened.cursor, "{getMoreSampleStreamProcessor: 'p', cursorId: 42, batchSize: 1}"),
            R"({"cursorId":0,"messages":[{"n":1}]} ended)");
}

TEST_F(Samples, TheIdInEveryFormAndTheBatchSize) {
  const OpenedSample opened = open("{startSampleStreamProcessor: 'p'}");
  for (int n = 0; n < 10; ++n)
    processors_.tap->offer(numbered(n));
  int n = 0;
  for (const std::string_view id :
       {"cursorId: 42", "cursorId: {$numberLong: '42'}", "cursorId: 42.0", "cursorID: 42"}) {
    const std::string command = fmt::format("{{getMoreSampleStreamProcessor: 'p', {}, batchSize: 1}}", id);
    EXPECT_EQ(more(opened.cursor, command), fmt::format(R"({{"cursorId":42,"messages":[{{"n":{}}}]}})", n++)) << id;
  }
  const auto read = [](std::string_view command) {
    const auto request = read_sample_more(parse_filter(command).value());
    return request.ok() ? std::string("ok")
                        : fmt::format("{} {}", static_cast<int>(request.error().code()), request.error().message());
  };
  EXPECT_EQ(read("{getMoreSampleStreamProcessor: 'p'}"),
            "40414 BSON field 'getMoreSampleStreamProcessor.cursorId' is missing but a required field");
  EXPECT_EQ(read("{getMoreSampleStreamProcessor: 'p', cursorId: 'x'}"),
            "14 BSON field 'getMoreSampleStreamProcessor.cursorId' is the wrong type 'string', expected type 'int'");
  EXPECT_EQ(read("{getMoreSampleStreamProcessor: 'p', cursorId: 1.5}"),
            "2 BSON field 'getMoreSampleStreamProcessor.cursorId' must be a whole number");
  EXPECT_EQ(read("{getMoreSampleStreamProcessor: 'p', cursorId: 1, batchSize: -1}"),
            "2 BSON field 'getMoreSampleStreamProcessor.batchSize' value must be >= 0, actual value '-1'");
}

TEST_F(Samples, AreOfOneProcessor) {
  const OpenedSample opened = open("{startSampleStreamProcessor: 'p'}");
  EXPECT_EQ(more(opened.cursor, "{getMoreSampleStreamProcessor: 'other', cursorId: 42}"), "43");
  EXPECT_EQ(more(OpenCursor(), "{getMoreSampleStreamProcessor: 'p', cursorId: 42}"), "43");
}

TEST_F(Samples, EachReadSaysThatSomebodyIsThere) {
  const OpenedSample opened = open("{startSampleStreamProcessor: 'p'}");
  clock_.advance({5000});
  more(opened.cursor, "{getMoreSampleStreamProcessor: 'p', cursorId: 42}");
  EXPECT_EQ(processors_.tap->touched_ns(), clock_.monotonic_ns());
}

TEST_F(Samples, ATemporaryProcessorEndsWithItsCursor) {
  const OwnedDocument command =
      parse_filter(
          "{processStreamProcessor: [{$source: {}}], options: {dlq: {connectionName: 'c', db: 'd', coll: 'x'}}}")
          .value();
  auto opened = process_pipeline(command, caller_);
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(to_json(opened->reply(9).view()), R"({"name":"temporary","cursorId":9})");
  EXPECT_EQ(opened->cursor.temporary_processor, "temporary");
  EXPECT_THAT(
      processors_.calls,
      ElementsAre(R"(process w [{"$source":{}}] {"dlq":{"connectionName":"c","db":"d","coll":"x"}} by me@admin)"));
  processors_.tap->end();
  EXPECT_EQ(more(opened->cursor, "{getMoreSampleStreamProcessor: 'temporary', cursorId: 9}"),
            R"({"cursorId":0,"messages":[]} ended)");
  EXPECT_EQ(processors_.calls.back(), "drop w temporary by me@admin");
}

TEST_F(Samples, WhatIsNoPipelineIsNotProcessed) {
  const auto code = [this](std::string_view command) {
    auto opened = process_pipeline(parse_filter(command).value(), caller_);
    return opened.ok() ? 0 : static_cast<int>(opened.error().code());
  };
  EXPECT_EQ(code("{processStreamProcessor: []}"), 420);
  EXPECT_EQ(code("{processStreamProcessor: 'p'}"), 14);
  EXPECT_EQ(code("{processStreamProcessor: [{$source: {}}], options: {x: 1}}"), 40415);
  EXPECT_THAT(processors_.calls, IsEmpty());
}

TEST_F(Samples, LimitsAreNumbers) {
  const auto text = [this](std::string_view command) {
    auto opened = open_sample(parse_filter(command).value(), caller_);
    return opened.ok() ? std::string() : opened.error().message();
  };
  EXPECT_EQ(text("{startSampleStreamProcessor: 'p', limit: -1}"),
            "BSON field 'startSampleStreamProcessor.limit' value must be >= 0, actual value '-1'");
  EXPECT_EQ(text("{startSampleStreamProcessor: 'p', limit: 0, other: 1}"), "");
}

}  // namespace
}  // namespace penstock
