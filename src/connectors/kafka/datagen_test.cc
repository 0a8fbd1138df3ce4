// SPDX-License-Identifier: Apache-2.0
#include "connectors/kafka/datagen.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "connectors/kafka/kafka_test_bed.h"
#include "connectors/kafka/mock_broker.h"
#include "connectors/kafka/trades.h"

namespace penstock {
namespace {

constexpr uint64_t kCount = 3000;
constexpr EventTime kStart{1'767'225'600'000};

class DatagenTest : public testing::Test {
 protected:
  void SetUp() override {
    auto broker = MockBroker::start();
    ASSERT_TRUE(broker.ok()) << broker.error().message();
    broker_ = std::move(*broker);
  }
  Connection connection() const { return plain_connection(broker_->bootstrap()); }
  Result<DatagenReport> run(const DatagenOptions& options,
                            const std::function<bool(const DatagenProgress&)>& tell = {}) {
    return run_datagen(connection(), options, clock_, logger_, tell);
  }

  SystemClock clock_;
  MemoryLogger logger_;
  std::unique_ptr<MockBroker> broker_;
};

// Offset-wise what the reference generator gives, spread by key.
TEST_F(DatagenTest, WritesTheSeedsTradesWithKeyPartitionAndTime) {
  ASSERT_TRUE(broker_->create_topic("t", 6).ok());
  const auto report = run({.topic = "t", .count = kCount, .seed = 42, .start = kStart, .step_ms = 0.5});
  ASSERT_TRUE(report.ok()) << report.error().message();
  EXPECT_EQ(report->records, kCount);
  EXPECT_EQ(report->partitions, 6);
  EXPECT_FALSE(report->topic_created);
  EXPECT_TRUE(report->retention_unknown);

  TestReading reading(connection(), topics_spec({"t"}), {.bounded = true});
  ASSERT_TRUE(reading.start(kFromBeginning).ok());
  ASSERT_TRUE(reading.read());
  // What org.apache.kafka.common.utils.Utils.murmur2 gives for these keys, modulo 6.
  const std::map<std::string, uint32_t> homes = {{"ZBZX", 4},  {"ZJZZT", 5}, {"ZTEST", 2}, {"ZVV", 0},
                                                 {"ZVZZT", 5}, {"ZWZZT", 0}, {"ZXZZT", 5}};
  TradeGenerator trades(42);
  std::map<uint32_t, size_t> next;
  uint64_t bytes = 0;
  for (uint64_t i = 0; i < kCount; ++i) {
    std::string value;
    std::string_view key;
    trades.next(value, key);
    bytes += value.size();
    const uint32_t home = homes.at(std::string(key));
    ASSERT_LT(next[home], reading.records(home).size());
    const ReadRecord& record = reading.records(home)[next[home]++];
    ASSERT_EQ(record.value, value) << i;
    ASSERT_EQ(record.key, key);
    ASSERT_EQ(record.timestamp_ms, kStart.ms + static_cast<int64_t>(i / 2));
  }
  EXPECT_EQ(report->value_bytes, bytes);
}

TEST_F(DatagenTest, StopsWhenToldAndDeliversWhatItHasSent) {
  ASSERT_TRUE(broker_->create_topic("t", 1).ok());
  uint64_t told = 0;
  const auto report = run({.topic = "t", .rate = 2000}, [&](const DatagenProgress& progress) {
    told = progress.records;
    return false;
  });
  ASSERT_TRUE(report.ok()) << report.error().message();
  EXPECT_GT(told, 0u);
  EXPECT_GE(report->records, told);
  TestReading reading(connection(), topics_spec({"t"}), {.bounded = true});
  ASSERT_TRUE(reading.start(kFromBeginning).ok());
  ASSERT_TRUE(reading.read());
  EXPECT_EQ(reading.count(), report->records);
}

TEST_F(DatagenTest, ARateIsKept) {
  ASSERT_TRUE(broker_->create_topic("t", 1).ok());
  const auto report = run({.topic = "t", .rate = 400, .count = 81});
  ASSERT_TRUE(report.ok()) << report.error().message();
  EXPECT_EQ(report->records, 81u);
  EXPECT_GE(report->seconds, 0.2) << "the first at once, then one every 2.5 ms";
}

TEST_F(DatagenTest, RefusesOptionsThatMakeNoSense) {
  for (const DatagenOptions& options :
       {DatagenOptions{}, DatagenOptions{.topic = "t", .rate = 0}, DatagenOptions{.topic = "t", .partitions = 0},
        DatagenOptions{.topic = "t", .start = kStart, .step_ms = -1}}) {
    const auto report = run(options);
    ASSERT_FALSE(report.ok());
    EXPECT_EQ(report.error().code(), ErrorCode::kUsage);
  }
}

}  // namespace
}  // namespace penstock
