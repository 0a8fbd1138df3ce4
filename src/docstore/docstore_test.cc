// SPDX-License-Identifier: Apache-2.0
#include "docstore/docstore.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

#include "docstore/documents_for_test.h"

namespace penstock {
namespace {

using ::testing::HasSubstr;

class DocStoreTest : public ::testing::Test {
 protected:
  std::unique_ptr<DocStore> open(StoreMode mode = StoreMode::kReadWrite) {
    auto store = DocStore::open(folder_.path(), mode, clock_);
    EXPECT_TRUE(store.ok()) << (store.ok() ? "" : store.error().message());
    return store.ok() ? std::move(*store) : nullptr;
  }

  static std::string refused(const Result<Delivery>& delivery) {
    if (!delivery.ok()) return "error " + delivery.error().message();
    std::string text;
    for (const RefusedDocument& r : delivery->refused)
      text += fmt::format("{}:{} ", r.index, r.code);
    return text;
  }

  static std::string found(const DocStore& store, FindOptions options = {}, std::string_view coll = "c") {
    auto documents = store.find_all("d", coll, options);
    if (!documents.ok()) return fmt::format("error {}", static_cast<int>(documents.error().code()));
    return text_of(*documents);
  }

  static MergeSpec on(std::vector<std::string> fields) {
    MergeSpec spec;
    spec.on = std::move(fields);
    return spec;
  }

  TemporaryFolder folder_;
  ManualClock clock_;
};

TEST_F(DocStoreTest, MergesInOneTransactionAndKeepsTheNaturalOrder) {
  auto store = open();
  EXPECT_EQ(
      refused(store->merge("d", "c", docs({R"({"_id": 3, "v": 1})", R"({"_id": 1, "v": 1})", R"({"_id": 2})"}), {})),
      "");
  EXPECT_EQ(refused(store->merge("d", "c", docs({R"({"_id": 1, "a": 5})", R"({"_id": 0})"}), {})), "");
  EXPECT_EQ(found(*store), R"({"_id":3,"v":1} {"_id":1,"v":1,"a":5} {"_id":2} {"_id":0} )");
  EXPECT_EQ(*store->count("d", "c"), 4u);
  EXPECT_EQ(*store->count("d", "none"), 0u);
  EXPECT_EQ(found(*store, {}, "none"), "");
}

TEST_F(DocStoreTest, SeesEarlierDocumentsOfTheSameDelivery) {
  auto store = open();
  EXPECT_EQ(refused(store->merge(
                "d", "c", docs({R"({"_id": 1, "v": 1})", R"({"_id": 1, "w": 2})", R"({"_id": 1, "v": 3})"}), {})),
            "");
  EXPECT_EQ(found(*store), R"({"_id":1,"v":3,"w":2} )");
}

TEST_F(DocStoreTest, RefusesSingleDocumentsAndGoesOn) {
  auto store = open();
  EXPECT_EQ(refused(store->merge("d", "c",
                                 docs({R"({"_id": 1})", R"({"_id": [1]})", R"({"v": 1})", R"({"_id": null})",
                                       R"({"_id": 2, "": 1})", R"({"_id": 3})"}),
                                 {})),
            "1:51185 2:51132 3:51132 4:56 ");
  EXPECT_EQ(found(*store), R"({"_id":1} {"_id":3} )");
}

TEST_F(DocStoreTest, OtherMatchFieldsAreUnique) {
  auto store = open();
  EXPECT_EQ(refused(store->merge("d", "c",
                                 docs({R"({"_id": 1, "k": "a"})", R"({"_id": 2, "k": "b"})", R"({"_id": 9})"}), {})),
            "");
  EXPECT_EQ(refused(store->merge("d", "c",
                                 docs({R"({"_id": 1, "k": "a", "v": 1})", R"({"_id": 2, "k": "c"})",
                                       R"({"_id": 3, "k": "c"})", R"({"_id": 7, "k": "b"})"}),
                                 on({"k"}))),
            "1:11000 3:66 ");
  EXPECT_EQ(found(*store), R"({"_id":1,"k":"a","v":1} {"_id":2,"k":"b"} {"_id":9} {"_id":3,"k":"c"} )");
  // The index is kept by writers that match on something else.
  EXPECT_EQ(refused(store->merge("d", "c", docs({R"({"_id": 2, "k": "a"})", R"({"_id": 2, "k": "z"})"}), {})),
            "0:11000 ");
  EXPECT_EQ(refused(store->merge("d", "c", docs({R"({"_id": 2, "k": "z", "found": true})", R"({"_id": 4, "k": "b"})"}),
                                 on({"k"}))),
            "");
  EXPECT_EQ(found(*store),
            R"({"_id":1,"k":"a","v":1} {"_id":2,"k":"z","found":true} {"_id":9} {"_id":3,"k":"c"} {"_id":4,"k":"b"} )");
  EXPECT_EQ(refused(store->insert("d", "e", docs({R"({"_id": 1, "k": 1})", R"({"_id": 2, "k": 1})"}))), "");
  EXPECT_THAT(refused(store->merge("d", "e", docs({R"({"_id": 3, "k": 3})"}), on({"k"}))), HasSubstr("E11000"));
  EXPECT_EQ(*store->count("d", "e"), 2u) << "a failed transaction leaves nothing";
}

TEST_F(DocStoreTest, TwoMatchFields) {
  auto store = open();
  const MergeSpec spec = on({"b", "a.x"});
  EXPECT_EQ(refused(store->merge("d", "c",
                                 docs({R"({"_id": 1, "b": 1, "a": {"x": 1}})", R"({"_id": 2, "b": 1, "a": {"x": 2}})",
                                       R"({"_id": 3, "b": 1})"}),
                                 spec)),
            "2:51132 ");
  MergeSpec turned = on({"a.x", "b"});
  turned.when_matched = WhenMatched::kReplace;
  EXPECT_EQ(refused(store->merge("d", "c", docs({R"({"_id": 2, "b": 1.0, "a": {"x": 2, "y": 1}})"}), turned)), "");
  EXPECT_EQ(found(*store), R"({"_id":1,"a":{"x":1},"b":1} {"_id":2,"b":1.0,"a":{"x":2,"y":1}} )");
}

TEST_F(DocStoreTest, InsertRefusesAnIdThatIsThere) {
  auto store = open();
  EXPECT_EQ(refused(store->insert("d", "c", docs({R"({"a": 1, "_id": 1})", R"({"_id": null})"}))), "");
  auto again = store->insert("d", "c", docs({R"({"_id": 1.0})", R"({"b": 1})", R"({"_id": [1]})", R"({"_id": 2})"}));
  EXPECT_EQ(refused(again), "0:11000 1:2 2:53 ");
  EXPECT_EQ(again->refused[0].reason, "E11000 duplicate key error collection: d.c index: _id_ dup key: { _id: 1.0 }");
  EXPECT_EQ(found(*store), R"({"_id":1,"a":1} {"_id":null} {"_id":2} )");
}

TEST_F(DocStoreTest, LongKeys) {
  auto store = open();
  const std::string common(2000, 'x');
  const auto with_id = [&](const std::string& id, std::string_view rest) {
    return doc(R"({"_id": ")" + common + id + R"(")" + std::string(rest) + "}");
  };
  for (int round = 0; round < 2; ++round) {
    std::vector<OwnedDocument> documents;
    for (int i = 0; i < 50; ++i)
      documents.push_back(with_id(std::to_string(i), fmt::format(R"(, "v": {})", i + round)));
    EXPECT_EQ(refused(store->merge("d", "c", documents, {})), "");
  }
  EXPECT_EQ(*store->count("d", "c"), 50u);
  FindOptions options;
  options.filter = with_id("7", "");
  auto one = store->find_all("d", "c", options);
  ASSERT_TRUE(one.ok());
  ASSERT_EQ(one->size(), 1u);
  EXPECT_EQ((*one)[0].view().get("v").as_int(), 8);
  options.filter = with_id("77", "");
  EXPECT_EQ(found(*store, options), "");
  // At the edge between short and long.
  for (size_t size = 490; size < 520; ++size) {
    const OwnedDocument document = doc(R"({"_id": ")" + std::string(size, 'y') + R"("})");
    EXPECT_EQ(refused(store->insert("d", "edge", {document})), "");
    EXPECT_EQ(refused(store->insert("d", "edge", {document})), "0:11000 ");
  }
  EXPECT_EQ(*store->count("d", "edge"), 30u);
}

TEST_F(DocStoreTest, LongKeysOfOtherIndexesMove) {
  auto store = open();
  const std::string long_a(1000, 'a');
  const std::string long_b(1000, 'b');
  const auto document = [](int id, const std::string& key) {
    return doc(fmt::format(R"({{"_id": {}, "k": "{}"}})", id, key));
  };
  EXPECT_EQ(refused(store->merge("d", "c", {document(1, long_a)}, on({"k"}))), "");
  EXPECT_EQ(refused(store->merge("d", "c", {document(1, long_b)}, {})), "");
  EXPECT_EQ(refused(store->merge("d", "c", {document(2, long_a)}, on({"k"}))), "");
  EXPECT_EQ(refused(store->merge("d", "c", {document(2, long_b)}, {})), "0:11000 ");
  EXPECT_EQ(*store->count("d", "c"), 2u);
}

TEST_F(DocStoreTest, FindsWithFilterSortSkipAndLimit) {
  auto store = open();
  EXPECT_EQ(refused(store->insert("d", "c",
                                  docs({R"({"_id": 1, "v": 5, "s": "a"})", R"({"_id": 2, "v": 3, "s": "b"})",
                                        R"({"_id": 3, "v": 9, "s": "a"})", R"({"_id": 4, "v": 1, "s": "a"})"}))),
            "");
  struct Case {
    std::string_view filter, sort;
    uint64_t skip, limit;
    std::string_view ids;
  };
  for (const Case& c :
       {Case{"{}", "{}", 0, 0, "1 2 3 4 "}, Case{R"({"s": "a"})", "{}", 0, 0, "1 3 4 "},
        Case{R"({"v": {"$gt": 2}})", R"({"v": 1})", 0, 0, "2 1 3 "}, Case{"{}", R"({"v": -1})", 1, 2, "1 2 "},
        Case{"{}", R"({"s": 1, "v": -1})", 0, 2, "3 1 "}, Case{"{}", "{}", 1, 2, "2 3 "}, Case{"{}", "{}", 9, 0, ""},
        Case{"{}", R"({"v": 1})", 3, 9, "3 "}, Case{R"({"_id": 3.0})", "{}", 0, 0, "3 "},
        Case{R"({"_id": 3})", "{}", 1, 0, ""}, Case{R"({"_id": 7})", "{}", 0, 0, ""},
        Case{R"({"_id": {"$gte": 3}})", "{}", 0, 1, "3 "}}) {
    FindOptions options;
    options.filter = doc(c.filter);
    options.sort = doc(c.sort);
    options.skip = c.skip;
    options.limit = c.limit;
    auto documents = store->find_all("d", "c", options);
    ASSERT_TRUE(documents.ok()) << c.filter;
    std::string ids;
    for (const OwnedDocument& d : *documents)
      ids += std::to_string(d.view().get("_id").as_int()) + " ";
    EXPECT_EQ(ids, c.ids) << c.filter << c.sort;
  }
}

TEST_F(DocStoreTest, SortingTooMuchIsRefused) {
  auto store = open();
  EXPECT_EQ(refused(store->insert("d", "c", docs({R"({"_id": 1})", R"({"_id": 2})", R"({"_id": 3})"}))), "");
  FindOptions options;
  options.sort = doc(R"({"_id": -1})");
  options.sort_bytes_max = 300;
  EXPECT_EQ(found(*store, options), "error 292");
  options.limit = 1;
  EXPECT_EQ(found(*store, options), R"({"_id":3} )");
}

TEST_F(DocStoreTest, WrongNames) {
  auto store = open();
  for (const auto& [db, coll] :
       {std::pair{"", "c"}, {"a.b", "c"}, {"a b", "c"}, {"d", ""}, {"d", "a$b"}, {"d", ".x"}}) {
    auto merged = store->merge(db, coll, {}, {});
    ASSERT_FALSE(merged.ok()) << db << "." << coll;
    EXPECT_EQ(merged.error().code(), ErrorCode::kInvalidNamespace);
  }
}

TEST_F(DocStoreTest, ListsCollections) {
  auto store = open();
  EXPECT_EQ(refused(store->insert("d", "x.y", docs({R"({"_id": 1})"}))), "");
  EXPECT_EQ(refused(store->insert("a", "c", docs({R"({"_id": 1})", R"({"_id": 2})"}))), "");
  auto list = store->list_collections();
  ASSERT_TRUE(list.ok());
  std::string text;
  for (const CollectionInfo& info : *list)
    text += fmt::format("{}/{}/{} ", info.db, info.coll, info.count);
  EXPECT_EQ(text, "a/c/2 d/x.y/1 ");
}

TEST_F(DocStoreTest, SeveralCollectionsInOneTransaction) {
  auto store = open();
  {
    auto writer = store->begin();
    ASSERT_TRUE(writer.ok());
    Merger merger = std::move(Merger::make({}, clock_).value());
    EXPECT_EQ(refused(writer->merge("d", "c", docs({R"({"_id": 1})"}), merger)), "");
    EXPECT_EQ(refused(writer->insert("d", "marks", docs({R"({"_id": "m"})"}))), "");
  }
  EXPECT_EQ(store->list_collections()->size(), 0u) << "not committed";
  auto writer = store->begin();
  ASSERT_TRUE(writer.ok());
  Merger merger = std::move(Merger::make({}, clock_).value());
  EXPECT_EQ(refused(writer->merge("d", "c", docs({R"({"_id": 1})"}), merger)), "");
  EXPECT_EQ(refused(writer->insert("d", "marks", docs({R"({"_id": "m"})"}))), "");
  EXPECT_EQ(refused(writer->merge("d", "c", docs({R"({"_id": 2})"}), merger)), "");
  ASSERT_TRUE(writer->commit().ok());
  EXPECT_EQ(found(*store), R"({"_id":1} {"_id":2} )");
  EXPECT_EQ(found(*store, {}, "marks"), R"({"_id":"m"} )");
}

TEST_F(DocStoreTest, ManyDocumentsInParts) {
  constexpr int kDocuments = 100'000;
  constexpr int kPart = 20'000;
  auto store = open();
  for (int part = 0; part < kDocuments / kPart; ++part) {
    std::vector<OwnedDocument> documents;
    for (int i = 0; i < kPart; ++i) {
      DocumentBuilder builder;
      builder.append("_id", Value::int32((part * kPart + i) ^ 0x5555));
      builder.append("n", Value::int32(i));
      documents.emplace_back(builder.take());
    }
    ASSERT_EQ(refused(store->merge("d", "c", documents, {})), "");
  }
  store = nullptr;
  store = open();
  EXPECT_EQ(*store->count("d", "c"), static_cast<uint64_t>(kDocuments));
  int next = 0;
  ASSERT_TRUE(store
                  ->find("d", "c", {},
                         [&](Document document) -> Result<bool> {
                           EXPECT_EQ(document.get("_id").as_int(), next ^ 0x5555);
                           ++next;
                           return true;
                         })
                  .ok());
  EXPECT_EQ(next, kDocuments);
  FindOptions options;
  options.sort = doc(R"({"_id": 1})");
  options.limit = 2;
  EXPECT_EQ(found(*store, options),
            fmt::format(R"({{"_id":0,"n":{}}} {{"_id":1,"n":{}}} )", 0x5555 % kPart, 0x5554 % kPart));
}

TEST_F(DocStoreTest, AVisitorMayStop) {
  auto store = open();
  EXPECT_EQ(refused(store->insert("d", "c", docs({R"({"_id": 1})", R"({"_id": 2})", R"({"_id": 3})"}))), "");
  int seen = 0;
  ASSERT_TRUE(store->find("d", "c", {}, [&](Document) -> Result<bool> { return ++seen < 2; }).ok());
  EXPECT_EQ(seen, 2);
}

// Runs `body` in another process; its result is the exit status.
int in_another_process(const std::function<int()>& body) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(body());
  int status = 0;
  EXPECT_EQ(::waitpid(pid, &status, 0), pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

TEST_F(DocStoreTest, ASecondWriterIsRefusedAndTheFirstIsNamed) {
  auto store = open();
  auto second = DocStore::open(folder_.path(), StoreMode::kReadWrite, clock_);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code(), ErrorCode::kStateRefused);
  EXPECT_THAT(second.error().message(), HasSubstr(fmt::format("process {}", ::getpid())));
  EXPECT_THAT(second.error().message(), HasSubstr(folder_.path()));
  EXPECT_EQ(in_another_process([&] {
              auto other = DocStore::open(folder_.path(), StoreMode::kReadWrite, clock_);
              return !other.ok() && other.error().code() == ErrorCode::kStateRefused ? 0 : 1;
            }),
            0);
  store = nullptr;
  EXPECT_NE(open(), nullptr);
}

TEST_F(DocStoreTest, ReadersSeeCommitsBesideTheWriter) {
  int to_writer[2];
  int to_reader[2];
  ASSERT_EQ(::pipe(to_writer), 0);
  ASSERT_EQ(::pipe(to_reader), 0);
  const pid_t writer = ::fork();
  if (writer == 0) {
    char step = 0;
    auto store = DocStore::open(folder_.path(), StoreMode::kReadWrite, clock_);
    if (!store.ok() || !(*store)->insert("d", "c", docs({R"({"_id": 1})"})).ok()) ::_exit(1);
    if (::write(to_reader[1], "x", 1) != 1 || ::read(to_writer[0], &step, 1) != 1) ::_exit(2);
    if (!(*store)->insert("d", "c", docs({R"({"_id": 2})"})).ok()) ::_exit(3);
    if (::write(to_reader[1], "x", 1) != 1 || ::read(to_writer[0], &step, 1) != 1) ::_exit(4);
    ::_exit(0);
  }
  char step = 0;
  ASSERT_EQ(::read(to_reader[0], &step, 1), 1);
  auto reader = open(StoreMode::kReadOnly);
  ASSERT_NE(reader, nullptr);
  EXPECT_EQ(found(*reader), R"({"_id":1} )");
  ASSERT_EQ(::write(to_writer[1], "x", 1), 1);
  ASSERT_EQ(::read(to_reader[0], &step, 1), 1);
  EXPECT_EQ(found(*reader), R"({"_id":1} {"_id":2} )");
  ASSERT_EQ(::write(to_writer[1], "x", 1), 1);
  int status = 0;
  ASSERT_EQ(::waitpid(writer, &status, 0), writer);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  for (int fd : {to_writer[0], to_writer[1], to_reader[0], to_reader[1]})
    ::close(fd);
}

TEST_F(DocStoreTest, ADeadWriterLeavesWhatItCommitted) {
  EXPECT_EQ(in_another_process([&] {
              auto store = DocStore::open(folder_.path(), StoreMode::kReadWrite, clock_);
              if (!store.ok() || !(*store)->insert("d", "c", docs({R"({"_id": 1})"})).ok()) return 1;
              auto writer = (*store)->begin();
              if (!writer.ok() || !writer->insert("d", "c", docs({R"({"_id": 2})"})).ok()) return 2;
              ::_exit(0);  // In the middle: neither commit nor close.
            }),
            0);
  auto store = open();
  ASSERT_NE(store, nullptr);
  EXPECT_EQ(found(*store), R"({"_id":1} )");
  EXPECT_EQ(refused(store->insert("d", "c", docs({R"({"_id": 2})"}))), "");
}

TEST_F(DocStoreTest, FailRefusesWhatIsThereAndTouchesNothing) {
  auto store = open();
  MergeSpec spec;
  spec.when_matched = WhenMatched::kFail;
  auto delivery = store->merge("d", "c", docs({R"({"z": 1, "_id": 1, "$y": 2})", R"({"_id": 1, "a": 1})"}), spec);
  EXPECT_EQ(refused(delivery), "1:11000 ");
  EXPECT_EQ(delivery->refused[0].reason, "E11000 duplicate key error collection: d.c index: _id_ dup key: { _id: 1 }");
  EXPECT_EQ(found(*store), R"({"_id":1,"z":1,"$y":2} )") << "an insert keeps the order given";

  spec.on = {"k", "j"};
  delivery = store->merge("d", "e",
                          docs({R"({"_id": 1, "k": 5, "j": "a"})", R"({"_id": 2, "k": 5, "j": "a"})",
                                R"({"_id": 1, "k": 5, "j": "a"})", R"({"_id": 3})", R"({"_id": 3, "k": 5, "j": 1})"}),
                          spec);
  EXPECT_EQ(refused(delivery), "1:11000 2:11000 3:51132 ");
  EXPECT_EQ(delivery->refused[1].reason, "E11000 duplicate key error collection: d.e index: _id_ dup key: { _id: 1 }");
}

TEST_F(DocStoreTest, APipelineThatMovesAMatchFieldKeepsTheIndex) {
  auto store = open();
  EXPECT_EQ(refused(store->insert("d", "c", docs({R"({"_id": 1, "k": 1})", R"({"_id": 2, "k": 7})"}))), "");
  MergeSpec spec = on({"k"});
  spec.when_matched = WhenMatched::kPipeline;
  spec.pipeline = OwnedDocument(doc(R"({"p": [{"$set": {"k": "$$new.to"}}]})").view().get("p").as_array());
  auto delivery = store->merge("d", "c",
                               docs({R"({"_id": 1, "k": 1, "to": 7})", R"({"_id": 1, "k": 1, "to": 5})",
                                     R"({"_id": 1, "k": 5, "to": 6})", R"({"_id": 9, "k": 1, "to": 3})"}),
                               spec);
  EXPECT_EQ(refused(delivery), "0:11000 ");
  EXPECT_EQ(found(*store), R"({"_id":1,"k":6} {"_id":2,"k":7} {"_id":9,"k":1,"to":3} )");
}

TEST_F(DocStoreTest, SingleDocumentsByTheirId) {
  auto store = open();
  EXPECT_EQ(refused(store->merge("d", "c", docs({R"({"_id": 1, "k": 1})"}), on({"k"}))), "");
  auto writer = store->begin();
  ASSERT_TRUE(writer.ok());
  EXPECT_TRUE(writer->put("d", "c", doc(R"({"a": 2, "_id": 2, "k": 2})")).ok());
  EXPECT_TRUE(writer->put("d", "c", doc(R"({"_id": 1, "k": 3})")).ok());
  EXPECT_EQ(to_json((*writer->find("d", "c", Value::int32(1)))->view()), R"({"_id":1,"k":3})") << "its own change";
  EXPECT_FALSE(writer->find("d", "c", Value::int32(9))->has_value());
  EXPECT_FALSE(writer->find("d", "none", Value::int32(1))->has_value());
  auto clash = writer->put("d", "c", doc(R"({"_id": 5, "k": 3})"));
  ASSERT_FALSE(clash.ok());
  EXPECT_EQ(clash.error().code(), ErrorCode::kDuplicateKey);
  EXPECT_FALSE(writer->put("d", "c", doc(R"({"k": 3})")).ok());
  EXPECT_TRUE(*writer->erase("d", "c", Value::int32(1)));
  EXPECT_FALSE(*writer->erase("d", "c", Value::int32(1)));
  EXPECT_FALSE(*writer->erase("d", "none", Value::int32(1)));
  EXPECT_TRUE(writer->put("d", "c", doc(R"({"_id": 5, "k": 3})")).ok()) << "erased from all indexes";
  ASSERT_TRUE(writer->commit().ok());
  EXPECT_EQ(found(*store), R"({"_id":2,"a":2,"k":2} {"_id":5,"k":3} )");
  EXPECT_EQ(*store->count("d", "c"), 2u);
  EXPECT_EQ(store->list_collections()->size(), 1u) << "looking makes no collection";
}

TEST_F(DocStoreTest, InsertMayKeepWhatIsThere) {
  auto store = open();
  EXPECT_EQ(refused(store->insert("d", "c", docs({R"({"_id": 1, "a": 1})"}))), "");
  auto writer = store->begin();
  ASSERT_TRUE(writer.ok());
  EXPECT_EQ(refused(writer->insert("d", "c", docs({R"({"_id": 1, "a": 2})", R"({"_id": [1]})", R"({"_id": 2})"}),
                                   WhenThere::kKeep)),
            "1:53 ");
  ASSERT_TRUE(writer->commit().ok());
  EXPECT_EQ(found(*store), R"({"_id":1,"a":1} {"_id":2} )");
}

TEST_F(DocStoreTest, AFullStoreIsAnErrorThatMayGoAwayAndLosesNothing) {
  const StoreOptions small{.bytes_max = 256 * 1024};
  auto opened = DocStore::open(folder_.path(), StoreMode::kReadWrite, clock_, small);
  ASSERT_TRUE(opened.ok());
  auto store = std::move(*opened);
  EXPECT_EQ(refused(store->insert("d", "c", docs({R"({"_id": 1})"}))), "");
  const OwnedDocument large = doc(R"({"_id": 2, "s": ")" + std::string(300 * 1024, 'x') + "\"}");
  for (int round = 0; round < 2; ++round) {
    auto full = store->insert("d", "c", {large});
    ASSERT_FALSE(full.ok());
    EXPECT_EQ(full.error().code(), ErrorCode::kDiskFull);
    EXPECT_TRUE(is_transient(full.error()));
    EXPECT_THAT(full.error().message(), HasSubstr("the store has reached its largest size"));
  }
  EXPECT_EQ(found(*store), R"({"_id":1} )");
  store = nullptr;
  store = open();
  EXPECT_EQ(refused(store->insert("d", "c", {large})), "") << "there is room now";
  EXPECT_EQ(*store->count("d", "c"), 2u);
}

TEST_F(DocStoreTest, ReadingWhereNothingIs) {
  auto none = DocStore::open(folder_.path(), StoreMode::kReadOnly, clock_);
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.error().code(), ErrorCode::kBadInput);
  EXPECT_THAT(none.error().message(), HasSubstr("there is no embedded store in " + folder_.path()));
}

}  // namespace
}  // namespace penstock
