// SPDX-License-Identifier: Apache-2.0
// The sink, and beside it the embedded store, against a real mongod: the same documents go once through the server's
// own $merge (aggregate), once through the sink, once into the store. The collections must have the same bytes. Needs
// PENSTOCK_TEST_MONGODB_URI (a server without authentication that may be written to); skipped without.
#include "connectors/mongodb/mongodb_sink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "base/random.h"
#include "bson/number.h"
#include "connectors/mongodb/mongodb_client.h"
#include "docstore/docstore.h"
#include "docstore/documents_for_test.h"

namespace penstock {
namespace {

Result<Delivery> deliver(Sink& sink, std::vector<OwnedDocument> documents) {
  OutboxEntry entry;
  entry.seq = 1;
  entry.documents = std::move(documents);
  return sink.deliver(entry,
                      [](const std::vector<RefusedDocument>&) { return Result<std::vector<OwnedDocument>>({}); });
}

using ::testing::HasSubstr;
using ::testing::Not;

// Its own for every process, so that several may run at once.
const std::string kDb = fmt::format("penstock_sink_test_{}", ::getpid());

// Without a server.

class MongodbSinkAlone : public ::testing::Test {
 protected:
  MongodbSinkAlone() {
    spec_.connection_name = "m";
    spec_.db = "d";
    spec_.coll = "c";
  }
  MergeSpec spec_;
  SystemClock clock_;
  MemoryLogger log_;
};

TEST_F(MongodbSinkAlone, NobodyAnswers) {
  MongoSinkOptions options;
  options.contact_time = Duration{300};
  auto sink = make_mongodb_sink(Secret("mongodb://bob:hunter2@127.0.0.1:1"), spec_, {}, options, clock_, log_);
  ASSERT_TRUE(sink.ok());
  EXPECT_EQ((*sink)->describe(), "MongoDB 127.0.0.1:1 d.c");
  auto opened = (*sink)->open();
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code(), ErrorCode::kPeerUnreachable);
  EXPECT_EQ(
      opened.error().message(),
      "cannot reach MongoDB at 127.0.0.1:1: connection refused; is it running, and is the address in the connection "
      "right?");
  auto delivery = deliver(**sink, docs({R"({"_id": 1})"}));
  ASSERT_FALSE(delivery.ok());
  EXPECT_TRUE(is_transient(delivery.error()));
  EXPECT_THAT(log_.text(), Not(HasSubstr("hunter2")));
}

TEST_F(MongodbSinkAlone, WrongUris) {
  for (const std::string uri :
       {"mongodb://bob:hunter2@", "mongodb://bob:hunt%er2@h", "mongodb://bob:hunter2@h:99999/", "http://bob:hunter2@h",
        "mongodb://", "mongodb://bob:hunter2@h/?tls=false&authMechanism=MONGODB-X509&ssl=true"}) {
    auto sink = make_mongodb_sink(Secret(uri), spec_, {}, {}, clock_, log_);
    if (sink.ok()) continue;
    EXPECT_EQ(sink.error().code(), ErrorCode::kInvalidDefinition) << uri;
    EXPECT_THAT(sink.error().message(), Not(HasSubstr("hunt"))) << uri;
  }
  EXPECT_FALSE(make_mongodb_sink(Secret("mongodb://bob:hunt%er2@h"), spec_, {}, {}, clock_, log_).ok());
  EXPECT_THAT(log_.text(), Not(HasSubstr("hunt")));
}

// With a server.

class MongodbSinkLiveTest : public MongodbSinkAlone {
 protected:
  void SetUp() override {
    const char* uri = std::getenv("PENSTOCK_TEST_MONGODB_URI");
    if (uri == nullptr) GTEST_SKIP() << "PENSTOCK_TEST_MONGODB_URI is not set: no MongoDB to compare with";
    uri_ = uri;
    scope_.emplace(log_);
    mongo::UriHandle parsed(mongoc_uri_new(uri));
    ASSERT_NE(parsed, nullptr);
    auto client = mongo::Client::make(*parsed, mongo::peer_of(*parsed, "test"), {Duration{20'000}, Duration{20'000}});
    ASSERT_TRUE(client.ok());
    client_ = std::move(*client);
    spec_.db = kDb;
    spec_.coll = "ours";
    run(R"({"dropDatabase": 1})");
  }
  void TearDown() override {
    if (client_ != nullptr) run(R"({"dropDatabase": 1})");
    client_.reset();
    scope_.reset();
  }

  OwnedDocument run(std::string_view command) { return run(doc(command)); }
  OwnedDocument run(Document command) {
    auto reply = client_->read(kDb, command);
    EXPECT_TRUE(reply.ok()) << to_json(command) << (reply.ok() ? "" : reply.error().message());
    return reply.ok() ? std::move(*reply) : OwnedDocument();
  }
  void insert(std::string_view coll, const std::vector<OwnedDocument>& documents) {
    DocumentBuilder builder;
    builder.append("insert", Value::string(coll));
    const size_t list = builder.begin_array("documents");
    char scratch[12];
    for (uint32_t i = 0; i < documents.size(); ++i) {
      builder.append(index_name(i, scratch), Value::object(documents[i]));
    }
    builder.end(list);
    run(OwnedDocument(builder.take()));
  }
  std::vector<OwnedDocument> content(std::string_view coll) {
    std::vector<OwnedDocument> documents;
    const OwnedDocument reply = run(fmt::format(R"({{"find": "{}", "batchSize": 100000}})", coll));
    for (const Element& d : reply.view().get("cursor").as_object().get("firstBatch").as_array()) {
      documents.emplace_back(d.value.as_object());
    }
    return documents;
  }
  std::unique_ptr<Sink> open_sink(MongoSinkOptions options = {}) {
    auto sink = make_mongodb_sink(Secret(uri_), spec_, {}, options, clock_, log_);
    EXPECT_TRUE(sink.ok());
    auto opened = (*sink)->open();
    EXPECT_TRUE(opened.ok()) << (opened.ok() ? "" : opened.error().message());
    return std::move(*sink);
  }

  // The server's own $merge of one document into "theirs": the error code, 0 if it went well.
  int32_t merge_by_server(Document document);
  void compare(std::string_view why, const std::vector<OwnedDocument>& existing,
               const std::vector<OwnedDocument>& incoming, bool embedded_too = true);

  std::string uri_;
  std::optional<mongo::LibraryScope> scope_;
  std::unique_ptr<mongo::Client> client_;
};

std::string to_json_array(Document array) {
  std::string text;
  for (const Element& item : array)
    text += fmt::format("{}{}", text.empty() ? "" : ",", to_json(item.value.as_object()));
  return "[" + text + "]";
}

int32_t MongodbSinkLiveTest::merge_by_server(Document document) {
  DocumentBuilder source;
  source.append("_id", Value::int32(1));
  source.append("d", Value::object(document));
  run(R"({"delete": "source", "deletes": [{"q": {}, "limit": 0}]})");
  std::vector<OwnedDocument> one;
  one.emplace_back(source.take());
  insert("source", one);
  constexpr std::string_view kModes[] = {"\"merge\"", "\"replace\"", "\"keepExisting\"", "\"fail\""};
  const bool pipeline = spec_.when_matched == WhenMatched::kPipeline;
  std::string matched =
      pipeline ? to_json_array(spec_.pipeline) : std::string(kModes[static_cast<int>(spec_.when_matched)]);
  if (!spec_.let.view().empty()) matched += ", \"let\": " + to_json(spec_.let.view());
  std::string on;
  for (const std::string& path : spec_.on)
    on += fmt::format(R"({}"{}")", on.empty() ? "" : ",", path);
  auto reply = client_->read(
      kDb,
      doc(fmt::format(R"({{"aggregate": "source", "cursor": {{}}, "pipeline": [{{"$replaceRoot": {{"newRoot": "$d"}}}},
                               {{"$merge": {{"into": "theirs", "on": [{}], "whenMatched": {}, "whenNotMatched": "{}"}}}}]}})",
                      on, matched, spec_.when_not_matched == WhenNotMatched::kInsert ? "insert" : "discard")));
  return reply.ok() ? 0 : static_cast<int32_t>(reply.error().code());
}

void MongodbSinkLiveTest::compare(std::string_view why, const std::vector<OwnedDocument>& existing,
                                  const std::vector<OwnedDocument>& incoming, bool embedded_too) {
  run(R"({"dropDatabase": 1})");
  const bool own_index = spec_.on != std::vector<std::string>{"_id"};
  for (std::string_view coll : {"theirs", "ours"}) {
    if (!existing.empty()) insert(coll, existing);
    if (!own_index) continue;
    std::string key;
    for (const std::string& path : spec_.on)
      key += fmt::format(R"({}"{}": 1)", key.empty() ? "" : ",", path);
    run(fmt::format(R"({{"createIndexes": "{}", "indexes": [{{"key": {{{}}}, "name": "k", "unique": true}}]}})", coll,
                    key));
  }
  std::map<size_t, int32_t> their_errors;
  for (size_t i = 0; i < incoming.size(); ++i) {
    const int32_t code = merge_by_server(incoming[i]);
    if (code != 0) their_errors[i] = code;
  }
  const std::vector<OwnedDocument> theirs = content("theirs");

  auto sink = open_sink();
  auto delivery = deliver(*sink, incoming);
  ASSERT_TRUE(delivery.ok()) << why << ": " << delivery.error().message();
  const std::vector<OwnedDocument> ours = content("ours");

  const auto errors_of = [](const Delivery& d) {
    std::map<size_t, int32_t> errors;
    for (const RefusedDocument& r : d.refused)
      errors[r.index] = r.code;
    return errors;
  };
  const auto same_bytes = [](const OwnedDocument& a, const OwnedDocument& b) { return a.bytes() == b.bytes(); };
  EXPECT_EQ(errors_of(*delivery), their_errors) << why;
  EXPECT_EQ(text_of(ours), text_of(theirs)) << why;
  EXPECT_TRUE(std::equal(ours.begin(), ours.end(), theirs.begin(), theirs.end(), same_bytes)) << why;
  if (!embedded_too) return;

  const TemporaryFolder folder;
  auto store = DocStore::open(folder.path(), StoreMode::kReadWrite, clock_);
  ASSERT_TRUE(store.ok());
  ASSERT_TRUE((*store)->insert(kDb, "ours", existing).ok());
  auto stored = (*store)->merge(kDb, "ours", incoming, spec_);
  ASSERT_TRUE(stored.ok());
  auto embedded = (*store)->find_all(kDb, "ours", {});
  ASSERT_TRUE(embedded.ok());

  EXPECT_EQ(errors_of(*stored), their_errors) << why << " (embedded)";
  EXPECT_EQ(text_of(*embedded), text_of(theirs)) << why << " (embedded)";
  EXPECT_TRUE(std::equal(embedded->begin(), embedded->end(), theirs.begin(), theirs.end(), same_bytes)) << why;
}

struct Mode {
  WhenMatched matched;
  WhenNotMatched not_matched;
};
constexpr Mode kModes[] = {{WhenMatched::kMerge, WhenNotMatched::kInsert},
                           {WhenMatched::kMerge, WhenNotMatched::kDiscard},
                           {WhenMatched::kReplace, WhenNotMatched::kInsert},
                           {WhenMatched::kReplace, WhenNotMatched::kDiscard},
                           {WhenMatched::kKeepExisting, WhenNotMatched::kInsert}};

TEST_F(MongodbSinkLiveTest, SameAsTheServersMerge) {
  const auto existing = docs({R"({"_id": 1, "c": 1, "b": {"x": 1, "y": 2}, "l": [1, {"q": 2}, 3]})",
                              R"({"_id": {"s": "A", "w": 1}, "n": 1})", R"({"_id": 3, "k": null})"});
  const auto incoming = docs({
      R"({"_id": 1, "z": 1, "b": {"y": 3}, "a": {"q": 1, "c": [2, {"z": 1, "a": 2}]}, "10": 1, "9": 2, "1a": 3, "09": 4})",
      R"({"z": "a.b", "_id": 2, "b": "1.5", "": 5})",
      R"({"z": "a.b", "_id": 2, "b": "1.5", "10": [], "9": {}, "100": null, "B": true, "_x": 1})",
      R"({"_id": {"s": "A", "w": 1}, "v": {"$date": "2024-01-01T00:00:00Z"}, "d": {"$numberDecimal": "1.10"}})",
      R"({"_id": {"w": 1, "s": "A"}, "v": {"$numberLong": "5"}})",
      R"({"_id": {"$numberLong": "1"}, "v": 1})",
      R"({"_id": {"$oid": "507f1f77bcf86cd799439011"}, "v": {"$binary": {"base64": "AAEC", "subType": "00"}}})",
      R"({"_id": 1, "l.1.q": 7, "l.4": 1})",
      R"({"_id": 1, "l.x": 7})",
      R"({"_id": 3, "k.x": 7})",
      R"({"_id": 5, "a.b": 1, "a.c.d": 2, "a.10": 1, "a.9": 1})",
      R"({"_id": 6, "a.b": 1, "a": 1})",
      R"({"_id": 7, "n": {"a.b": 1, "$y": 2, "": 3}})",
      R"({"_id": 8, "$x": 1})",
      R"({"_id": 8, "$x": 2})",
      R"({"_id": null, "a": 1})",
      R"({"a": [1], "_id": [1]})",
      R"({"_id": {"$undefined": true}, "a": 1})",
      R"({"_id": {"$minKey": 1}, "m": {"$maxKey": 1}, "r": {"$regularExpression": {"pattern": "a", "options": "i"}}})",
      R"({"_id": 9, "a..b": 1})",
      R"({"_id": 10})",
      R"({"_id": 1, "c": 5, "c2": 1, "b": 1})",
  });
  for (const Mode& mode : kModes) {
    spec_.when_matched = mode.matched;
    spec_.when_not_matched = mode.not_matched;
    compare(fmt::format("mode {} {}", static_cast<int>(mode.matched), static_cast<int>(mode.not_matched)), existing,
            incoming);
  }
}

TEST_F(MongodbSinkLiveTest, SameAsTheServersMergeWithPipelinesAndFail) {
  const auto existing = docs({R"({"_id": 1, "n": 1, "l": [1]})", R"({"_id": 2, "k": 7, "n": 5})"});
  const auto incoming = docs({R"({"_id": 1, "z": 1, "n": 10, "l": [2]})", R"({"_id": 1, "n": 100, "l": []})",
                              R"({"z": 1, "_id": 3, "n": 1, "b": 2})", R"({"_id": 3, "n": 2})",
                              R"({"_id": 2, "n": "text", "l": [1]})", R"({"_id": 4, "$x": 1, "a.b": 2})"});
  struct Case {
    std::string_view pipeline, let;
  };
  for (const Case& c :
       {Case{R"([{"$set": {"n": {"$add": ["$n", "$$new.n"]}}}])", "{}"}, Case{"[]", "{}"},
        Case{R"([{"$set": {"l": {"$concatArrays": ["$l", "$$new.l"]}}}, {"$unset": "k"}])", "{}"},
        Case{R"([{"$replaceWith": {"$mergeObjects": ["$$new", {"old": "$$ROOT"}]}}])", "{}"},
        Case{R"([{"$set": {"x": "$$x", "n": "$$new.n"}}, {"$project": {"x": 1}}])",
             R"({"x": {"$ifNull": ["$z", "$n"]}})"},
        Case{R"([{"$set": {"x": "$$x"}}])", R"({"x": "$z"})"}, Case{R"([{"$set": {"_id": 77}}])", "{}"}}) {
    for (const WhenNotMatched not_matched : {WhenNotMatched::kInsert, WhenNotMatched::kDiscard}) {
      // The server's own $merge forgets the variables then (6.0.5: 17276 "Use of undefined variable").
      if (c.let != "{}" && not_matched == WhenNotMatched::kDiscard) continue;
      spec_.when_matched = WhenMatched::kPipeline;
      spec_.when_not_matched = not_matched;
      const OwnedDocument wrapped = doc(fmt::format(R"({{"p": {}}})", c.pipeline));
      spec_.pipeline = OwnedDocument(wrapped.view().get("p").as_array());
      spec_.let = doc(c.let);
      compare(fmt::format("{} let {}", c.pipeline, c.let), existing, incoming, false);
    }
  }
  spec_.when_matched = WhenMatched::kFail;
  spec_.when_not_matched = WhenNotMatched::kInsert;
  spec_.let = OwnedDocument();
  compare("fail", existing, incoming, false);
}

TEST_F(MongodbSinkLiveTest, SameAsTheServersMergeOnOtherFields) {
  const auto existing =
      docs({R"({"_id": 1, "b": "v", "a": 1, "c": 1})", R"({"_id": 2, "c": 7, "b": "w", "a": {"x": 1}})"});
  const auto incoming = docs({
      R"({"z": 1, "b": "v", "a": 1, "_id": 1, "d": 1})",
      R"({"z": 1, "b": "v", "a": 1, "_id": 9, "d": 1})",
      R"({"z": 1, "b": "v", "a": 1.0, "_id": 1})",
      R"({"_id": 3, "z": 1, "b": "new", "c": 2, "a": 5, "9": 1, "10": 1})",
      R"({"_id": 4, "b": "x"})",
      R"({"_id": 4, "b": "x", "a": null})",
      R"({"_id": 4, "b": [1], "a": 1})",
      R"({"_id": 4, "b": [], "a": 1})",
      R"({"_id": 2, "b": "taken id", "a": 1})",
      R"({"_id": {"$numberLong": "2"}, "b": "w", "a": {"x": 1}, "q": 1})",
      R"({"_id": 5, "a": {"x": [1]}, "b": {"y": 1}})",
  });
  for (const Mode& mode : kModes) {
    spec_.when_matched = mode.matched;
    spec_.when_not_matched = mode.not_matched;
    const auto why = [&](std::string_view on) {
      return fmt::format("on {} mode {} {}", on, static_cast<int>(mode.matched), static_cast<int>(mode.not_matched));
    };
    spec_.on = {"a", "b"};
    compare(why("a, b"), existing, incoming);
    spec_.on = {"b"};
    compare(why("b"), existing, incoming);
    spec_.on = {"b", "_id"};
    compare(why("b, _id"), existing, incoming);
    spec_.on = {"n.k", "c"};
    compare(why("n.k, c"), {},
            docs({R"({"_id": 1, "z": 1, "n": {"y": 1, "k": 5, "x": 2}, "c": 1})",
                  R"({"_id": 1, "c": 1, "n": {"k": 5}, "a": 1})", R"({"_id": 2, "n": 5, "c": 1})",
                  R"({"_id": 2, "n": [{"k": 1}], "c": 1})", R"({"_id": 2, "n.k": 1, "c": 1})",
                  R"({"_id": 3, "n": {"k": 6}, "c": 1, "n.q": 1})"}));
  }
}

TEST_F(MongodbSinkLiveTest, SameAsTheServersMergeOnRandomDocuments) {
  const uint64_t seed = SystemRandom().next();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  SeededRandom random(seed);
  const auto random_name = [&] {
    std::string name(1, "abz019$B"[random.below(100) == 0 ? 6 : random.below(6)]);
    while (random.below(3) == 0)
      name += "ab019"[random.below(5)];
    if (random.below(12) == 0) name += std::string(".") + "abx01"[random.below(5)];
    return name;
  };
  const auto random_document = [&] {
    DocumentBuilder builder;
    builder.append("_id", Value::int32(static_cast<int32_t>(random.below(12))));
    for (uint64_t n = random.below(7); n > 0; --n) {
      const Value leaf = Value::int32(static_cast<int32_t>(random.below(5)));
      const uint64_t kind = random.below(6);
      if (kind > 1) {
        builder.append(random_name(), leaf);
        continue;
      }
      const size_t mark = kind == 0 ? builder.begin_object(random_name()) : builder.begin_array(random_name());
      for (int i = 0; i < 2; ++i)
        builder.append(kind == 0 ? random_name() : std::to_string(i), leaf);
      builder.end(mark);
    }
    return OwnedDocument(builder.take());
  };
  for (int round = 0; round < 10; ++round) {
    std::vector<OwnedDocument> incoming;
    for (int i = 0; i < 60; ++i)
      incoming.push_back(random_document());
    const Mode& mode = kModes[random.below(std::size(kModes))];
    spec_.when_matched = mode.matched;
    spec_.when_not_matched = mode.not_matched;
    std::vector<OwnedDocument> existing;
    for (int i = 0; i < 6; ++i)
      existing.push_back(doc(fmt::format(R"({{"_id": {}, "b": [1, {{"a": 1}}], "a": {{}}}})", i)));
    compare(fmt::format("round {}", round), existing, incoming);
  }
}

TEST_F(MongodbSinkLiveTest, ManyDocumentsAndAgain) {
  auto sink = open_sink();
  EXPECT_EQ(content("ours").size(), 0u) << "opening writes nothing";
  std::vector<OwnedDocument> documents;
  for (int i = 0; i < 12'345; ++i)
    documents.push_back(doc(fmt::format(R"({{"_id": {}, "v": {}, "a": 1}})", i % 10'000, i)));
  for (int round = 0; round < 2; ++round) {
    auto delivery = deliver(*sink, documents);
    ASSERT_TRUE(delivery.ok()) << delivery.error().message();
    EXPECT_TRUE(delivery->refused.empty());
    const auto stored = content("ours");
    ASSERT_EQ(stored.size(), 10'000u);
    for (const OwnedDocument& d : stored) {
      const int32_t id = d.view().get("_id").as_int();
      ASSERT_EQ(d.view().get("v").as_int(), id < 2345 ? id + 10'000 : id) << "the later one wins";
    }
  }
}

TEST_F(MongodbSinkLiveTest, RefusedDocumentsDoNotStopTheRest) {
  run(R"({"create": "ours", "validator": {"v": {"$lt": 5}}})");
  auto sink = open_sink();
  std::vector<OwnedDocument> documents;
  for (int i = 0; i < 3000; ++i)
    documents.push_back(doc(fmt::format(R"({{"_id": {}, "v": {}}})", i % 2990, i % 10)));
  auto delivery = deliver(*sink, documents);
  ASSERT_TRUE(delivery.ok());
  ASSERT_EQ(delivery->refused.size(), 1500u);
  for (const RefusedDocument& r : delivery->refused) {
    EXPECT_GE(r.index % 10, 5u);
    EXPECT_EQ(r.code, 121);
    EXPECT_EQ(r.reason, "Document failed validation");
  }
  EXPECT_EQ(content("ours").size(), 1495u);
}

TEST_F(MongodbSinkLiveTest, ALargeDocumentGoesAlone) {
  auto sink = open_sink();
  std::vector<OwnedDocument> documents;
  for (int i = 0; i < 3; ++i) {
    DocumentBuilder builder;
    builder.append("_id", Value::int32(i));
    // The last one is as large as a document may be.
    const size_t size = i < 2 ? size_t{9} << 20 : kDocumentBytesMax - 27;
    builder.append("v", Value::string(std::string(size, 'x')));
    documents.emplace_back(builder.take());
  }
  ASSERT_LE(documents[2].bytes().size(), kDocumentBytesMax);
  auto delivery = deliver(*sink, documents);
  ASSERT_TRUE(delivery.ok()) << delivery.error().message();
  EXPECT_TRUE(delivery->refused.empty()) << delivery->refused[0].reason;
  EXPECT_EQ(to_integral(run(R"({"count": "ours"})").view().get("n")), 3);
}

TEST_F(MongodbSinkLiveTest, TheUniqueIndexOfOtherFields) {
  spec_.on = {"k", "m"};
  insert("ours", docs({R"({"_id": 1, "k": 1, "m": 1})"}));
  auto sink = make_mongodb_sink(Secret(uri_), spec_, {}, {}, clock_, log_);
  ASSERT_TRUE(sink.ok());
  auto opened = (*sink)->open();
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code(), ErrorCode{51183});
  EXPECT_THAT(opened.error().message(),
              HasSubstr(R"(getCollection("ours").createIndex({"k":1,"m":1}, {unique: true}))"));
  run(R"({"drop": "ours"})");
  ASSERT_TRUE((*sink)->open().ok()) << "a missing collection gets the index";
  ASSERT_TRUE((*sink)->open().ok()) << "and has it then";
  const std::string id = R"({"_id": {"$oid": "507f1f77bcf86cd79943901)";
  auto delivery =
      deliver(**sink, docs({id + R"(1"}, "k": 1, "m": 1, "a": 1})", id + R"(2"}, "k": 1, "m": 1, "b": 1})"}));
  ASSERT_TRUE(delivery.ok());
  EXPECT_TRUE(delivery->refused.empty());
  EXPECT_EQ(text_of(content("ours")), R"({"_id":{"$oid":"507f1f77bcf86cd799439011"},"k":1,"m":1,"a":1,"b":1} )");
}

TEST_F(MongodbSinkLiveTest, WrongPassword) {
  run(R"({"dropAllUsersFromDatabase": 1})");
  run(R"({"createUser": "bob", "pwd": "right", "roles": ["readWrite"]})");
  const size_t at = uri_.find("://") + 3;
  for (const auto& [password, ok] : {std::pair{"right", true}, {"wrong", false}}) {
    std::string uri = uri_;
    uri.insert(at, fmt::format("bob:{}@", password));
    uri += fmt::format("&authSource={}", kDb);
    auto sink = make_mongodb_sink(Secret(uri), spec_, {}, {}, clock_, log_);
    ASSERT_TRUE(sink.ok());
    const int64_t start = clock_.monotonic_ns();
    auto opened = (*sink)->open();
    EXPECT_EQ(opened.ok(), ok) << (opened.ok() ? "" : opened.error().message());
    EXPECT_LT(clock_.monotonic_ns() - start, 10'000'000'000) << "an answer, not a time-out";
    if (opened.ok()) continue;
    EXPECT_EQ(opened.error().code(), ErrorCode::kCredentialsRefused);
    EXPECT_THAT(opened.error().message(), HasSubstr("refuses user \"bob\""));
    EXPECT_THAT(opened.error().message(), Not(HasSubstr("wrong")));
  }
  run(R"({"dropAllUsersFromDatabase": 1})");
}

TEST_F(MongodbSinkLiveTest, AViewIsNoTarget) {
  insert("base", docs({R"({"_id": 1})"}));
  run(R"({"create": "ours", "viewOn": "base", "pipeline": []})");
  auto sink = make_mongodb_sink(Secret(uri_), spec_, {}, {}, clock_, log_);
  ASSERT_TRUE(sink.ok());
  auto opened = (*sink)->open();
  ASSERT_FALSE(opened.ok());
  EXPECT_THAT(opened.error().message(), HasSubstr("is a view"));
}

}  // namespace
}  // namespace penstock
