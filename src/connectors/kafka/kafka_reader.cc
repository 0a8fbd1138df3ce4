// SPDX-License-Identifier: Apache-2.0
#include "connectors/kafka/kafka_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "connectors/kafka/kafka_error.h"

namespace penstock {
namespace {

// What the client (2.0) keeps per waiting record besides key and value, measured.
constexpr size_t kClientBytesPerRecord = 320;
constexpr int64_t kQueuedMessagesMax = 300'000;
constexpr int64_t kFetchBytesMin = 64 * 1024;
constexpr int64_t kFetchBytesMax = 1024 * 1024;
// A batch of large records ends early: the lane's memory counts too.
constexpr size_t kBatchBytesMax = 4 * 1024 * 1024;
constexpr int kWatermarkMs = 3000;

void append_headers(const rd_kafka_message_t& message, RecordBatch& batch) {
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return;
  const char* name = nullptr;
  const void* value = nullptr;
  size_t size = 0;
  for (size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i)
    batch.append_header({name, {static_cast<const char*>(value), size}, value == nullptr});
}

}  // namespace

QueueLimits queue_limits(size_t bytes_max, size_t partitions) {
  const auto share = static_cast<int64_t>(bytes_max / std::max<size_t>(partitions, 1));
  QueueLimits limits;
  // A fetch comes on top of a nearly full queue, and its records need the client's part too.
  limits.fetch_bytes = std::clamp(share / 16, kFetchBytesMin, kFetchBytesMax);
  limits.bytes = std::max<int64_t>(share * 3 / 8, kFetchBytesMin);
  limits.messages =
      std::clamp<int64_t>(share * 3 / 8 / static_cast<int64_t>(kClientBytesPerRecord), 100, kQueuedMessagesMax);
  return limits;
}

RecordBatch::Record view_record(const rd_kafka_message_t& message) {
  rd_kafka_timestamp_type_t kind = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
  RecordBatch::Record record;
  record.timestamp = {rd_kafka_message_timestamp(&message, &kind)};
  record.has_timestamp = kind != RD_KAFKA_TIMESTAMP_NOT_AVAILABLE && record.timestamp.ms != -1;
  record.offset = message.offset;
  record.value = {static_cast<const char*>(message.payload), message.len};
  record.value_is_null = message.payload == nullptr;
  record.key = {static_cast<const char*>(message.key), message.key_len};
  record.key_is_null = message.key == nullptr;
  return record;
}

// One partition of this lane.
struct KafkaReader::Feed {
  Feed(TopicPartition name_in, rd_kafka_topic_t* topic_in, const SourcePartition& partition)
      : name(std::move(name_in)), topic(topic_in), position(partition.position), end(partition.end) {}

  TopicPartition name;
  rd_kafka_topic_t* topic;
  KafkaQueueHandle queue;
  int64_t position;
  int64_t end;                // Bounded: read up to here.
  bool at_end = false;        // The broker said so, and no record came since.
  bool offset_lost = false;   // The broker does not have `position`.
  size_t record_bytes = 100;  // Of late, for estimates.
  std::optional<Error> failure;
};

// One poll of one partition.
struct KafkaReader::Intake {
  KafkaReader& reader;
  Feed& feed;
  RecordBatch& batch;
  size_t records_max;

  bool full() const { return batch.size() >= records_max || batch.value_bytes() >= kBatchBytesMax; }
  bool finished() const { return reader.context_.bounded && feed.position >= feed.end; }
  // Ends this poll after the message at hand; the others stay in the queue.
  void stop() const { rd_kafka_yield(reader.context_.client.handle()); }
};

KafkaReader::KafkaReader(Context context) : context_(std::move(context)) {}

KafkaReader::~KafkaReader() {
  for (const auto& feed : feeds_) {
    if (feed == nullptr) continue;
    rd_kafka_queue_cb_event_enable(feed->queue.get(), nullptr, nullptr);
    rd_kafka_consume_stop(feed->topic, feed->name.number);
  }
}

Result<void> KafkaReader::add(const SourcePartition& partition) {
  const auto topic = std::ranges::find(context_.topics, partition.topic, &KafkaWatch::Topic::name);
  PS_CHECK(topic != context_.topics.end() && partition.position >= 0);
  auto feed = std::make_unique<Feed>(TopicPartition{partition.topic, partition.number}, topic->handle, partition);
  feed->queue.reset(rd_kafka_queue_new(context_.client.handle()));
  rd_kafka_queue_cb_event_enable(feed->queue.get(), on_queue_filled, this);
  // More than the topic holds: the broker would say so, but a bounded read would not even ask it.
  if (context_.bounded && feed->position > feed->end) return lost_offset(*feed);
  if (rd_kafka_consume_start_queue(feed->topic, partition.number, partition.position, feed->queue.get()) != 0) {
    return Error(ErrorCode::kConnectionError, "cannot read partition {} of topic \"{}\" from offset {}: {}",
                 partition.number, partition.topic, partition.position, rd_kafka_err2str(rd_kafka_last_error()));
  }
  if (feeds_.size() <= partition.id.index) feeds_.resize(partition.id.index + 1);
  PS_CHECK(feeds_[partition.id.index] == nullptr);
  feeds_[partition.id.index] = std::move(feed);
  return {};
}

KafkaReader::Feed& KafkaReader::feed_of(PartitionId partition) {
  PS_CHECK(partition.index < feeds_.size() && feeds_[partition.index] != nullptr);
  return *feeds_[partition.index];
}

Result<PollStatus> KafkaReader::poll(PartitionId partition, RecordBatch& batch, size_t records_max) {
  Feed& feed = feed_of(partition);
  const int64_t position_before = feed.position;
  batch.clear();
  batch.partition = partition;
  batch.next_position = feed.position;
  if (context_.bounded && feed.position >= feed.end) return PollStatus::kAtEnd;
  PS_TRY(check(feed));
  drain(feed, batch, records_max);
  batch.next_position = feed.position;
  if (!batch.empty() || feed.position != position_before) {
    batch.arrival = context_.client.clock().now();
    context_.client.settled();
    return PollStatus::kRecords;
  }
  PS_TRY(check(feed));
  return feed.at_end ? PollStatus::kAtEnd : PollStatus::kEmpty;
}

void KafkaReader::drain(Feed& feed, RecordBatch& batch, size_t records_max) {
  const size_t queued = rd_kafka_queue_length(feed.queue.get());
  if (queued == 0) return;
  Intake intake{*this, feed, batch, records_max};
  rd_kafka_consume_callback_queue(feed.queue.get(), 0, on_message, &intake);
  if (!batch.empty()) feed.record_bytes = batch.value_bytes() / batch.size();
  if (is_high(feed, queued) && !is_high(feed, rd_kafka_queue_length(feed.queue.get()))) {
    context_.watch.nudge(feed.name);
  }
}

// Above half of what the client may hold: it may have stopped fetching.
bool KafkaReader::is_high(const Feed& feed, size_t queued) const {
  const auto count = static_cast<int64_t>(queued);
  return count * 2 >= context_.limits.messages ||
         count * static_cast<int64_t>(feed.record_bytes) * 2 >= context_.limits.bytes;
}

Result<void> KafkaReader::check(Feed& feed) {
  PS_TRY(context_.client.check());
  PS_TRY(context_.watch.check());
  if (feed.offset_lost && !feed.failure) feed.failure = lost_offset(feed);
  if (feed.failure) return feed.failure->clone();
  return {};
}

Error KafkaReader::lost_offset(const Feed& feed) {
  int64_t begin = -1;
  int64_t end = -1;
  rd_kafka_query_watermark_offsets(context_.client.handle(), feed.name.topic.c_str(), feed.name.number, &begin, &end,
                                   kWatermarkMs);
  return offset_gone(feed.name.topic, feed.name.number, feed.position, begin, end);
}

void KafkaReader::on_message(rd_kafka_message_t* message, void* opaque) {
  Intake& intake = *static_cast<Intake*>(opaque);
  Feed& feed = intake.feed;
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) return on_consumer_error(intake, *message);
  if (message->offset < feed.position) return;  // Never the same record twice.
  feed.at_end = false;
  if (intake.reader.context_.bounded && message->offset >= feed.end) {
    feed.position = feed.end;  // What lay before it is not there (compacted, aborted).
    return intake.stop();
  }
  if (intake.reader.context_.read_headers) append_headers(*message, intake.batch);
  intake.batch.append(view_record(*message));
  feed.position = message->offset + 1;
  if (intake.full() || intake.finished()) intake.stop();
}

void KafkaReader::on_consumer_error(Intake& intake, const rd_kafka_message_t& message) {
  Feed& feed = intake.feed;
  KafkaClient& client = intake.reader.context_.client;
  switch (message.err) {
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
      // Its offset counts control records too, so positions follow where there is nothing to read.
      feed.position = std::max(feed.position, message.offset);
      feed.at_end = true;
      return;
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE: feed.offset_lost = true; return intake.stop();
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
      feed.failure = not_authorized(client.settings(), fmt::format("read topic \"{}\"", feed.name.topic));
      return intake.stop();
    case RD_KAFKA_RESP_ERR__BAD_MSG:
    case RD_KAFKA_RESP_ERR__BAD_COMPRESSION:
    case RD_KAFKA_RESP_ERR_INVALID_MSG:
      feed.failure =
          Error(ErrorCode::kConnectionError, "partition {} of topic \"{}\" cannot be read behind offset {}: {}",
                feed.name.number, feed.name.topic, feed.position, rd_kafka_message_errstr(&message));
      return intake.stop();
    default:
      client.note_trouble(fmt::format("partition {} of topic \"{}\": {}", feed.name.number, feed.name.topic,
                                      rd_kafka_message_errstr(&message)));
  }
}

size_t KafkaReader::queued_bytes() const {
  size_t bytes = 0;
  for (const auto& feed : feeds_) {
    if (feed == nullptr) continue;
    bytes += rd_kafka_queue_length(feed->queue.get()) * (feed->record_bytes + kClientBytesPerRecord);
  }
  return bytes;
}

void KafkaReader::on_queue_filled(rd_kafka_t*, void* opaque) {
  // Called by a thread of the client that holds the queue's lock.
  if (Waker* waker = static_cast<KafkaReader*>(opaque)->waker_.load()) waker->wake();
}

}  // namespace penstock
