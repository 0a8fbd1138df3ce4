// SPDX-License-Identifier: Apache-2.0
// What the tests of this folder share: a producer for any record, a reader that collects.
#pragma once

#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "bson/document.h"
#include "connectors/kafka/kafka_client.h"
#include "connectors/kafka/kafka_source.h"
#include "dataflow/connection.h"
#include "dataflow/source.h"

namespace penstock {

inline Connection plain_connection(const std::string& bootstrap) {
  DocumentBuilder spec;
  spec.append("bootstrapServers", Value::string(bootstrap));
  const size_t security = spec.begin_object("security");
  spec.append("protocol", Value::string("PLAINTEXT"));
  spec.end(security);
  return {"k", "Kafka", OwnedDocument(spec.take())};
}

struct TestRecord {
  int32_t partition = 0;
  std::optional<std::string> key;
  std::optional<std::string> value;
  int64_t timestamp_ms = 0;  // 0: the client's now.
  std::vector<std::pair<std::string, std::optional<std::string>>> headers;
};

// Writes records as they are; every write is delivered when it returns.
class TestProducer {
 public:
  explicit TestProducer(const std::string& bootstrap, const std::string& transactional_id = "") {
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    std::array<char, 512> reason{};
    const auto set = [&](const char* name, const std::string& value) {
      if (rd_kafka_conf_set(conf, name, value.c_str(), reason.data(), reason.size()) != RD_KAFKA_CONF_OK) std::abort();
    };
    set("bootstrap.servers", bootstrap);
    set("linger.ms", "0");
    if (!transactional_id.empty()) set("transactional.id", transactional_id);
    rd_kafka_conf_set_log_cb(conf, [](const rd_kafka_t*, int, const char*, const char*) {});
    handle_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason.data(), reason.size());
    if (handle_ == nullptr) std::abort();
  }
  ~TestProducer() { rd_kafka_destroy(handle_); }
  TestProducer(const TestProducer&) = delete;
  TestProducer& operator=(const TestProducer&) = delete;
  rd_kafka_t* handle() { return handle_; }

  void enqueue(const std::string& topic, const TestRecord& record) {
    std::vector<rd_kafka_vu_t> parts;
    const auto add = [&](rd_kafka_vtype_t type) -> rd_kafka_vu_t& {
      parts.push_back({});
      parts.back().vtype = type;
      return parts.back();
    };
    add(RD_KAFKA_VTYPE_TOPIC).u.cstr = topic.c_str();
    add(RD_KAFKA_VTYPE_PARTITION).u.i32 = record.partition;
    add(RD_KAFKA_VTYPE_MSGFLAGS).u.i = RD_KAFKA_MSG_F_COPY;
    if (record.value) add(RD_KAFKA_VTYPE_VALUE).u.mem = {const_cast<char*>(record.value->data()), record.value->size()};
    if (record.key) add(RD_KAFKA_VTYPE_KEY).u.mem = {const_cast<char*>(record.key->data()), record.key->size()};
    if (record.timestamp_ms != 0) add(RD_KAFKA_VTYPE_TIMESTAMP).u.i64 = record.timestamp_ms;
    for (const auto& [name, value] : record.headers) {
      add(RD_KAFKA_VTYPE_HEADER).u.header = {name.c_str(), value ? value->data() : nullptr,
                                             value ? static_cast<ssize_t>(value->size()) : 0};
    }
    rd_kafka_error_t* failed = rd_kafka_produceva(handle_, parts.data(), parts.size());
    ASSERT_EQ(failed, nullptr) << rd_kafka_error_string(failed);
  }
  void write(const std::string& topic, const std::vector<TestRecord>& records) {
    for (const TestRecord& record : records)
      enqueue(topic, record);
    ASSERT_EQ(rd_kafka_flush(handle_, 30'000), RD_KAFKA_RESP_ERR_NO_ERROR);
  }
  // `count` records "<prefix>0", "<prefix>1", ... in one partition.
  void write_numbered(const std::string& topic, int32_t partition, int count, const std::string& prefix = "v") {
    std::vector<TestRecord> records;
    for (int i = 0; i < count; ++i)
      records.push_back({.partition = partition, .value = prefix + std::to_string(i)});
    write(topic, records);
  }

 private:
  rd_kafka_t* handle_;
};

// What a group shows; -1 nothing. Asked as a consumer that is in no group: the Admin API's request ends the process
// when the broker has no coordinator for the group yet (librdkafka 2.0, issue 4605).
inline int64_t committed(const std::string& bootstrap, const std::string& group, const std::string& topic,
                         int32_t partition) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  std::array<char, 512> reason{};
  for (const auto& [name, value] :
       {std::pair<std::string, std::string>{"bootstrap.servers", bootstrap}, {"group.id", group}}) {
    if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), reason.data(), reason.size()) != RD_KAFKA_CONF_OK) {
      std::abort();
    }
  }
  rd_kafka_t* consumer = rd_kafka_new(RD_KAFKA_CONSUMER, conf, reason.data(), reason.size());
  if (consumer == nullptr) std::abort();
  const KafkaPartitionList list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition);
  // The first group of a new broker finds its coordinator only after a moment.
  rd_kafka_resp_err_t code = rd_kafka_committed(consumer, list.get(), 30'000);
  for (int i = 0; i < 600 && code != RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
    rd_kafka_poll(consumer, 50);
    code = rd_kafka_committed(consumer, list.get(), 30'000);
  }
  const int64_t offset = code == RD_KAFKA_RESP_ERR_NO_ERROR ? std::max<int64_t>(list->elems[0].offset, -1) : -2;
  rd_kafka_destroy(consumer);
  return offset;
}

// Waits without sleeping, as an executor does.
class TestWaker final : public Waker {
 public:
  void wake() override {
    const std::lock_guard lock(mutex_);
    ++woken_;
    changed_.notify_all();
  }
  // Until woken once more, at most `wait`: client timers do not wake.
  void wait(std::chrono::milliseconds wait = std::chrono::milliseconds(20)) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, wait, [&] { return woken_ > seen_; });
    seen_ = woken_;
  }
  int woken() const {
    const std::lock_guard lock(mutex_);
    return woken_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  int woken_ = 0;
  int seen_ = 0;
};

// A record that outlives its batch.
struct ReadRecord {
  std::string value;
  bool value_is_null = false;
  std::string key;
  bool key_is_null = false;
  int64_t offset = 0;
  int64_t timestamp_ms = 0;
  bool has_timestamp = false;
  std::vector<std::pair<std::string, std::optional<std::string>>> headers;
};

// Lets the patience of a first contact pass `rate` times as fast; real time afterwards, so that answers get theirs.
class HurriedClock final : public Clock {
 public:
  explicit HurriedClock(int64_t rate) : rate_(rate), start_ns_(real_.monotonic_ns()) {}
  EventTime now() const override { return real_.now(); }
  int64_t monotonic_ns() const override {
    const int64_t passed = real_.monotonic_ns() - start_ns_;
    return start_ns_ + std::min(passed * rate_, passed + kPatienceNs);
  }

 private:
  static constexpr int64_t kPatienceNs = 31'000'000'000;
  const SystemClock real_;
  const int64_t rate_;
  const int64_t start_ns_;
};

// One source with one reader over all its partitions.
class TestReading {
 public:
  TestReading(const Connection& connection, const KafkaSourceSpec& spec, const KafkaSourceOptions& options = {},
              int64_t clock_rate = 1)
      : clock_(clock_rate) {
    auto source = make_kafka_source(connection, spec, options, clock_, logger_);
    if (!source.ok()) std::abort();
    source_ = std::move(*source);
  }

  // Opens and starts every partition; `move` may change where one starts.
  Result<void> start(const StartPosition& start, const std::function<void(SourcePartition&)>& move = {}) {
    return start_from({.position = start}, move);
  }
  Result<void> start_from(const SourceStart& start, const std::function<void(SourcePartition&)>& move = {}) {
    PS_TRY(partitions_, source_->open(start));
    reader_ = source_->make_reader();
    reader_->set_waker(&waker_);
    for (SourcePartition& partition : partitions_) {
      if (move) move(partition);
      PS_TRY(reader_->add(partition));
    }
    return {};
  }

  // Polls once, keeping what comes.
  Result<PollStatus> poll(uint32_t partition, size_t records_max = 1000) {
    PS_TRY(const PollStatus status, reader_->poll({partition}, batch_, records_max));
    if (status == PollStatus::kRecords) {
      for (const RecordBatch::Record& record : batch_.records()) {
        records_[partition].push_back(copy(record));
        last_[partition] = {record.offset, record.timestamp, hash_record(record)};
      }
      EXPECT_EQ(batch_.partition.index, partition);
    } else {
      EXPECT_TRUE(batch_.empty());
    }
    EXPECT_GE(batch_.next_position, position(partition));
    positions_[partition] = batch_.next_position;
    return status;
  }
  // Polls all partitions until `done` says so or, by default, all are at their end; false after 30 s.
  bool read(const std::function<bool()>& done = {}) {
    const int64_t deadline = clock_.monotonic_ns() + int64_t{30'000'000'000};
    while (clock_.monotonic_ns() < deadline) {
      bool all_at_end = true;
      bool any = false;
      for (const SourcePartition& partition : partitions_) {
        const auto status = poll(partition.id.index);
        if (!status.ok()) {
          failure_ = status.error().message();
          code_ = status.error().code();
          return false;
        }
        all_at_end = all_at_end && *status == PollStatus::kAtEnd;
        any = any || *status == PollStatus::kRecords;
      }
      if (done ? done() : all_at_end) return true;
      if (!any) waker_.wait();
    }
    return false;
  }
  void add_new_partitions() {
    for (SourcePartition& partition : source_->take_new_partitions()) {
      ASSERT_TRUE(reader_->add(partition).ok());
      partitions_.push_back(partition);
    }
  }

  Source& source() { return *source_; }
  SourceReader& reader() { return *reader_; }
  TestWaker& waker() { return waker_; }
  const RecordBatch& batch() const { return batch_; }
  const std::vector<SourcePartition>& partitions() const { return partitions_; }
  int64_t position(uint32_t partition) { return positions_[partition]; }
  std::vector<ReadRecord>& records(uint32_t partition) { return records_[partition]; }
  std::vector<std::string> values(uint32_t partition) {
    std::vector<std::string> values;
    for (const ReadRecord& record : records_[partition])
      values.push_back(record.value);
    return values;
  }
  size_t count() const {
    size_t count = 0;
    for (const auto& [partition, records] : records_)
      count += records.size();
    return count;
  }
  // What a checkpoint would hold now.
  SourceStart checkpoint() {
    SourceStart start{.cluster_id = source_->cluster_id()};
    for (const SourcePartition& partition : partitions_) {
      const uint32_t i = partition.id.index;
      start.stored.push_back(
          {partition.topic, partition.number, std::max(partition.position, positions_[i]), last_[i]});
    }
    return start;
  }
  const std::string& failure() const { return failure_; }
  ErrorCode code() const { return code_; }
  std::string log() const { return logger_.text(); }

 private:
  ReadRecord copy(const RecordBatch::Record& record) const {
    ReadRecord read{.value = std::string(record.value),
                    .value_is_null = record.value_is_null,
                    .key = std::string(record.key),
                    .key_is_null = record.key_is_null,
                    .offset = record.offset,
                    .timestamp_ms = record.timestamp.ms,
                    .has_timestamp = record.has_timestamp};
    for (uint32_t i = record.header_begin; i < record.header_end; ++i) {
      const RecordHeader& header = batch_.headers()[i];
      read.headers.emplace_back(header.name,
                                header.value_is_null ? std::nullopt : std::optional(std::string(header.value)));
    }
    return read;
  }

  const HurriedClock clock_;
  MemoryLogger logger_;
  std::unique_ptr<Source> source_;
  TestWaker waker_;
  std::unique_ptr<SourceReader> reader_;
  RecordBatch batch_;
  std::vector<SourcePartition> partitions_;
  std::map<uint32_t, std::vector<ReadRecord>> records_;
  std::map<uint32_t, int64_t> positions_;
  std::map<uint32_t, LastRecord> last_;
  std::string failure_;
  ErrorCode code_ = ErrorCode::kInternalError;
};

inline KafkaSourceSpec topics_spec(std::vector<std::string> topics, OffsetReset reset = OffsetReset::kLatest) {
  KafkaSourceSpec spec;
  spec.connection_name = "k";
  spec.topics = std::move(topics);
  spec.offset_reset = reset;
  return spec;
}

constexpr StartPosition kFromBeginning{StartPosition::Kind::kBeginning, {}};
constexpr StartPosition kFromEnd{StartPosition::Kind::kEnd, {}};
constexpr StartPosition kFromDefault{};

}  // namespace penstock
