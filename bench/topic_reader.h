// SPDX-License-Identifier: Apache-2.0
// Reads a whole topic with librdkafka as its connector does: manual assignment, a queue per partition, batch consume,
// up to the ends that the partitions had at the start. Ends the process with one line on stderr when something fails.
// Thread: one.
#pragma once

#include <librdkafka/rdkafka.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "kafka_settings.h"

namespace penstock_bench {

[[noreturn]] inline void fail(const std::string& what) {
  std::fprintf(stderr, "%s\n", what.c_str());
  std::exit(69);
}

// What both programs print: one JSON line.
class Measurement {
 public:
  void print(const char* program, int64_t records, int64_t bytes, int64_t rows) const {
    const double wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const double cpu = seconds(usage.ru_utime) + seconds(usage.ru_stime);
    std::printf(
        R"({"program": "%s", "records": %lld, "bytes": %lld, "rows": %lld, "seconds": %.3f, "cpuSeconds": %.3f, )"
        R"("recordsPerCpuSecond": %.0f, "peakRssBytes": %lld})"
        "\n",
        program, static_cast<long long>(records), static_cast<long long>(bytes), static_cast<long long>(rows), wall,
        cpu, static_cast<double>(records) / cpu, static_cast<long long>(usage.ru_maxrss) * 1024);
  }

 private:
  static double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  }
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

class TopicReader {
 public:
  TopicReader(const std::string& brokers, const std::string& topic) : topic_(topic) {
    char error[512];
    rd_kafka_conf_t* settings = rd_kafka_conf_new();
    const auto set = [&](const char* name, const char* value) {
      if (rd_kafka_conf_set(settings, name, value, error, sizeof error) != RD_KAFKA_CONF_OK) fail(error);
    };
    for (const Setting& setting : kConsumerSettings)
      set(setting.name, setting.value);
    set("bootstrap.servers", brokers.c_str());
    client_ = rd_kafka_new(RD_KAFKA_CONSUMER, settings, error, sizeof error);
    if (client_ == nullptr) fail(error);
    rd_kafka_poll_set_consumer(client_);
    find_partitions();
    assign();
  }
  TopicReader(const TopicReader&) = delete;
  TopicReader& operator=(const TopicReader&) = delete;
  ~TopicReader() {
    for (const Partition& partition : partitions_)
      rd_kafka_queue_destroy(partition.queue);
    rd_kafka_consumer_close(client_);
    rd_kafka_destroy(client_);
  }

  // Calls use(message) for each record before the ends, partition after partition in batches.
  template <typename Use>
  void read_all(const Use& use) {
    std::vector<rd_kafka_message_t*> batch(kBatchRecordsMax);
    for (size_t open = partitions_.size(); open > 0;) {
      open = 0;
      bool idle = true;
      Partition* waiting = nullptr;
      for (Partition& partition : partitions_) {
        if (partition.next >= partition.end) continue;
        if (read_batch(partition, 0, batch, use)) idle = false;
        if (partition.next >= partition.end) continue;
        waiting = &partition;
        ++open;
      }
      rd_kafka_message_t* event = rd_kafka_consumer_poll(client_, 0);  // Errors of the client as a whole.
      if (event != nullptr) check_event(event);
      if (idle && waiting != nullptr) read_batch(*waiting, kWaitMs, batch, use);
    }
  }

 private:
  static constexpr size_t kBatchRecordsMax = 4096;
  static constexpr int kWaitMs = 5;
  static constexpr int kTimeoutMs = 30'000;

  struct Partition {
    int32_t id;
    int64_t next;
    int64_t end;
    rd_kafka_queue_t* queue;
  };

  void find_partitions() {
    rd_kafka_topic_t* topic = rd_kafka_topic_new(client_, topic_.c_str(), nullptr);
    const rd_kafka_metadata_t* metadata = nullptr;
    const rd_kafka_resp_err_t error = rd_kafka_metadata(client_, 0, topic, &metadata, kTimeoutMs);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) fail(rd_kafka_err2str(error));
    if (metadata->topics[0].partition_cnt == 0) fail("no topic " + topic_);
    for (int32_t i = 0; i < metadata->topics[0].partition_cnt; ++i) {
      int64_t low = 0;
      int64_t high = 0;
      const rd_kafka_resp_err_t failed =
          rd_kafka_query_watermark_offsets(client_, topic_.c_str(), i, &low, &high, kTimeoutMs);
      if (failed != RD_KAFKA_RESP_ERR_NO_ERROR) fail(rd_kafka_err2str(failed));
      partitions_.push_back({.id = i, .next = low, .end = high, .queue = nullptr});
    }
    rd_kafka_metadata_destroy(metadata);
    rd_kafka_topic_destroy(topic);
  }

  void assign() {
    rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(static_cast<int>(partitions_.size()));
    for (Partition& partition : partitions_) {
      rd_kafka_topic_partition_list_add(list, topic_.c_str(), partition.id)->offset = partition.next;
      partition.queue = rd_kafka_queue_get_partition(client_, topic_.c_str(), partition.id);
      rd_kafka_queue_forward(partition.queue, nullptr);
    }
    const rd_kafka_resp_err_t error = rd_kafka_assign(client_, list);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) fail(rd_kafka_err2str(error));
    rd_kafka_topic_partition_list_destroy(list);
    // Assigning resets the forwarding of the queues.
    for (const Partition& partition : partitions_)
      rd_kafka_queue_forward(partition.queue, nullptr);
  }

  template <typename Use>
  bool read_batch(Partition& partition, int wait_ms, std::vector<rd_kafka_message_t*>& batch, const Use& use) {
    const ssize_t count = rd_kafka_consume_batch_queue(partition.queue, wait_ms, batch.data(), batch.size());
    if (count < 0) fail(rd_kafka_err2str(rd_kafka_last_error()));
    for (ssize_t i = 0; i < count; ++i) {
      rd_kafka_message_t* message = batch[static_cast<size_t>(i)];
      if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        partition.next = message->offset;  // Past control records, which are never handed out.
      } else if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        fail(rd_kafka_message_errstr(message));
      } else {
        if (message->offset < partition.end) use(*message);
        partition.next = message->offset + 1;
      }
      rd_kafka_message_destroy(message);
    }
    return count > 0;
  }

  static void check_event(rd_kafka_message_t* event) {
    if (event->err == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || event->err == RD_KAFKA_RESP_ERR__AUTHENTICATION) {
      fail(rd_kafka_message_errstr(event));
    }
    rd_kafka_message_destroy(event);
  }

  std::string topic_;
  rd_kafka_t* client_ = nullptr;
  std::vector<Partition> partitions_;
};

}  // namespace penstock_bench
