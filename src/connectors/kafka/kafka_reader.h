// SPDX-License-Identifier: Apache-2.0
// What one lane reads Kafka with: the client's queues of its partitions. Records are copied into the batch and given
// back to the client at once, so that its memory is bounded by its queues. For the files of this folder only.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <vector>

#include "connectors/kafka/kafka_client.h"
#include "connectors/kafka/kafka_watch.h"
#include "dataflow/source.h"

namespace penstock {

// How much the client may hold per partition before it stops fetching.
struct QueueLimits {
  int64_t messages = 0;
  int64_t bytes = 0;        // Of keys and values.
  int64_t fetch_bytes = 0;  // What one fetch may add.
};
// Splits `bytes_max` over the partitions, what the client itself needs per record counted.
QueueLimits queue_limits(size_t bytes_max, size_t partitions);

// Without headers; key and value belong to the message.
RecordBatch::Record view_record(const rd_kafka_message_t& message);

class KafkaReader final : public SourceReader {
 public:
  struct Context {
    KafkaClient& client;
    KafkaWatch& watch;
    std::vector<KafkaWatch::Topic> topics;  // Handles by name.
    QueueLimits limits;
    bool bounded = false;
    bool read_headers = true;
  };
  explicit KafkaReader(Context context);
  ~KafkaReader() override;

  Result<void> add(const SourcePartition& partition) override;
  Result<PollStatus> poll(PartitionId partition, RecordBatch& batch, size_t records_max) override;
  void set_waker(Waker* waker) override { waker_ = waker; }
  size_t queued_bytes() const override;

 private:
  struct Feed;
  struct Intake;
  Feed& feed_of(PartitionId partition);
  bool is_high(const Feed& feed, size_t queued) const;
  void drain(Feed& feed, RecordBatch& batch, size_t records_max);
  Result<void> check(Feed& feed);
  Error lost_offset(const Feed& feed);
  static void on_queue_filled(rd_kafka_t* handle, void* opaque);
  static void on_message(rd_kafka_message_t* message, void* opaque);
  static void on_consumer_error(Intake& intake, const rd_kafka_message_t& message);

  Context context_;
  std::vector<std::unique_ptr<Feed>> feeds_;  // By PartitionId; null for partitions of other lanes.
  std::atomic<Waker*> waker_{nullptr};
};

}  // namespace penstock
