// SPDX-License-Identifier: Apache-2.0
// A source whose records are a list in memory. What a poll sees is scripted: how many records a batch holds, whether a
// partition answers, says that its end is reached, or fails. Thread: that of SteppedExecutor.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "dataflow/source.h"

namespace penstock {

struct MemoryRecord {
  std::string value;
  EventTime time;
  bool is_null = false;  // A tombstone.
  bool has_timestamp = true;
  std::string key;
};

class MemorySource final : public Source {
 public:
  // A batch holds at most `batch_max` records, cut at random when `seed` is given.
  MemorySource(size_t partitions, size_t batch_max, std::optional<uint64_t> seed);

  // At the end of the partition's log. Who waits for records is woken.
  void append(uint32_t partition, MemoryRecord record);
  void append(uint32_t partition, std::string_view json, EventTime time);
  // Offsets without a record: what compaction and control records leave behind.
  void skip_offsets(uint32_t partition, int64_t count);
  // Finds one more partition while running.
  uint32_t add_partition();
  // False: polls give nothing and do not say that the end is reached, as when no broker answers.
  void set_answering(uint32_t partition, bool answering) { logs_[partition].answering = answering; }
  // The next poll of this partition fails.
  void fail(uint32_t partition, Error error) { logs_[partition].failure = std::move(error); }
  void set_queued_bytes(size_t bytes) { queued_bytes_ = bytes; }
  // Polls that gave records.
  size_t polls_with_records() const { return polls_with_records_; }
  // How far the partition was read.
  int64_t read_to(uint32_t partition) const { return logs_[partition].read_to; }
  int64_t end_of(uint32_t partition) const { return logs_[partition].end; }
  void set_start(uint32_t partition, int64_t position) { logs_[partition].start = position; }

  // Positions that were published last, by partition.
  const std::vector<int64_t>& published() const { return published_; }
  // What the next open() finds: another start of the process, the same topic.
  void reopen();

  Result<std::vector<SourcePartition>> open(const SourceStart& start) override;
  std::string cluster_id() const override { return "memory"; }
  void publish(const std::vector<PublishedPosition>& positions) override;
  std::vector<SourcePartition> take_new_partitions() override;
  std::unique_ptr<SourceReader> make_reader() override;
  SourceMeta meta(PartitionId partition) const override;
  std::vector<int64_t> ends() const override;
  std::string trouble() const override { return {}; }

 private:
  class Reader;
  struct Entry {
    int64_t offset;
    MemoryRecord record;
  };
  struct Log {
    std::vector<Entry> entries;
    int64_t start = 0;
    int64_t end = 0;
    int64_t read_to = 0;
    bool answering = true;
    std::optional<Error> failure;
    Waker* waker = nullptr;
  };
  SourcePartition describe(uint32_t partition) const;
  Result<PollStatus> poll(uint32_t partition, int64_t& position, size_t& next, RecordBatch& batch, size_t records_max);

  std::vector<Log> logs_;
  size_t announced_;
  size_t batch_max_;
  std::optional<SeededRandom> random_;
  size_t queued_bytes_ = 0;
  size_t polls_with_records_ = 0;
  std::vector<int64_t> published_;
};

}  // namespace penstock
