// SPDX-License-Identifier: Apache-2.0
// What lies behind the commands: durability, drops in steps, stores of the older format. What the commands answer is
// tested by api/wire/write_replies_test.cc with the cases beside this file.
#include "docstore/collections.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "bson/compare.h"
#include "docstore/documents_for_test.h"
#include "docstore/drops.h"
#include "docstore/write.h"

namespace penstock {
namespace {

class CollectionsTest : public ::testing::Test {
 protected:
  std::unique_ptr<DocStore> open(StoreMode mode = StoreMode::kReadWrite) {
    auto store = DocStore::open(folder_.path(), mode, clock_);
    EXPECT_TRUE(store.ok()) << (store.ok() ? "" : store.error().message());
    return store.ok() ? std::move(*store) : nullptr;
  }

  // Documents {_id: 0 .. n-1, text}.
  void fill(DocStore& store, std::string_view coll, int n, size_t text_size) {
    const std::string text(text_size, 'x');
    std::vector<OwnedDocument> documents;
    for (int i = 0; i < n; ++i) {
      DocumentBuilder builder;
      builder.append("_id", Value::int32(i));
      builder.append("text", Value::string(text));
      documents.emplace_back(builder.take());
    }
    const auto inserted = store.insert("d", coll, documents);
    ASSERT_TRUE(inserted.ok() && inserted->refused.empty());
  }

  static size_t entries(const DocStore& store, Table table) {
    auto txn = store.read();
    EXPECT_TRUE(txn.ok());
    auto cursor = txn->scan(table, "");
    EXPECT_TRUE(cursor.ok());
    size_t n = 0;
    for (; cursor->valid(); ++n)
      EXPECT_TRUE(cursor->next().ok());
    return n;
  }

  std::string names(const DocStore& store) {
    std::string text;
    const auto collections = stored_collections(store, "");
    EXPECT_TRUE(collections.ok());
    for (const StoredCollection& collection : *collections)
      text += collection.ns() + " ";
    return text;
  }

  TemporaryFolder folder_;
  ManualClock clock_;
  SeededRandom random_{7};
};

TEST_F(CollectionsTest, ABigCollectionIsDroppedInStepsAndLeavesNothing) {
  auto store = open();
  fill(*store, "big", 12'000, 10);
  fill(*store, "stays", 3, 10);
  ASSERT_TRUE(drop_collection(*store, "d", "big").ok());
  EXPECT_EQ(names(*store), "d.stays ");
  EXPECT_EQ(entries(*store, store::kDocuments), 3u);
  EXPECT_EQ(entries(*store, store::kKeys), 3u);
}

TEST_F(CollectionsTest, WhatACrashLeftOfADropIsErasedByTheNextOpen) {
  {
    auto store = open();
    fill(*store, "c", 10, 10);
    auto writer = store->begin();
    ASSERT_TRUE(writer.ok());
    ASSERT_TRUE(writer->drop_collection("d.c").ok());
    ASSERT_TRUE(writer->commit().ok());  // As if the process had ended here.
    EXPECT_EQ(names(*store), "");
    EXPECT_EQ(entries(*store, store::kDocuments), 10u);
    fill(*store, "c", 2, 10);  // The name is free already.
  }
  auto store = open();
  EXPECT_EQ(entries(*store, store::kDocuments), 2u);
  EXPECT_EQ(entries(*store, store::kKeys), 2u);
  EXPECT_EQ(*store->count("d", "c"), 2u);
}

TEST_F(CollectionsTest, KeysOfADroppedIndexGoAndItsNumberIsNotGivenAgain) {
  auto store = open();
  fill(*store, "c", 3, 10);
  const auto spec = docs({R"({"key": {"k": 1}, "name": "k_1", "unique": true, "sparse": true})"});
  const auto with_k = docs({R"({"_id": 9, "k": 1})"});
  ASSERT_TRUE(create_indexes(*store, "d", "c", {spec[0].view()}, random_).ok());
  ASSERT_TRUE(store->insert("d", "c", with_k).ok());
  EXPECT_EQ(entries(*store, store::kKeys), 5u);
  ASSERT_TRUE(drop_indexes(*store, "d", "c", Value::string("k_1")).ok());
  EXPECT_EQ(entries(*store, store::kKeys), 4u);
  ASSERT_TRUE(create_indexes(*store, "d", "c", {spec[0].view()}, random_).ok());
  EXPECT_EQ(find_stored_collection(*store, "d", "c")->value().record.indexes.at(1).id, 2u);
  EXPECT_TRUE(validate_collection(*store, "d", "c")->errors.empty());
}

TEST_F(CollectionsTest, EverythingIsThereAfterOpeningAgain) {
  const auto spec = docs({R"({"key": {"a": 1, "b": -1}, "name": "ab", "unique": true})"});
  std::string uuid;
  {
    auto store = open();
    fill(*store, "c", 2, 10);
    ASSERT_TRUE(store->insert("d", "c", docs({R"({"_id": "x", "a": 1, "b": 2})"})).ok());
    ASSERT_TRUE(drop_collection(*store, "d", "c").ok());
    fill(*store, "c", 1, 10);
    ASSERT_TRUE(create_indexes(*store, "d", "c", {spec[0].view()}, random_).ok());
    uuid = store::uuid_text(store::uuid_of(find_stored_collection(*store, "d", "c")->value().record));
    ASSERT_TRUE(rename_collection(*store, "d.c", "e.x", false).ok());
  }
  auto store = open(StoreMode::kReadOnly);
  EXPECT_EQ(names(*store), "e.x ");
  const auto record = find_stored_collection(*store, "e", "x")->value().record;
  EXPECT_EQ(store::uuid_text(store::uuid_of(record)), uuid) << "a rename keeps the UUID";
  EXPECT_EQ(record.count, 1u);
  EXPECT_EQ(record.bytes, 35u);
  EXPECT_EQ(record.indexes.at(1).name(), "ab");
}

TEST_F(CollectionsTest, MergeUsesAUniqueIndexThatPeopleMade) {
  auto store = open();
  const auto spec = docs({R"({"key": {"b": -1, "a": 1}, "name": "mine", "unique": true})"});
  ASSERT_TRUE(create_indexes(*store, "d", "c", {spec[0].view()}, random_).ok());
  MergeSpec merge;
  merge.on = {"a", "b"};
  for (int i = 0; i < 2; ++i) {
    const auto delivery = store->merge("d", "c", docs({fmt::format(R"({{"_id": {}, "a": 1, "b": 2}})", i)}), merge);
    ASSERT_TRUE(delivery.ok());
    EXPECT_EQ(delivery->refused.size(), i == 0 ? 0u : 1u) << "found by the index, where _id may not change";
  }
  EXPECT_EQ(find_stored_collection(*store, "d", "c")->value().record.indexes.size(), 2u);
}

TEST_F(CollectionsTest, AChangeOfManyDocumentsIsCutIntoTransactions) {
  auto store = open();
  fill(*store, "c", 200, size_t{1} << 20);
  const auto parts = docs({R"({})", R"({"$set": {"n": 1}})"});
  UpdateRequest request;
  request.db = "d";
  request.coll = "c";
  UpdateStatement statement;
  statement.filter = parts[0];
  statement.update = parts[1];
  statement.multi = true;
  request.statements = {statement};
  const auto updated = update(*store, request, random_);
  ASSERT_TRUE(updated.ok());
  EXPECT_EQ(updated->modified, 200u);
  DeleteRequest all;
  all.db = "d";
  all.coll = "c";
  all.statements = {{parts[0], false, {}}};
  EXPECT_EQ(remove(*store, all)->removed, 200u);
  EXPECT_EQ(entries(*store, store::kDocuments), 0u);
}

// A store as the version before left it: no sizes, indexes as lists of paths.
TEST_F(CollectionsTest, AStoreOfTheOlderFormatIsRaised) {
  const std::string store_folder = folder_.path() + "/store";
  std::filesystem::create_directories(store_folder);
  const auto document = doc(R"({"_id": 1, "k": 5})");
  {
    auto environment = Environment::open(store_folder, store::environment_options(false, size_t{1} << 30));
    ASSERT_TRUE(environment.ok());
    auto txn = (*environment)->write();
    ASSERT_TRUE(txn.ok());
    const auto record = doc(
        R"({"id": {"$numberLong": "1"}, "next": {"$numberLong": "2"}, "count": {"$numberLong": "1"},
            "indexes": [["_id"], ["k"]]})");
    std::string id;
    std::string k;
    append_equality_key(Value::int32(1), id);
    append_equality_key(Value::int32(5), k);
    ASSERT_TRUE(txn->put(store::kMeta, "format", "penstock store 1").ok());
    ASSERT_TRUE(txn->put(store::kMeta, "next_collection", store::encode_number(2)).ok());
    ASSERT_TRUE(txn->put(store::kCollections, "d.c", record.bytes()).ok());
    ASSERT_TRUE(txn->put(store::kDocuments, store::document_key(1, 1), document.bytes()).ok());
    ASSERT_TRUE(store::put_key(*txn, 1, 0, id, 1).ok());
    ASSERT_TRUE(store::put_key(*txn, 1, 1, k, 1).ok());
    ASSERT_TRUE(txn->commit().ok());
  }
  for (const StoreMode mode : {StoreMode::kReadOnly, StoreMode::kReadWrite, StoreMode::kReadOnly}) {
    auto store = open(mode);
    EXPECT_EQ(text_of(*store->find_all("d", "c", {})), R"({"_id":1,"k":5} )");
    const auto record = find_stored_collection(*store, "d", "c")->value().record;
    EXPECT_EQ(record.indexes.at(1).name(), "k_1");
    EXPECT_TRUE(record.indexes.at(1).unique && record.indexes.at(1).sparse);
  }
  auto store = open();
  EXPECT_EQ(find_stored_collection(*store, "d", "c")->value().record.bytes, document.bytes().size());
  EXPECT_TRUE(validate_collection(*store, "d", "c")->errors.empty());
  EXPECT_EQ(store->insert("d", "c", docs({R"({"_id": 2, "k": 5})"}))->refused.size(), 1u);
}

TEST_F(CollectionsTest, ValidateFindsAKeyThatIsMissing) {
  auto store = open();
  fill(*store, "c", 2, 10);
  auto txn = store->write();
  ASSERT_TRUE(txn.ok());
  ASSERT_TRUE(store::erase_key(*txn, 1, 0, id_key(Value::int32(1))).ok());
  ASSERT_TRUE(txn->commit().ok());
  const auto found = validate_collection(*store, "d", "c");
  ASSERT_TRUE(found.ok());
  ASSERT_EQ(found->errors.size(), 1u);
  EXPECT_EQ(found->errors[0], "document 2: index _id_ does not lead to it");
}

}  // namespace
}  // namespace penstock
