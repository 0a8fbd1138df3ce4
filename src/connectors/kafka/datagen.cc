// SPDX-License-Identifier: Apache-2.0
#include "connectors/kafka/datagen.h"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "connectors/kafka/kafka_admin.h"
#include "connectors/kafka/kafka_client.h"
#include "connectors/kafka/kafka_connection.h"
#include "connectors/kafka/kafka_error.h"
#include "connectors/kafka/trades.h"

namespace penstock {
namespace {

constexpr int64_t kNsPerMs = 1'000'000;
constexpr double kNsPerSecond = 1e9;
constexpr int64_t kProgressNs = 100 * kNsPerMs;
// Looking at the clock costs more than making a trade.
constexpr uint64_t kRecordsPerLook = 64;
constexpr int kWaitMsMax = 50;
// How long a stopped run goes on delivering what it has handed over.
constexpr int64_t kStopPatienceNs = 10'000 * kNsPerMs;

// A short queue: 20,000 records are batches of some 400 kB and stay in the processor's cache, which makes up to half of
// the costs. Larger queues were measured to be slower.
const KafkaProperties kProducerProperties = {{"enable.idempotence", "true"},
                                             {"delivery.report.only.error", "true"},
                                             {"linger.ms", "5"},
                                             {"queue.buffering.max.messages", "20000"}};

class Generation {
 public:
  Generation(KafkaClient& client, rd_kafka_topic_t* topic, int32_t partitions, const DatagenOptions& options,
             const std::function<bool(const DatagenProgress&)>& on_progress)
      : client_(client),
        clock_(client.clock()),
        topic_(topic),
        options_(options),
        on_progress_(on_progress),
        trades_(options.seed, options.symbols),
        start_ns_(clock_.monotonic_ns()),
        next_progress_ns_(start_ns_ + kProgressNs) {
    for (const std::string& symbol : trades_.symbols()) {
      partition_of_symbol_.push_back(
          rd_kafka_msg_partitioner_murmur2_random(topic, symbol.data(), symbol.size(), partitions, nullptr, nullptr));
    }
  }

  Result<void> run() {
    while (!options_.count || records_ < *options_.count) {
      PS_TRY(const bool go_on, look());
      if (!go_on) break;
      PS_TRY(send(due()));
    }
    return deliver_all();
  }

  uint64_t records() const { return records_; }
  uint64_t value_bytes() const { return value_bytes_; }
  double seconds() const { return static_cast<double>(clock_.monotonic_ns() - start_ns_) / kNsPerSecond; }

 private:
  // How many records to send before the next look at the clock; waits when the rate says none.
  uint64_t due() {
    uint64_t due = kRecordsPerLook;
    if (options_.rate) {
      // The first one at once, then one every 1/rate seconds.
      const auto reached = static_cast<uint64_t>(seconds() * *options_.rate) + 1;
      due = reached > records_ ? reached - records_ : 0;
      if (due == 0) {
        const double until_next = (static_cast<double>(records_) / *options_.rate - seconds()) * 1000;
        client_.serve(std::clamp(static_cast<int>(std::ceil(until_next)), 1, kWaitMsMax));
      }
    }
    due = std::min(due, kRecordsPerLook);
    return options_.count ? std::min(due, *options_.count - records_) : due;
  }

  Result<void> send(uint64_t count) {
    const EventTime now = clock_.now();
    std::string_view key;
    for (uint64_t i = 0; i < count; ++i) {
      trades_.next(value_, key);
      const EventTime timestamp =
          options_.start
              ? EventTime{options_.start->ms + static_cast<int64_t>(static_cast<double>(records_) * options_.step_ms)}
              : now;
      PS_TRY(produce(key, timestamp));
      ++records_;
      value_bytes_ += value_.size();
    }
    return {};
  }

  Result<void> produce(std::string_view key, EventTime timestamp) {
    std::array<rd_kafka_vu_t, 6> parts;
    parts[0].vtype = RD_KAFKA_VTYPE_RKT;
    parts[0].u.rkt = topic_;
    parts[1].vtype = RD_KAFKA_VTYPE_PARTITION;
    parts[1].u.i32 = partition_of_symbol_[trades_.symbol_index()];
    parts[2].vtype = RD_KAFKA_VTYPE_VALUE;
    parts[2].u.mem = {value_.data(), value_.size()};
    parts[3].vtype = RD_KAFKA_VTYPE_KEY;
    parts[3].u.mem = {const_cast<char*>(key.data()), key.size()};  // Copied, never written to.
    parts[4].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
    parts[4].u.i = RD_KAFKA_MSG_F_COPY;
    parts[5].vtype = RD_KAFKA_VTYPE_TIMESTAMP;
    parts[5].u.i64 = timestamp.ms;
    while (rd_kafka_error_t* refused = rd_kafka_produceva(client_.handle(), parts.data(), parts.size())) {
      const rd_kafka_resp_err_t code = rd_kafka_error_code(refused);
      const std::string reason = rd_kafka_error_string(refused);
      rd_kafka_error_destroy(refused);
      if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
        return Error(ErrorCode::kPeerUnreachable, "cannot write to topic \"{}\" of {}: {}", options_.topic,
                     client_.settings().bootstrap, reason);
      }
      client_.serve(1);
      PS_TRY(look());  // When it says stop, this record still goes: it is part of the sequence.
    }
    return {};
  }

  // Errors so far, and about ten times a second the caller. False: stop.
  Result<bool> look() {
    PS_TRY(client_.check());
    if (client_.delivery_failures() > 0) return undelivered(client_.delivery_failures());
    const int64_t now_ns = clock_.monotonic_ns();
    if (now_ns >= next_progress_ns_) {
      next_progress_ns_ = now_ns + kProgressNs;
      client_.serve(0);
      if (on_progress_ && !on_progress_({records_, seconds()}) && !stopped_ns_) stopped_ns_ = now_ns;
    }
    if (stopped_ns_ && now_ns - *stopped_ns_ > kStopPatienceNs) {
      return undelivered(static_cast<uint64_t>(rd_kafka_outq_len(client_.handle())));
    }
    return !stopped_ns_;
  }

  Result<void> deliver_all() {
    // The client itself gives up on a record (delivery.timeout.ms), so this ends.
    while (rd_kafka_flush(client_.handle(), kWaitMsMax) != RD_KAFKA_RESP_ERR_NO_ERROR) {
      PS_TRY(look());
    }
    if (client_.delivery_failures() > 0) return undelivered(client_.delivery_failures());
    return {};
  }

  Error undelivered(uint64_t count) const {
    return Error(ErrorCode::kPeerUnreachable, "{} of {} records could not be delivered to topic \"{}\" of {}: {}",
                 count, records_, options_.topic, client_.settings().bootstrap, client_.trouble());
  }

  KafkaClient& client_;
  const Clock& clock_;
  rd_kafka_topic_t* const topic_;
  const DatagenOptions& options_;
  const std::function<bool(const DatagenProgress&)>& on_progress_;
  TradeGenerator trades_;
  std::vector<int32_t> partition_of_symbol_;
  std::string value_;
  uint64_t records_ = 0;
  uint64_t value_bytes_ = 0;
  std::optional<int64_t> stopped_ns_;  // Since when the caller wants to stop.
  const int64_t start_ns_;
  int64_t next_progress_ns_;
};

Result<void> check_options(const DatagenOptions& options) {
  if (options.topic.empty()) return Error(ErrorCode::kUsage, "the topic to write to is missing");
  if (options.rate && !(*options.rate > 0))
    return Error(ErrorCode::kUsage, "the rate must be above 0, found {}", *options.rate);
  if (options.partitions < 1)
    return Error(ErrorCode::kUsage, "partitions must be at least 1, found {}", options.partitions);
  if (options.start && !(options.step_ms >= 0)) {
    return Error(ErrorCode::kUsage, "the step must not be negative, found {}", options.step_ms);
  }
  return {};
}

}  // namespace

Result<DatagenReport> run_datagen(const Connection& connection, const DatagenOptions& options, const Clock& clock,
                                  Logger& logger, const std::function<bool(const DatagenProgress&)>& on_progress) {
  PS_TRY(check_options(options));
  PS_TRY(const KafkaSettings settings, parse_kafka_connection(connection, &logger));
  using ClientPointer = std::unique_ptr<KafkaClient>;
  PS_TRY(const ClientPointer client, KafkaClient::open_producer(settings, kProducerProperties, clock, logger));
  PS_TRY(const EnsuredTopic ensured,
         create_topic_if_missing(*client, {options.topic, options.partitions, options.start.has_value()}));
  PS_TRY(const KafkaTopicHandle topic, client->open_topic(options.topic));

  Generation generation(*client, topic.get(), ensured.partitions, options, on_progress);
  PS_TRY(generation.run());
  return DatagenReport{.records = generation.records(),
                       .value_bytes = generation.value_bytes(),
                       .seconds = generation.seconds(),
                       .partitions = ensured.partitions,
                       .topic_created = ensured.created,
                       .retention_unknown = options.start.has_value() && !ensured.created};
}

}  // namespace penstock
