// SPDX-License-Identifier: Apache-2.0
// What only a real broker does. Runs when PENSTOCK_TEST_KAFKA names one ("host:port", PLAINTEXT); logins and TLS when
// its neighbours are named too, as scripts/services/kafka.sh prints them:
//   PENSTOCK_TEST_KAFKA_SASL, PENSTOCK_TEST_KAFKA_TLS (SASL_PLAINTEXT, SASL_SSL), PENSTOCK_TEST_KAFKA_CA (file),
//   PENSTOCK_TEST_KAFKA_USER, PENSTOCK_TEST_KAFKA_PASSWORD
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "connectors/kafka/datagen.h"
#include "connectors/kafka/kafka_live_bed.h"

namespace penstock {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

TEST_F(KafkaLiveTest, SkipsAbortedAndControlRecordsAndMovesOverThem) {
  create(1);
  TestProducer producer(bootstrap_, topic_ + "-id");
  ASSERT_EQ(rd_kafka_init_transactions(producer.handle(), 30'000), nullptr);
  for (const bool commit : {true, false, true, false}) {
    ASSERT_EQ(rd_kafka_begin_transaction(producer.handle()), nullptr);
    producer.write_numbered(topic_, 0, 3, commit ? "kept" : "aborted");
    ASSERT_EQ(commit ? rd_kafka_commit_transaction(producer.handle(), 30'000)
                     : rd_kafka_abort_transaction(producer.handle(), 30'000),
              nullptr);
  }
  for (const bool bounded : {false, true}) {
    TestReading reading(plain_connection(bootstrap_), topics_spec({topic_}), {.bounded = bounded});
    ASSERT_TRUE(reading.start(kFromBeginning).ok());
    EXPECT_EQ(reading.partitions()[0].end, 16) << "12 records and 4 control records";
    ASSERT_TRUE(reading.read());
    EXPECT_THAT(reading.values(0), ElementsAre("kept0", "kept1", "kept2", "kept0", "kept1", "kept2"));
    EXPECT_EQ(reading.position(0), 16) << "the last records are aborted or control records";
  }
}

TEST_F(KafkaLiveTest, StartsAtATime) {
  create(2);
  TestProducer producer(bootstrap_);
  std::vector<TestRecord> records;
  for (int i = 0; i < 10; ++i)
    records.push_back({.value = "v" + std::to_string(i), .timestamp_ms = 1'700'000'000'000 + i * 1000});
  producer.write(topic_, records);
  struct Case {
    int64_t time_ms, position;
  };
  for (const Case& c :
       {Case{1'700'000'004'500, 5}, Case{1'700'000'004'000, 4}, Case{-5, 0}, Case{0, 0}, Case{1'900'000'000'000, 10}}) {
    TestReading reading(plain_connection(bootstrap_), topics_spec({topic_}), {.bounded = true});
    ASSERT_TRUE(reading.start({StartPosition::Kind::kTime, {c.time_ms}}).ok());
    EXPECT_EQ(reading.partitions()[0].position, c.position) << c.time_ms;
    EXPECT_EQ(reading.partitions()[1].position, 0);
    ASSERT_TRUE(reading.read());
    EXPECT_EQ(reading.count(), static_cast<size_t>(10 - c.position)) << c.time_ms;
  }
}

TEST_F(KafkaLiveTest, FindsNewPartitionsWhileItRuns) {
  create(1);
  TestProducer producer(bootstrap_);
  producer.write_numbered(topic_, 0, 1, "first");
  TestReading reading(plain_connection(bootstrap_), topics_spec({topic_}), {.discover_every = {50}});
  ASSERT_TRUE(reading.start(kFromEnd).ok());
  grow(3);
  TestProducer(bootstrap_).write_numbered(topic_, 2, 2, "new");
  ASSERT_TRUE(reading.read([&] {
    reading.add_new_partitions();
    return reading.count() == 2;
  }));
  EXPECT_THAT(reading.values(2), ElementsAre("new0", "new1"));
  EXPECT_EQ(reading.source().meta({2}).partition, 2);
  EXPECT_THAT(reading.source().ends(), SizeIs(3));
  EXPECT_THAT(reading.log(), HasSubstr("has grown from 1 to 3 partitions"));
}

TEST_F(KafkaLiveTest, APositionThatRetentionHasRemovedIsRefusedWithNumbers) {
  create(1);
  TestProducer(bootstrap_).write_numbered(topic_, 0, 10);
  delete_records(0, 6);
  TestReading from_beginning(plain_connection(bootstrap_), topics_spec({topic_}));
  ASSERT_TRUE(from_beginning.start(kFromBeginning).ok());
  ASSERT_TRUE(from_beginning.read());
  EXPECT_THAT(from_beginning.values(0), ElementsAre("v6", "v7", "v8", "v9"));

  TestReading stored(plain_connection(bootstrap_), topics_spec({topic_}));
  ASSERT_TRUE(stored.start(kFromBeginning, [](SourcePartition& partition) { partition.position = 2; }).ok());
  EXPECT_FALSE(stored.read([] { return false; }));
  EXPECT_EQ(stored.code(), ErrorCode::kStateRefused);
  EXPECT_EQ(stored.failure(), "partition 0 of topic \"" + topic_ +
                                  "\" has no offset 2 (any more): it has 6 to 10 (end), so 4 records are gone. Start "
                                  "with --accept lost-records to "
                                  "read on from the first record there is.");
}

TEST_F(KafkaLiveTest, AMissingTopicIsAnErrorAndIsNotCreated) {
  for (int i = 0; i < 2; ++i) {
    TestReading reading(plain_connection(bootstrap_), topics_spec({topic_}));
    const auto started = reading.start(kFromBeginning);
    ASSERT_FALSE(started.ok());
    EXPECT_EQ(started.error().code(), ErrorCode::kPeerUnreachable);
    EXPECT_THAT(started.error().message(), HasSubstr("topic \"" + topic_ + "\" does not exist on " + bootstrap_));
  }
}

TEST_F(KafkaLiveTest, DatagenCreatesTheTopicForEver) {
  const SystemClock clock;
  MemoryLogger logger;
  const DatagenOptions options{.topic = topic_, .count = 20'000, .start = EventTime{1'000}, .partitions = 4};
  const auto report = run_datagen(plain_connection(bootstrap_), options, clock, logger, {});
  ASSERT_TRUE(report.ok()) << report.error().message();
  EXPECT_TRUE(report->topic_created);
  EXPECT_FALSE(report->retention_unknown);
  EXPECT_EQ(report->partitions, 4);
  TestReading reading(plain_connection(bootstrap_), topics_spec({topic_}), {.bounded = true});
  ASSERT_TRUE(reading.start(kFromBeginning).ok());
  ASSERT_TRUE(reading.read());
  EXPECT_EQ(reading.count(), 20'000u);

  const auto refused =
      run_datagen(plain_connection(bootstrap_), {.topic = "no name / at all", .count = 1}, clock, logger, {});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), ErrorCode::kPeerUnreachable);
  EXPECT_THAT(refused.error().message(), HasSubstr("cannot be created"));
}

TEST_F(KafkaLiveTest, LogsInAndSaysWhenItIsRefused) {
  const std::string sasl = environment("PENSTOCK_TEST_KAFKA_SASL");
  const std::string tls = environment("PENSTOCK_TEST_KAFKA_TLS");
  if (sasl.empty() || tls.empty()) GTEST_SKIP() << "PENSTOCK_TEST_KAFKA_SASL or PENSTOCK_TEST_KAFKA_TLS is not set";
  create(1);
  TestProducer(bootstrap_).write_numbered(topic_, 0, 1);
  for (const auto& [bootstrap, protocol] : {std::pair(sasl, "SASL_PLAINTEXT"), std::pair(tls, "SASL_SSL")}) {
    for (const char* mechanism : {"PLAIN", "SCRAM-256"}) {
      TestReading good(secured(bootstrap, protocol, mechanism, environment("PENSTOCK_TEST_KAFKA_PASSWORD")),
                       topics_spec({topic_}));
      const auto started = good.start(kFromBeginning);
      ASSERT_TRUE(started.ok()) << protocol << " " << mechanism << ": " << started.error().message();
      ASSERT_TRUE(good.read());
      EXPECT_THAT(good.values(0), ElementsAre("v0"));

      TestReading bad(secured(bootstrap, protocol, mechanism, "wrong"), topics_spec({topic_}));
      const auto refused = bad.start(kFromBeginning);
      ASSERT_FALSE(refused.ok());
      EXPECT_EQ(refused.error().code(), ErrorCode::kCredentialsRefused);
      EXPECT_THAT(refused.error().message(), HasSubstr("refused the login as"));
    }
  }
}

}  // namespace
}  // namespace penstock
