// SPDX-License-Identifier: Apache-2.0
#include "connectors/embedded/embedded_sink.h"

#include <gtest/gtest.h>

#include "docstore/documents_for_test.h"

namespace penstock {
namespace {

class EmbeddedSinkTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto store = DocStore::open(folder_.path(), StoreMode::kReadWrite, clock_);
    ASSERT_TRUE(store.ok());
    store_ = std::move(*store);
    spec_.db = "confluent_cloud";
    spec_.coll = "stock_prices";
  }
  std::string stored() const {
    auto documents = store_->find_all(spec_.db, spec_.coll, {});
    EXPECT_TRUE(documents.ok());
    return documents.ok() ? text_of(*documents) : "";
  }

  TemporaryFolder folder_;
  ManualClock clock_;
  std::shared_ptr<DocStore> store_;
  MergeSpec spec_;
};

TEST_F(EmbeddedSinkTest, WritesAndRepeatsSafely) {
  auto sink = make_embedded_sink(store_, spec_);
  ASSERT_TRUE(sink->open().ok());
  const auto documents = docs({R"({"_id": 1, "z": 1, "a": 2})", R"({"_id": [2]})", R"({"_id": 3})"});
  for (int round = 0; round < 2; ++round) {
    auto delivery = sink->deliver(1, documents);
    ASSERT_TRUE(delivery.ok());
    ASSERT_EQ(delivery->refused.size(), 1u);
    EXPECT_EQ(delivery->refused[0].index, 1u);
    EXPECT_EQ(delivery->refused[0].code, 51185);
    EXPECT_EQ(stored(), R"({"_id":1,"a":2,"z":1} {"_id":3} )");
  }
  EXPECT_TRUE(sink->deliver(2, {}).ok());
}

TEST_F(EmbeddedSinkTest, SaysWhereItWrites) {
  auto sink = make_embedded_sink(store_, spec_);
  EXPECT_EQ(sink->describe(), "embedded store " + folder_.path() + "/store confluent_cloud.stock_prices");
}

TEST_F(EmbeddedSinkTest, RefusesAWrongTargetAtTheStart) {
  spec_.db = "a.b";
  auto opened = make_embedded_sink(store_, spec_)->open();
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code(), ErrorCode::kInvalidNamespace);
}

}  // namespace
}  // namespace penstock
