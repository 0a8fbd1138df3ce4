// SPDX-License-Identifier: Apache-2.0
#include "connectors/kafka/kafka_topics.h"

#include <fmt/format.h>

#include <algorithm>

#include "connectors/kafka/kafka_error.h"

namespace penstock {
namespace {

constexpr int64_t kNsPerMs = 1'000'000;
constexpr int kFirstAttemptMs = 500;
constexpr int kAttemptMsMax = 8000;
constexpr int kPauseMs = 100;
constexpr int64_t kMissingPatienceMs = 1000;
constexpr int kNamesTimeoutMs = 5000;
constexpr int64_t kSoonMs = 5000;

using Metadata = std::unique_ptr<const rd_kafka_metadata_t, DestroyBy<rd_kafka_metadata_destroy>>;

// Attempts that grow from half a second on, so that a refused login is noticed early and a slow broker gets its time.
class Attempts {
 public:
  Attempts(KafkaClient& client, int64_t deadline_ns)
      : client_(client), start_ns_(client.clock().monotonic_ns()), deadline_ns_(deadline_ns) {}

  int timeout_ms() const {
    const int64_t left = (deadline_ns_ - client_.clock().monotonic_ns()) / kNsPerMs;
    return static_cast<int>(std::clamp<int64_t>(left, 1, step_ms_));
  }
  bool over() const { return client_.clock().monotonic_ns() >= deadline_ns_; }
  int64_t waited_ms() const { return (client_.clock().monotonic_ns() - start_ns_) / kNsPerMs; }
  // After a failed attempt: may there be another one? Waits a moment.
  Result<void> again(std::string_view what) {
    PS_TRY(pause());
    if (over()) {
      const std::string trouble = client_.trouble();
      return unreachable(client_.settings(), waited_ms(), trouble.empty() ? what : trouble);
    }
    step_ms_ = std::min(step_ms_ * 2, kAttemptMsMax);
    return {};
  }
  Result<void> pause() {
    client_.serve(kPauseMs);
    return client_.check();
  }

 private:
  KafkaClient& client_;
  const int64_t start_ns_;
  const int64_t deadline_ns_;
  int step_ms_ = kFirstAttemptMs;
};

KafkaPartitionList make_list(std::span<const TopicPartition> partitions, int64_t timestamp_ms) {
  KafkaPartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
  for (const TopicPartition& partition : partitions) {
    rd_kafka_topic_partition_list_add(list.get(), partition.topic.c_str(), partition.number)->offset = timestamp_ms;
  }
  return list;
}

// The answers in the order of the questions; the client may sort its list.
std::vector<int64_t> read_list(rd_kafka_topic_partition_list_t* list, std::span<const TopicPartition> partitions) {
  std::vector<int64_t> offsets;
  offsets.reserve(partitions.size());
  for (const TopicPartition& partition : partitions) {
    const auto* answer = rd_kafka_topic_partition_list_find(list, partition.topic.c_str(), partition.number);
    if (answer == nullptr || answer->err != RD_KAFKA_RESP_ERR_NO_ERROR) return {};
    offsets.push_back(answer->offset < 0 ? -1 : answer->offset);
  }
  return offsets;
}

}  // namespace

TopicLook look_at_topic(KafkaClient& client, rd_kafka_topic_t* topic, int timeout_ms) {
  const rd_kafka_metadata_t* raw = nullptr;
  if (rd_kafka_metadata(client.handle(), 0, topic, &raw, timeout_ms) != RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  const Metadata metadata(raw);
  if (metadata->topic_cnt != 1) return {};
  const rd_kafka_metadata_topic_t& about = metadata->topics[0];
  switch (about.err) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
    case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE: break;
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION: return {.state = TopicLook::State::kMissing};
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED: return {.state = TopicLook::State::kForbidden};
    default: return {};
  }
  if (about.partition_cnt == 0) return {};
  TopicLook look{.state = TopicLook::State::kExists, .partitions = about.partition_cnt};
  for (int i = 0; i < about.partition_cnt; ++i) {
    if (about.partitions[i].leader < 0) look.has_leaders = false;
  }
  return look;
}

Result<int32_t> await_topic(KafkaClient& client, rd_kafka_topic_t* topic, int64_t deadline_ns) {
  const std::string name = rd_kafka_topic_name(topic);
  for (Attempts attempts(client, deadline_ns);;) {
    const TopicLook look = look_at_topic(client, topic, attempts.timeout_ms());
    if (look.state == TopicLook::State::kExists && look.has_leaders) return look.partitions;
    if (look.state == TopicLook::State::kForbidden) {
      return not_authorized(client.settings(), fmt::format("use topic \"{}\"", name));
    }
    if (look.state == TopicLook::State::kMissing && attempts.waited_ms() >= kMissingPatienceMs) {
      return topic_missing(client.settings(), name,
                           topic_names(client, kNamesTimeoutMs).value_or(std::vector<std::string>()));
    }
    PS_TRY(attempts.again(look.state == TopicLook::State::kExists
                              ? fmt::format("topic \"{}\" has partitions without a leader", name)
                              : std::string()));
  }
}

Result<int32_t> await_known_topic(KafkaClient& client, rd_kafka_topic_t* topic, int32_t known, int64_t deadline_ns) {
  const std::string name = rd_kafka_topic_name(topic);
  std::optional<int32_t> seen;
  for (Attempts attempts(client, deadline_ns);;) {
    const TopicLook look = look_at_topic(client, topic, attempts.timeout_ms());
    if (look.state == TopicLook::State::kForbidden) {
      return not_authorized(client.settings(), fmt::format("use topic \"{}\"", name));
    }
    const bool exists = look.state == TopicLook::State::kExists;
    if (exists && look.has_leaders && look.partitions >= known) return look.partitions;
    if ((exists && look.has_leaders) || look.state == TopicLook::State::kMissing) {
      seen = look.partitions;
      PS_TRY(attempts.pause());
    } else {
      auto again = attempts.again(exists ? fmt::format("topic \"{}\" has partitions without a leader", name) : "");
      if (!again.ok() && (!seen || !attempts.over())) return again.take_error();
    }
    if (seen && attempts.over()) return *seen;
  }
}

int64_t deadline_or_soon(KafkaClient& client, int64_t deadline_ns) {
  return std::max(deadline_ns, client.clock().monotonic_ns() + kSoonMs * kNsPerMs);
}

std::vector<int64_t> try_query_offsets(KafkaClient& client, std::span<const TopicPartition> partitions,
                                       int64_t timestamp_ms, int timeout_ms) {
  if (partitions.empty()) return {};
  const KafkaPartitionList list = make_list(partitions, timestamp_ms);
  if (rd_kafka_offsets_for_times(client.handle(), list.get(), timeout_ms) != RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  return read_list(list.get(), partitions);
}

Result<std::vector<int64_t>> query_offsets(KafkaClient& client, std::span<const TopicPartition> partitions,
                                           int64_t timestamp_ms, int64_t deadline_ns) {
  if (partitions.empty()) return std::vector<int64_t>();
  for (Attempts attempts(client, deadline_ns);;) {
    std::vector<int64_t> offsets = try_query_offsets(client, partitions, timestamp_ms, attempts.timeout_ms());
    if (!offsets.empty()) return offsets;
    PS_TRY(attempts.again("no answer about offsets"));
  }
}

std::optional<std::vector<std::string>> topic_names(KafkaClient& client, int timeout_ms) {
  const rd_kafka_metadata_t* raw = nullptr;
  if (rd_kafka_metadata(client.handle(), 1, nullptr, &raw, timeout_ms) != RD_KAFKA_RESP_ERR_NO_ERROR)
    return std::nullopt;
  const Metadata metadata(raw);
  std::vector<std::string> names;
  for (int i = 0; i < metadata->topic_cnt; ++i)
    names.emplace_back(metadata->topics[i].topic);
  return names;
}

}  // namespace penstock
