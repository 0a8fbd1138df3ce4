// SPDX-License-Identifier: Apache-2.0
// Shows how far partitions were read in a consumer group, where tools for lag look. Display only: nothing reads it
// back, no group is joined (an offset commit without membership), so nobody's partitions are moved. Brokers refuse that
// while the group has members of its own; then nothing is shown, which is said once.
//
// publish() by any thread leaves the newest positions; the watch's thread sends them, one request at a time.
// For the files of this folder only.
#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "base/log.h"
#include "connectors/kafka/kafka_client.h"
#include "connectors/kafka/kafka_topics.h"

namespace penstock {

class KafkaGroup {
 public:
  // `client` was made with this group.id, not empty.
  KafkaGroup(KafkaClient& client, std::string group_id, Logger& logger);
  ~KafkaGroup();

  // Thread: any; does not block. A later position replaces one that was not sent yet.
  void publish(const TopicPartition& partition, int64_t next_offset);

  // The rest by one thread. Takes an answer, sends what waits; does not block.
  void step();
  // Until everything is sent and answered, at most `wait_ms`.
  void finish(int wait_ms);

 private:
  using Positions = std::map<std::pair<std::string, int32_t>, int64_t>;
  void send();
  bool has_waiting() const;
  bool take_answer(int wait_ms);
  void read_answer(rd_kafka_event_t* event);
  void take_failure(rd_kafka_resp_err_t code);
  void warn_once(rd_kafka_resp_err_t code);
  static void on_answer(rd_kafka_t* handle, void* opaque);

  KafkaClient& client_;
  const std::string group_id_;
  Logger& logger_;
  KafkaQueueHandle answers_;
  bool in_flight_ = false;
  Positions sent_;  // In flight, or just answered.
  int64_t next_send_ns_ = 0;
  std::set<rd_kafka_resp_err_t> warned_;
  mutable std::mutex mutex_;  // Guards waiting_.
  Positions waiting_;
};

}  // namespace penstock
