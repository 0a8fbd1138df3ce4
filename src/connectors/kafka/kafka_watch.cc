// SPDX-License-Identifier: Apache-2.0
#include "connectors/kafka/kafka_watch.h"

#include <algorithm>

#include "connectors/kafka/kafka_error.h"

namespace penstock {
namespace {

constexpr int64_t kNsPerMs = 1'000'000;
constexpr int64_t kNudgePauseNs = 5 * kNsPerMs;
constexpr int64_t kProbePauseNs = 1000 * kNsPerMs;
// News of a restarted broker may take a moment to include every topic.
constexpr int64_t kMissingPatienceNs = 10'000 * kNsPerMs;
constexpr int kAnswerMs = 5000;
constexpr int kWaitMsMax = 1000;
constexpr int kFinishMs = 3000;

}  // namespace

KafkaWatch::KafkaWatch(KafkaClient& client, std::vector<Topic> topics, Duration discover_every,
                       const std::string& group_id, Logger& logger)
    : client_(client),
      clock_(client.clock()),
      logger_(logger),
      discover_every_ns_(discover_every.ms * kNsPerMs),
      group_(group_id.empty() ? nullptr : std::make_unique<KafkaGroup>(client, group_id, logger)),
      topics_(std::move(topics)),
      missing_since_ns_(topics_.size(), -1),
      next_discovery_ns_(clock_.monotonic_ns() + discover_every_ns_),
      thread_([this] { run(); }) {}

KafkaWatch::~KafkaWatch() {
  stopping_ = true;
  client_.interrupt();
  thread_.join();
}

void KafkaWatch::nudge(const TopicPartition& partition) {
  {
    const std::lock_guard lock(mutex_);
    nudges_.push_back(partition);
  }
  if (!nudged_.exchange(true)) client_.interrupt();
}

void KafkaWatch::publish(const std::vector<std::pair<TopicPartition, int64_t>>& next_offsets) {
  if (group_ == nullptr || next_offsets.empty()) return;
  for (const auto& [partition, offset] : next_offsets)
    group_->publish(partition, offset);
  client_.interrupt();
}

std::vector<KafkaWatch::Found> KafkaWatch::take_found() {
  const std::lock_guard lock(mutex_);
  return std::exchange(found_, {});
}

Result<void> KafkaWatch::check() const {
  if (!deleted_.load(std::memory_order_relaxed)) return {};
  const std::lock_guard lock(mutex_);
  return topic_deleted(client_.settings(), deleted_topic_);
}

int KafkaWatch::wait_ms() const {
  int64_t until = clock_.monotonic_ns() + kWaitMsMax * kNsPerMs;
  if (nudged_) until = std::min(until, next_nudge_ns_);
  if (client_.troubled()) until = std::min(until, next_probe_ns_);
  if (discover_every_ns_ > 0) until = std::min(until, next_discovery_ns_);
  const int64_t left = until - clock_.monotonic_ns();
  return left <= 0 ? 0 : static_cast<int>(std::min<int64_t>((left + kNsPerMs - 1) / kNsPerMs, kWaitMsMax));
}

void KafkaWatch::run() {
  while (true) {
    client_.serve(wait_ms());
    if (stopping_) break;
    const int64_t now = clock_.monotonic_ns();
    if (nudged_ && now >= next_nudge_ns_) send_nudges();
    if (client_.troubled() && now >= next_probe_ns_) probe();
    if (discover_every_ns_ > 0 && now >= next_discovery_ns_) discover();
    if (group_ != nullptr) group_->step();
  }
  // Nobody waits for brokers that are away, only to show something.
  if (group_ != nullptr && !client_.troubled()) group_->finish(kFinishMs);
}

void KafkaWatch::send_nudges() {
  nudged_ = false;
  std::vector<TopicPartition> nudges;
  {
    const std::lock_guard lock(mutex_);
    nudges.swap(nudges_);
  }
  const auto before = [](const TopicPartition& a, const TopicPartition& b) {
    return std::tie(a.topic, a.number) < std::tie(b.topic, b.number);
  };
  const auto same = [](const TopicPartition& a, const TopicPartition& b) {
    return a.topic == b.topic && a.number == b.number;
  };
  std::ranges::sort(nudges, before);
  nudges.erase(std::unique(nudges.begin(), nudges.end(), same), nudges.end());
  // The answer does not matter, only that every broker concerned was spoken to.
  (void)try_query_offsets(client_, nudges, kEndOffset, kWaitMsMax);
  next_nudge_ns_ = clock_.monotonic_ns() + kNudgePauseNs;
}

void KafkaWatch::probe() {
  bool all_there = true;
  for (size_t i = 0; i < topics_.size() && !stopping_; ++i) {
    const TopicLook look = look_at_topic(client_, topics_[i].handle, kWaitMsMax);
    const int64_t now = clock_.monotonic_ns();
    if (look.state == TopicLook::State::kExists) {
      missing_since_ns_[i] = -1;
      all_there = all_there && look.has_leaders;
      continue;
    }
    all_there = false;
    if (look.state != TopicLook::State::kMissing) break;
    if (missing_since_ns_[i] < 0) missing_since_ns_[i] = now;
    if (now - missing_since_ns_[i] >= kMissingPatienceNs) {
      const std::lock_guard lock(mutex_);
      deleted_topic_ = topics_[i].name;
      deleted_ = true;
    }
  }
  if (all_there) client_.settled();
  next_probe_ns_ = clock_.monotonic_ns() + kProbePauseNs;
}

void KafkaWatch::discover() {
  for (Topic& topic : topics_) {
    if (!stopping_) look_for_partitions(topic);
  }
  next_discovery_ns_ = clock_.monotonic_ns() + discover_every_ns_;
}

void KafkaWatch::look_for_partitions(Topic& topic) {
  const TopicLook look = look_at_topic(client_, topic.handle, kAnswerMs);
  if (look.state != TopicLook::State::kExists || !look.has_leaders || look.partitions <= topic.partitions) return;
  std::vector<TopicPartition> fresh;
  for (int32_t number = topic.partitions; number < look.partitions; ++number)
    fresh.push_back({topic.name, number});
  const std::vector<int64_t> begins = try_query_offsets(client_, fresh, kEarliestOffset, kAnswerMs);
  const std::vector<int64_t> ends = try_query_offsets(client_, fresh, kEndOffset, kAnswerMs);
  if (begins.empty() || ends.empty()) return;  // At the next look.
  logger_.info("topic \"{}\" has grown from {} to {} partitions; the new ones are read from their beginning",
               topic.name, topic.partitions, look.partitions);
  topic.partitions = look.partitions;
  const std::lock_guard lock(mutex_);
  for (size_t i = 0; i < fresh.size(); ++i)
    found_.push_back({fresh[i], begins[i], ends[i]});
}

}  // namespace penstock
