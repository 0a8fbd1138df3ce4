// SPDX-License-Identifier: Apache-2.0
#include "api/wire/read_requests.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "api/wire/result_batches.h"
#include "bson/ejson.h"
#include "docstore/query_run.h"

namespace penstock {
namespace {

OwnedDocument doc(std::string_view json) { return std::move(parse_filter(json).value()); }

// Codes and texts as mongod 6.0.5 has them, where it has them.
struct Refusal {
  std::string_view command;
  int code;
  std::string_view message;  // "": not looked at.
};

template <typename Parse>
void expect_refused(std::initializer_list<Refusal> refusals, const Parse& parse) {
  for (const Refusal& c : refusals) {
    const auto parsed = parse(doc(c.command).view());
    ASSERT_FALSE(parsed.ok()) << c.command;
    EXPECT_EQ(static_cast<int>(parsed.error().code()), c.code) << c.command << ": " << parsed.error().message();
    if (c.message.empty()) continue;
    EXPECT_EQ(parsed.error().message(), c.message) << c.command;
  }
}

TEST(FindRequests, TakeAllThatDriversSend) {
  const OwnedDocument command = doc(
      "{find: 'c', filter: {a: 1}, sort: {b: -1}, projection: {a: 1}, skip: 2.0, limit: {$numberLong: '5'}, "
      "batchSize: 3, singleBatch: true, let: {x: 1}, hint: 'a_1', collation: {locale: 'simple'}, allowDiskUse: true, "
      "noCursorTimeout: false, tailable: false, awaitData: false, returnKey: false, showRecordId: false, min: {}, "
      "max: {}, comment: 'c', maxTimeMS: 5, readConcern: {level: 'local'}, lsid: {}, $db: 'd', $clusterTime: {}, "
      "$readPreference: {mode: 'primary'}, apiVersion: '1'}");
  const auto find = parse_find_command(command, "d");
  ASSERT_TRUE(find.ok()) << find.error().message();
  EXPECT_EQ(find->request.db, "d");
  EXPECT_EQ(find->request.coll, "c");
  EXPECT_EQ(to_json(find->request.filter.view()), R"({"a":1})");
  EXPECT_EQ(to_json(find->request.sort.view()), R"({"b":-1})");
  EXPECT_EQ(to_json(find->request.projection.view()), R"({"a":1})");
  EXPECT_EQ(to_json(find->request.let.view()), R"({"x":1})");
  EXPECT_EQ(to_json(find->request.hint.view()), R"({"hint":"a_1"})");
  EXPECT_EQ(find->request.skip, 2U);
  EXPECT_EQ(find->request.limit, 5U);
  EXPECT_EQ(find->batch_size, 3U);
  EXPECT_TRUE(find->single_batch);
}

TEST(FindRequests, Refused) {
  expect_refused(
      {
          {"{find: ''}", 73, "Invalid namespace specified 'd.'"},
          {"{find: 5}", 2, "collection name has invalid type int"},
          {"{find: 'c', foo: 1}", 40415, "BSON field 'FindCommandRequest.foo' is an unknown field."},
          {"{find: 'c', filter: 5}", 14, ""},
          {"{find: 'c', sort: 5}", 14, ""},
          {"{find: 'c', skip: -1}", 51024, "BSON field 'skip' value must be >= 0, actual value '-1'"},
          {"{find: 'c', limit: -2}", 51024, "BSON field 'limit' value must be >= 0, actual value '-2'"},
          {"{find: 'c', limit: 'x'}", 14, ""},
          {"{find: 'c', batchSize: -1}", 51024, "BSON field 'batchSize' value must be >= 0, actual value '-1'"},
          {"{find: 'c', singleBatch: 1}", 14, "Field 'singleBatch' should be a boolean value, but found: int"},
          {"{find: 'c', allowDiskUse: 1}", 14, "Field 'allowDiskUse' should be a boolean value, but found: int"},
          {"{find: 'c', hint: 5}", 9, "Hint must be a string or an object"},
          {"{find: 'c', tailable: true}", 2, "tailable cursor requested on non capped collection"},
          {"{find: 'c', awaitData: true}", 9, "Cannot set 'awaitData' without also setting 'tailable'"},
          {"{find: 'c', collation: {locale: 'de'}}", 115,
           "a 'collation' other than {locale: \"simple\"} is not supported by this version of Penstock yet"},
          {"{find: 'c', min: {a: 1}}", 115, ""},
          {"{find: 'c', returnKey: true}", 115, ""},
          {"{find: 'c', showRecordId: true}", 115,
           "the option 'showRecordId' of FindCommandRequest is not supported by this version of Penstock yet"},
      },
      [](Document command) { return parse_find_command(command, "d"); });
}

TEST(AggregateRequests, TakeAllThatDriversSend) {
  const auto aggregate = parse_aggregate_command(
      doc("{aggregate: 'c', pipeline: [{$limit: 1}], cursor: {batchSize: 0}, let: {x: 1}, allowDiskUse: true, "
          "hint: {_id: 1}, bypassDocumentValidation: false, maxTimeMS: 60000, lsid: {}, $db: 'd'}"),
      "d");
  ASSERT_TRUE(aggregate.ok()) << aggregate.error().message();
  EXPECT_EQ(aggregate->request.coll, "c");
  EXPECT_EQ(to_json(Value::array(aggregate->request.pipeline)), R"([{"$limit":1}])");
  EXPECT_EQ(aggregate->batch_size, 0U);
  EXPECT_EQ(to_json(aggregate->request.hint.view()), R"({"hint":{"_id":1}})");
  const auto without = parse_aggregate_command(doc("{aggregate: 1.0, pipeline: [], cursor: {}}"), "d");
  ASSERT_TRUE(without.ok());
  EXPECT_EQ(without->request.coll, "");
  EXPECT_FALSE(without->batch_size.has_value());
}

TEST(AggregateRequests, Refused) {
  expect_refused(
      {
          {"{aggregate: 'c', pipeline: []}", 9,
           "The 'cursor' option is required, except for aggregate with the explain argument"},
          {"{aggregate: 'c', pipeline: 5, cursor: {}}", 14, "'pipeline' option must be specified as an array"},
          {"{aggregate: 'c', cursor: {}}", 40414, "BSON field 'aggregate.pipeline' is missing but a required field"},
          {"{aggregate: 'c', pipeline: [], cursor: 5}", 14, "cursor field must be missing or an object"},
          {"{aggregate: 'c', pipeline: [], cursor: {batchSize: -1}}", 51024, ""},
          {"{aggregate: 'c', pipeline: [], cursor: {x: 1}}", 40415, "BSON field 'cursor.x' is an unknown field."},
          {"{aggregate: 'c', pipeline: [], cursor: {}, foo: 1}", 40415,
           "BSON field 'aggregate.foo' is an unknown field."},
          {"{aggregate: 2, pipeline: [], cursor: {}}", 9, ""},
          {"{aggregate: '', pipeline: [], cursor: {}}", 73, "Invalid namespace specified 'd.'"},
          {"{aggregate: 'c', pipeline: [], explain: true}", 115, ""},
      },
      [](Document command) { return parse_aggregate_command(command, "d"); });
}

TEST(CountRequests, ReadAndRefused) {
  const auto count = parse_count_command(doc("{count: 'c', query: {a: 1}, skip: 1, limit: -2, fields: {}}"));
  ASSERT_TRUE(count.ok()) << count.error().message();
  EXPECT_EQ(count->limit, 2U) << "as many";
  EXPECT_EQ(count->skip, 1U);
  EXPECT_TRUE(parse_count_command(doc("{count: 'c', query: null}")).ok());
  expect_refused(
      {
          {"{count: 'c', query: 5}", 14, "BSON field 'count.query' is the wrong type 'int', expected type 'object'"},
          {"{count: 'c', limit: 'x'}", 2, "limit value is not a valid number"},
          {"{count: 'c', limit: 2.5}", 9, "Expected an integer: limit: 2.5"},
          {"{count: 'c', skip: -1}", 51024, ""},
          {"{count: 'c', foo: 1}", 40415, "BSON field 'count.foo' is an unknown field."},
          {"{count: 5}", 73, "collection name has invalid type int"},
      },
      parse_count_command);
}

TEST(DistinctRequests, ReadAndRefused) {
  const auto distinct = parse_distinct_command(doc("{distinct: 'c', key: 'a.b', query: {x: 1}}"));
  ASSERT_TRUE(distinct.ok());
  EXPECT_EQ(distinct->key, "a.b");
  expect_refused(
      {
          {"{distinct: 'c'}", 40414, "BSON field 'distinct.key' is missing but a required field"},
          {"{distinct: 'c', key: 5}", 14, "BSON field 'distinct.key' is the wrong type 'int', expected type 'string'"},
          {"{distinct: 'c', key: 'a', query: 5}", 14, ""},
          {"{distinct: 'c', key: 'a', foo: 1}", 40415, ""},
      },
      parse_distinct_command);
}

TEST(CursorRequests, ReadAndRefused) {
  const auto more = parse_get_more_command(doc("{getMore: {$numberLong: '7'}, collection: 'c', batchSize: 5}"));
  ASSERT_TRUE(more.ok());
  EXPECT_EQ(more->id, 7);
  EXPECT_EQ(more->batch_size, 5U);
  expect_refused(
      {
          {"{getMore: 5, collection: 'c'}", 14,
           "BSON field 'getMore.getMore' is the wrong type 'int', expected type 'long'"},
          {"{getMore: {$numberLong: '5'}}", 40414, "BSON field 'getMore.collection' is missing but a required field"},
          {"{getMore: {$numberLong: '5'}, collection: 5}", 14, ""},
          {"{getMore: {$numberLong: '5'}, collection: ''}", 73, "Collection names cannot be empty"},
          {"{getMore: {$numberLong: '5'}, collection: 'c', batchSize: -1}", 51024, ""},
      },
      parse_get_more_command);
  const auto kill = parse_kill_cursors_command(doc("{killCursors: 'c', cursors: [{$numberLong: '7'}]}"));
  ASSERT_TRUE(kill.ok());
  EXPECT_EQ(kill->ids, std::vector<int64_t>{7});
  expect_refused(
      {
          {"{killCursors: 'c'}", 40414, "BSON field 'killCursors.cursors' is missing but a required field"},
          {"{killCursors: 'c', cursors: [5]}", 14,
           "BSON field 'killCursors.cursors.0' is the wrong type 'int', expected type 'long'"},
      },
      parse_kill_cursors_command);
}

// ---- Batches

std::unique_ptr<ResultStream> numbers(int count, size_t bytes = 0) {
  std::vector<OwnedDocument> documents;
  for (int i = 0; i < count; ++i)
    documents.push_back(doc(fmt::format("{{_id: {}, text: '{}'}}", i, std::string(bytes, 'x'))));
  return std::make_unique<DocumentList>(std::move(documents));
}

struct Batch {
  int first = -1;
  size_t count = 0;
  bool more = false;
};

Batch next_batch(std::unique_ptr<ResultStream>& results, uint64_t most) {
  DocumentBuilder reply;
  auto more = write_batch(results, "batch", most, reply);
  EXPECT_TRUE(more.ok());
  const OwnedDocument written(reply.take());
  EXPECT_LE(written.bytes().size(), kDocumentBytesMax + 16 * 1024);
  const Document batch = written.view().get("batch").as_array();
  const int first = batch.empty() ? -1 : batch.get("0").as_object().get("_id").as_int();
  return {first, batch.count(), *more};
}

TEST(ResultBatches, AreAsLargeAsAskedFor) {
  auto results = numbers(5);
  Batch batch = next_batch(results, 0);
  EXPECT_EQ(batch.count, 0U);
  EXPECT_TRUE(batch.more);
  batch = next_batch(results, 5);
  EXPECT_EQ(batch.count, 5U);
  EXPECT_TRUE(batch.more) << "nobody has seen the end yet";
  batch = next_batch(results, 5);
  EXPECT_EQ(batch.count, 0U);
  EXPECT_FALSE(batch.more);
}

// A document that finds no room comes first in the next reply; none is lost, none comes twice.
TEST(ResultBatches, FitIntoAReply) {
  constexpr int kCount = 40;
  auto results = numbers(kCount, 3'000'000);
  int next = 0;
  while (true) {
    const Batch batch = next_batch(results, UINT64_MAX);
    EXPECT_EQ(batch.first, next);
    EXPECT_EQ(batch.count, batch.more ? 5U : 0U + static_cast<size_t>(kCount - next));
    next += static_cast<int>(batch.count);
    if (!batch.more) break;
  }
  EXPECT_EQ(next, kCount);
}

}  // namespace
}  // namespace penstock
