// SPDX-License-Identifier: Apache-2.0
// A topic of its own on a real broker, see kafka_live_test.cc. Skips when no broker is named.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>

#include "base/random.h"
#include "connectors/kafka/kafka_client.h"
#include "connectors/kafka/kafka_test_bed.h"

namespace penstock {

inline std::string environment(const char* name) {
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
    drop();
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
  void grow(size_t partitions) {
    TestProducer producer(bootstrap_);
    std::array<char, 512> reason{};
    rd_kafka_NewPartitions_t* request =
        rd_kafka_NewPartitions_new(topic_.c_str(), partitions, reason.data(), reason.size());
    admin(producer,
          [&](rd_kafka_queue_t* queue) { rd_kafka_CreatePartitions(producer.handle(), &request, 1, nullptr, queue); });
    rd_kafka_NewPartitions_destroy(request);
  }
  void drop() {
    TestProducer producer(bootstrap_);
    rd_kafka_DeleteTopic_t* request = rd_kafka_DeleteTopic_new(topic_.c_str());
    admin(producer,
          [&](rd_kafka_queue_t* queue) { rd_kafka_DeleteTopics(producer.handle(), &request, 1, nullptr, queue); });
    rd_kafka_DeleteTopic_destroy(request);
  }
  // As retention does: all before `begin`.
  void delete_records(int32_t partition, int64_t begin) {
    TestProducer producer(bootstrap_);
    const KafkaPartitionList list(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(list.get(), topic_.c_str(), partition)->offset = begin;
    rd_kafka_DeleteRecords_t* request = rd_kafka_DeleteRecords_new(list.get());
    admin(producer,
          [&](rd_kafka_queue_t* queue) { rd_kafka_DeleteRecords(producer.handle(), &request, 1, nullptr, queue); });
    rd_kafka_DeleteRecords_destroy(request);
  }
  Connection secured(const std::string& bootstrap, const std::string& protocol, const std::string& mechanism,
                     const std::string& password) const {
    std::stringstream ca;
    ca << std::ifstream(environment("PENSTOCK_TEST_KAFKA_CA")).rdbuf();
    DocumentBuilder spec;
    spec.append("name", Value::string("k"));
    spec.append("type", Value::string("Kafka"));
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
    return std::move(make_connection(Value::object(spec.finish())).value());
  }

  std::string bootstrap_;
  std::string topic_;
};

}  // namespace penstock
