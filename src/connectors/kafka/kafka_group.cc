// SPDX-License-Identifier: Apache-2.0
#include "connectors/kafka/kafka_group.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "connectors/kafka/kafka_error.h"

namespace penstock {
namespace {

constexpr int64_t kNsPerMs = 1'000'000;
constexpr int64_t kPauseNs = 200 * kNsPerMs;  // After trouble that passes.

using EventHandle = std::unique_ptr<rd_kafka_event_t, DestroyBy<rd_kafka_event_destroy>>;

// The group's coordinator is on its way to another broker, or nobody answers at the moment.
bool passes(rd_kafka_resp_err_t code) {
  constexpr std::array kPassing = {RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE,
                                   RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS,
                                   RD_KAFKA_RESP_ERR_NOT_COORDINATOR,
                                   RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
                                   RD_KAFKA_RESP_ERR__WAIT_COORD,
                                   RD_KAFKA_RESP_ERR__TRANSPORT,
                                   RD_KAFKA_RESP_ERR__TIMED_OUT,
                                   RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN};
  return std::find(kPassing.begin(), kPassing.end(), code) != kPassing.end();
}

bool means_members(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID || code == RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION ||
         code == RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS || code == RD_KAFKA_RESP_ERR_NON_EMPTY_GROUP;
}

bool means_denied(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED || code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
}

}  // namespace

KafkaGroup::KafkaGroup(KafkaClient& client, std::string group_id, Logger& logger)
    : client_(client), group_id_(std::move(group_id)), logger_(logger), answers_(rd_kafka_queue_new(client.handle())) {
  rd_kafka_queue_cb_event_enable(answers_.get(), on_answer, &client_);
}

KafkaGroup::~KafkaGroup() { rd_kafka_queue_cb_event_enable(answers_.get(), nullptr, nullptr); }

void KafkaGroup::on_answer(rd_kafka_t*, void* opaque) { static_cast<KafkaClient*>(opaque)->interrupt(); }

void KafkaGroup::publish(const TopicPartition& partition, int64_t next_offset) {
  const std::lock_guard lock(mutex_);
  waiting_[{partition.topic, partition.number}] = next_offset;
}

bool KafkaGroup::has_waiting() const {
  const std::lock_guard lock(mutex_);
  return !waiting_.empty();
}

void KafkaGroup::step() {
  if (in_flight_) take_answer(0);
  const bool pausing = client_.clock().monotonic_ns() < next_send_ns_;
  if (!in_flight_ && !pausing && has_waiting()) send();
}

void KafkaGroup::finish(int wait_ms) {
  const int64_t deadline_ns = client_.clock().monotonic_ns() + wait_ms * kNsPerMs;
  for (step(); in_flight_ || has_waiting(); step()) {
    const int64_t now_ns = client_.clock().monotonic_ns();
    if (now_ns >= deadline_ns) return;
    const int64_t until_ns = in_flight_ ? deadline_ns : std::min(deadline_ns, next_send_ns_);
    take_answer(static_cast<int>(std::max<int64_t>((until_ns - now_ns) / kNsPerMs, 1)));
  }
}

// A commit of a consumer that is in no group. The Admin API could do the same, but its requests to a coordinator end
// the process when the connection breaks (librdkafka 2.0, issue 4605).
void KafkaGroup::send() {
  {
    const std::lock_guard lock(mutex_);
    sent_ = std::exchange(waiting_, {});
  }
  const KafkaPartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(sent_.size())));
  for (const auto& [name, offset] : sent_)
    rd_kafka_topic_partition_list_add(list.get(), name.first.c_str(), name.second)->offset = offset;
  const rd_kafka_resp_err_t code =
      rd_kafka_commit_queue(client_.handle(), list.get(), answers_.get(), nullptr, nullptr);
  in_flight_ = code == RD_KAFKA_RESP_ERR_NO_ERROR;
  if (!in_flight_) take_failure(code);
}

// Always comes at last.
bool KafkaGroup::take_answer(int wait_ms) {
  const EventHandle event(rd_kafka_queue_poll(answers_.get(), wait_ms));
  if (event == nullptr) return false;
  in_flight_ = false;
  read_answer(event.get());
  return true;
}

void KafkaGroup::read_answer(rd_kafka_event_t* event) {
  if (const rd_kafka_resp_err_t code = rd_kafka_event_error(event); code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return take_failure(code);
  }
  const rd_kafka_topic_partition_list_t* partitions = rd_kafka_event_topic_partition_list(event);
  for (int p = 0; partitions != nullptr && p < partitions->cnt; ++p) {
    if (partitions->elems[p].err != RD_KAFKA_RESP_ERR_NO_ERROR) return take_failure(partitions->elems[p].err);
  }
}

// What passes is sent again, unless newer positions have come meanwhile.
void KafkaGroup::take_failure(rd_kafka_resp_err_t code) {
  next_send_ns_ = client_.clock().monotonic_ns() + kPauseNs;
  if (!passes(code)) return warn_once(code);
  const std::lock_guard lock(mutex_);
  waiting_.merge(sent_);
}

void KafkaGroup::warn_once(rd_kafka_resp_err_t code) {
  if (!warned_.insert(code).second) return;
  std::string why;
  if (means_members(code)) {
    why = "other consumers are members of it; give $source a config.group_id that nobody else uses";
  } else if (means_denied(code)) {
    why = fmt::format("{} may not do that; allow READ on the group and its topics",
                      client_.settings().username.empty() ? std::string("this client")
                                                          : fmt::format("\"{}\"", client_.settings().username));
  } else {
    why = rd_kafka_err2str(code);
  }
  logger_.warning("how far topics were read cannot be shown in consumer group \"{}\": {}. Nothing else depends on it.",
                  group_id_, why);
}

}  // namespace penstock
