// SPDX-License-Identifier: Apache-2.0
#include "connectors/kafka/kafka_admin.h"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <memory>

#include "connectors/kafka/kafka_client.h"
#include "connectors/kafka/kafka_error.h"
#include "connectors/kafka/kafka_topics.h"

namespace penstock {
namespace {

constexpr int64_t kNsPerMs = 1'000'000;
constexpr int kLookMs = 1000;
constexpr int kCreateMs = 30'000;
constexpr int kBrokerDefaultReplicas = -1;

using NewTopicHandle = std::unique_ptr<rd_kafka_NewTopic_t, DestroyBy<rd_kafka_NewTopic_destroy>>;
using AdminOptions = std::unique_ptr<rd_kafka_AdminOptions_t, DestroyBy<rd_kafka_AdminOptions_destroy>>;
using EventHandle = std::unique_ptr<rd_kafka_event_t, DestroyBy<rd_kafka_event_destroy>>;

// Waits for a first answer of the brokers. Asks for all topics, because asking a producer's broker for one may create
// it, with the broker's defaults.
Result<bool> topic_exists(KafkaClient& client, const std::string& topic) {
  const int64_t deadline_ns = client.clock().monotonic_ns() + kFirstContactMs * kNsPerMs;
  while (true) {
    if (const auto names = topic_names(client, kLookMs)) return std::ranges::find(*names, topic) != names->end();
    client.serve(kLookMs / 10);
    PS_TRY(client.check());
    if (client.clock().monotonic_ns() >= deadline_ns) {
      return unreachable(client.settings(), kFirstContactMs, client.trouble());
    }
  }
}

Error creation_refused(KafkaClient& client, const NewTopic& topic, rd_kafka_resp_err_t code, const char* reason) {
  if (code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED || code == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED) {
    return not_authorized(client.settings(), fmt::format("create topic \"{}\"", topic.name));
  }
  return Error(ErrorCode::kPeerUnreachable,
               "topic \"{}\" does not exist on {} and cannot be created: {}. Create it by hand.", topic.name,
               client.settings().bootstrap, reason != nullptr ? reason : rd_kafka_err2str(code));
}

Result<NewTopicHandle> describe_topic(const NewTopic& topic) {
  std::array<char, 512> reason{};
  NewTopicHandle handle(rd_kafka_NewTopic_new(topic.name.c_str(), topic.partitions, kBrokerDefaultReplicas,
                                              reason.data(), reason.size()));
  if (handle == nullptr) {
    return Error(ErrorCode::kInvalidDefinition, "topic \"{}\" with {} partitions cannot be made: {}", topic.name,
                 topic.partitions, reason.data());
  }
  if (topic.keep_for_ever) rd_kafka_NewTopic_set_config(handle.get(), "retention.ms", "-1");
  return handle;
}

// True: created now; false: someone else was faster.
Result<bool> create(KafkaClient& client, const NewTopic& topic) {
  PS_TRY(const NewTopicHandle described, describe_topic(topic));
  const AdminOptions options(rd_kafka_AdminOptions_new(client.handle(), RD_KAFKA_ADMIN_OP_CREATETOPICS));
  std::array<char, 512> reason{};
  rd_kafka_AdminOptions_set_request_timeout(options.get(), kCreateMs, reason.data(), reason.size());
  rd_kafka_AdminOptions_set_operation_timeout(options.get(), kCreateMs / 2, reason.data(), reason.size());
  const KafkaQueueHandle queue(rd_kafka_queue_new(client.handle()));
  rd_kafka_NewTopic_t* list[] = {described.get()};
  rd_kafka_CreateTopics(client.handle(), list, 1, options.get(), queue.get());
  const EventHandle event(rd_kafka_queue_poll(queue.get(), kCreateMs + kLookMs));
  if (event == nullptr) return creation_refused(client, topic, RD_KAFKA_RESP_ERR__TIMED_OUT, nullptr);
  if (rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return creation_refused(client, topic, rd_kafka_event_error(event.get()), rd_kafka_event_error_string(event.get()));
  }
  size_t count = 0;
  const auto* results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
  if (count != 1) return creation_refused(client, topic, RD_KAFKA_RESP_ERR__BAD_MSG, nullptr);
  const rd_kafka_resp_err_t code = rd_kafka_topic_result_error(results[0]);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return true;
  if (code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) return false;
  return creation_refused(client, topic, code, rd_kafka_topic_result_error_string(results[0]));
}

}  // namespace

Result<EnsuredTopic> create_topic_if_missing(KafkaClient& client, const NewTopic& topic) {
  EnsuredTopic ensured;
  PS_TRY(const bool exists, topic_exists(client, topic.name));
  if (!exists) {
    PS_TRY(ensured.created, create(client, topic));
  }
  PS_TRY(const KafkaTopicHandle handle, client.open_topic(topic.name));
  PS_TRY(ensured.partitions,
         await_topic(client, handle.get(), client.clock().monotonic_ns() + kFirstContactMs * kNsPerMs));
  return ensured;
}

}  // namespace penstock
