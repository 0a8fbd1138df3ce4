// SPDX-License-Identifier: Apache-2.0
// One handle of librdkafka with our ways around it: nothing on stderr, reasons kept instead of printed, secrets
// nowhere. For the files of this folder only.
//
// Errors of brokers arrive in callbacks when the handle is served (serve, or rd_kafka_poll by who owns the thread):
//   login refused        -> refused()      does not go away by itself
//   TLS not trusted      -> distrusted()   likewise
//   anything else        -> trouble()      until settled() is called, when something worked again
// Thread: any, for all but the constructor and destructor.
#pragma once

#include <librdkafka/rdkafka.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "connectors/kafka/kafka_connection.h"

namespace penstock {

template <auto kDestroy>
struct DestroyBy {
  template <typename T>
  void operator()(T* object) const {
    kDestroy(object);
  }
};
using KafkaTopicHandle = std::unique_ptr<rd_kafka_topic_t, DestroyBy<rd_kafka_topic_destroy>>;
using KafkaQueueHandle = std::unique_ptr<rd_kafka_queue_t, DestroyBy<rd_kafka_queue_destroy>>;
using KafkaPartitionList =
    std::unique_ptr<rd_kafka_topic_partition_list_t, DestroyBy<rd_kafka_topic_partition_list_destroy>>;

// How long a first contact may take (Source::open); later contacts use it for a single answer.
constexpr int64_t kFirstContactMs = 30'000;

class KafkaClient {
 public:
  // `ours`: properties on top of the connection's; those of the connection's `config` win over them.
  static Result<std::unique_ptr<KafkaClient>> open_consumer(const KafkaSettings& settings, const KafkaProperties& ours,
                                                            const Clock& clock, Logger& logger);
  // Failed deliveries are counted, see delivery_failures(); successful ones are not reported.
  static Result<std::unique_ptr<KafkaClient>> open_producer(const KafkaSettings& settings, const KafkaProperties& ours,
                                                            const Clock& clock, Logger& logger);
  ~KafkaClient();
  KafkaClient(const KafkaClient&) = delete;
  KafkaClient& operator=(const KafkaClient&) = delete;

  rd_kafka_t* handle() const { return handle_; }
  const KafkaSettings& settings() const { return settings_; }
  const Clock& clock() const { return clock_; }
  Result<KafkaTopicHandle> open_topic(const std::string& topic);

  // Hands waiting events to the callbacks; waits for one up to `wait_ms`.
  void serve(int wait_ms) { rd_kafka_poll(handle_, wait_ms); }
  // Ends a serve() of another thread early, or the next one.
  void interrupt();

  // The error that stops everything, if there was one. Cheap when there was none.
  Result<void> check() const;
  std::string trouble() const;
  void note_trouble(std::string_view reason);
  // Something worked: what was trouble is over. Cheap when there was none.
  void settled() {
    if (troubled_.load(std::memory_order_relaxed)) clear_trouble();
  }
  bool troubled() const { return troubled_.load(std::memory_order_relaxed); }

  uint64_t delivery_failures() const { return delivery_failures_.load(); }

 private:
  KafkaClient(const KafkaSettings& settings, const Clock& clock, Logger& logger)
      : settings_(settings), clock_(clock), logger_(logger) {}
  Result<void> start(rd_kafka_type_t type, const KafkaProperties& ours, const KafkaProperties& config);
  void clear_trouble();
  void on_error(rd_kafka_resp_err_t code, std::string_view reason);
  static void error_callback(rd_kafka_t* handle, int code, const char* reason, void* opaque);
  static void log_callback(const rd_kafka_t* handle, int level, const char* facility, const char* text);
  static void delivery_callback(rd_kafka_t* handle, const rd_kafka_message_t* message, void* opaque);

  const KafkaSettings settings_;
  const Clock& clock_;
  Logger& logger_;
  rd_kafka_t* handle_ = nullptr;
  rd_kafka_queue_t* main_queue_ = nullptr;
  std::atomic<bool> troubled_{false};
  std::atomic<bool> stopped_{false};  // refused_ or distrusted_ is set.
  std::atomic<uint64_t> delivery_failures_{0};
  mutable std::mutex mutex_;  // Guards the texts.
  std::string trouble_;
  std::string refused_;
  std::string distrusted_;
};

}  // namespace penstock
