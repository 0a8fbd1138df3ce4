// SPDX-License-Identifier: Apache-2.0
#include "connectors/kafka/mock_broker.h"

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <array>

namespace penstock {
namespace {

void no_log(const rd_kafka_t*, int, const char*, const char*) {}

}  // namespace

struct MockBroker::Handles {
  rd_kafka_t* client = nullptr;  // The cluster lives in it.
  rd_kafka_mock_cluster_t* cluster = nullptr;
  ~Handles() {
    if (cluster != nullptr) rd_kafka_mock_cluster_destroy(cluster);
    if (client != nullptr) rd_kafka_destroy(client);
  }
};

MockBroker::MockBroker(std::unique_ptr<Handles> handles) : handles_(std::move(handles)) {}
MockBroker::~MockBroker() = default;

Result<std::unique_ptr<MockBroker>> MockBroker::start() {
  auto handles = std::make_unique<Handles>();
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  rd_kafka_conf_set_log_cb(conf, no_log);
  std::array<char, 512> reason{};
  handles->client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason.data(), reason.size());
  if (handles->client == nullptr) {
    rd_kafka_conf_destroy(conf);
    return Error(ErrorCode::kInternalError, "the embedded broker does not start: {}", reason.data());
  }
  handles->cluster = rd_kafka_mock_cluster_new(handles->client, 1);
  if (handles->cluster == nullptr) {
    return Error(ErrorCode::kInternalError,
                 "the embedded broker does not start: no port of the loopback interface is free");
  }
  return std::unique_ptr<MockBroker>(new MockBroker(std::move(handles)));
}

std::string MockBroker::bootstrap() const { return rd_kafka_mock_cluster_bootstraps(handles_->cluster); }

Result<void> MockBroker::create_topic(const std::string& name, int partitions) {
  const rd_kafka_resp_err_t code = rd_kafka_mock_topic_create(handles_->cluster, name.c_str(), partitions, 1);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  return Error(ErrorCode::kBadValue, "the embedded broker cannot make topic \"{}\" with {} partitions: {}", name,
               partitions, rd_kafka_err2str(code));
}

}  // namespace penstock
