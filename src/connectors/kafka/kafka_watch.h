// SPDX-License-Identifier: Apache-2.0
// The background thread of a Kafka source: all that may wait for a broker while lanes read.
//
//   events      login refused, broker lost: served here, because lanes only poll the queues of their partitions
//   trouble     asks once a second whether the brokers answer again; a topic that stays away is an error
//   discovery   looks for new partitions
//   nudges      see nudge()
//   positions   sends what is published to a consumer group
// For the files of this folder only.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/log.h"
#include "connectors/kafka/kafka_client.h"
#include "connectors/kafka/kafka_group.h"
#include "connectors/kafka/kafka_topics.h"

namespace penstock {

class KafkaWatch {
 public:
  struct Topic {
    rd_kafka_topic_t* handle = nullptr;
    std::string name;
    int32_t partitions = 0;  // Known ones.
  };
  struct Found {
    TopicPartition partition;
    int64_t begin = 0;
    int64_t end = 0;
  };

  // `discover_every` 0: never looks for new partitions. `group_id` empty: shows no positions.
  KafkaWatch(KafkaClient& client, std::vector<Topic> topics, Duration discover_every, const std::string& group_id,
             Logger& logger);
  // Sends the last positions first, which may take a moment.
  ~KafkaWatch();

  // Says that a queue which had been full has room again. The client stops fetching for full queues and (2.0) looks
  // again only when something happens on the connection, otherwise after a second; a question about offsets is such a
  // thing. Many nudges become one question per broker. Thread: any; does not block.
  void nudge(const TopicPartition& partition);

  // Shows in the consumer group which offset is to be read next. Thread: any; does not block.
  void publish(const std::vector<std::pair<TopicPartition, int64_t>>& next_offsets);

  std::vector<Found> take_found();
  // kPeerUnreachable when a topic was deleted. Cheap when none was.
  Result<void> check() const;

 private:
  void run();
  int wait_ms() const;
  void send_nudges();
  void probe();
  void discover();
  void look_for_partitions(Topic& topic);

  KafkaClient& client_;
  const Clock& clock_;
  Logger& logger_;
  const int64_t discover_every_ns_;
  const std::unique_ptr<KafkaGroup> group_;  // Null: no positions are shown.
  // Of the thread only.
  std::vector<Topic> topics_;
  std::vector<int64_t> missing_since_ns_;  // Per topic, -1: it is there.
  int64_t next_nudge_ns_ = 0;
  int64_t next_probe_ns_ = 0;
  int64_t next_discovery_ns_ = 0;

  std::atomic<bool> stopping_{false};
  std::atomic<bool> nudged_{false};
  std::atomic<bool> deleted_{false};
  mutable std::mutex mutex_;  // Guards what follows.
  std::vector<TopicPartition> nudges_;
  std::vector<Found> found_;
  std::string deleted_topic_;

  std::thread thread_;
};

}  // namespace penstock
