// SPDX-License-Identifier: Apache-2.0
// What only a real broker does. Runs when PENSTOCK_TEST_KAFKA names one ("host:port", PLAINTEXT); logins and TLS when
// its neighbours are named too, as scripts/services/kafka.sh prints them:
//   PENSTOCK_TEST_KAFKA_SASL, PENSTOCK_TEST_KAFKA_TLS (SASL_PLAINTEXT, SASL_SSL), PENSTOCK_TEST_KAFKA_CA (file),
//   PENSTOCK_TEST_KAFKA_USER, PENSTOCK_TEST_KAFKA_PASSWORD
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "base/random.h"
#include "connectors/kafka/datagen.h"
#include "connectors/kafka/kafka_client.h"
#include "connectors/kafka/kafka_test_bed.h"

namespace penstock {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

class KafkaLiveTest : public testing::Test {
 protected:
  void SetUp() override {
    bootstrap_ = environment("PENSTOCK_TEST_KAFKA");
    if (bootstrap_.empty()) GTEST_SKIP() << "PENSTOCK_TEST_KAFKA is not set";
    topic_ = "penstock-test-" + std::to_string(SystemRandom().next());
  }
  void TearDown() override {
    if (bootstrap_.empty()) return;
    TestProducer producer(bootstrap_);
    rd_kafka_DeleteTopic_t* request = rd_kafka_DeleteTopic_new(topic_.c_str());
    admin(producer,
          [&](rd_kafka_queue_t* queue) { rd_kafka_DeleteTopics(producer.handle(), &request, 1, nullptr, queue); });
    rd_kafka_DeleteTopic_destroy(request);
  }

  static void admin(TestProducer& producer, const std::function<void(rd_kafka_queue_t*)>& request) {
    const KafkaQueueHandle queue(rd_kafka_queue_new(producer.handle()));
    request(queue.get());
    rd_kafka_event_t* event = rd_kafka_queue_poll(queue.get(), 30'000);
    ASSERT_NE(event, nullptr);
    rd_kafka_event_destroy(event);
  }
  void create(int partitions) {
    TestProducer producer(bootstrap_);
    std::array<char, 512> reason{};
    rd_kafka_NewTopic_t* request = rd_kafka_NewTopic_new(topic_.c_str(), partitions, -1, reason.data(), reason.size());
    rd_kafka_NewTopic_set_config(request, "retention.ms", "-1");
    admin(producer,
          [&](rd_kafka_queue_t* queue) { rd_kafka_CreateTopics(producer.handle(), &request, 1, nullptr, queue); });
    rd_kafka_NewTopic_destroy(request);
  }
  Connection secured(const std::string& bootstrap, const std::string& protocol, const std::string& mechanism,
                     const std::string& password) const {
    std::stringstream ca;
    ca << std::ifstream(environment("PENSTOCK_TEST_KAFKA_CA")).rdbuf();
    DocumentBuilder spec;
    spec.append("bootstrapServers", Value::string(bootstrap));
    const std::string user = environment("PENSTOCK_TEST_KAFKA_USER");
    const std::string pem = ca.str();
    size_t mark = spec.begin_object("authentication");
    spec.append("mechanism", Value::string(mechanism));
    spec.append("username", Value::string(user));
    spec.append("password", Value::string(password));
    spec.end(mark);
    mark = spec.begin_object("security");
    spec.append("protocol", Value::string(protocol));
    if (!pem.empty() && protocol == "SASL_SSL") spec.append("brokerPublicCertificate", Value::string(pem));
    spec.end(mark);
    return {"k", "Kafka", OwnedDocument(spec.take())};
  }

  std::string bootstrap_;
  std::string topic_;
};

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
  std::array<char, 512> reason{};
  rd_kafka_NewPartitions_t* request = rd_kafka_NewPartitions_new(topic_.c_str(), 3, reason.data(), reason.size());
  admin(producer,
        [&](rd_kafka_queue_t* queue) { rd_kafka_CreatePartitions(producer.handle(), &request, 1, nullptr, queue); });
  rd_kafka_NewPartitions_destroy(request);
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
  TestProducer producer(bootstrap_);
  producer.write_numbered(topic_, 0, 10);
  const KafkaPartitionList list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), topic_.c_str(), 0)->offset = 6;
  rd_kafka_DeleteRecords_t* request = rd_kafka_DeleteRecords_new(list.get());
  admin(producer,
        [&](rd_kafka_queue_t* queue) { rd_kafka_DeleteRecords(producer.handle(), &request, 1, nullptr, queue); });
  rd_kafka_DeleteRecords_destroy(request);
  TestReading from_beginning(plain_connection(bootstrap_), topics_spec({topic_}));
  ASSERT_TRUE(from_beginning.start(kFromBeginning).ok());
  ASSERT_TRUE(from_beginning.read());
  EXPECT_THAT(from_beginning.values(0), ElementsAre("v6", "v7", "v8", "v9"));

  TestReading stored(plain_connection(bootstrap_), topics_spec({topic_}));
  ASSERT_TRUE(stored.start(kFromBeginning, [](SourcePartition& partition) { partition.position = 2; }).ok());
  EXPECT_FALSE(stored.read([] { return false; }));
  EXPECT_EQ(stored.code(), ErrorCode::kStateRefused);
  EXPECT_EQ(stored.failure(), "partition 0 of topic \"" + topic_ +
                                  "\" has no offset 2 (any more): it has 6 to 10 (end), so retention has removed it");
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
