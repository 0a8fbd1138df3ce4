// SPDX-License-Identifier: Apache-2.0
#include "connectors/kafka/kafka_source.h"

#include <algorithm>
#include <deque>
#include <mutex>

#include "connectors/kafka/kafka_client.h"
#include "connectors/kafka/kafka_connection.h"
#include "connectors/kafka/kafka_error.h"
#include "connectors/kafka/kafka_probe.h"
#include "connectors/kafka/kafka_reader.h"
#include "connectors/kafka/kafka_resume.h"
#include "connectors/kafka/kafka_topics.h"
#include "connectors/kafka/kafka_watch.h"

namespace penstock {
namespace {

constexpr int64_t kNsPerMs = 1'000'000;
// Queue sizes are fixed before the number of partitions is known; with more than this the client is made again.
constexpr size_t kPartitionsAssumed = 8;
constexpr int kAnswerMs = 3000;
constexpr int64_t kFetchBytesMin = 1'048'576;  // Of one answer; the client wants at least its message.max.bytes.

KafkaProperties consumer_properties(const KafkaSourceOptions& options, size_t partitions) {
  const QueueLimits limits = queue_limits(options.queue_bytes_max, partitions);
  const int64_t fetch_bytes = std::max(static_cast<int64_t>(options.queue_bytes_max / 4), kFetchBytesMin);
  return {{"client.id", options.client_id},
          {"enable.auto.commit", "false"},
          {"enable.auto.offset.store", "false"},
          {"auto.offset.reset", "error"},  // Positions are ours; a lost one is an error, not another place.
          {"enable.partition.eof", "true"},
          {"isolation.level", "read_committed"},
          {"check.crcs", "true"},
          {"queued.min.messages", std::to_string(limits.messages)},
          {"queued.max.messages.kbytes", std::to_string(std::max<int64_t>(limits.bytes / 1024, 1))},
          {"fetch.message.max.bytes", std::to_string(limits.fetch_bytes)},
          {"fetch.max.bytes", std::to_string(fetch_bytes)},
          // Full partitions wait for a fetch that carries only empty ones, so that wait is short.
          {"fetch.wait.max.ms", "20"},
          {"fetch.error.backoff.ms", "50"}};
}

class KafkaSource final : public Source {
 public:
  KafkaSource(KafkaSettings settings, const KafkaSourceSpec& spec, const KafkaSourceOptions& options,
              const Clock& clock, Logger& logger)
      : settings_(std::move(settings)), spec_(spec), options_(options), clock_(clock), logger_(logger) {}

  Result<std::vector<SourcePartition>> open(const SourceStart& start) override {
    PS_CHECK(client_ == nullptr, "a source is opened once");
    const int64_t deadline_ns = clock_.monotonic_ns() + kFirstContactMs * kNsPerMs;
    PS_TRY(connect(kPartitionsAssumed));
    PS_TRY(const std::vector<TopicPartition> all, find_partitions(start.stored, deadline_ns));
    if (all.size() > kPartitionsAssumed) PS_TRY(connect(all.size()));
    PS_TRY(std::vector<SourcePartition> partitions,
           start.stored.empty() ? resolve(all, start.position, deadline_ns) : resume(all, start, deadline_ns));
    find_cluster_id();
    for (SourcePartition& partition : partitions)
      partition.id = remember(partition);
    const bool discover = options_.discover_new && !options_.bounded;
    watch_ = std::make_unique<KafkaWatch>(*client_, topics_, discover ? options_.discover_every : Duration{},
                                          group_id(), logger_);
    return partitions;
  }

  std::string cluster_id() const override { return cluster_id_; }

  void publish(const std::vector<PublishedPosition>& positions) override {
    PS_CHECK(watch_ != nullptr, "the source is not open");
    std::vector<std::pair<TopicPartition, int64_t>> next_offsets;
    {
      const std::lock_guard lock(mutex_);
      for (const PublishedPosition& published : positions) {
        const Known& known = known_[published.partition.index];
        next_offsets.emplace_back(TopicPartition{known.topic, known.number}, published.position);
      }
    }
    watch_->publish(next_offsets);
  }

  std::vector<SourcePartition> take_new_partitions() override {
    std::vector<SourcePartition> partitions;
    for (KafkaWatch::Found& found : watch_->take_found()) {
      SourcePartition partition{
          .topic = found.partition.topic, .number = found.partition.number, .position = found.begin, .end = found.end};
      partition.id = remember(partition);
      partitions.push_back(std::move(partition));
    }
    return partitions;
  }

  std::unique_ptr<SourceReader> make_reader() override {
    PS_CHECK(watch_ != nullptr, "the source is not open");
    return std::make_unique<KafkaReader>(KafkaReader::Context{*client_, *watch_, topics_,
                                                              queue_limits(options_.queue_bytes_max, limits_for_),
                                                              options_.bounded, options_.read_headers});
  }

  SourceMeta meta(PartitionId partition) const override {
    const std::lock_guard lock(mutex_);
    const Known& known = known_[partition.index];
    return {.type = "kafka", .topic = known.topic, .partition = known.number};
  }

  std::vector<int64_t> ends() const override {
    const std::lock_guard lock(mutex_);
    std::vector<int64_t> ends;
    ends.reserve(known_.size());
    for (Known& known : known_) {
      int64_t begin = -1;
      int64_t end = -1;  // As the last fetch told; the client has it in memory.
      rd_kafka_get_watermark_offsets(client_->handle(), known.topic.c_str(), known.number, &begin, &end);
      known.end = std::max(known.end, end);
      ends.push_back(known.end);
    }
    return ends;
  }

  std::string trouble() const override { return client_ == nullptr ? std::string() : client_->trouble(); }

 private:
  struct Known {
    std::string topic;
    int32_t number = 0;
    int64_t end = -1;
  };

  Result<void> connect(size_t partitions) {
    std::vector<int32_t> counts;
    for (const KafkaWatch::Topic& topic : topics_)
      counts.push_back(topic.partitions);
    topics_.clear();
    handles_.clear();
    client_.reset();
    limits_for_ = partitions;
    KafkaProperties properties = consumer_properties(options_, partitions);
    if (const std::string group = group_id(); !group.empty()) properties.emplace_back("group.id", group);
    PS_TRY(client_, KafkaClient::open_consumer(settings_, properties, clock_, logger_));
    for (size_t i = 0; i < spec_.topics.size(); ++i) {
      PS_TRY(KafkaTopicHandle handle, client_->open_topic(spec_.topics[i]));
      topics_.push_back({handle.get(), spec_.topics[i], i < counts.size() ? counts[i] : 0});
      handles_.push_back(std::move(handle));
    }
    return {};
  }

  // All partitions of all topics, in this order. A topic with stored partitions may be missing; others may not.
  Result<std::vector<TopicPartition>> find_partitions(const std::vector<StoredPartition>& stored, int64_t deadline_ns) {
    std::vector<TopicPartition> all;
    for (KafkaWatch::Topic& topic : topics_) {
      int32_t known = 0;
      for (const StoredPartition& partition : stored) {
        if (partition.topic == topic.name) known = std::max(known, partition.number + 1);
      }
      const int64_t until_ns = deadline_or_soon(*client_, deadline_ns);
      PS_TRY(topic.partitions, known == 0 ? await_topic(*client_, topic.handle, until_ns)
                                          : await_known_topic(*client_, topic.handle, known, until_ns));
      for (int32_t number = 0; number < topic.partitions; ++number)
        all.push_back({topic.name, number});
    }
    return all;
  }

  Result<std::vector<SourcePartition>> resolve(const std::vector<TopicPartition>& all, const StartPosition& start,
                                               int64_t deadline_ns) {
    PS_TRY(const std::vector<int64_t> begins, query_offsets(*client_, all, kEarliestOffset, deadline_ns));
    PS_TRY(const std::vector<int64_t> ends, query_offsets(*client_, all, kEndOffset, deadline_ns));
    std::vector<int64_t> positions = starts_at_beginning(start) ? begins : ends;
    if (start.kind == StartPosition::Kind::kTime) {
      // The two smallest numbers have a meaning of their own; every record is later than 1970 anyway.
      const int64_t time_ms = std::max<int64_t>(start.time.ms, 0);
      PS_TRY(positions, query_offsets(*client_, all, time_ms, deadline_ns));
    }
    std::vector<SourcePartition> partitions;
    for (size_t i = 0; i < all.size(); ++i) {
      partitions.push_back({.topic = all[i].topic,
                            .number = all[i].number,
                            .position = positions[i] < 0 ? ends[i] : positions[i],
                            .end = ends[i]});
    }
    return partitions;
  }

  Result<std::vector<SourcePartition>> resume(const std::vector<TopicPartition>& all, const SourceStart& start,
                                              int64_t deadline_ns) {
    PS_TRY(const std::vector<int64_t> begins,
           query_offsets(*client_, all, kEarliestOffset, deadline_or_soon(*client_, deadline_ns)));
    PS_TRY(const std::vector<int64_t> ends,
           query_offsets(*client_, all, kEndOffset, deadline_or_soon(*client_, deadline_ns)));
    find_cluster_id();
    std::vector<ListedPartition> listed;
    for (size_t i = 0; i < all.size(); ++i)
      listed.push_back({all[i], begins[i], ends[i]});
    KafkaResume resume(settings_, start, spec_.topics, listed, cluster_id_);
    PS_TRY(const std::vector<std::optional<LastRecord>> records,
           read_records({settings_, options_.client_id, clock_, logger_}, resume.to_compare(),
                        deadline_or_soon(*client_, deadline_ns)));
    resume.compare(records, logger_);
    PS_TRY(std::vector<SourcePartition> partitions, resume.partitions(logger_));
    return leave_out_missing_topics(std::move(partitions));
  }

  // Accepted ones: nobody looks for them until the next start.
  Result<std::vector<SourcePartition>> leave_out_missing_topics(std::vector<SourcePartition> partitions) {
    if (partitions.empty()) {
      return topic_missing(settings_, spec_.topics.front(),
                           topic_names(*client_, kAnswerMs).value_or(std::vector<std::string>()));
    }
    std::erase_if(topics_, [](const KafkaWatch::Topic& topic) { return topic.partitions == 0; });
    return partitions;
  }

  void find_cluster_id() {
    if (!cluster_id_.empty()) return;
    char* id = rd_kafka_clusterid(client_->handle(), kAnswerMs);
    if (id == nullptr) return;
    cluster_id_ = id;
    rd_kafka_mem_free(client_->handle(), id);
  }

  // "": positions are not shown.
  std::string group_id() const {
    if (!options_.publish_positions) return {};
    if (spec_.group_id) return *spec_.group_id;
    return settings_.group_id.empty() ? options_.group_id : settings_.group_id;
  }

  bool starts_at_beginning(const StartPosition& start) const {
    if (start.kind != StartPosition::Kind::kDefault) return start.kind == StartPosition::Kind::kBeginning;
    if (spec_.offset_reset) return *spec_.offset_reset == OffsetReset::kEarliest;
    return settings_.from_earliest;
  }

  PartitionId remember(const SourcePartition& partition) {
    const std::lock_guard lock(mutex_);
    known_.push_back({partition.topic, partition.number, partition.end});
    return {static_cast<uint32_t>(known_.size() - 1)};
  }

  const KafkaSettings settings_;
  const KafkaSourceSpec spec_;
  const KafkaSourceOptions options_;
  const Clock& clock_;
  Logger& logger_;
  mutable std::mutex mutex_;         // Guards known_.
  mutable std::deque<Known> known_;  // By PartitionId; a deque, because meta() shows its texts.
  // Destroyed from the bottom up: the thread, the topics, the client.
  std::unique_ptr<KafkaClient> client_;
  std::vector<KafkaTopicHandle> handles_;
  std::vector<KafkaWatch::Topic> topics_;
  size_t limits_for_ = kPartitionsAssumed;
  std::string cluster_id_;
  std::unique_ptr<KafkaWatch> watch_;
};

}  // namespace

Result<std::unique_ptr<Source>> make_kafka_source(const Connection& connection, const KafkaSourceSpec& spec,
                                                  const KafkaSourceOptions& options, const Clock& clock,
                                                  Logger& logger) {
  PS_TRY(KafkaSettings settings, parse_kafka_connection(connection, &logger));
  PS_CHECK(!spec.topics.empty());
  return std::unique_ptr<Source>(std::make_unique<KafkaSource>(std::move(settings), spec, options, clock, logger));
}

}  // namespace penstock
