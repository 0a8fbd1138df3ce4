// SPDX-License-Identifier: Apache-2.0
// Nothing twice, nothing lost: entries delivered to a real mongod of the test's own, which is made to fail, step down
// and die in between. The merge mode is an additive pipeline where it may be: one delivery too many shows for ever.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bson/number.h"
#include "connectors/mongodb/mongod_for_test.h"
#include "connectors/mongodb/mongodb_sink.h"

namespace penstock {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kAdd = R"("whenMatched": [{"$set": {"n": {"$add": ["$n", "$$new.n"]}}}])";

class MongodbDelivery : public ::testing::Test {
 protected:
  static void TearDownTestSuite() {
    replica_set_.reset();
    standalone_.reset();
  }
  void SetUp() override {
    if (MongodForTest::binary().empty()) {
      GTEST_SKIP() << "no mongod: set PENSTOCK_TEST_MONGOD or call scripts/services/mongod.sh fetch";
    }
  }
  void TearDown() override {
    if (server_ == nullptr) return;
    server_->no_fail_point();
    server_->run("d", R"({"dropDatabase": 1})");
  }
  void use(MongodKind kind) {
    std::unique_ptr<MongodForTest>& server = kind == MongodKind::kReplicaSet ? replica_set_ : standalone_;
    if (server == nullptr) server = std::make_unique<MongodForTest>(kind);
    server_ = server.get();
    server_->run("d", R"({"dropDatabase": 1})");
  }

  static MergeSpec spec_of(std::string_view options, std::string_view coll = "c") {
    const OwnedDocument text = doc(fmt::format(R"({{"into": {{"connectionName": "m", "db": "d", "coll": "{}"}}{}{}}})",
                                               coll, options.empty() ? "" : ", ", options));
    auto spec = parse_merge(Value::object(text));
    EXPECT_TRUE(spec.ok()) << options << (spec.ok() ? "" : spec.error().message());
    return spec.ok() ? std::move(*spec) : MergeSpec();
  }
  // A sink with its queue in d.dlq, opened.
  std::unique_ptr<Sink> sink_of(std::string_view options) {
    auto sink = make_mongodb_sink(Secret(server_->uri()), spec_of(options), spec_of("", "dlq"), {}, clock_, log_);
    EXPECT_TRUE(sink.ok());
    auto opened = (*sink)->open();
    EXPECT_TRUE(opened.ok()) << (opened.ok() ? "" : opened.error().message());
    return std::move(*sink);
  }
  static Marker claim(Sink& sink, std::optional<uint64_t> seq = std::nullopt) {
    auto marker = sink.claim({.lineage = "L", .processor = "p", .seq = seq});
    EXPECT_TRUE(marker.ok()) << (marker.ok() ? "" : marker.error().message());
    return marker.ok() ? std::move(*marker) : Marker();
  }
  static OutboxEntry entry_of(uint64_t seq, std::initializer_list<std::string_view> documents,
                              std::initializer_list<std::string_view> letters = {}) {
    OutboxEntry entry;
    entry.seq = seq;
    entry.documents = docs(documents);
    entry.dead_letters = docs(letters);
    const OwnedDocument cut = doc(R"({"c": [{"topic": "t", "partition": 0, "offset": 9}]})");
    entry.cut = OwnedDocument(cut.view().get("c").as_array());
    return entry;
  }
  // A letter per refused document: {_id: "letter-<index>", code}.
  Result<Delivery> deliver(Sink& sink, const OutboxEntry& entry) {
    return sink.deliver(entry, [this](const std::vector<RefusedDocument>& refused) {
      std::vector<OwnedDocument> letters;
      for (const RefusedDocument& r : refused) {
        letters.push_back(doc(fmt::format(R"({{"_id": "letter-{}", "code": {}}})", r.index, r.code)));
      }
      ++letter_calls_;
      return Result<std::vector<OwnedDocument>>(std::move(letters));
    });
  }
  // As the delivery task does: transient errors are repeated.
  Delivery deliver_until_done(Sink& sink, const OutboxEntry& entry) {
    for (int attempt = 0; attempt < 300; ++attempt) {
      auto delivery = deliver(sink, entry);
      if (delivery.ok()) return std::move(*delivery);
      EXPECT_TRUE(is_transient(delivery.error())) << delivery.error().message();
      if (!is_transient(delivery.error())) return {};
      ++transient_;
      ::usleep(100'000);
    }
    ADD_FAILURE() << "never delivered";
    return {};
  }
  std::string content(std::string_view coll) {
    const OwnedDocument reply = server_->run(
        "d",
        fmt::format(
            R"({{"find": "{}", "batchSize": 100000, "sort": {{"_id": 1}}, "readConcern": {{"level": "majority"}}}})",
            coll));
    std::string text;
    for (const Element& d : reply.view().get("cursor").as_object().get("firstBatch").as_array())
      text += to_json(d.value.as_object()) + " ";
    return text;
  }
  // "seq 3 fence 1", or "none".
  std::string marker() {
    const OwnedDocument reply = server_->run("d", R"({"find": "__penstock_commits"})");
    const Document batch = reply.view().get("cursor").as_object().get("firstBatch").as_array();
    if (batch.empty()) return "none";
    const Document first = batch.begin()->value.as_object();
    return fmt::format("seq {} fence {}", *to_integral(first.get("seq")), *to_integral(first.get("fence")));
  }

  static std::unique_ptr<MongodForTest> replica_set_, standalone_;
  MongodForTest* server_ = nullptr;
  SystemClock clock_;
  MemoryLogger log_;
  int transient_ = 0;
  int letter_calls_ = 0;
};

std::unique_ptr<MongodForTest> MongodbDelivery::replica_set_;
std::unique_ptr<MongodForTest> MongodbDelivery::standalone_;

TEST_F(MongodbDelivery, WhatItIsWorth) {
  struct Case {
    MongodKind kind;
    std::string_view options;
    GuaranteeLevel level;
    std::string_view reason;
  };
  for (const Case& c :
       {Case{MongodKind::kReplicaSet, kAdd, GuaranteeLevel::kExactlyOnce, "in one transaction"},
        Case{MongodKind::kStandalone, "", GuaranteeLevel::kEffectivelyOnce, "is no replica set"},
        Case{MongodKind::kStandalone, kAdd, GuaranteeLevel::kAtLeastOnce, "as a replica set (one member is enough)"}}) {
    use(c.kind);
    const Guarantee guarantee = sink_of(c.options)->guarantee();
    EXPECT_EQ(guarantee.level, c.level) << c.options;
    EXPECT_THAT(guarantee.reason, HasSubstr(c.reason));
  }
}

TEST_F(MongodbDelivery, MarkersAreClaimedAndForgotten) {
  for (MongodKind kind : {MongodKind::kReplicaSet, MongodKind::kStandalone}) {
    use(kind);
    auto sink = sink_of("");
    EXPECT_TRUE(sink->markers("p")->empty());
    EXPECT_EQ(claim(*sink).fence, 1u);
    EXPECT_EQ(claim(*sink).fence, 2u);
    EXPECT_EQ(claim(*sink, 5).seq, 5u);
    EXPECT_EQ(claim(*sink).seq, 5u);
    ASSERT_TRUE(sink->claim({.lineage = "M", .processor = "p", .seq = {}}).ok());
    ASSERT_TRUE(sink->claim({.lineage = "N", .processor = "q", .seq = {}}).ok());
    auto markers = sink->markers("p");
    ASSERT_TRUE(markers.ok());
    ASSERT_EQ(markers->size(), 2u);
    EXPECT_EQ((*markers)[0].lineage, "M") << "the newest first";
    EXPECT_EQ((*markers)[1].fence, 4u);
    EXPECT_TRUE(sink->forget("L").ok());
    EXPECT_TRUE(sink->forget("L").ok()) << "missing is fine";
    EXPECT_EQ(sink->markers("p")->size(), 1u);
  }
}

TEST_F(MongodbDelivery, EntriesFollowEachOtherAndCountOnce) {
  use(MongodKind::kReplicaSet);
  auto sink = sink_of(kAdd);
  claim(*sink);
  const OutboxEntry first =
      entry_of(1, {R"({"_id": 1, "n": 1})", R"({"_id": 2, "n": 5})"}, {R"({"_id": "a", "z": 1})"});
  const OutboxEntry second = entry_of(2, {R"({"_id": 1, "n": 10})", R"({"_id": 1, "n": 100})"});
  for (const OutboxEntry* entry : {&first, &second}) {
    auto delivery = deliver(*sink, *entry);
    ASSERT_TRUE(delivery.ok()) << delivery.error().message();
    EXPECT_FALSE(delivery->repeated);
  }
  for (const OutboxEntry* entry : {&second, &first}) {
    auto again = deliver(*sink, *entry);
    ASSERT_TRUE(again.ok()) << again.error().message();
    EXPECT_TRUE(again->repeated);
  }
  EXPECT_EQ(content("c"), R"({"_id":1,"n":111} {"_id":2,"n":5} )");
  EXPECT_EQ(content("dlq"), R"({"_id":"a","z":1} )");
  EXPECT_EQ(marker(), "seq 2 fence 1");
  auto markers = sink->markers("p");
  ASSERT_EQ(markers->size(), 1u);
  EXPECT_EQ(to_text(Value::array(markers->front().cut)), R"([ { topic: "t", partition: 0, offset: 9 } ])");
  EXPECT_GT(markers->front().at.ms, 1'600'000'000'000);
}

TEST_F(MongodbDelivery, AnotherProcessGoesOnWhereTheMarkerIs) {
  use(MongodKind::kReplicaSet);
  const OutboxEntry first = entry_of(1, {R"({"_id": 1, "n": 1})"});
  const OutboxEntry second = entry_of(2, {R"({"_id": 1, "n": 10})"});
  auto old = sink_of(kAdd);
  claim(*old);
  ASSERT_TRUE(deliver(*old, first).ok());
  auto young = sink_of(kAdd);
  EXPECT_EQ(claim(*young).seq, 1u);
  for (const OutboxEntry* entry : {&first, &second}) {
    auto locked_out = deliver(*old, *entry);
    ASSERT_FALSE(locked_out.ok());
    EXPECT_EQ(locked_out.error().code(), ErrorCode::kStateRefused);
    EXPECT_THAT(locked_out.error().message(), HasSubstr("another instance"));
  }
  EXPECT_TRUE(deliver(*young, first)->repeated);
  EXPECT_FALSE(deliver(*young, second)->repeated);
  EXPECT_EQ(content("c"), R"({"_id":1,"n":11} )");
}

TEST_F(MongodbDelivery, AMarkerThatDoesNotFitIsRefused) {
  for (MongodKind kind : {MongodKind::kReplicaSet, MongodKind::kStandalone}) {
    use(kind);
    auto sink = sink_of("");
    claim(*sink);
    auto gap = deliver(*sink, entry_of(5, {R"({"_id": 1})"}));
    ASSERT_FALSE(gap.ok());
    EXPECT_EQ(gap.error().code(), ErrorCode::kStateRefused);
    EXPECT_THAT(gap.error().message(), HasSubstr("entry 5 cannot follow entry 0"));
    ASSERT_TRUE(sink->forget("L").ok());
    auto gone = deliver(*sink, entry_of(1, {R"({"_id": 1})"}));
    ASSERT_FALSE(gone.ok());
    EXPECT_EQ(gone.error().code(), ErrorCode::kStateRefused);
    EXPECT_THAT(gone.error().message(), HasSubstr("the marker of lineage L is gone"));
    EXPECT_EQ(content("c"), "");
    claim(*sink, 4);
    EXPECT_TRUE(deliver(*sink, entry_of(5, {R"({"_id": 1})"})).ok());
  }
}

TEST_F(MongodbDelivery, ARefusedDocumentBecomesALetterInTheSameCommit) {
  use(MongodKind::kReplicaSet);
  server_->run("d", R"({"create": "c", "validator": {"n": {"$lt": 100}}})");
  auto sink = sink_of(kAdd);
  claim(*sink);
  auto delivery = deliver(
      *sink, entry_of(1,
                      {R"({"_id": 1, "n": 60})", R"({"_id": 1, "n": 60})", R"({"_id": 2, "n": 500})",
                       R"({"_id": 1, "n": 30})", R"({"n": 1})", R"({"_id": 3, "n": "text"})", R"({"_id": 4, "n": 1})"},
                      {R"({"_id": "late"})"}));
  ASSERT_TRUE(delivery.ok()) << delivery.error().message();
  std::string refused;
  for (const RefusedDocument& r : delivery->refused)
    refused += fmt::format("{}:{} ", r.index, r.code);
  EXPECT_EQ(refused, "1:121 2:121 4:51132 5:121 ");
  EXPECT_EQ(content("c"), R"({"_id":1,"n":90} {"_id":4,"n":1} )");
  EXPECT_EQ(content("dlq"), R"({"_id":"late"} {"_id":"letter-1","code":121} {"_id":"letter-2","code":121} )"
                            R"({"_id":"letter-4","code":51132} {"_id":"letter-5","code":121} )");
  EXPECT_EQ(letter_calls_, 1);
  EXPECT_TRUE(deliver(*sink, entry_of(1, {R"({"_id": 2, "n": 500})"}))->repeated);
}

TEST_F(MongodbDelivery, ManyRefusedDocumentsInOneEntry) {
  use(MongodKind::kReplicaSet);
  server_->run("d", R"({"create": "c", "validator": {"n": {"$ne": 7}}})");
  auto sink = sink_of("");
  claim(*sink);
  OutboxEntry entry = entry_of(1, {});
  for (int i = 0; i < 600; ++i)
    entry.documents.push_back(doc(fmt::format(R"({{"_id": {}, "n": {}}})", i, i % 2 == 0 ? 7 : 1)));
  auto delivery = deliver(*sink, entry);
  ASSERT_TRUE(delivery.ok()) << delivery.error().message();
  EXPECT_EQ(delivery->refused.size(), 300u);
  const OwnedDocument count = server_->run("d", R"({"count": "c"})");
  EXPECT_EQ(to_integral(count.view().get("n")), 300);
  const OwnedDocument letters = server_->run("d", R"({"count": "dlq"})");
  EXPECT_EQ(to_integral(letters.view().get("n")), 300);
}

// Document 2 is refused as long as document 1 has not made room for it in the index on u.
TEST_F(MongodbDelivery, ADocumentIsRefusedOnlyBehindThoseBeforeIt) {
  use(MongodKind::kReplicaSet);
  server_->run("d", R"({"insert": "c", "documents": [{"_id": 1, "u": "a"}, {"_id": 9, "u": "x"}]})");
  server_->run("d", R"({"createIndexes": "c", "indexes": [{"key": {"u": 1}, "name": "u", "unique": true}]})");
  auto sink = sink_of("");
  claim(*sink);
  auto delivery = deliver(*sink, entry_of(1, {R"({"_id": 1, "u": "b"})", R"({"_id": 5, "u": "x"})",
                                              R"({"_id": 2, "u": "a"})", R"({"_id": 6, "u": "x"})"}));
  ASSERT_TRUE(delivery.ok()) << delivery.error().message();
  ASSERT_EQ(delivery->refused.size(), 2u);
  EXPECT_EQ(delivery->refused[0].index, 1u);
  EXPECT_EQ(delivery->refused[1].index, 3u);
  EXPECT_EQ(content("c"), R"({"_id":1,"u":"b"} {"_id":2,"u":"a"} {"_id":9,"u":"x"} )");
}

TEST_F(MongodbDelivery, AnErrorOfTheLettersEndsTheDelivery) {
  for (MongodKind kind : {MongodKind::kReplicaSet, MongodKind::kStandalone}) {
    use(kind);
    auto sink = sink_of("");
    claim(*sink);
    auto delivery = sink->deliver(entry_of(1, {R"({"n": 1})", R"({"_id": 1})"}),
                                  [](const std::vector<RefusedDocument>&) -> Result<std::vector<OwnedDocument>> {
                                    return Error(ErrorCode::kPeerUnreachable, "the queue is away");
                                  });
    ASSERT_FALSE(delivery.ok());
    EXPECT_EQ(delivery.error().message(), "the queue is away");
    EXPECT_EQ(marker(), "seq 0 fence 1");
    EXPECT_EQ(content("c"), kind == MongodKind::kReplicaSet ? "" : R"({"_id":1} )") << "all or nothing, or again";
    EXPECT_TRUE(deliver(*sink, entry_of(1, {R"({"_id": 1})"})).ok());
  }
}

TEST_F(MongodbDelivery, ARefusedLetterDoesNotStopTheRest) {
  for (MongodKind kind : {MongodKind::kReplicaSet, MongodKind::kStandalone}) {
    use(kind);
    server_->run("d", R"({"create": "dlq", "validator": {"bad": {"$exists": false}}})");
    auto sink = sink_of("");
    claim(*sink);
    auto delivery = deliver(
        *sink, entry_of(1, {R"({"_id": 1})"}, {R"({"_id": "a"})", R"({"_id": "b", "bad": 1})", R"({"_id": "c"})"}));
    ASSERT_TRUE(delivery.ok()) << delivery.error().message();
    EXPECT_EQ(content("dlq"), R"({"_id":"a"} {"_id":"c"} )");
    EXPECT_EQ(content("c"), R"({"_id":1} )");
    EXPECT_THAT(log_.text(), HasSubstr("a dead letter is lost: d.dlq refuses it: Document failed validation"));
  }
}

TEST_F(MongodbDelivery, FailMakesLettersOfDuplicates) {
  for (MongodKind kind : {MongodKind::kReplicaSet, MongodKind::kStandalone}) {
    use(kind);
    server_->run("d", R"({"insert": "c", "documents": [{"_id": 1, "n": 0}]})");
    auto sink = sink_of(R"("whenMatched": "fail")");
    claim(*sink);
    const OutboxEntry entry = entry_of(1, {R"({"_id": 1, "n": 1})", R"({"_id": 2, "n": 2})", R"({"_id": 2, "n": 3})"});
    auto delivery = deliver(*sink, entry);
    ASSERT_TRUE(delivery.ok()) << delivery.error().message();
    ASSERT_EQ(delivery->refused.size(), 2u);
    EXPECT_EQ(delivery->refused[0].index, 0u);
    EXPECT_THAT(delivery->refused[0].reason, HasSubstr("$merge with whenMatched: fail found an existing document"));
    EXPECT_EQ(delivery->refused[1].index, 2u);
    EXPECT_EQ(content("c"), R"({"_id":1,"n":0} {"_id":2,"n":2} )");
    // Set back: what is there from the first time is no duplicate.
    claim(*sink, 0);
    delivery = deliver(*sink, entry);
    ASSERT_TRUE(delivery.ok()) << delivery.error().message();
    ASSERT_EQ(delivery->refused.size(), 2u);
    EXPECT_EQ(content("c"), R"({"_id":1,"n":0} {"_id":2,"n":2} )");
  }
}

TEST_F(MongodbDelivery, WithoutAClaimThereIsNoMarker) {
  for (MongodKind kind : {MongodKind::kReplicaSet, MongodKind::kStandalone}) {
    use(kind);
    auto sink = sink_of(kAdd);
    for (int round = 0; round < 2; ++round)
      ASSERT_TRUE(deliver(*sink, entry_of(1, {R"({"_id": 1, "n": 1})"}, {R"({"_id": "a"})"})).ok());
    EXPECT_EQ(content("c"), R"({"_id":1,"n":2} )");
    EXPECT_EQ(content("dlq"), R"({"_id":"a"} )");
    EXPECT_EQ(marker(), "none");
  }
}

TEST_F(MongodbDelivery, LettersOfAnotherSink) {
  use(MongodKind::kStandalone);
  auto sink = make_mongodb_sink(Secret(server_->uri()), spec_of("", "dlq"), std::nullopt, {}, clock_, log_);
  ASSERT_TRUE(sink.ok());
  EXPECT_FALSE((*sink)->takes_dead_letters());
  ASSERT_TRUE((*sink)->write_dead_letters(docs({R"({"_id": "a", "n": 1})"})).ok());
  ASSERT_TRUE((*sink)->write_dead_letters(docs({R"({"_id": "a", "n": 2})", R"({"_id": "b"})"})).ok());
  EXPECT_EQ(content("dlq"), R"({"_id":"a","n":1} {"_id":"b"} )");
}

TEST_F(MongodbDelivery, WithoutTransactionsTheSameBytesAreWrittenAgain) {
  use(MongodKind::kStandalone);
  auto sink = sink_of("");
  claim(*sink);
  const OutboxEntry entry = entry_of(1, {R"({"_id": 1, "n": 1})", R"({"_id": 1, "n": 2})"}, {R"({"_id": "a"})"});
  // The marker cannot be moved: everything before it has been written.
  server_->fail_command(R"({"skip": 2})", R"({"failCommands": ["update"], "errorCode": 91})");
  auto delivery = deliver(*sink, entry);
  ASSERT_FALSE(delivery.ok());
  EXPECT_TRUE(is_transient(delivery.error())) << delivery.error().message();
  EXPECT_EQ(content("c"), R"({"_id":1,"n":2} )");
  EXPECT_EQ(marker(), "seq 0 fence 1");
  server_->no_fail_point();
  EXPECT_FALSE(deliver(*sink, entry)->repeated);
  EXPECT_TRUE(deliver(*sink, entry)->repeated);
  EXPECT_EQ(content("c"), R"({"_id":1,"n":2} )");
  EXPECT_EQ(content("dlq"), R"({"_id":"a"} )");
  EXPECT_EQ(marker(), "seq 1 fence 1");
}

// Each fault hits entry 1, once or a few times. Then everything must be there once.
TEST_F(MongodbDelivery, FaultsCountOnce) {
  struct Case {
    std::string_view why, mode, data;
  };
  for (const Case& c : {
           Case{"the reply of the commit is lost", R"({"times": 1})",
                R"({"failCommands": ["commitTransaction"], "closeConnection": true})"},
           Case{"and those of its repetitions", R"({"times": 9})",
                R"({"failCommands": ["commitTransaction"], "closeConnection": true})"},
           Case{"the commit counts, and its majority is not confirmed", R"({"times": 4})",
                R"({"failCommands": ["commitTransaction"], "writeConcernError": {"code": 64, "errmsg": "slow",
                    "errInfo": {"wtimeout": true}}})"},
           Case{"the commit counts, and the primary goes", R"({"times": 9})",
                R"({"failCommands": ["commitTransaction"], "writeConcernError": {"code": 91, "errmsg": "shutdown",
                    "errorLabels": ["RetryableWriteError"]}})"},
           Case{"the commit does not count", R"({"times": 1})",
                R"({"failCommands": ["commitTransaction"], "errorCode": 251,
                    "errorLabels": ["TransientTransactionError"]})"},
           Case{"no primary for the commit", R"({"times": 3})",
                R"({"failCommands": ["commitTransaction"], "errorCode": 10107})"},
           Case{"the commit took too long", R"({"times": 3})",
                R"({"failCommands": ["commitTransaction"], "errorCode": 50})"},
           Case{"a write conflict", R"({"times": 2})",
                R"({"failCommands": ["update"], "errorCode": 112, "errorLabels": ["TransientTransactionError"]})"},
           Case{"many write conflicts", R"({"times": 12})",
                R"({"failCommands": ["update"], "errorCode": 112, "errorLabels": ["TransientTransactionError"]})"},
           Case{"the connection breaks in a write", R"({"times": 1})",
                R"({"failCommands": ["update"], "closeConnection": true})"},
           Case{"and in the one after the marker", R"({"skip": 1})",
                R"({"failCommands": ["update"], "closeConnection": true})"},
           Case{"no primary for a write", R"({"times": 2})", R"({"failCommands": ["update"], "errorCode": 10107})"},
           Case{"the marker cannot be read after a doubtful commit", R"({"times": 8})",
                R"({"failCommands": ["commitTransaction", "find"], "errorCode": 91})"},
       }) {
    use(MongodKind::kReplicaSet);
    auto sink = sink_of(kAdd);
    claim(*sink);
    ASSERT_TRUE(deliver(*sink, entry_of(1, {R"({"_id": 1, "n": 1})"})).ok()) << c.why;
    server_->fail_command(c.mode, c.data);
    const OutboxEntry entry = entry_of(2, {R"({"_id": 1, "n": 10})", R"({"_id": 2, "n": 1})"}, {R"({"_id": "a"})"});
    const bool for_ever = c.mode.find("skip") != std::string_view::npos;
    if (for_ever) {
      EXPECT_FALSE(deliver(*sink, entry).ok()) << c.why;
      server_->no_fail_point();
    }
    deliver_until_done(*sink, entry);
    server_->no_fail_point();
    EXPECT_TRUE(deliver(*sink, entry)->repeated) << c.why;
    deliver_until_done(*sink, entry_of(3, {R"({"_id": 1, "n": 100})"}));
    EXPECT_EQ(content("c"), R"({"_id":1,"n":111} {"_id":2,"n":1} )") << c.why;
    EXPECT_EQ(content("dlq"), R"({"_id":"a"} )") << c.why;
    EXPECT_EQ(marker(), "seq 3 fence 1") << c.why;
  }
}

TEST_F(MongodbDelivery, StepdownsAndKillsOfTheServerCountOnce) {
  use(MongodKind::kReplicaSet);
  auto sink = sink_of(kAdd);
  claim(*sink);
  int expected = 0;
  for (uint64_t seq = 1; seq <= 12; ++seq) {
    if (seq == 4) {
      server_->run("admin", R"({"configureFailPoint": "failCommand", "mode": {"times": 1},
                                "data": {"failCommands": ["commitTransaction"], "closeConnection": true}})");
    }
    if (seq == 6 || seq == 9) server_->try_run("admin", R"({"replSetStepDown": 2, "force": true})").ok();
    if (seq == 8 || seq == 11) server_->restart();
    deliver_until_done(*sink, entry_of(seq, {R"({"_id": 1, "n": 1})"}));
    ++expected;
  }
  server_->wait_until_writable();
  EXPECT_GT(transient_, 0);
  EXPECT_EQ(content("c"), fmt::format(R"({{"_id":1,"n":{}}} )", expected));
  EXPECT_EQ(marker(), "seq 12 fence 1");
}

// A process that dies in a transaction leaves it open on the server: the next one does not wait for its time-out.
TEST_F(MongodbDelivery, ADeadProcessDoesNotHoldUpTheNext) {
  use(MongodKind::kReplicaSet);
  auto dead = sink_of(kAdd);
  claim(*dead);
  ASSERT_TRUE(deliver(*dead, entry_of(1, {R"({"_id": 1, "n": 1})"})).ok());
  // Neither its commit nor its abort comes through, nor what libmongoc says at the end.
  server_->fail_command("\"alwaysOn\"", R"({"failCommands": ["commitTransaction", "abortTransaction", "endSessions"],
                                            "closeConnection": true})");
  EXPECT_FALSE(deliver(*dead, entry_of(2, {R"({"_id": 1, "n": 10})"})).ok());
  dead.reset();
  server_->no_fail_point();
  const int64_t start = clock_.monotonic_ns();
  auto next = sink_of(kAdd);
  EXPECT_EQ(claim(*next).seq, 1u);
  EXPECT_FALSE(deliver_until_done(*next, entry_of(2, {R"({"_id": 1, "n": 10})"})).repeated);
  EXPECT_LT(clock_.monotonic_ns() - start, 10'000'000'000);
  EXPECT_EQ(content("c"), R"({"_id":1,"n":11} )");
}

TEST_F(MongodbDelivery, APipelineTheServerDoesNotUnderstandIsFoundAtTheStart) {
  use(MongodKind::kReplicaSet);
  auto sink =
      make_mongodb_sink(Secret(server_->uri()), spec_of(R"("whenMatched": [{"$set": {"a": {"$nonsense": 1}}}])"),
                        std::nullopt, {}, clock_, log_);
  ASSERT_TRUE(sink.ok());
  auto opened = (*sink)->open();
  ASSERT_FALSE(opened.ok());
  EXPECT_THAT(opened.error().message(), HasSubstr("Unrecognized expression '$nonsense'"));
}

}  // namespace
}  // namespace penstock
