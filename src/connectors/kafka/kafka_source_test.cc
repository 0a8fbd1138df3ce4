// SPDX-License-Identifier: Apache-2.0
// Against the broker in this process. What it cannot do (transactions seen from outside, offsets by time, new
// partitions, retention) is in kafka_live_test.cc.
#include "connectors/kafka/kafka_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "connectors/kafka/kafka_reader.h"
#include "connectors/kafka/kafka_test_bed.h"
#include "connectors/kafka/mock_broker.h"

namespace penstock {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class KafkaSourceTest : public testing::Test {
 protected:
  void SetUp() override {
    auto broker = MockBroker::start();
    ASSERT_TRUE(broker.ok()) << broker.error().message();
    broker_ = std::move(*broker);
    producer_ = std::make_unique<TestProducer>(broker_->bootstrap());
  }
  Connection connection() const { return plain_connection(broker_->bootstrap()); }
  void create(const std::string& topic, int partitions) { ASSERT_TRUE(broker_->create_topic(topic, partitions).ok()); }

  std::unique_ptr<MockBroker> broker_;
  std::unique_ptr<TestProducer> producer_;
};

TEST_F(KafkaSourceTest, ReadsEveryPartitionFromTheBeginningInOrder) {
  create("t", 3);
  producer_->write_numbered("t", 0, 5);
  producer_->write_numbered("t", 2, 7);
  TestReading reading(connection(), topics_spec({"t"}));
  ASSERT_TRUE(reading.start(kFromBeginning).ok());
  ASSERT_THAT(reading.partitions(), SizeIs(3));
  for (int32_t i = 0; i < 3; ++i) {
    const SourcePartition& partition = reading.partitions()[static_cast<size_t>(i)];
    EXPECT_EQ(partition.id.index, static_cast<uint32_t>(i));
    EXPECT_EQ(partition.number, i);
    EXPECT_EQ(partition.position, 0);
  }
  EXPECT_EQ(reading.partitions()[2].end, 7);
  ASSERT_TRUE(reading.read());
  EXPECT_THAT(reading.values(0), ElementsAre("v0", "v1", "v2", "v3", "v4"));
  EXPECT_THAT(reading.values(1), IsEmpty());
  EXPECT_THAT(reading.values(2), SizeIs(7));
  EXPECT_EQ(reading.position(0), 5);
  EXPECT_EQ(reading.position(2), 7);
  for (size_t i = 0; i < 7; ++i)
    EXPECT_EQ(reading.records(2)[i].offset, static_cast<int64_t>(i));
  EXPECT_THAT(reading.source().ends(), ElementsAre(5, 0, 7));
  EXPECT_EQ(reading.source().trouble(), "");
}

TEST_F(KafkaSourceTest, AtEndHoldsUntilANewRecordComes) {
  create("t", 1);
  producer_->write_numbered("t", 0, 1);
  TestReading reading(connection(), topics_spec({"t"}));
  ASSERT_TRUE(reading.start(kFromBeginning).ok());
  ASSERT_TRUE(reading.read());
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(*reading.poll(0), PollStatus::kAtEnd);
  producer_->write_numbered("t", 0, 2, "w");
  ASSERT_TRUE(reading.read([&] { return reading.count() == 3; }));
  ASSERT_TRUE(reading.read());
  EXPECT_THAT(reading.values(0), ElementsAre("v0", "w0", "w1"));
}

TEST_F(KafkaSourceTest, WakesWhoeverWaits) {
  create("t", 1);
  TestReading reading(connection(), topics_spec({"t"}));
  ASSERT_TRUE(reading.start(kFromEnd).ok());
  ASSERT_TRUE(reading.read());
  const int before = reading.waker().woken();
  producer_->write_numbered("t", 0, 1);
  for (int i = 0; i < 1000 && reading.waker().woken() == before; ++i)
    reading.waker().wait();
  EXPECT_GT(reading.waker().woken(), before);
}

TEST_F(KafkaSourceTest, StartsWhereItIsTold) {
  create("t", 1);
  producer_->write_numbered("t", 0, 10);
  struct Case {
    std::string_view why;
    StartPosition start;
    OffsetReset reset;
    int64_t position;
  };
  for (const Case& c : {Case{"the default of $source", kFromDefault, OffsetReset::kLatest, 10},
                        Case{"auto_offset_reset earliest", kFromDefault, OffsetReset::kEarliest, 0},
                        Case{"beginning wins over latest", kFromBeginning, OffsetReset::kLatest, 0},
                        Case{"end wins over earliest", kFromEnd, OffsetReset::kEarliest, 10}}) {
    TestReading reading(connection(), topics_spec({"t"}, c.reset));
    ASSERT_TRUE(reading.start(c.start).ok()) << c.why;
    EXPECT_EQ(reading.partitions()[0].position, c.position) << c.why;
    ASSERT_TRUE(reading.read()) << c.why;
    EXPECT_EQ(reading.count(), static_cast<size_t>(10 - c.position)) << c.why;
  }
}

TEST_F(KafkaSourceTest, GoesOnFromAStoredPosition) {
  create("t", 1);
  producer_->write_numbered("t", 0, 10);
  TestReading reading(connection(), topics_spec({"t"}));
  ASSERT_TRUE(reading.start(kFromBeginning, [](SourcePartition& partition) { partition.position = 8; }).ok());
  ASSERT_TRUE(reading.read());
  EXPECT_THAT(reading.values(0), ElementsAre("v8", "v9"));
}

TEST_F(KafkaSourceTest, OnlyNewRecordsFromTheEnd) {
  create("t", 1);
  producer_->write_numbered("t", 0, 3, "old");
  TestReading reading(connection(), topics_spec({"t"}));
  ASSERT_TRUE(reading.start(kFromEnd).ok());
  producer_->write_numbered("t", 0, 2, "new");
  ASSERT_TRUE(reading.read([&] { return reading.count() == 2; }));
  EXPECT_THAT(reading.values(0), ElementsAre("new0", "new1"));
}

TEST_F(KafkaSourceTest, NumbersThePartitionsOfSeveralTopicsOneAfterTheOther) {
  create("b", 2);
  create("a", 1);
  producer_->write_numbered("b", 1, 2, "b");
  producer_->write_numbered("a", 0, 1, "a");
  TestReading reading(connection(), topics_spec({"b", "a"}));
  ASSERT_TRUE(reading.start(kFromBeginning).ok());
  ASSERT_TRUE(reading.read());
  EXPECT_THAT(reading.values(0), IsEmpty());
  EXPECT_THAT(reading.values(1), ElementsAre("b0", "b1"));
  EXPECT_THAT(reading.values(2), ElementsAre("a0"));
  const SourceMeta meta = reading.source().meta({2});
  EXPECT_EQ(meta.type, "kafka");
  EXPECT_EQ(meta.topic, "a");
  EXPECT_EQ(meta.partition, 0);
  EXPECT_EQ(reading.source().meta({1}).topic, "b");
  EXPECT_EQ(reading.source().meta({1}).partition, 1);
}

TEST_F(KafkaSourceTest, KeepsWhatARecordIsMadeOf) {
  create("t", 1);
  const std::string bytes("\x00\xff\x7f", 3);
  producer_->write("t", {{.key = "k", .value = "v", .timestamp_ms = 1'700'000'000'123},
                         {.key = std::nullopt, .value = std::nullopt, .timestamp_ms = 1},
                         {.key = "", .value = "", .timestamp_ms = 5},
                         {.key = bytes,
                          .value = bytes + bytes,
                          .timestamp_ms = 7,
                          .headers = {{"h", "1"}, {"h", "2"}, {"none", std::nullopt}, {"empty", ""}, {"b", bytes}}},
                         {.value = "last", .timestamp_ms = 9}});
  TestReading reading(connection(), topics_spec({"t"}));
  ASSERT_TRUE(reading.start(kFromBeginning).ok());
  ASSERT_TRUE(reading.read());
  const std::vector<ReadRecord>& records = reading.records(0);
  ASSERT_THAT(records, SizeIs(5));
  EXPECT_EQ(records[0].key, "k");
  EXPECT_EQ(records[0].value, "v");
  EXPECT_EQ(records[0].timestamp_ms, 1'700'000'000'123);
  EXPECT_TRUE(records[0].has_timestamp);
  EXPECT_FALSE(records[0].value_is_null || records[0].key_is_null);
  EXPECT_THAT(records[0].headers, IsEmpty());
  EXPECT_TRUE(records[1].value_is_null && records[1].key_is_null);
  EXPECT_FALSE(records[2].value_is_null || records[2].key_is_null) << "empty is not null";
  EXPECT_EQ(records[3].key, bytes);
  EXPECT_EQ(records[3].value, bytes + bytes);
  ASSERT_THAT(records[3].headers, SizeIs(5));
  EXPECT_EQ(records[3].headers[1].first, "h");
  EXPECT_EQ(records[3].headers[1].second, "2");
  EXPECT_EQ(records[3].headers[2].second, std::nullopt);
  EXPECT_EQ(records[3].headers[3].second, "");
  EXPECT_EQ(records[3].headers[4].second, bytes);
  EXPECT_THAT(records[4].headers, IsEmpty());
}

TEST_F(KafkaSourceTest, LeavesHeadersAloneWhenNobodyWantsThem) {
  create("t", 1);
  producer_->write("t", {{.value = "v", .headers = {{"h", "1"}}}});
  TestReading reading(connection(), topics_spec({"t"}), {.read_headers = false});
  ASSERT_TRUE(reading.start(kFromBeginning).ok());
  ASSERT_TRUE(reading.read());
  ASSERT_THAT(reading.records(0), SizeIs(1));
  EXPECT_THAT(reading.records(0)[0].headers, IsEmpty());
}

TEST_F(KafkaSourceTest, BatchesAreAsLargeAsAskedAndPositionsFollow) {
  create("t", 1);
  producer_->write_numbered("t", 0, 100);
  TestReading reading(connection(), topics_spec({"t"}));
  ASSERT_TRUE(reading.start(kFromBeginning).ok());
  int64_t expected = 0;
  while (expected < 100) {
    const auto status = reading.poll(0, 7);
    ASSERT_TRUE(status.ok());
    if (*status != PollStatus::kRecords) {
      reading.waker().wait();
      continue;
    }
    EXPECT_LE(reading.batch().size(), 7u);
    EXPECT_EQ(reading.batch()[0].offset, expected);
    expected += static_cast<int64_t>(reading.batch().size());
    EXPECT_EQ(reading.batch().next_position, expected);
    EXPECT_GT(reading.batch().arrival.ms, 1'600'000'000'000);
  }
  EXPECT_THAT(reading.records(0), SizeIs(100));
}

TEST_F(KafkaSourceTest, ABoundedReadEndsWhereTheEndWasAtTheStart) {
  create("t", 2);
  producer_->write_numbered("t", 0, 5);
  TestReading reading(connection(), topics_spec({"t"}), {.bounded = true});
  ASSERT_TRUE(reading.start(kFromBeginning).ok());
  EXPECT_EQ(*reading.poll(1), PollStatus::kAtEnd) << "an empty partition is at its end without asking";
  producer_->write_numbered("t", 0, 5, "later");
  producer_->write_numbered("t", 1, 5, "later");
  ASSERT_TRUE(reading.read());
  EXPECT_EQ(reading.count(), 5u);
  EXPECT_EQ(reading.position(0), 5);
  EXPECT_EQ(reading.position(1), 0);
  EXPECT_EQ(*reading.poll(0), PollStatus::kAtEnd);
}

TEST_F(KafkaSourceTest, APositionThatTheTopicDoesNotHaveIsRefusedWithNumbers) {
  create("t", 1);
  producer_->write_numbered("t", 0, 5);
  TestReading bounded(connection(), topics_spec({"t"}), {.bounded = true});
  const auto started = bounded.start(kFromBeginning, [](SourcePartition& partition) { partition.position = 77; });
  ASSERT_FALSE(started.ok());
  EXPECT_EQ(started.error().code(), ErrorCode::kStateRefused);
  EXPECT_THAT(started.error().message(), HasSubstr("partition 0 of topic \"t\" has no offset 77"));
  EXPECT_THAT(started.error().message(), HasSubstr("0 to 5"));

  TestReading endless(connection(), topics_spec({"t"}));
  ASSERT_TRUE(endless.start(kFromBeginning, [](SourcePartition& partition) { partition.position = 77; }).ok());
  EXPECT_FALSE(endless.read([] { return false; }));
  EXPECT_EQ(endless.code(), ErrorCode::kStateRefused);
  EXPECT_EQ(endless.failure(), started.error().message());
}

TEST_F(KafkaSourceTest, ReadsMoreThanItsQueuesHold) {
  create("t", 12);  // More than assumed: the client is made again with smaller queues.
  const std::string large(1000, 'x');
  for (int32_t partition = 0; partition < 12; ++partition)
    producer_->write_numbered("t", partition, 2000, large);
  TestReading reading(connection(), topics_spec({"t"}), {.queue_bytes_max = 4 * 1024 * 1024, .bounded = true});
  ASSERT_TRUE(reading.start(kFromBeginning).ok());
  ASSERT_TRUE(reading.read());
  for (uint32_t partition = 0; partition < 12; ++partition) {
    ASSERT_THAT(reading.records(partition), SizeIs(2000)) << partition;
    EXPECT_EQ(reading.values(partition).back(), large + "1999");
  }
  EXPECT_LT(reading.reader().queued_bytes(), 100'000u) << "only what the broker said about the ends";
}

TEST(QueueLimits, StayBelowTheBudgetWithTheClientsOwnMemoryCounted) {
  constexpr int64_t kClientBytes = 320;
  for (const size_t partitions : {size_t{1}, size_t{6}, size_t{64}}) {
    for (const size_t budget : {size_t{16} << 20, size_t{64} << 20, size_t{512} << 20}) {
      const QueueLimits limits = queue_limits(budget, partitions);
      // The worst case: full in both respects, and one more fetch of small records on top.
      const int64_t worst = limits.messages * kClientBytes + limits.bytes + limits.fetch_bytes * 4;
      EXPECT_LE(worst * static_cast<int64_t>(partitions), static_cast<int64_t>(budget) * 5 / 4 + (int64_t{32} << 20))
          << partitions << " partitions, " << budget;
      EXPECT_GE(limits.messages, 100);
    }
  }
}

}  // namespace
}  // namespace penstock
