// SPDX-License-Identifier: Apache-2.0
#include "docstore/query.h"

#include <fmt/format.h>

#include <fstream>

#include "bson/number.h"
#include "docstore/documents_for_test.h"
#include "docstore/query_pipeline.h"
#include "expression/case_notation.h"

namespace penstock {
namespace {

using case_notation::split_documents;
using case_notation::trimmed;

// A store with what a test asks of it.
class Bed {
 public:
  Bed() : store_(std::move(DocStore::open(folder_.path(), StoreMode::kReadWrite, clock_)).value()) {}

  void fill(std::string_view coll, const std::vector<OwnedDocument>& documents) {
    auto delivery = store_->insert("cases", coll, documents);
    ASSERT_TRUE(delivery.ok()) << delivery.error().message();
    ASSERT_TRUE(delivery->refused.empty()) << delivery->refused[0].reason;
  }
  Result<std::unique_ptr<ResultStream>> find(std::string_view request, std::string_view coll = "c") {
    return penstock::find(store_, find_request(doc(request), coll));
  }
  Result<std::unique_ptr<ResultStream>> aggregate(std::string_view pipeline, std::string_view coll = "c",
                                                  size_t memory = size_t{100} << 20) {
    AggregateRequest request{.db = "cases", .coll = std::string(coll), .memory_bytes_max = memory};
    request.pipeline = OwnedDocument(doc(fmt::format("{{v: {}}}", pipeline)).view().get("v").as_array());
    return penstock::aggregate(store_, request, random_);
  }

  static FindRequest find_request(const OwnedDocument& fields, std::string_view coll) {
    FindRequest request{.db = "cases", .coll = std::string(coll)};
    for (const Element& field : fields.view()) {
      if (field.name == "filter") request.filter = OwnedDocument(field.value.as_object());
      if (field.name == "sort") request.sort = OwnedDocument(field.value.as_object());
      if (field.name == "projection") request.projection = OwnedDocument(field.value.as_object());
      if (field.name == "let") request.let = OwnedDocument(field.value.as_object());
      if (field.name == "hint") request.hint = hint_of(field.value);
      if (field.name == "skip") request.skip = static_cast<uint64_t>(to_integral(field.value).value());
      if (field.name == "limit") request.limit = static_cast<uint64_t>(to_integral(field.value).value());
    }
    return request;
  }
  static OwnedDocument hint_of(const Value& hint) {
    DocumentBuilder builder;
    builder.append("hint", hint);
    return OwnedDocument(builder.take());
  }

  std::shared_ptr<DocStore> store() { return store_; }
  ManualClock& clock() { return clock_; }
  Random& random() { return random_; }

 private:
  TemporaryFolder folder_;
  ManualClock clock_{EventTime{1'700'000'000'000}};
  SeededRandom random_{7};
  std::shared_ptr<DocStore> store_;
};

std::string error_text(const Error& error) { return fmt::format("error {}", static_cast<int32_t>(error.code())); }

// Documents of a stream in canonical JSON, or "error 2".
std::string drain(Result<std::unique_ptr<ResultStream>> stream) {
  if (!stream.ok()) return error_text(stream.error());
  std::string text;
  while (true) {
    auto document = (*stream)->next();
    if (!document.ok()) return error_text(document.error());
    if (!*document) break;
    if (!text.empty()) text += " ";
    text += to_json(**document, JsonStyle::kCanonical);
  }
  return text.empty() ? "nothing" : text;
}

std::string ids(Result<std::unique_ptr<ResultStream>> stream) {
  if (!stream.ok()) return error_text(stream.error());
  std::string text;
  while (true) {
    auto document = (*stream)->next();
    if (!document.ok()) return text + error_text(document.error());
    if (!*document) return text;
    text += to_text((**document).get("_id")) + " ";
  }
}

// ---- query.cases: answers of a real mongod

std::string canonical(std::string_view expected) {
  if (expected.starts_with("error ") || expected == "nothing") return std::string(expected);
  if (!expected.starts_with("{")) {
    return to_json(doc(fmt::format("{{v: {}}}", expected)).view().get("v"), JsonStyle::kCanonical);
  }
  std::string text;
  for (const std::string_view document : split_documents(expected)) {
    if (!text.empty()) text += " ";
    text += to_json(doc(document).view(), JsonStyle::kCanonical);
  }
  return text;
}

std::string answer(Bed& bed, std::string_view command, Document request) {
  const Value named = request.get("collection");
  const std::string coll(named.is_string() ? named.as_string() : named.is_missing() ? "c" : "");
  if (command == "find") return drain(find(bed.store(), Bed::find_request(OwnedDocument(request), coll)));
  const auto object_of = [&](std::string_view name) {
    return request.has(name) ? request.get(name).as_object() : Document();
  };
  if (command == "aggregate") {
    if (named.is_string() && coll.empty()) return "error 73";  // The command's matter: "" is {aggregate: 1} here.
    AggregateRequest aggregation{.db = "cases", .coll = coll};
    aggregation.pipeline = OwnedDocument(request.get("pipeline").as_array());
    aggregation.let = OwnedDocument(object_of("let"));
    if (request.has("hint")) aggregation.hint = Bed::hint_of(request.get("hint"));
    return drain(aggregate(bed.store(), aggregation, bed.random()));
  }
  if (command == "distinct") {
    auto values = distinct(*bed.store(), "cases", coll, request.get("key").as_string(), object_of("query"));
    return values.ok() ? to_json(Value::array(*values), JsonStyle::kCanonical) : error_text(values.error());
  }
  if (request.has("hint")) {
    const auto checked = check_hint(*bed.store(), "cases", coll, request.get("hint"));
    if (!checked.ok()) return error_text(checked.error());
  }
  const auto number_of = [&](std::string_view name) {
    return request.has(name) ? static_cast<uint64_t>(to_integral(request.get(name)).value()) : 0;
  };
  auto count = count_matching(*bed.store(), "cases", coll, object_of("query"), number_of("skip"), number_of("limit"));
  return count.ok() ? to_json(Value::int32(static_cast<int32_t>(*count)), JsonStyle::kCanonical)
                    : error_text(count.error());
}

void refill(Bed& bed, std::string_view rest) {
  const size_t blank = rest.find(' ');
  const std::string_view coll = rest.substr(0, blank);
  StoreWriter writer = bed.store()->begin().value();
  const auto before = bed.store()->find_all("cases", coll, {}).value();
  for (const OwnedDocument& document : before)
    ASSERT_TRUE(writer.erase("cases", coll, document.view().get("_id")).ok());
  ASSERT_TRUE(writer.commit().ok());
  std::vector<OwnedDocument> documents;
  for (const std::string_view text : split_documents(rest.substr(blank + 1)))
    documents.push_back(doc(text));
  bed.fill(coll, documents);
}

TEST(Query, AnswersAsMongod) {
  Bed bed;
  std::ifstream file(std::string(PENSTOCK_SOURCE_DIR) + "/src/docstore/query.cases");
  std::string line;
  int count = 0;
  for (int number = 1; std::getline(file, line); ++number) {
    std::string_view text = trimmed(line);
    if (text.starts_with("differs ")) text.remove_prefix(8);
    if (text.empty() || text.starts_with("#")) continue;
    const size_t blank = text.find(' ');
    const std::string_view command = text.substr(0, blank);
    if (command == "docs") {
      refill(bed, text.substr(blank + 1));
      continue;
    }
    const size_t arrow = text.rfind(" => ");
    ASSERT_NE(arrow, std::string_view::npos) << "line " << number;
    std::string request(text.substr(blank + 1, arrow - blank - 1));
    if (request.starts_with("[")) request = "{pipeline: " + request + "}";
    EXPECT_EQ(answer(bed, command, doc(request)), canonical(text.substr(arrow + 4)))
        << "line " << number << ": " << text;
    ++count;
  }
  EXPECT_GT(count, 300);
}

// ---- Streams

std::vector<OwnedDocument> numbered(int from, int to) {
  std::vector<OwnedDocument> documents;
  for (int i = from; i < to; ++i)
    documents.push_back(doc(fmt::format("{{_id: {}, k: {}}}", i, i % 7)));
  return documents;
}

std::vector<int> rest_of(ResultStream& stream) {
  std::vector<int> found;
  while (true) {
    auto document = stream.next();
    EXPECT_TRUE(document.ok());
    if (!document.ok() || !*document) return found;
    found.push_back((**document).get("_id").as_int());
  }
}

TEST(QueryStream, GivesAllDocumentsHoweverManyThereAre) {
  for (const int count : {0, 1, 31, 32, 33, 5000, 70'000}) {
    Bed bed;
    bed.fill("c", numbered(0, count));
    auto forward = std::move(bed.find("{}")).value();
    auto backward = std::move(bed.find("{sort: {$natural: -1}}")).value();
    const std::vector<int> there = rest_of(*forward);
    std::vector<int> back = rest_of(*backward);
    std::reverse(back.begin(), back.end());
    ASSERT_EQ(there.size(), static_cast<size_t>(count));
    EXPECT_TRUE(std::is_sorted(there.begin(), there.end()));
    EXPECT_EQ(back, there);
    EXPECT_FALSE(forward->next().value().has_value()) << "the end stays the end";
  }
}

TEST(QueryStream, GapsAndAFewMatchesAreWalkedOver) {
  Bed bed;
  bed.fill("c", numbered(0, 3000));
  {
    StoreWriter writer = bed.store()->begin().value();
    for (int i = 100; i < 2900; ++i)
      ASSERT_TRUE(writer.erase("cases", "c", Value::int32(i)).value());
    ASSERT_TRUE(writer.commit().ok());
  }
  auto backward = std::move(bed.find("{sort: {$natural: -1}, filter: {k: 3}}")).value();
  std::vector<int> expected;
  for (int i = 2999; i >= 0; --i) {
    if (i % 7 == 3 && (i < 100 || i >= 2900)) expected.push_back(i);
  }
  EXPECT_EQ(rest_of(*backward), expected);
}

// A reader that waits holds nothing: writers go on, and what they write behind its place is seen.
TEST(QueryStream, GoesOnWhereItWas) {
  Bed bed;
  bed.fill("c", numbered(0, 100));
  auto stream = std::move(bed.find("{}")).value();
  ASSERT_EQ((*stream->next().value()).get("_id").as_int(), 0);
  bed.fill("c", numbered(100, 150));
  {
    StoreWriter writer = bed.store()->begin().value();
    ASSERT_TRUE(writer.erase("cases", "c", Value::int32(99)).value());
    ASSERT_TRUE(writer.commit().ok());
  }
  const std::vector<int> rest = rest_of(*stream);
  EXPECT_EQ(rest.size(), 148U);
  EXPECT_EQ(rest.back(), 149);
  EXPECT_EQ(std::count(rest.begin(), rest.end(), 99), 0);
}

TEST(QueryStream, DocumentsBeforeAFailureComeOut) {
  Bed bed;
  bed.fill("c", docs({"{_id: 1, d: 1}", "{_id: 2, d: 2}", "{_id: 3, d: 0}"}));
  constexpr std::string_view kFilter = "{filter: {$expr: {$gt: [{$divide: [1, '$d']}, 0]}}}";
  EXPECT_EQ(ids(bed.find(kFilter)), "1 2 error 2");
  auto stream = std::move(bed.find(kFilter)).value();
  ASSERT_TRUE(stream->next().ok());
  ASSERT_TRUE(stream->next().ok());
  EXPECT_EQ(stream->next().error().message(),
            "Executor error during find command on namespace: cases.c :: caused by :: can't $divide by zero");
}

TEST(QueryStream, KeepsTheStoreAndItsRequest) {
  std::unique_ptr<ResultStream> stream;
  Bed bed;
  {
    bed.fill("c", numbered(0, 3));
    FindRequest request = Bed::find_request(doc("{filter: {k: {$in: [1, 2]}}, projection: {k: 0}}"), "c");
    stream = std::move(find(bed.store(), request)).value();
  }
  EXPECT_EQ(rest_of(*stream), (std::vector<int>{1, 2}));
}

// ---- Bounds

TEST(QueryMemory, IsBoundedWhereDocumentsAreKept) {
  Bed bed;
  std::vector<OwnedDocument> documents;
  for (int i = 0; i < 400; ++i)
    documents.push_back(doc(fmt::format("{{_id: {}, text: '{}'}}", i, std::string(1000, 'x'))));
  bed.fill("c", documents);
  constexpr size_t kMemory = 200'000;
  for (const std::string_view pipeline :
       {"[{$sort: {_id: -1}}]", "[{$group: {_id: '$_id', t: {$first: '$text'}}}]", "[{$sample: {size: 1000}}]",
        "[{$facet: {a: []}}]", "[{$bucketAuto: {groupBy: '$_id', buckets: 2}}]",
        "[{$limit: 1}, {$lookup: {from: 'c', localField: '_id', foreignField: 'text', as: 'r'}}]", "[{$out: 'z'}]"}) {
    EXPECT_EQ(drain(bed.aggregate(pipeline, "c", kMemory)), "error 292") << pipeline;
  }
  // A limit behind the sort makes it small.
  EXPECT_EQ(ids(bed.aggregate("[{$sort: {_id: -1}}, {$skip: 1}, {$limit: 2}]", "c", kMemory)), "398 397 ");
  EXPECT_EQ(ids(bed.aggregate("[{$sort: {_id: -1}}, {$project: {_id: 1}}, {$limit: 2}]", "c", kMemory)), "399 398 ");
  FindRequest request = Bed::find_request(doc("{sort: {_id: -1}}"), "c");
  request.memory_bytes_max = kMemory;
  EXPECT_EQ(drain(find(bed.store(), request)), "error 292");
  request.limit = 1;
  EXPECT_EQ(ids(find(bed.store(), request)), "399 ");
}

TEST(QueryPipelines, ThatAreTooLongOrTooDeepAreRefused) {
  Bed bed;
  bed.fill("c", numbered(0, 1));
  std::string stages;
  for (int i = 0; i < 1001; ++i)
    stages += "{$skip: 0},";
  stages.pop_back();
  EXPECT_EQ(drain(bed.aggregate("[" + stages + "]")), "error 7749501");
  std::string nested = "[]";
  for (int i = 0; i < 30; ++i)
    nested = "[{$unionWith: {coll: 'c', pipeline: " + nested + "}}]";
  EXPECT_EQ(drain(bed.aggregate(nested)), "error 232");
}

TEST(QueryPipelines, WhatIsNotThereYetIsRefusedByName) {
  Bed bed;
  for (const std::string_view stage : {"$redact", "$graphLookup", "$setWindowFields", "$changeStream", "$currentOp"}) {
    const auto refused = bed.aggregate(fmt::format("[{{{}: {{}}}}]", stage));
    ASSERT_FALSE(refused.ok()) << stage;
    EXPECT_EQ(refused.error().code(), ErrorCode::kCommandNotSupported);
    EXPECT_EQ(refused.error().message(),
              fmt::format("the stage {} is not supported by this version of Penstock yet", stage));
  }
  EXPECT_EQ(bed.aggregate("[{$tumblingWindow: {}}]").error().message(),
            "Unrecognized pipeline stage name: '$tumblingWindow': it is a stage of stream processors only");
  EXPECT_EQ(bed.aggregate("[{$mach: {}}]").error().message(),
            "Unrecognized pipeline stage name: '$mach'. Did you mean \"$match\"?");
}

TEST(QueryPipelines, TheCatalogIsSorted) {
  const auto rows = query_stages();
  EXPECT_TRUE(std::is_sorted(rows.begin(), rows.end(),
                             [](const QueryStageType& a, const QueryStageType& b) { return a.name < b.name; }));
}

// ---- $$NOW

TEST(QueryNow, IsTheInstantOfTheCommand) {
  Bed bed;
  bed.fill("c", numbered(0, 2));
  auto stream = std::move(bed.aggregate("[{$group: {_id: '$_id', now: {$first: '$$NOW'}}}]")).value();
  bed.clock().advance({5000});
  while (true) {
    const auto document = stream->next().value();
    if (!document) break;
    EXPECT_EQ(document->get("now").as_date().ms, 1'700'000'000'000);
  }
}

// ---- Writing stages

TEST(QueryOut, ReplacesTheCollection) {
  Bed bed;
  bed.fill("c", numbered(0, 5));
  bed.fill("z", docs({"{_id: 'old'}"}));
  EXPECT_EQ(drain(bed.aggregate("[{$match: {_id: {$gt: 2}}}, {$out: 'z'}]")), "nothing");
  EXPECT_EQ(ids(bed.find("{}", "z")), "3 4 ");
  EXPECT_EQ(drain(bed.aggregate("[{$match: {_id: 77}}, {$out: {db: 'cases', coll: 'z'}}]")), "nothing");
  EXPECT_EQ(ids(bed.find("{}", "z")), "");
  // It may read what it replaces.
  EXPECT_EQ(drain(bed.aggregate("[{$set: {k: 'new'}}, {$out: 'c'}]")), "nothing");
  EXPECT_EQ(ids(bed.find("{filter: {k: 'new'}}")), "0 1 2 3 4 ");
}

TEST(QueryOut, ARefusedDocumentLeavesTheOldOnes) {
  Bed bed;
  bed.fill("c", numbered(0, 2));
  bed.fill("z", docs({"{_id: 'old'}"}));
  EXPECT_EQ(drain(bed.aggregate("[{$set: {_id: 1}}, {$out: 'z'}]")), "error 11000");
  EXPECT_EQ(ids(bed.find("{}", "z")), "\"old\" ");
}

TEST(QueryMerge, WritesIntoTheCollection) {
  Bed bed;
  bed.fill("c", numbered(0, 2500));
  bed.fill("z", docs({"{_id: 1, old: true}"}));
  EXPECT_EQ(drain(bed.aggregate("[{$merge: 'z'}]")), "nothing");
  EXPECT_EQ(bed.store()->count("cases", "z").value(), 2500U);
  EXPECT_EQ(drain(bed.find("{filter: {_id: 1}}", "z")), canonical("{_id: 1, old: true, k: 1}"));
  EXPECT_EQ(drain(bed.aggregate("[{$match: {_id: 1}}, {$merge: {into: 'z', whenMatched: [{$set: {sum: {$add: ['$k', "
                                "'$$new.k']}}}]}}]")),
            "nothing");
  EXPECT_EQ(drain(bed.find("{filter: {_id: 1}}", "z")), canonical("{_id: 1, old: true, k: 1, sum: 2}"));
  EXPECT_EQ(drain(bed.aggregate("[{$match: {_id: 1}}, {$merge: {into: 'z', whenMatched: 'fail'}}]")), "error 11000");
}

// What it adds is not read again.
TEST(QueryMerge, IntoTheCollectionItReads) {
  Bed bed;
  bed.fill("c", numbered(0, 3000));
  EXPECT_EQ(drain(bed.aggregate("[{$project: {_id: 0, k: 1}}, {$merge: 'c'}]")), "nothing");
  EXPECT_EQ(bed.store()->count("cases", "c").value(), 6000U);
}

TEST(QuerySample, DrawsDifferentDocuments) {
  Bed bed;
  bed.fill("c", numbered(0, 1000));
  std::string first = ids(bed.aggregate("[{$sample: {size: 20}}]"));
  std::string second = ids(bed.aggregate("[{$sample: {size: 20}}]"));
  EXPECT_NE(first, second);
  auto stream = std::move(bed.aggregate("[{$sample: {size: 1000}}]")).value();
  std::vector<int> all = rest_of(*stream);
  EXPECT_FALSE(std::is_sorted(all.begin(), all.end()));
  std::sort(all.begin(), all.end());
  EXPECT_EQ(std::unique(all.begin(), all.end()) - all.begin(), 1000);
}

}  // namespace
}  // namespace penstock
