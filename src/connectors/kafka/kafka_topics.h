// SPDX-License-Identifier: Apache-2.0
// Questions to the brokers: does a topic exist, how many partitions has it, which offsets. They block, so they are for
// the start and for background threads. For the files of this folder only.
#pragma once

#include <librdkafka/rdkafka.h>

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "connectors/kafka/kafka_client.h"

namespace penstock {

struct TopicPartition {
  std::string topic;
  int32_t number = 0;
};

// What one question about a topic brought.
struct TopicLook {
  enum class State { kExists, kMissing, kForbidden, kNoAnswer } state = State::kNoAnswer;
  int32_t partitions = 0;   // kExists
  bool has_leaders = true;  // kExists: every partition can be read and written at the moment.
};
TopicLook look_at_topic(KafkaClient& client, rd_kafka_topic_t* topic, int timeout_ms);

// The topic's number of partitions, waiting until it and its leaders are there, at most until `deadline_ns`
// (monotonic). A topic that does not exist is an error after a second already: longer than news of a new topic needs to
// get around.
Result<int32_t> await_topic(KafkaClient& client, rd_kafka_topic_t* topic, int64_t deadline_ns);
// The same for a topic that had `known` partitions: while brokers start, their lists may be incomplete, so fewer than
// that (0: the topic is missing) are believed at the deadline only.
Result<int32_t> await_known_topic(KafkaClient& client, rd_kafka_topic_t* topic, int32_t known, int64_t deadline_ns);
// Every step has at least a few seconds, however long those before it took.
int64_t deadline_or_soon(KafkaClient& client, int64_t deadline_ns);

// The offset of the first record with `timestamp_ms` or later, per partition; kEarliestOffset and kEndOffset ask for
// the ends. -1: no record that late. Under read_committed the end is the last stable offset.
constexpr int64_t kEarliestOffset = RD_KAFKA_OFFSET_BEGINNING;
constexpr int64_t kEndOffset = RD_KAFKA_OFFSET_END;
Result<std::vector<int64_t>> query_offsets(KafkaClient& client, std::span<const TopicPartition> partitions,
                                           int64_t timestamp_ms, int64_t deadline_ns);
// The same, one attempt; empty when there is no answer.
std::vector<int64_t> try_query_offsets(KafkaClient& client, std::span<const TopicPartition> partitions,
                                       int64_t timestamp_ms, int timeout_ms);

// All topics of the brokers; nothing when there is no answer.
std::optional<std::vector<std::string>> topic_names(KafkaClient& client, int timeout_ms);

}  // namespace penstock
